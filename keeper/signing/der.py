"""The two DER structures that key management services speak: an ECDSA signature and a public key."""

from __future__ import annotations

from keeper.errors import SigningError

_SEQUENCE, _INTEGER = 0x30, 0x02
# SubjectPublicKeyInfo of an uncompressed secp256k1 point up to its coordinates (RFC 5480; curve OID 1.3.132.0.10).
_SECP256K1_PREFIX = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a03420004")
_POINT_BYTES = 64


def signature_scalars(der: bytes) -> tuple[int, int]:
    """(r, s) of SEQUENCE { INTEGER r, INTEGER s }, strictly: shortest lengths, no sign tricks, nothing after it."""
    content, rest = _take(der, _SEQUENCE, der)
    r, after_r = _take(content, _INTEGER, der)
    s, after_s = _take(after_r, _INTEGER, der)
    if rest or after_s:
        raise _malformed(der, "bytes follow its end")
    return _positive(r, der), _positive(s, der)


def public_key_point(der: bytes) -> bytes:
    """The 64 bytes x || y of a secp256k1 public key; any other curve or form is refused."""
    if len(der) != len(_SECP256K1_PREFIX) + _POINT_BYTES or not der.startswith(_SECP256K1_PREFIX):
        raise SigningError(
            f"public key 0x{der.hex()} is no uncompressed secp256k1 key: create one of type ECC_SECG_P256K1"
        )
    return der[len(_SECP256K1_PREFIX) :]


def _take(data: bytes, tag: int, whole: bytes) -> tuple[bytes, bytes]:
    """Content of the leading element, and what follows it. A signature's lengths fit one byte below 128."""
    if len(data) < 2 or data[0] != tag:
        raise _malformed(whole, f"tag 0x{tag:02x} is missing")
    length = data[1]
    if length >= 0x80 or len(data) < 2 + length:
        raise _malformed(whole, f"a length of {length} does not fit")
    return data[2 : 2 + length], data[2 + length :]


def _positive(content: bytes, whole: bytes) -> int:
    if not content or content[0] >= 0x80:
        raise _malformed(whole, "an integer is empty or negative")
    if len(content) > 1 and content[0] == 0 and content[1] < 0x80:
        raise _malformed(whole, "an integer has a superfluous zero")
    return int.from_bytes(content, "big")


def _malformed(der: bytes, reason: str) -> SigningError:
    return SigningError(f"signature 0x{der.hex()} is no DER of two integers: {reason}")
