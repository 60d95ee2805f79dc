"""The present round: observed and assessed once, whoever asks for it first."""

from __future__ import annotations

import asyncio

import structlog

from keeper.assess import Assessor
from keeper.chain import LaneState
from keeper.daemon.accounts import AccountSource
from keeper.daemon.alarms import notices_of
from keeper.daemon.common import Common
from keeper.daemon.compute import compute_round
from keeper.daemon.ports import Observer, TimeSource
from keeper.daemon.progress import Stage
from keeper.daemon.round import Round, RoundContext
from keeper.daemon.view import ChainView, read_view
from keeper.decide.turn import is_done, is_overtaken
from keeper.parameters import ParametersSnapshot
from keeper.wire import LANE_PRICES, LANE_STATE

log = structlog.get_logger()


class PresentRound:
    """This keeper's own computation of each round; the newest one is kept."""

    def __init__(
        self,
        common: Common,
        *,
        time_source: TimeSource,
        observer: Observer,
        assessor: Assessor,
        accounts: AccountSource | None = None,
    ) -> None:
        self._common = common
        self._time = time_source
        self._observer = observer
        self._assessor = assessor
        self._accounts = accounts
        self._parameters: ParametersSnapshot | None = None
        self._computing = asyncio.Lock()
        self._highest = 0
        self._before = 0
        self.newest: Round | None = None

    async def of(self, number: int) -> Round:
        """The round of this number: the newest where it is that, else computed now."""
        async with self._computing:
            if self.newest is None or self.newest.context.number != number:
                self.newest = await self._compute(number)
            return self.newest

    async def renewed(self, own: Round) -> Round:
        """`own`, or its round computed anew where the last round's tail was published after it was viewed.

        Only the chain can cause that: a peer that proposes nonsense costs one read.
        """
        now, viewed = _sequences(await self.lanes()), _sequences(own.context.view.lanes)
        if not is_overtaken(viewed=viewed, now=now, sequence_before=self._before):
            return own
        async with self._computing:
            if self.newest is own:
                log.info("round.renewed", round=own.context.number, block=own.context.view.block.number)
                self.newest = await self._compute(own.context.number)
            return self.newest or own

    async def is_done(self) -> bool:
        """Whether somebody published the newest round."""
        sequence = (await self.lanes()).sequences[LANE_PRICES]
        return is_done(sequence_before=self._before, sequence_now=sequence)

    async def lanes(self) -> LaneState:
        """As they are now; how far the prices ever came is remembered, whatever becomes of their blocks."""
        lanes = await self._common.reader.lanes()
        self._highest = max(self._highest, lanes.sequences[LANE_PRICES])
        return lanes

    async def _compute(self, number: int) -> Round:
        with self._common.progress.stage(Stage.READ):
            view = await read_view(self._common.reader, known=self._parameters, accounts=self._accounts)
        self._parameters = view.parameters
        if self.newest is None or self.newest.context.number != number:
            self._before = self._prices_before(view)
        self._settle(view)
        log.debug("round.viewed", round=number, block=view.block.number)
        now = await self._time.now()
        context = RoundContext(
            number=number,
            now=now,
            view=view,
            last_changes=self._common.memory.last_changes(),
            recent=self._common.memory.recent_marks(),
            last=self._common.memory.last_mode(),
        )
        with self._common.progress.stage(Stage.OBSERVE):
            observation = await self._observer.observe(underlyings=view.underlyings, now=now)
        log.debug("round.seen", round=number, quotes=len(observation.quotes))
        with self._common.progress.stage(Stage.ASSESS):
            computed = await compute_round(
                context=context,
                observation=observation,
                consensus=self._common.policy.consensus,
                assessor=self._assessor,
                thresholds=self._common.policy.modes,
                budget=self._common.policy.budget,
            )
        log.debug("round.assessed", round=number, mode=computed.mode.mode.value)
        self._common.memory.remember_observed(computed)
        log.debug("round.remembered", round=number)
        self._common.observability.observed(computed)
        for notice in notices_of(computed):
            self._common.alarms.raise_alarm(notice.alarm, notice.text, subject=notice.subject)
        return computed

    def _prices_before(self, view: ChainView) -> int:
        """The highest number of prices that are an older round's: had by the chain, seen there, or signed.

        What was signed may be mined late, or return after a reorganisation that this process has not seen the beginning
        of. Where it never comes, the next round takes its number, and a takeover finds nothing due.
        """
        signed = self._common.memory.newest_signed(LANE_PRICES)
        return max(self._highest, signed, view.lanes.sequences[LANE_PRICES])

    def _settle(self, view: ChainView) -> None:
        """An index that is not complete tells nothing about what is in no block."""
        if view.index is None or view.index.reason:
            return
        changed = self._common.memory.settle_rounds()
        if changed:
            log.info("rounds.settled", changed=changed, block=view.block.number)


def _sequences(lanes: LaneState) -> dict[int, int]:
    state = {} if lanes.state is None else {LANE_STATE: lanes.state.sequence}
    return {**lanes.sequences, **state}
