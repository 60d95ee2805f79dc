"""One keeper: observe, assess, decide, sign, publish, remember; and the service its HTTP face shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from eth_utils.crypto import keccak

from keeper.assess import Assessment, Assessor
from keeper.chain import ChainReader
from keeper.consensus import ConsensusConfig
from keeper.daemon.endorse import EndorsementPolicy, canonical_text, observed_at_of, require_endorsable
from keeper.daemon.ports import Memory, Observability, Observer, Published, Publisher, TimeSource
from keeper.daemon.proposal import CONTRACTS, LaneRound
from keeper.daemon.quorum import Collected, Peer, collect
from keeper.daemon.round import Round, RoundContext, compute_round
from keeper.daemon.status import account_table, status_document
from keeper.daemon.view import read_view
from keeper.decide.cost import CostPolicy, most_cost_wei
from keeper.decide.mode import ModeThresholds
from keeper.decide.preflight import PreflightBudget
from keeper.decide.rounds import (
    PublishThresholds,
    margin_lane,
    margin_rows_due,
    price_rows_due,
    surface_rows_due,
)
from keeper.decide.state_round import is_state_due
from keeper.decide.turn import is_done, is_due, rank, round_number
from keeper.errors import ConsensusError, KeeperError, ProposalRefused
from keeper.margin_tree import margin_path, margin_root
from keeper.messages import Endorsement, LaneSignature, Proposal
from keeper.parameters import ParametersSnapshot
from keeper.signing import Signer, assemble_quorum
from keeper.wire import LANE_PRICES, LANE_STATE, LANE_SURFACES, Header, StateRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeeperPolicy:
    """This keeper's settings, as its rooms need them."""

    signer: int
    chain_id: int
    interval_seconds: int
    takeover_seconds: int
    validity_seconds: int
    peer_timeout_seconds: float
    dry_run: bool
    consensus: ConsensusConfig
    publish: PublishThresholds
    modes: ModeThresholds
    budget: PreflightBudget
    endorsement: EndorsementPolicy
    cost: CostPolicy
    native_underlying: int | None
    peers: tuple[Peer, ...]


