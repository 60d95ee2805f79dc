"""Rounds as they are sent: the header, rows of each lane, their packing and order, the signatures beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, TypeVar

from keeper.errors import WireError
from keeper.hashing import keccak
from keeper.wire.records import Record, require_fits

LANE_PRICES = 0
LANE_SURFACES = 1
LANE_STATE = 2
LANE_POLICY = 3
LANE_MARGINS = 4
LANE_MARGIN_ROOTS = 5

# Kinds of state rows, in the order of a round.
STATE_LOADING, STATE_PREMIUM, STATE_BORROW_PREMIUM = range(3)

SURFACE_SCALE = 10**12  # of basis and SVI parameters; WIRE twin: Wire.sol SURFACE_SCALE
MOST_SIGNERS = 256  # bits of the signer bitmap
COMPACT_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Header(Record):
    """What every signed round begins with; unix seconds, `observed_at` that of the oldest accepted source."""

    KINDS: ClassVar[tuple[str, ...]] = (
        "bytes32", "uint8", "uint64", "uint64", "uint64", "bytes32", "bytes32",
    )  # fmt: skip
    config_digest: bytes
    lane: int
    seq: int
    observed_at: int
    valid_until: int
    snapshot: bytes
    model: bytes


@dataclass(frozen=True, slots=True)
class PriceRow(Record):
    """Price of one underlying and the half-width of its interval, WAD quote."""

    KINDS: ClassVar[tuple[str, ...]] = ("uint16", "uint96", "uint96")
    underlying: int
    price: int
    confidence: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.underlying,)


@dataclass(frozen=True, slots=True)
class SurfaceRow(Record):
    """One expiry's basis and raw SVI parameters, all in 1e-12; `expiry` in unix seconds."""

    KINDS: ClassVar[tuple[str, ...]] = ("uint16", "uint32", *["int64"] * 6)
    underlying: int
    expiry: int
    basis: int
    a: int
    b: int
    rho: int
    m: int
    sigma: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.underlying, self.expiry)


@dataclass(frozen=True, slots=True)
class MarginRow(Record):
    """The quorum's verdict on one account's portfolio.

    Ratios are basis points of the contract's own requirement; value at risk and expected shortfall WAD money.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("uint64", "uint64", "uint16", "uint16", "uint96", "uint96")
    account: int
    portfolio_nonce: int
    initial_ratio_bps: int
    maintenance_ratio_bps: int
    value_at_risk: int
    expected_shortfall: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.account,)


@dataclass(frozen=True, slots=True)
class StateRow(Record):
    """One value of the market state, WAD: a loading (index row, column column), the premium of an underlying's
    perpetual (index underlying), or the yearly borrow premium."""

    KINDS: ClassVar[tuple[str, ...]] = ("uint8", "uint16", "uint16", "int64")
    kind: int
    index: int
    column: int
    value: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.kind, self.index, self.column)


Row = PriceRow | SurfaceRow | MarginRow | StateRow
AnyRow = TypeVar("AnyRow", bound=Record)


@dataclass(frozen=True, slots=True)
class QuorumSignature:
    """k-of-n signatures: bit i means signer i signed; 64 bytes (r, yParityAndS) each, ascending by signer."""

    signer_bitmap: int
    signatures: bytes

    def __post_init__(self) -> None:
        require_fits("QuorumSignature", "signer_bitmap", "uint256", self.signer_bitmap)
        expected = COMPACT_SIGNATURE_BYTES * self.signer_bitmap.bit_count()
        if len(self.signatures) != expected:
            raise WireError("QuorumSignature", "signatures", len(self.signatures), f"{expected} bytes")

    def as_tuple(self) -> tuple[int, bytes]:
        return (self.signer_bitmap, self.signatures)


def require_ascending(rows: Sequence[Row]) -> None:
    """Raises `WireError` unless the rows are of one kind, not none, and strictly ascending by key."""
    if not rows:
        raise WireError("rows", "length", 0, "at least one row")
    for index, (row, following) in enumerate(pairwise(rows), start=1):
        if type(following) is not type(row):
            raise WireError("rows", f"[{index}]", type(following).__name__, type(row).__name__)
        if following.key <= row.key:
            raise WireError(
                "rows", f"[{index}].key", following.key, f"more than {row.key}, strictly ascending"
            )


def rows_hash(rows: Sequence[Row]) -> bytes:
    """keccak-256 of the packed bytes of checked rows."""
    require_ascending(rows)
    return unsafe_rows_hash(rows)


def unsafe_rows_hash(rows: Sequence[Row]) -> bytes:
    """The same without the check of kind and order: for tests of what the chain refuses."""
    return keccak(pack_rows(rows))


def pack_rows(rows: Sequence[Row]) -> bytes:
    """Rows one after the other, as they are signed and sent: `RoundRows` of the contracts."""
    return b"".join(row.packed() for row in rows)


def unpack_rows(kind: type[AnyRow], data: bytes) -> tuple[AnyRow, ...]:
    """Rows of packed bytes. Raises `WireError` where the last one is incomplete."""
    length = kind.packed_length()
    if len(data) % length:
        raise WireError(kind.__name__, "rows", len(data), f"a multiple of {length} bytes")
    return tuple(kind.unpacked(data[place : place + length]) for place in range(0, len(data), length))


def state_rows(loadings: Sequence[int], premiums: Sequence[int], borrow_premium: int) -> tuple[StateRow, ...]:
    """A whole state round: the lower triangle by rows, a premium for each underlying, the borrow premium."""
    factors = 2 * len(premiums)
    if len(loadings) != factors * (factors + 1) // 2:
        raise WireError(
            "state", "loadings", len(loadings), f"{factors * (factors + 1) // 2} for {factors} factors"
        )
    places = [(row, column) for row in range(factors) for column in range(row + 1)]
    return (
        *(StateRow(STATE_LOADING, row, column, v) for (row, column), v in zip(places, loadings, strict=True)),
        *(StateRow(STATE_PREMIUM, u, 0, premium) for u, premium in enumerate(premiums, start=1)),
        StateRow(STATE_BORROW_PREMIUM, 0, 0, borrow_premium),
    )
