"""A peer's proposal answered: recomputed, compared, then the leader's bytes are signed, withheld or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog
from eth_utils.crypto import keccak

from keeper.alarms import Alarm
from keeper.daemon.common import Common
from keeper.daemon.endorse import lanes_withheld, require_endorsable
from keeper.daemon.proposal import LaneRound
from keeper.daemon.round import Round
from keeper.errors import KeeperError, ProposalRefused, SigningError
from keeper.messages import Endorsement, LaneSignature, Proposal
from keeper.signing import Signer, verify

log = structlog.get_logger()


class Follower:
    """Answers for one signer. `preimage` gives what the signer is given of a lane."""

    def __init__(
        self,
        common: Common,
        *,
        model: bytes,
        signer: Signer,
        preimage: Callable[[LaneRound], bytes],
    ) -> None:
        self._common = common
        self._model = model
        self._signer = signer
        self._preimage = preimage

    async def answer(self, proposal: Proposal, own: Round) -> Endorsement:
        """A signature for every lane that this keeper confirms; what it withholds, or refuses, with the reason."""
        try:
            signatures, held = await self._signatures(proposal, own)
        except KeeperError as error:
            return self.refuse(proposal, error)
        log.debug("proposal.signed", leader=proposal.leader, lanes=[item.lane for item in signatures])
        if held:
            log.warning("proposal.withheld", leader=proposal.leader, lanes=held)
        self._common.observability.endorsed("withheld" if held else "signed")
        return Endorsement(signer=self._common.policy.signer, signatures=signatures, refusal=_worded(held))

    def refuse(self, proposal: Proposal, error: KeeperError) -> Endorsement:
        """The answer where this keeper disagrees, or has no round of its own to compare with."""
        log.warning("proposal.refused", leader=proposal.leader, reason=str(error))
        self._common.observability.endorsed("refused")
        return Endorsement(signer=self._common.policy.signer, signatures=[], refusal=str(error))

    async def _signatures(
        self, proposal: Proposal, own: Round
    ) -> tuple[list[LaneSignature], Mapping[int, str]]:
        lanes = [LaneRound.from_message(message) for message in proposal.lanes]
        # Refuses rows that are no round.
        preimages = {lane.header.lane: self._preimage(lane) for lane in lanes}
        require_signed(proposal, preimages, own.context.view.lanes.signers)
        held = lanes_withheld(lanes, own)
        judged = [lane for lane in lanes if lane.header.lane not in held]
        if held and not judged:
            raise ProposalRefused(_worded(held))
        self._require_endorsable(proposal, judged, own)
        self._common.memory.remember_proposed(judged, proposal.bundle)
        return [await self._signed(lane.header.lane, preimages) for lane in judged], held

    def _require_endorsable(self, proposal: Proposal, lanes: Sequence[LaneRound], own: Round) -> None:
        """What the leader has signed and this keeper finds otherwise, people are told of with the leader's name."""
        try:
            require_endorsable(
                proposal=proposal,
                lanes=lanes,
                own=own,
                policy=self._common.policy.endorsement,
                model=self._model,
            )
        except KeeperError as error:
            if own.assessment is not None:
                name = f"signer {proposal.leader}"
                self._common.alarms.raise_alarm(
                    Alarm.PEER_DISAGREES, f"{name} leads with what is refused here: {error}", subject=name
                )
            raise

    async def _signed(self, lane: int, preimages: Mapping[int, bytes]) -> LaneSignature:
        signature = await self._signer.sign(preimages[lane])
        return LaneSignature(lane=lane, signature="0x" + signature.hex())


def _worded(held: Mapping[int, str]) -> str:
    return "; ".join(f"lane {lane} is withheld: {reason}" for lane, reason in sorted(held.items()))


def require_signed(proposal: Proposal, preimages: Mapping[int, bytes], signers: Sequence[str]) -> None:
    """Raises ProposalRefused unless the listed leader has signed every lane: nobody else gets a signature."""
    leader = proposal.leader
    if not 0 <= leader < len(signers):
        raise ProposalRefused(f"leader {leader} is none of {len(signers)} listed signers")
    given = {item.lane: bytes.fromhex(item.signature[2:]) for item in proposal.signatures}
    for lane, preimage in preimages.items():
        try:
            verify(bytes(keccak(preimage)), given.get(lane, b""), signers[leader])
        except SigningError as error:
            raise ProposalRefused(f"lane {lane} is not signed by its leader {leader}: {error}") from error
