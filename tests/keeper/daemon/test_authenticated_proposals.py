"""Only a listed leader that signed every lane itself is answered with a signature."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from keeper.daemon.answer import require_signed
from keeper.errors import ProposalRefused
from keeper.messages import LaneSignature
from tests.keeper.daemon.daemon_cases import ADDRESSES, SIGNERS, own_round, proposal_of

PREIMAGES = {0: b"prices", 1: b"surfaces", 4: b"margins"}


def signed(by=0, leader=0, lanes=(0, 1, 4)):
    signatures = [
        LaneSignature(lane=lane, signature="0x" + SIGNERS[by].sign_digest(keccak(PREIMAGES[lane])).hex())
        for lane in lanes
    ]
    return proposal_of(own_round()).model_copy(update={"leader": leader, "signatures": signatures})


def test_a_leader_that_signed_every_lane_is_heard():
    require_signed(signed(by=2, leader=2), PREIMAGES, ADDRESSES)


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (signed(leader=3), "leader 3 is none of 3"),
        (signed(leader=-1), "leader -1 is none of 3"),
        (signed(lanes=()), "lane 0 is not signed by its leader 0"),
        (signed(lanes=(0, 1)), "lane 4 is not signed by its leader 0"),
        (signed(by=1), "lane 0 is not signed by its leader 0: signature is by"),
    ],
)
def test_anybody_else_is_refused(proposal, reason):
    with pytest.raises(ProposalRefused, match=reason):
        require_signed(proposal, PREIMAGES, ADDRESSES)


def test_a_signature_of_other_bytes_is_refused():
    with pytest.raises(ProposalRefused, match="lane 1 is not signed"):
        require_signed(signed(), {**PREIMAGES, 1: b"other surfaces"}, ADDRESSES)
