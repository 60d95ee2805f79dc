"""A round led: which lanes are due, their signatures, their publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiohttp
import structlog

from keeper.alarms import Alarm
from keeper.canonical import canonical_text
from keeper.daemon.common import Common
from keeper.daemon.due import due_rows
from keeper.daemon.endorse import observed_at_of
from keeper.daemon.ports import Publisher
from keeper.daemon.progress import Stage
from keeper.daemon.proposal import CONTRACTS, LaneRound
from keeper.daemon.quorum import Collected, collect
from keeper.daemon.round import Round
from keeper.decide.cause import Cause
from keeper.decide.cost import most_cost_wei
from keeper.decide.spending import DAY_SECONDS, causes_that_wait
from keeper.errors import ProposalRefused
from keeper.hashing import keccak
from keeper.messages import LaneSignature, Proposal
from keeper.signing import Signer, assemble_quorum
from keeper.wire import Header

log = structlog.get_logger()


class Leader:
    """Signs what is due, asks the peers, publishes what a quorum signed."""

    def __init__(
        self,
        common: Common,
        *,
        model: bytes,
        signer: Signer,
        publisher: Publisher,
        session: aiohttp.ClientSession,
    ) -> None:
        self._common = common
        self._model = model
        self._signer = signer
        self._publisher = publisher
        self._session = session

    async def lead(self, own: Round) -> None:
        """Publishes every lane that finds a quorum, then raises ProposalRefused if one found none; ChainError where the
        chain refuses one."""
        if own.assessment is None:
            return
        bundle = canonical_text(own.bundle)
        lanes = self._due_lanes(own, bundle)
        if not lanes:
            return
        if self._common.policy.dry_run:
            log.info("round.dry_run", round=own.context.number, lanes=[lane.header.lane for lane in lanes])
            return
        preimages = {lane.header.lane: self.preimage(lane) for lane in lanes}
        self._common.memory.remember_proposed(lanes, bundle)
        log.debug("round.proposed", round=own.context.number, lanes=sorted(preimages))
        with self._common.progress.stage(Stage.SIGN):
            collected = await self._collect(own, lanes, bundle, preimages)
        log.debug("round.signed", round=own.context.number, refusals=len(collected.refusals))
        await self._publish_signed(lanes, collected, own)

    def preimage(self, lane: LaneRound) -> bytes:
        """What a signer is given of a lane; refuses rows that are no round."""
        contract = self._common.reader.contracts[CONTRACTS[lane.header.lane]].address
        return lane.preimage(chain_id=self._common.policy.chain_id, contract=contract)

    def _due_lanes(self, own: Round, bundle: str) -> list[LaneRound]:
        waiting = self._causes_that_wait(own.context.now)
        found = due_rows(own, thresholds=self._common.policy.publish, waiting=waiting)
        snapshot = keccak(bundle.encode())
        return [LaneRound(self._header(own, lane, snapshot), rows) for lane, rows in found]

    def _causes_that_wait(self, now: int) -> frozenset[Cause]:
        spent = self._common.memory.spent_wei(since=now - DAY_SECONDS)
        budget = self._common.policy.routine_wei_per_day
        self._common.observability.paid(spent_wei=spent)
        waiting = causes_that_wait(spent_wei=spent, routine_wei_per_day=budget)
        if waiting:
            text = f"the last 24 hours cost up to {spent} wei, the budget is {budget}: what is routine waits"
            self._common.alarms.raise_alarm(Alarm.ROUTINE_WAITS, text)
        return waiting

    def _header(self, own: Round, lane: int, snapshot: bytes) -> Header:
        observed_at = observed_at_of(own, lane)
        return Header(
            config_digest=own.context.view.config_digest(lane),
            lane=lane,
            seq=own.context.view.next_sequence(lane),
            observed_at=observed_at,
            valid_until=observed_at + self._common.policy.validity_seconds,
            snapshot=snapshot,
            model=self._model,
        )

    async def _collect(
        self, own: Round, lanes: Sequence[LaneRound], bundle: str, preimages: Mapping[int, bytes]
    ) -> Collected:
        mine = {number: await self._signer.sign(preimage) for number, preimage in preimages.items()}
        proposal = Proposal(
            leader=self._common.policy.signer,
            round_number=own.context.number,
            lanes=[lane.to_message() for lane in lanes],
            bundle=bundle,
            signatures=[LaneSignature(lane=lane, signature="0x" + made.hex()) for lane, made in mine.items()],
        )
        collected = await collect(
            session=self._session,
            peers=self._common.policy.peers,
            proposal=proposal,
            digests={number: keccak(preimage) for number, preimage in preimages.items()},
            signers=own.context.view.lanes.signers,
            own=mine,
            timeout_seconds=self._common.policy.peer_timeout_seconds,
        )
        for peer, reason in sorted(collected.refusals.items()):
            self._common.alarms.raise_alarm(
                Alarm.PEER_DISAGREES, f"signer {peer}: {reason}", subject=f"signer {peer}"
            )
        return collected

    async def _publish_signed(self, lanes: Sequence[LaneRound], collected: Collected, own: Round) -> None:
        lacks = {lane.header.lane: _lack(lane, collected, own) for lane in lanes}
        text = "; ".join(lack for lack in lacks.values() if lack)
        if text:
            self._common.alarms.raise_alarm(Alarm.NO_QUORUM, text)
        for lane in lanes:
            if not lacks[lane.header.lane]:
                with self._common.progress.stage(Stage.PUBLISH):
                    await self._publish(lane, collected, own)
        if text:
            raise ProposalRefused(text)

    async def _publish(self, lane: LaneRound, collected: Collected, own: Round) -> None:
        signatures = collected.signatures[lane.header.lane]
        threshold = own.context.view.lanes.threshold
        bound = most_cost_wei(
            value_at_risk=own.value_at_risk,
            native_price=own.price_of(self._common.policy.native_underlying),
            policy=self._common.policy.cost,
        )
        published = await self._publisher.publish(
            lane, assemble_quorum(signatures, threshold), most_cost_wei=bound
        )
        self._common.memory.remember_published(lane, published)
        log.debug("round.published", lane=published.lane, seq=published.seq)
        self._common.observability.published(published)


def _lack(lane: LaneRound, collected: Collected, own: Round) -> str:
    """Why the lane cannot be published, empty where it can."""
    threshold = own.context.view.lanes.threshold
    signatures = collected.signatures.get(lane.header.lane, {})
    if len(signatures) >= threshold:
        return ""
    return (
        f"lane {lane.header.lane}: signers {sorted(signatures)}, {threshold} are needed; "
        f"the others said {collected.refusals}"
    )
