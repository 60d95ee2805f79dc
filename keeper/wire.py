"""The wire: records, hashes and digests that Python signs and Solidity checks (`contracts/types/Wire.sol`).

Everything is an `int`, `bytes` or checksummed address; a record refuses at construction what its Solidity
twin could not hold. Bounds that only the chain knows (corridor, bands) are the chain's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self, TypeVar

from eth_abi.abi import encode
from eth_utils.address import is_checksum_address, to_checksum_address
from eth_utils.crypto import keccak

from keeper.errors import WireError

LANE_PRICES = 0
LANE_SURFACES = 1
LANE_STATE = 2
LANE_POLICY = 3
LANE_MARGINS = 4
LANE_MARGIN_ROOTS = 5

# Kinds of state rows, in the order of a round.
STATE_LOADING, STATE_PREMIUM, STATE_BORROW_PREMIUM = range(3)

MARGIN_MODEL_TYPE = "(uint64,uint64,uint16,uint16,uint16,uint32,uint16,uint16,uint16,uint16)"
SCENARIO_POINT_TYPE = "(int32,int32,uint32)"
POLICY_TYPE = f"({MARGIN_MODEL_TYPE},{SCENARIO_POINT_TYPE}[])"

SURFACE_SCALE = 10**12  # of basis and SVI parameters; WIRE twin: Wire.sol SURFACE_SCALE
MOST_SIGNERS = 256  # bits of the signer bitmap
COMPACT_SIGNATURE_BYTES = 64

_HEADER_TYPE = (
    "Header(bytes32 configDigest,uint8 lane,uint64 seq,uint64 observedAt,uint64 validUntil,"
    "bytes32 snapshot,bytes32 model)"
)
_ORDER_TYPE = (
    "Order(uint64 account,uint104 instrument,int128 quantity,uint96 limitPrice,uint128 minimumFill,"
    "uint64 expiry,uint64 ownerEpoch,uint256 salt)"
)
HEADER_TYPEHASH = keccak(text=_HEADER_TYPE)
ROUND_TYPEHASH = keccak(text="Round(Header header,bytes32 rowsHash)" + _HEADER_TYPE)
ORDER_TYPEHASH = keccak(text=_ORDER_TYPE)
DOMAIN_TYPEHASH = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
DOMAIN_NAME = "Tailguard"
DOMAIN_VERSION = "1"


class _Record:
    """A struct of the wire; `KINDS` are the Solidity types of its fields, in order."""

    __slots__ = ()
    KINDS: ClassVar[tuple[str, ...]]
    __match_args__: ClassVar[tuple[str, ...]]  # the dataclass decorator's: field names in order

    def __post_init__(self) -> None:
        for name, kind in zip(self.__match_args__, self.KINDS, strict=True):
            require_fits(type(self).__name__, name, kind, getattr(self, name))

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return tuple(getattr(self, name) for name in self.__match_args__)

    @classmethod
    def packed_length(cls) -> int:
        """Bytes of a packed record."""
        return sum(_width(kind) for kind in cls.KINDS)

    def packed(self) -> bytes:
        """The integer fields in order, big-endian, two's complement, each as wide as its type and no wider."""
        return b"".join(
            value.to_bytes(_width(kind), "big", signed=kind.startswith("int"))
            for kind, value in zip(self.KINDS, self.as_tuple(), strict=True)
        )

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The record of `packed_length` bytes."""
        values, place = [], 0
        for kind in cls.KINDS:
            width = _width(kind)
            values.append(int.from_bytes(data[place : place + width], "big", signed=kind.startswith("int")))
            place += width
        return cls(*values)


@dataclass(frozen=True, slots=True)
class Header(_Record):
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
class PriceRow(_Record):
    """Price of one underlying and the half-width of its interval, WAD quote."""

    KINDS: ClassVar[tuple[str, ...]] = ("uint16", "uint96", "uint96")
    underlying: int
    price: int
    confidence: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.underlying,)


@dataclass(frozen=True, slots=True)
class SurfaceRow(_Record):
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
class MarginRow(_Record):
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
class StateRow(_Record):
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
AnyRow = TypeVar("AnyRow", bound=_Record)


@dataclass(frozen=True, slots=True)
class Order(_Record):
    """A resting order; `quantity` WAD, positive buys; `limit_price` WAD quote per unit."""

    KINDS: ClassVar[tuple[str, ...]] = (
        "uint64", "uint104", "int128", "uint96", "uint128", "uint64", "uint64", "uint256",
    )  # fmt: skip
    account: int
    instrument: int
    quantity: int
    limit_price: int
    minimum_fill: int
    expiry: int
    owner_epoch: int
    salt: int


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


def _width(kind: str) -> int:
    return int(kind.removeprefix("u").removeprefix("int")) // 8


def require_fits(record: str, field: str, kind: str, value: object) -> None:
    """Raises `WireError` unless `value` is an int (or bytes32) that Solidity's `kind` can hold."""
    if kind == "bytes32":
        if not isinstance(value, bytes) or len(value) != 32:
            raise WireError(record, field, value, "32 bytes")
        return
    match = re.fullmatch(r"(u?)int(\d+)", kind)
    if match is None:
        raise WireError(record, field, value, f"a supported kind, not {kind}")
    bits = int(match[2])
    least, most = (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if type(value) is not int or not least <= value <= most:
        raise WireError(record, field, value, f"{kind}, an int in [{least}, {most}]")


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


def pack_rows(rows: Sequence[Row]) -> bytes:
    """Rows one after the other, as they are signed and sent: `RoundRows` of the contracts."""
    return b"".join(row.packed() for row in rows)


def unpack_rows(kind: type[AnyRow], data: bytes) -> tuple[AnyRow, ...]:
    """Rows of packed bytes. Raises `WireError` where the last one is incomplete."""
    length = kind.packed_length()
    if len(data) % length:
        raise WireError(kind.__name__, "rows", len(data), f"a multiple of {length} bytes")
    return tuple(kind.unpacked(data[place : place + length]) for place in range(0, len(data), length))


def unsafe_rows_hash(rows: Sequence[Row]) -> bytes:
    """The same without the check of kind and order: for tests of what the chain refuses."""
    return keccak(pack_rows(rows))


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


def policy_digest(model: Sequence[int], grid: Sequence[Sequence[int]]) -> bytes:
    """`PolicyLane.digestOf`: keccak256(abi.encode(Policy(margin model, grid)))."""
    return bytes(keccak(encode([POLICY_TYPE], [(tuple(model), [tuple(point) for point in grid])])))


def policy_hash(newest: bytes, model: Sequence[int], grid: Sequence[Sequence[int]]) -> bytes:
    """What stands for the rows of a policy round: keccak256(abi.encode(digest of the newest policy, target))."""
    target = (tuple(model), [tuple(point) for point in grid])
    return bytes(keccak(encode(["bytes32", POLICY_TYPE], [newest, target])))


def settings_digest(parameters_digest: bytes, limits: Sequence[int]) -> bytes:
    """What stands for parametersDigest in the configuration digest of a lane with a contract of its own."""
    own = keccak(encode(["uint256"] * len(limits), limits))
    return bytes(keccak(encode(["bytes32", "bytes32"], [parameters_digest, bytes(own)])))


def domain_separator(chain_id: int, contract: str) -> bytes:
    """EIP-712 domain ("Tailguard", "1", chain id, contract)."""
    require_fits("domain", "chain_id", "uint256", chain_id)
    values = (
        DOMAIN_TYPEHASH,
        keccak(text=DOMAIN_NAME),
        keccak(text=DOMAIN_VERSION),
        chain_id,
        require_address("domain", "contract", contract),
    )
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))


