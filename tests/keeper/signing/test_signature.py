"""Signatures: compact form, recovery, malleability, assembly of a quorum."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from keeper.errors import SigningError
from keeper.signing import KeystoreSigner, assemble_quorum, compact, expand, recover, verify
from keeper.signing.signature import CURVE_ORDER

DIGEST = keccak(b"a digest")
SIGNERS = [KeystoreSigner.from_secret(secret) for secret in (11, 12, 13)]


def test_a_signature_recovers_to_its_signer_in_both_forms():
    for signer in SIGNERS:
        signature = signer.sign_digest(DIGEST)
        assert len(compact(signature)) == 64
        assert expand(compact(signature)) == signature
        assert recover(DIGEST, signature) == signer.address
        verify(DIGEST, signature, signer.address)


def test_a_signature_of_another_digest_or_signer_is_refused():
    signature = SIGNERS[0].sign_digest(DIGEST)
    with pytest.raises(SigningError, match=SIGNERS[1].address):
        verify(DIGEST, signature, SIGNERS[1].address)
    with pytest.raises(SigningError):
        verify(keccak(b"other"), signature, SIGNERS[0].address)


def test_the_malleable_twin_of_a_signature_is_refused():
    signature = SIGNERS[0].sign_digest(DIGEST)
    high_s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + high_s.to_bytes(32, "big") + bytes([55 - signature[64]])
    with pytest.raises(SigningError, match="malleable"):
        compact(twin)


@pytest.mark.parametrize("signature", [b"", b"\x00" * 65, b"\x01" * 64, b"\x01" * 64 + b"\x02"])
def test_bytes_that_are_no_signature_are_refused(signature):
    with pytest.raises(SigningError):
        recover(DIGEST, signature)


def test_a_quorum_is_ascending_whatever_order_the_signatures_came_in():
    signatures = {index: SIGNERS[index].sign_digest(DIGEST) for index in (2, 0)}
    quorum = assemble_quorum(signatures, threshold=2)
    assert quorum.signer_bitmap == 0b101
    assert quorum.signatures == compact(signatures[0]) + compact(signatures[2])


def test_a_quorum_takes_no_more_signatures_than_the_threshold():
    signatures = {index: SIGNERS[index].sign_digest(DIGEST) for index in range(3)}
    assert assemble_quorum(signatures, threshold=2).signer_bitmap == 0b011


@pytest.mark.parametrize(("indices", "threshold"), [((0,), 2), ((0, 256), 2), ((-1, 0), 2), ((0,), 0)])
def test_an_impossible_quorum_is_refused(indices, threshold):
    signature = SIGNERS[0].sign_digest(DIGEST)
    with pytest.raises(SigningError):
        assemble_quorum(dict.fromkeys(indices, signature), threshold)
