"""One keeper: observe, assess, decide, sign, publish, remember; and the service its HTTP face shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from structlog.contextvars import bound_contextvars

from keeper.alarms import Alarm
from keeper.assess import Assessor
from keeper.chain import ChainReader
from keeper.daemon.accounts import AccountSource
from keeper.daemon.answer import Follower
from keeper.daemon.common import Common
from keeper.daemon.lead import Leader
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Alarms, Memory, Observability, Observer, Publisher, Purse, TimeSource
from keeper.daemon.present import PresentRound
from keeper.daemon.progress import Progress
from keeper.daemon.proofs import margin_proof
from keeper.daemon.readiness import PUBLISHING, obstacle
from keeper.daemon.round import Round
from keeper.daemon.status import account_table, status_document
from keeper.daemon.upkeep import Upkeep
from keeper.decide.turn import is_due, rank, round_number
from keeper.errors import ConsensusError, KeeperError
from keeper.messages import Endorsement, Proposal
from keeper.signing import Signer
from keeper.wire import MarginRow

log = structlog.get_logger()


class Keeper:
    """Holds what must survive between cycles in memory; everything that must survive a restart is in `memory`.

    `beside`: what runs beside the rounds, by the name under which the status shows its report.
    """

    def __init__(
        self,
        *,
        policy: KeeperPolicy,
        time_source: TimeSource,
        reader: ChainReader,
        observer: Observer,
        assessor: Assessor,
        signer: Signer,
        publisher: Publisher,
        memory: Memory,
        observability: Observability,
        alarms: Alarms,
        session: aiohttp.ClientSession,
        progress: Progress | None = None,
        purse: Purse | None = None,
        accounts: AccountSource | None = None,
    ) -> None:
        self.policy = policy
        self.beside: dict[str, Callable[[], object]] = {}
        self.progress = progress or Progress(finished=observability.stage)
        self._time = time_source
        self._common = common = Common(
            policy=policy,
            reader=reader,
            memory=memory,
            observability=observability,
            alarms=alarms,
            progress=self.progress,
        )
        model = assessor.model.digest()
        self._upkeep = Upkeep(common, publisher=publisher, purse=purse)
        self.present = PresentRound(
            common, time_source=time_source, observer=observer, assessor=assessor, accounts=accounts
        )
        self._leader = Leader(common, model=model, signer=signer, publisher=publisher, session=session)
        self._follower = Follower(common, model=model, signer=signer, preimage=self._leader.preimage)
        self._done_number = -1
        self._seen_number: int | None = None
        self._first_number: int | None = None
        self._attempts = 0
        self._cycle_seconds: float | None = None

    # ---- the loop ----

    async def tick(self) -> bool:
        """One look at the clock: computes the present round once, publishes it when it is this keeper's turn.

        Returns whether anything was done. Every failure is logged with its remedy and leaves nothing half-written.
        """
        self.progress.look()
        try:
            number = await self._present_number()
            if number == self._done_number:
                return False
            if await self._is_held_up(number):
                return False
            self._attempts += 1
            with bound_contextvars(cycle=f"{number}.{self._attempts}"):
                return await self._logged_cycle(number)
        except KeeperError as error:
            return self._failed(error)

    async def _is_held_up(self, number: int) -> bool:
        """Before a round is viewed: what a reorganisation took back comes first, or the round would take its number.

        Nonces are a row, so that nothing would be mined before it anyway; and for half the time at most after which
        somebody else takes over.
        """
        if self._newest is not None and self._newest.context.number == number:
            return False
        if not await self._upkeep.tend():
            return False
        begun = number * self.policy.interval_seconds
        return await self._time.now() < begun + self.policy.takeover_seconds // 2

    async def _present_number(self) -> int:
        number = round_number(now=await self._time.now(), interval_seconds=self.policy.interval_seconds)
        if number != self._seen_number:
            self._seen_number, self._attempts = number, 0
            self._first_number = number if self._first_number is None else self._first_number
        return number

    async def _logged_cycle(self, number: int) -> bool:
        """Every line that is logged within carries the cycle."""
        try:
            return await self._timed_cycle(number)
        except KeeperError as error:
            return self._failed(error)

    def _failed(self, error: KeeperError) -> bool:
        kind = type(error).__name__
        log.error("cycle.failed", error=kind, reason=str(error))
        self._common.alarms.raise_alarm(Alarm.CYCLE_FAILED, str(error), subject=kind)
        return True

    async def once(self) -> None:
        """The present round again. Raises the KeeperError that ended it, ConsensusError if HALTED."""
        number = await self._present_number()
        with bound_contextvars(cycle=f"{number}.once"):
            await self._timed_cycle(number)
        if self._newest is not None and self._newest.assessment is None:
            raise ConsensusError(f"{self._newest.mode.reason}: {dict(self._newest.missing)}")

    async def _timed_cycle(self, number: int) -> bool:
        started = time.perf_counter()
        try:
            done = await self._cycle(number)
        except KeeperError:
            self._common.observability.cycle("failed", time.perf_counter() - started)
            raise
        if done:
            self._done_number = number
            self._cycle_seconds = time.perf_counter() - started
            self._common.observability.cycle("done", self._cycle_seconds)
            log.debug("cycle.done", round=number)
            await self._upkeep.look_into_purse()
        return done

    async def tend(self) -> None:
        """Looks after transactions that are not final."""
        await self._upkeep.tend()

    async def drain(self, timeout_seconds: float, *, poll_seconds: float = 1.0) -> int:
        """Before a stop; gives how many transactions are left for the next start."""
        return await self._upkeep.drain(timeout_seconds, poll_seconds=poll_seconds)

    def watch(self) -> bool:
        """Wakes people for a stage that hangs; gives whether the keeper is live."""
        for stage, seconds in self.progress.overdue().items():
            text = f"{stage.value} runs for {seconds:.0f} s, at most {self.progress.limits[stage]:.0f} s are honest"
            self._common.alarms.raise_alarm(Alarm.STUCK, text, subject=stage.value)
        return self.is_live()

    async def now(self) -> int:
        """The keeper's present."""
        return await self._time.now()

    async def _cycle(self, number: int) -> bool:
        """True when nothing is left to do in this round."""
        own = await self.present.of(number)
        view = own.context.view
        if own.assessment is None:
            log.error("round.halted", round=number, missing=dict(own.missing))
            return True
        place = rank(number=number, signer=self.policy.signer, signers=len(view.lanes.signers))
        done = await self.present.is_done()
        due = is_due(
            now=await self._time.now(),
            interval_seconds=self.policy.interval_seconds,
            rank=place,
            takeover_seconds=self.policy.takeover_seconds,
            done=done,
        )
        if not due:
            return done
        await self._leader.lead(await self.present.renewed(own))
        await self.present.lanes()  # how far the prices came, should a reorganisation take them back
        return True

    # ---- the service ----

    async def endorse(self, proposal: Proposal) -> Endorsement:
        """Recomputes the round and signs the leader's bytes, or says why not."""
        try:
            now = await self._time.now()
            number = round_number(now=now, interval_seconds=self.policy.interval_seconds)
            with bound_contextvars(cycle=f"{number}.answer"):
                own = await self.present.renewed(await self.present.of(number))
                return await self._follower.answer(proposal, own)
        except KeeperError as error:
            return self._follower.refuse(proposal, error)

    def is_live(self) -> bool:
        """False where only a restart helps."""
        return self.progress.is_live()

    def obstacle(self) -> str:
        """Why this keeper is not ready, whatever its mode; empty where nothing is in its way."""
        first = None if self._first_number is None else self._first_number - 1
        finished = first if first is None else max(first, self._done_number)
        return obstacle(overdue=self.progress.overdue(), number=self._seen_number, finished=finished)

    def is_ready(self) -> bool:
        """Whether it takes part in rounds: nothing in its way, and a mode in which it publishes."""
        own = self._newest
        return own is not None and own.mode.mode in PUBLISHING and not self.obstacle()

    def status(self) -> dict[str, Any]:
        return {
            **status_document(self._newest, signer=self.policy.signer, done_number=self._done_number),
            "cycle_seconds": self._cycle_seconds,
            **{name: report() for name, report in self.beside.items()},
        }

    def accounts(self) -> list[dict[str, Any]]:
        return account_table(self._newest)

    def proof(self, account: int) -> dict[str, Any] | None:
        return margin_proof(self.newest_root(), account)

    def newest_root(self) -> tuple[int, int, tuple[MarginRow, ...]] | None:
        """Sequence number, observation and rows of the newest margin root that this keeper signed."""
        return self._common.memory.newest_root()

    def evidence(self, digest: str) -> bytes | None:
        return self._common.memory.evidence(digest)

    @property
    def _newest(self) -> Round | None:
        return self.present.newest
