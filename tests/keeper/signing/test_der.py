"""DER is read strictly: what another encoder made is read back, and what none may make is refused."""

from __future__ import annotations

import pytest
from coincurve import PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.errors import SigningError
from keeper.signing.der import public_key_point, signature_scalars
from tests.keeper.signing.fakes import der_signature

# `openssl ecparam -name secp256k1 -genkey | openssl ec -pubout -outform DER`, and its coordinates by -text.
OPENSSL_SPKI = bytes.fromhex(
    "3056301006072a8648ce3d020106052b8104000a03420004f75b61a8c038a9a116b0118d9833e46edbe122fad9d2b2f06b47a1579539abd66e182c9bed456fe8ad15196f6a4022274b07b0365b19bf18b6851f1320ce8461"
)
OPENSSL_POINT = bytes.fromhex(
    "f75b61a8c038a9a116b0118d9833e46edbe122fad9d2b2f06b47a1579539abd66e182c9bed456fe8ad15196f6a4022274b07b0365b19bf18b6851f1320ce8461"
)


@given(secret=st.integers(1, 2**200), digest=st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_signatures_of_another_encoder_are_read(secret, digest):
    key = PrivateKey(secret.to_bytes(32, "big"))
    compact = key.sign_recoverable(digest, hasher=None)
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
    assert signature_scalars(key.sign(digest, hasher=None)) == (r, s)


@given(r=st.integers(1, 2**256 - 1), s=st.integers(1, 2**256 - 1))
def test_any_two_integers_survive(r, s):
    assert signature_scalars(der_signature(r, s)) == (r, s)


@pytest.mark.parametrize(
    "der",
    [
        "",
        "30",
        "3006020101020101ff",  # bytes after its end
        "30060201010201",  # cut short
        "3007020101020101ff",  # bytes inside, after s
        "3006020181020101",  # r negative
        "300702020001020101",  # r with a superfluous zero
        "3005020002010a",  # r empty
        "3106020101020101",  # no sequence
        "3006030101020101",  # r no integer
        "308106020101020101",  # a long length
    ],
)
def test_what_is_no_strict_der_is_refused(der):
    with pytest.raises(SigningError, match="no DER of two integers"):
        signature_scalars(bytes.fromhex(der))


@given(garbage=st.binary(max_size=80))
def test_garbage_is_a_signing_error_or_two_integers(garbage):
    try:
        r, s = signature_scalars(garbage)
    except SigningError:
        return
    assert der_signature(r, s) == garbage


def test_a_public_key_of_openssl_is_read():
    assert public_key_point(OPENSSL_SPKI) == OPENSSL_POINT


@pytest.mark.parametrize("der", [b"", OPENSSL_SPKI[:-1], OPENSSL_SPKI + b"\0", b"\x31" + OPENSSL_SPKI[1:]])
def test_other_keys_are_refused(der):
    with pytest.raises(SigningError, match="ECC_SECG_P256K1"):
        public_key_point(der)