def round_digest(header: Header, hash_of_rows: bytes, chain_id: int, contract: str) -> bytes:
    """What a signer signs: EIP-712 `Round(Header header,bytes32 rowsHash)` for one chain and contract."""
    require_fits("round", "rows_hash", "bytes32", hash_of_rows)
    header_hash = keccak(encode(["bytes32", *Header.KINDS], (HEADER_TYPEHASH, *header.as_tuple())))
    struct_hash = keccak(ROUND_TYPEHASH + header_hash + hash_of_rows)
    return _typed_data_digest(chain_id, contract, struct_hash)


def order_digest(order: Order, chain_id: int, contract: str) -> bytes:
    """What an order's signer signs, for one chain and `TradeSettlement` contract."""
    struct_hash = keccak(encode(["bytes32", *Order.KINDS], (ORDER_TYPEHASH, *order.as_tuple())))
    return _typed_data_digest(chain_id, contract, struct_hash)


def config_digest(
    chain_id: int, contract: str, epoch: int, signers: Sequence[str], threshold: int, parameters_digest: bytes
) -> bytes:
    """keccak256(abi.encode(chain id, contract, epoch, signers, threshold, parametersDigest))."""
    require_fits("config", "chain_id", "uint256", chain_id)
    require_fits("config", "epoch", "uint32", epoch)
    require_fits("config", "threshold", "uint8", threshold)
    require_fits("config", "parameters_digest", "bytes32", parameters_digest)
    addresses = [require_address("config", f"signers[{i}]", signer) for i, signer in enumerate(signers)]
    values = (
        chain_id,
        require_address("config", "contract", contract),
        epoch,
        addresses,
        threshold,
        parameters_digest,
    )
    return keccak(encode(["uint256", "address", "uint32", "address[]", "uint8", "bytes32"], values))


def require_address(record: str, field: str, value: str) -> str:
    """The checksummed address; mixed case that fails its checksum is refused."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise WireError(record, field, value, "a 20-byte hex address")
    if value[2:] not in (value[2:].lower(), value[2:].upper()) and not is_checksum_address(value):
        raise WireError(record, field, value, f"a valid checksum; did you mean {to_checksum_address(value)}?")
    return to_checksum_address(value)


def _typed_data_digest(chain_id: int, contract: str, struct_hash: bytes) -> bytes:
    return keccak(b"\x19\x01" + domain_separator(chain_id, contract) + struct_hash)
