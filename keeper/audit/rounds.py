"""Accepted rounds from their calldata: hashes, configuration, signatures, sequence, and the rows they carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from eth_utils.crypto import keccak

from keeper.audit.calls import ContractCall
from keeper.chain import AuditEvent
from keeper.chain.records import from_struct
from keeper.errors import KeeperError, SigningError, WireError
from keeper.parameters import LaneLimits
from keeper.signing import expand, recover
from keeper.wire import (
    COMPACT_SIGNATURE_BYTES,
    LANE_MARGIN_ROOTS,
    LANE_MARGINS,
    LANE_POLICY,
    LANE_PRICES,
    LANE_STATE,
    LANE_SURFACES,
    Header,
    MarginRow,
    PriceRow,
    QuorumSignature,
    StateRow,
    SurfaceRow,
    config_digest,
    policy_digest,
    policy_hash,
    require_ascending,
    round_digest,
    unpack_rows,
)

LANE_NAMES = {
    LANE_PRICES: "prices",
    LANE_SURFACES: "surfaces",
    LANE_STATE: "state",
    LANE_POLICY: "policy",
    LANE_MARGINS: "margins",
    LANE_MARGIN_ROOTS: "margin roots",
}
RowType = type[PriceRow] | type[SurfaceRow] | type[MarginRow] | type[StateRow]
_ROW_TYPES: dict[tuple[str, str], RowType] = {
    ("SignedLanes", "publishPrices"): PriceRow,
    ("SignedLanes", "publishSurfaces"): SurfaceRow,
    ("SignedLanes", "publishMargins"): MarginRow,
    ("StateLane", "publishState"): StateRow,
}
_LANE_ROWS: dict[int, RowType] = {LANE_PRICES: PriceRow, LANE_SURFACES: SurfaceRow, LANE_MARGINS: MarginRow}
Rows = Sequence[PriceRow] | Sequence[SurfaceRow] | Sequence[MarginRow] | Sequence[StateRow]


class Verdict(StrEnum):
    """What is known of a round. A missing bundle is never verified."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    MISMATCHED = "mismatched"


@dataclass(frozen=True, slots=True)
class SignedRound:
    """One lane's round as it was sent. A root's rows are not in the record; a policy round has none."""

    header: Header
    rows: Rows
    quorum: QuorumSignature
    rows_hash: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A row of a root with its siblings, as it was sent."""

    seq: int
    observed_at: int
    row: MarginRow
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who could sign when the round was accepted, for which chain, contract and parameters."""

    chain_id: int
    contract: str
    epoch: int
    signers: tuple[str, ...]
    threshold: int
    parameters_digest: bytes


def decode_round(call: ContractCall) -> SignedRound | None:
    """The round of a publishing call; None for any other call, and for calldata the wire does not allow."""
    row_type = _ROW_TYPES.get((call.contract, call.function))
    is_root = (call.contract, call.function) == ("SignedLanes", "publishMarginRoot")
    try:
        if (call.contract, call.function) == ("PolicyLane", "publishPolicy"):
            return _policy_round(call)
        if row_type is None and not is_root:
            return None
        data = b"" if row_type is None else call.arguments["rows"]
        rows: Any = () if row_type is None else unpack_rows(row_type, data)
        quorum = from_struct(QuorumSignature, call.arguments["quorum"])
        digest = call.arguments["root"] if is_root else bytes(keccak(data))
        return SignedRound(from_struct(Header, call.arguments["header"]), rows, quorum, digest)
    except WireError:
        return None


def decode_proof(call: ContractCall) -> Proof | None:
    """The proof of a `proveMargin`; None for any other call."""
    if call.function != "proveMargin" or call.contract != "SignedLanes":
        return None
    row = from_struct(MarginRow, call.arguments["row"])
    return Proof(call.arguments["seq"], call.arguments["observedAt"], row, tuple(call.arguments["path"]))


def decode_logged(lane: int, data: bytes) -> Rows:
    """The rows of a round that another contract published: a log has them, its hash is the round's."""
    return cast(Rows, unpack_rows(_LANE_ROWS[lane], data))  # all of the lane's kind


