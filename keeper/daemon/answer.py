"""A peer's proposal answered: recomputed, compared, then the leader's bytes are signed or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog
from eth_utils.crypto import keccak

from keeper.daemon.endorse import require_endorsable
from keeper.daemon.policy import KeeperPolicy
from keeper.daemon.ports import Memory, Observability
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
        *,
        policy: KeeperPolicy,
        model: bytes,
        signer: Signer,
        memory: Memory,
        observability: Observability,
        preimage: Callable[[LaneRound], bytes],
    ) -> None:
        self._policy = policy
        self._model = model
        self._signer = signer
        self._memory = memory
        self._observability = observability
        self._preimage = preimage

    async def answer(self, proposal: Proposal, own: Round) -> Endorsement:
        """Signatures for every lane, or the reason why there is none."""
        try:
            signatures = await self._signatures(proposal, own)
        except KeeperError as error:
            return self.refuse(proposal, error)
        self._observability.endorsed("signed")
        return Endorsement(signer=self._policy.signer, signatures=signatures)

    def refuse(self, proposal: Proposal, error: KeeperError) -> Endorsement:
        """The answer where this keeper disagrees, or has no round of its own to compare with."""
        log.warning("proposal.refused", leader=proposal.leader, reason=str(error))
        self._observability.endorsed("refused")
        return Endorsement(signer=self._policy.signer, signatures=[], refusal=str(error))

    async def _signatures(self, proposal: Proposal, own: Round) -> list[LaneSignature]:
        lanes = [LaneRound.from_message(message) for message in proposal.lanes]
        # Refuses rows that are no round.
        preimages = {lane.header.lane: self._preimage(lane) for lane in lanes}
        require_signed(proposal, preimages, own.context.view.lanes.signers)
        require_endorsable(
            proposal=proposal, lanes=lanes, own=own, policy=self._policy.endorsement, model=self._model
        )
        self._memory.remember_proposed(lanes, proposal.bundle)
        return [
            LaneSignature(lane=lane, signature="0x" + (await self._signer.sign(preimage)).hex())
            for lane, preimage in preimages.items()
        ]


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
