"""Signatures as bytes: 65-byte and compact (ERC-2098) form, recovery, and the quorum's assembly."""

from __future__ import annotations

from collections.abc import Mapping

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from keeper.errors import SigningError
from keeper.wire import COMPACT_SIGNATURE_BYTES, MOST_SIGNERS, QuorumSignature

SIGNATURE_BYTES = 65
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # secp256k1, SEC 2 v2.0
HALF_ORDER = CURVE_ORDER // 2


def compact(signature: bytes) -> bytes:
    """(r, yParityAndS) per ERC-2098 of a 65-byte signature; a high s or odd v is refused."""
    r, s, parity = _parts(signature)
    return r.to_bytes(32, "big") + ((parity << 255) | s).to_bytes(32, "big")


def expand(compact_signature: bytes) -> bytes:
    """The 65-byte form r || s || v of a compact signature."""
    if len(compact_signature) != COMPACT_SIGNATURE_BYTES:
        raise SigningError(f"compact signature has {len(compact_signature)} bytes; expected 64")
    parity_and_s = int.from_bytes(compact_signature[32:], "big")
    s = parity_and_s & ((1 << 255) - 1)
    return compact_signature[:32] + s.to_bytes(32, "big") + bytes([27 + (parity_and_s >> 255)])


def recover(digest: bytes, signature: bytes) -> str:
    """The checksummed address that made a 65-byte signature of `digest`."""
    if len(digest) != 32:
        raise SigningError(f"digest has {len(digest)} bytes; expected 32")
    r, s, parity = _parts(signature)
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError) as error:
        raise SigningError(f"signature 0x{signature.hex()} recovers to no key: {error}") from error
    return key.to_checksum_address()


def verify(digest: bytes, signature: bytes, address: str) -> None:
    """Raises `SigningError` unless `address` made the signature."""
    recovered = recover(digest, signature)
    if recovered.lower() != address.lower():
        raise SigningError(
            f"signature is by {recovered}, not {address}: another key, chain, contract or round"
        )


def from_scalars(digest: bytes, r: int, s: int, address: str) -> bytes:
    """65 bytes r || s || v of a signature that came without its recovery id, s lowered where it lies high.

    The recovery id is found by trial: the one that gives `address`. Raises `SigningError` where neither does.
    """
    if not 0 < r < CURVE_ORDER or not 0 < s < CURVE_ORDER:
        raise SigningError(f"signature's r or s is not in [1, curve order): r 0x{r:x}, s 0x{s:x}")
    low = min(s, CURVE_ORDER - s)  # both halves are valid; contracts take the lower one only
    candidates = [r.to_bytes(32, "big") + low.to_bytes(32, "big") + bytes([v]) for v in (27, 28)]
    recovered = [_recovered(digest, candidate) for candidate in candidates]
    for candidate, found in zip(candidates, recovered, strict=True):
        if found is not None and found.lower() == address.lower():
            return candidate
    raise SigningError(
        f"signature is by {recovered[0]} or {recovered[1]}, not by {address}: another key signed"
    )


def assemble_quorum(signatures: Mapping[int, bytes], threshold: int) -> QuorumSignature:
    """Bitmap and compact signatures in ascending signer order, of exactly `threshold` signers.

    The lowest indices are taken: every further signature would cost gas and prove nothing.
    """
    unknown = [index for index in signatures if not 0 <= index < MOST_SIGNERS]
    if unknown:
        raise SigningError(f"signer index {unknown[0]} is outside [0, {MOST_SIGNERS - 1}]")
    if threshold < 1:
        raise SigningError(f"threshold is {threshold}; expected at least 1")
    if len(signatures) < threshold:
        raise SigningError(
            f"{len(signatures)} of {threshold} signatures (signers {sorted(signatures)}): wait for more"
        )
    chosen = sorted(signatures)[:threshold]
    bitmap = sum(1 << index for index in chosen)
    return QuorumSignature(bitmap, b"".join(compact(signatures[index]) for index in chosen))


def _recovered(digest: bytes, signature: bytes) -> str | None:
    try:
        return recover(digest, signature)
    except SigningError:
        return None


def _parts(signature: bytes) -> tuple[int, int, int]:
    if len(signature) != SIGNATURE_BYTES:
        raise SigningError(f"signature has {len(signature)} bytes; expected {SIGNATURE_BYTES}")
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if v not in (27, 28):
        raise SigningError(f"signature's v is {v}; expected 27 or 28")
    if not 0 < s <= HALF_ORDER or not 0 < r < CURVE_ORDER:
        raise SigningError("signature's r or s is zero, too large, or s lies in the upper half (malleable)")
    return r, s, v - 27