def _policy_round(call: ContractCall) -> SignedRound:
    newest, target = (_plain(call.arguments[name]) for name in ("newest", "target"))
    quorum = from_struct(QuorumSignature, call.arguments["quorum"])
    content = policy_hash(policy_digest(*newest), *target)
    return SignedRound(from_struct(Header, call.arguments["header"]), (), quorum, content)


def _plain(policy: Mapping[str, Any]) -> tuple[list[int], list[list[int]]]:
    return list(policy["model"].values()), [list(point.values()) for point in policy["grid"]]


def round_problems(
    signed: SignedRound, event: AuditEvent, quorum: Quorum, limits: LaneLimits, time: int
) -> list[str]:
    """Everything about an accepted round that does not follow; each names the field and both values."""
    return [
        *_differences(signed, event),
        *_configuration(signed.header, quorum),
        *_times(signed.header, limits, time),
        *_signatures(signed, quorum),
    ]


def _differences(signed: SignedRound, event: AuditEvent) -> list[str]:
    header, said = signed.header, event.arguments
    pairs = (
        ("lane", header.lane, said["lane"]),
        ("seq", header.seq, said.get("laneSeq", event.seq)),
        ("snapshot", header.snapshot.hex(), said["snapshot"].hex()),
        ("model", header.model.hex(), said["model"].hex()),
        ("observedAt", header.observed_at, said["observedAt"]),
        ("signerBitmap", signed.quorum.signer_bitmap, said["signerBitmap"]),
        ("rowsHash", signed.rows_hash.hex(), said["rowsHash"].hex()),
    )
    return [f"{name}: calldata {sent}, event {told}" for name, sent, told in pairs if sent != told]


def _configuration(header: Header, quorum: Quorum) -> list[str]:
    expected = config_digest(
        quorum.chain_id,
        quorum.contract,
        quorum.epoch,
        quorum.signers,
        quorum.threshold,
        quorum.parameters_digest,
    )
    if header.config_digest == expected:
        return []
    return [f"configDigest: calldata 0x{header.config_digest.hex()}, replay gives 0x{expected.hex()}"]


def _times(header: Header, limits: LaneLimits, time: int) -> list[str]:
    if not header.observed_at <= time <= header.valid_until:
        return [f"accepted at {time}, outside [{header.observed_at}, {header.valid_until}]"]
    if header.valid_until - header.observed_at > limits.max_time_to_live:
        return [f"validUntil: {header.valid_until - header.observed_at} s, most {limits.max_time_to_live}"]
    return []


def _signatures(signed: SignedRound, quorum: Quorum) -> list[str]:
    given = [i for i in range(256) if signed.quorum.signer_bitmap >> i & 1]
    if len(given) < max(quorum.threshold, 1):
        return [f"signatures: {len(given)} of {quorum.threshold}"]
    try:
        if signed.header.lane not in (LANE_MARGIN_ROOTS, LANE_POLICY):
            require_ascending(signed.rows)
        digest = round_digest(signed.header, signed.rows_hash, quorum.chain_id, quorum.contract)
    except KeeperError as error:
        return [f"rows: {error}"]
    problems = []
    for place, index in enumerate(given):
        start = place * COMPACT_SIGNATURE_BYTES
        compact = signed.quorum.signatures[start : start + COMPACT_SIGNATURE_BYTES]
        problems.extend(_signature(digest, compact, index, quorum))
    return problems


def _signature(digest: bytes, compact: bytes, index: int, quorum: Quorum) -> list[str]:
    if index >= len(quorum.signers):
        return [f"signatures: signer {index} is not listed"]
    try:
        recovered = recover(digest, expand(compact))
    except SigningError as error:
        return [f"signatures: signer {index}: {error}"]
    if recovered == quorum.signers[index]:
        return []
    return [f"signatures: signer {index} is {quorum.signers[index]}, recovered {recovered}"]


def lane_name(lane: int) -> str:
    return LANE_NAMES.get(lane, f"lane {lane}")