class Keeper:
    """Holds what must survive between cycles in memory; everything that must survive a restart is in `memory`."""

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
        session: aiohttp.ClientSession,
    ) -> None:
        self.policy = policy
        self._time = time_source
        self._reader = reader
        self._observer = observer
        self._assessor = assessor
        self._signer = signer
        self._publisher = publisher
        self._memory = memory
        self._observability = observability
        self._session = session
        self._parameters: ParametersSnapshot | None = None
        self._round: Round | None = None
        self._sequence_before: dict[int, int] = {}
        self._computing = asyncio.Lock()
        self._last_progress = time.monotonic()
        self._done_number = -1
        self._cycle_seconds: float | None = None

    # ---- the loop ----

    async def tick(self) -> bool:
        """One look at the clock: computes the present round once, publishes it when it is this keeper's turn.

        Returns whether anything was done. Every failure is logged with its remedy and leaves nothing half-written.
        """
        now = await self._time.now()
        number = round_number(now=now, interval_seconds=self.policy.interval_seconds)
        self._last_progress = time.monotonic()
        if number == self._done_number:
            return False
        try:
            return await self._timed_cycle(number)
        except KeeperError as error:
            log.error("cycle.failed", round=number, error=type(error).__name__, reason=str(error))
            return True

    async def once(self) -> None:
        """The present round again. Raises the KeeperError that ended it, ConsensusError if HALTED."""
        now = await self._time.now()
        await self._timed_cycle(round_number(now=now, interval_seconds=self.policy.interval_seconds))
        if self._round is not None and self._round.assessment is None:
            raise ConsensusError(f"{self._round.mode.reason}: {dict(self._round.missing)}")

    async def _timed_cycle(self, number: int) -> bool:
        started = time.perf_counter()
        try:
            done = await self._cycle(number)
        except KeeperError:
            self._observability.cycle("failed", time.perf_counter() - started)
            raise
        if done:
            self._done_number = number
            self._cycle_seconds = time.perf_counter() - started
            self._observability.cycle("done", self._cycle_seconds)
        return done

    async def tend(self) -> None:
        """Looks after transactions that are not final; a node that does not answer is asked again next time."""
        try:
            await self._publisher.tend()
        except KeeperError as error:
            log.error("outbox.untended", error=type(error).__name__, reason=str(error))

    async def now(self) -> int:
        """The keeper's present."""
        return await self._time.now()

    async def _cycle(self, number: int) -> bool:
        """True when nothing is left to do in this round."""
        own = await self._round_for(number)
        view = own.context.view
        if own.assessment is None:
            log.error("round.halted", round=number, missing=dict(own.missing))
            return True
        place = rank(number=number, signer=self.policy.signer, signers=len(view.lanes.signers))
        sequence = (await self._reader.lanes()).sequences[LANE_PRICES]
        done = is_done(sequence_before=self._sequence_before[number], sequence_now=sequence)
        due = is_due(
            now=await self._time.now(),
            interval_seconds=self.policy.interval_seconds,
            rank=place,
            takeover_seconds=self.policy.takeover_seconds,
            done=done,
        )
        if not due:
            return done
        await self._lead(own)
        return True

    # ---- observe and assess, once a round ----

    async def _round_for(self, number: int) -> Round:
        async with self._computing:
            if self._round is not None and self._round.context.number == number:
                return self._round
            view = await read_view(self._reader, known=self._parameters)
            self._parameters = view.parameters
            now = await self._time.now()
            context = RoundContext(
                number=number,
                now=now,
                view=view,
                last_changes=self._memory.last_changes(),
                recent=self._memory.recent_marks(),
                good_rounds=self._memory.good_rounds(),
            )
            observation = await self._observer.observe(underlyings=view.underlyings, now=now)
            computed = await compute_round(
                context=context,
                observation=observation,
                consensus=self.policy.consensus,
                assessor=self._assessor,
                thresholds=self.policy.modes,
                budget=self.policy.budget,
            )
            self._memory.remember_observed(computed)
            self._observability.observed(computed)
            self._sequence_before = {number: view.lanes.sequences[LANE_PRICES]}
            self._round = computed
            return computed

    # ---- sign and publish ----

    async def _lead(self, own: Round) -> None:
        if own.assessment is None:
            return
        bundle = canonical_text(own.bundle)
        lanes = self._due_lanes(own, own.assessment, bundle)
        if not lanes:
            return
        if self.policy.dry_run:
            log.info("round.dry_run", round=own.context.number, lanes=[lane.header.lane for lane in lanes])
            return
        digests = {lane.header.lane: self._digest(lane) for lane in lanes}
        self._memory.remember_proposed(lanes, bundle)
        collected = await self._collect(own, lanes, bundle, digests)
        for lane in lanes:
            await self._publish(lane, collected, own)

    def _due_lanes(self, own: Round, assessment: Assessment, bundle: str) -> list[LaneRound]:
        view, now, due = own.context.view, own.context.now, self.policy.publish
        prices = price_rows_due(rows=assessment.price_rows, published=view.prices, now=now, thresholds=due)
        surfaces = surface_rows_due(
            rows=own.surface_rows,
            published_at=view.surfaces_at,
            now=now,
            prices_due=bool(prices),
            thresholds=due,
        )
        margins = margin_rows_due(rows=own.margin_rows, published=view.margins, now=now, thresholds=due)
        if own.over_budget:
            # Prices must go on; what the ratios alone would do waits for a human.
            log.critical("preflight.exceeded", round=own.context.number, reason=own.over_budget)
            margins = ()
        verdicts = margin_lane(due=margins, everyone=own.margin_rows, thresholds=due)
        state = (LANE_STATE, self._due_state(own))
        rows = ((LANE_PRICES, prices), (LANE_SURFACES, surfaces), state, verdicts)
        return [LaneRound(self._header(own, lane, bundle), given) for lane, given in rows if given]

    def _due_state(self, own: Round) -> tuple[StateRow, ...]:
        lane, view = own.context.view.lanes.state, own.context.view
        beat = self.policy.publish.state_heartbeat_seconds
        if lane is None or not is_state_due(
            now=view.block.timestamp, changed_at=lane.changed_at, heartbeat_seconds=beat
        ):
            return ()
        return own.state_rows

    def _header(self, own: Round, lane: int, bundle: str) -> Header:
        observed_at = observed_at_of(own, lane)
        return Header(
            config_digest=own.context.view.config_digest(lane),
            lane=lane,
            seq=own.context.view.next_sequence(lane),
            observed_at=observed_at,
            valid_until=observed_at + self.policy.validity_seconds,
            snapshot=bytes(keccak(text=bundle)),
            model=self._assessor.model.digest(),
        )

    async def _collect(
        self, own: Round, lanes: Sequence[LaneRound], bundle: str, digests: Mapping[int, bytes]
    ) -> Collected:
        mine = {number: self._signer.sign_digest(digest) for number, digest in digests.items()}
        proposal = Proposal(
            leader=self.policy.signer,
            round_number=own.context.number,
            lanes=[lane.to_message() for lane in lanes],
            bundle=bundle,
        )
        return await collect(
            session=self._session,
            peers=self.policy.peers,
            proposal=proposal,
            digests=digests,
            signers=own.context.view.lanes.signers,
            own=mine,
            timeout_seconds=self.policy.peer_timeout_seconds,
        )

    async def _publish(self, lane: LaneRound, collected: Collected, own: Round) -> Published:
        threshold = own.context.view.lanes.threshold
        signatures = collected.signatures.get(lane.header.lane, {})
        if len(signatures) < threshold:
            raise ProposalRefused(
                f"lane {lane.header.lane}: signers {sorted(signatures)}, {threshold} are needed; "
                f"the others said {collected.refusals}"
            )
        bound = most_cost_wei(
            value_at_risk=own.value_at_risk,
            native_price=own.price_of(self.policy.native_underlying),
            policy=self.policy.cost,
        )
        published = await self._publisher.publish(
            lane, assemble_quorum(signatures, threshold), most_cost_wei=bound
        )
        self._memory.remember_published(lane, published)
        self._observability.published(published)
        return published

    def _digest(self, lane: LaneRound) -> bytes:
        contract = self._reader.contracts[CONTRACTS[lane.header.lane]].address
        return lane.digest(chain_id=self.policy.chain_id, contract=contract)

    # ---- the service ----

    async def endorse(self, proposal: Proposal) -> Endorsement:
        """Recomputes the round and signs the leader's bytes, or says why not."""
        try:
            signatures = await self._endorse(proposal)
        except KeeperError as error:
            log.warning("proposal.refused", leader=proposal.leader, reason=str(error))
            self._observability.endorsed("refused")
            return Endorsement(signer=self.policy.signer, signatures=[], refusal=str(error))
        self._observability.endorsed("signed")
        return Endorsement(signer=self.policy.signer, signatures=signatures)

    async def _endorse(self, proposal: Proposal) -> list[LaneSignature]:
        lanes = [LaneRound.from_message(message) for message in proposal.lanes]
        now = await self._time.now()
        own = await self._round_for(round_number(now=now, interval_seconds=self.policy.interval_seconds))
        require_endorsable(
            proposal=proposal,
            lanes=lanes,
            own=own,
            policy=self.policy.endorsement,
            model=self._assessor.model.digest(),
        )
        digests = {lane.header.lane: self._digest(lane) for lane in lanes}  # refuses rows that are no round
        self._memory.remember_proposed(lanes, proposal.bundle)
        return [
            LaneSignature(lane=lane, signature="0x" + self._signer.sign_digest(digest).hex())
            for lane, digest in digests.items()
        ]

    def is_live(self) -> bool:
        """Whether the loop looked at the clock within the last minute."""
        return time.monotonic() - self._last_progress < 60.0

    def status(self) -> dict[str, Any]:
        return {
            **status_document(self._round, signer=self.policy.signer, done_number=self._done_number),
            "cycle_seconds": self._cycle_seconds,
        }

    def accounts(self) -> list[dict[str, Any]]:
        return account_table(self._round)

    def proof(self, account: int) -> dict[str, Any] | None:
        newest = self._memory.newest_root()
        if newest is None or all(row.account != account for row in newest[2]):
            return None
        seq, observed_at, rows = newest
        row, path = margin_path(seq, rows, account)
        return {
            "seq": seq,
            "observed_at": observed_at,
            "row": [str(value) for value in row.as_tuple()],
            "path": ["0x" + sibling.hex() for sibling in path],
            "root": "0x" + margin_root(seq, rows).hex(),
        }

    def evidence(self, digest: str) -> bytes | None:
        return self._memory.evidence(digest)
