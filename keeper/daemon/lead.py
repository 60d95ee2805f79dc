"""A round led: which lanes are due, their signatures, their publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiohttp
import structlog
from eth_utils.crypto import keccak

from keeper.assess import Assessment
from keeper.chain import ChainReader
from keeper.daemon.endorse import canonical_text, observed_at_of
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Memory, Observability, Publisher
from keeper.daemon.proposal import CONTRACTS, LaneRound
from keeper.daemon.quorum import Collected, collect
from keeper.daemon.round import Round
from keeper.decide.cause import Cause
from keeper.decide.corridor import inside_corridor
from keeper.decide.cost import most_cost_wei
from keeper.decide.rounds import margin_lane, margin_rows_due, price_rows_due, surface_rows_due
from keeper.decide.spending import DAY_SECONDS, causes_that_wait
from keeper.decide.state_round import is_state_due
from keeper.decide.warm_up import released
from keeper.errors import ProposalRefused
from keeper.messages import Proposal
from keeper.signing import Signer, assemble_quorum
from keeper.wire import LANE_MARGINS, LANE_PRICES, LANE_STATE, LANE_SURFACES, Header, MarginRow, StateRow

log = structlog.get_logger()


class Leader:
    """Signs what is due, asks the peers, publishes what a quorum signed."""

    def __init__(
        self,
        *,
        policy: KeeperPolicy,
        model: bytes,
        reader: ChainReader,
        signer: Signer,
        publisher: Publisher,
        memory: Memory,
        observability: Observability,
        session: aiohttp.ClientSession,
    ) -> None:
        self._policy = policy
        self._model = model
        self._reader = reader
        self._signer = signer
        self._publisher = publisher
        self._memory = memory
        self._observability = observability
        self._session = session

    async def lead(self, own: Round) -> None:
        """Raises ProposalRefused where a lane finds no quorum, ChainError where the chain refuses it."""
        if own.assessment is None:
            return
        bundle = canonical_text(own.bundle)
        lanes = self._due_lanes(own, own.assessment, bundle)
        if not lanes:
            return
        if self._policy.dry_run:
            log.info("round.dry_run", round=own.context.number, lanes=[lane.header.lane for lane in lanes])
            return
        preimages = {lane.header.lane: self.preimage(lane) for lane in lanes}
        self._memory.remember_proposed(lanes, bundle)
        collected = await self._collect(own, lanes, bundle, preimages)
        for lane in lanes:
            await self._publish(lane, collected, own)

    def preimage(self, lane: LaneRound) -> bytes:
        """What a signer is given of a lane; refuses rows that are no round."""
        contract = self._reader.contracts[CONTRACTS[lane.header.lane]].address
        return lane.preimage(chain_id=self._policy.chain_id, contract=contract)

    def _due_lanes(self, own: Round, assessment: Assessment, bundle: str) -> list[LaneRound]:
        view, now, due = own.context.view, own.context.now, self._policy.publish
        waiting = self._causes_that_wait(now)
        prices = price_rows_due(
            rows=assessment.price_rows,
            published=view.prices,
            now=now,
            thresholds=due,
            mode_changed=own.mode.changed,
            waiting=waiting,
        )
        surfaces = surface_rows_due(
            rows=own.surface_rows,
            published_at=view.surfaces_at,
            now=now,
            prices_due=bool(prices),
            thresholds=due,
            waiting=waiting,
        )
        state = (LANE_STATE, self._due_state(own))
        rows = ((LANE_PRICES, prices), (LANE_SURFACES, surfaces), state, self._due_verdicts(own, waiting))
        return [LaneRound(self._header(own, lane, bundle), given) for lane, given in rows if given]

    def _causes_that_wait(self, now: int) -> frozenset[Cause]:
        spent = self._memory.spent_wei(since=now - DAY_SECONDS)
        budget = self._policy.routine_wei_per_day
        waiting = causes_that_wait(spent_wei=spent, routine_wei_per_day=budget)
        if waiting:
            log.warning("spending.routine_waits", spent_wei=spent, routine_wei_per_day=budget)
        return waiting

    def _due_verdicts(self, own: Round, waiting: frozenset[Cause]) -> tuple[int, tuple[MarginRow, ...]]:
        """None while ratios alone would do more than the budget allows; prices go on meanwhile."""
        if own.over_budget:
            log.critical("preflight.exceeded", round=own.context.number, reason=own.over_budget)
            return LANE_MARGINS, ()
        view, thresholds = own.context.view, self._policy.publish
        model = view.parameters.model
        held = () if own.preflight is None else own.preflight.newly_liquidatable
        everyone = inside_corridor(
            released(rows=own.margin_rows, newly_liquidatable=held, warmed_up=own.mode.warmed_up),
            floor_bps=model.ratio_floor_bps,
            cap_bps=model.ratio_cap_bps,
        )
        due = margin_rows_due(
            rows=everyone,
            published=view.margins,
            now=own.context.now,
            thresholds=thresholds,
            mode_changed=own.mode.changed,
            waiting=waiting,
        )
        if len(everyone) < len(own.margin_rows):  # a root is of every verdict or of none
            return LANE_MARGINS, due[: thresholds.margin_root_above]
        return margin_lane(due=due, everyone=everyone, thresholds=thresholds)

    def _due_state(self, own: Round) -> tuple[StateRow, ...]:
        lane, view = own.context.view.lanes.state, own.context.view
        beat = self._policy.publish.state_heartbeat_seconds
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
            valid_until=observed_at + self._policy.validity_seconds,
            snapshot=bytes(keccak(text=bundle)),
            model=self._model,
        )

    async def _collect(
        self, own: Round, lanes: Sequence[LaneRound], bundle: str, preimages: Mapping[int, bytes]
    ) -> Collected:
        mine = {number: await self._signer.sign(preimage) for number, preimage in preimages.items()}
        proposal = Proposal(
            leader=self._policy.signer,
            round_number=own.context.number,
            lanes=[lane.to_message() for lane in lanes],
            bundle=bundle,
        )
        return await collect(
            session=self._session,
            peers=self._policy.peers,
            proposal=proposal,
            digests={number: bytes(keccak(preimage)) for number, preimage in preimages.items()},
            signers=own.context.view.lanes.signers,
            own=mine,
            timeout_seconds=self._policy.peer_timeout_seconds,
        )

    async def _publish(self, lane: LaneRound, collected: Collected, own: Round) -> None:
        threshold = own.context.view.lanes.threshold
        signatures = collected.signatures.get(lane.header.lane, {})
        if len(signatures) < threshold:
            raise ProposalRefused(
                f"lane {lane.header.lane}: signers {sorted(signatures)}, {threshold} are needed; "
                f"the others said {collected.refusals}"
            )
        bound = most_cost_wei(
            value_at_risk=own.value_at_risk,
            native_price=own.price_of(self._policy.native_underlying),
            policy=self._policy.cost,
        )
        published = await self._publisher.publish(
            lane, assemble_quorum(signatures, threshold), most_cost_wei=bound
        )
        self._memory.remember_published(lane, published)
        self._observability.published(published)
