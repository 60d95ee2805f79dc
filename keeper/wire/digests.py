"""What is signed: EIP-712 digests of rounds and orders, and the digests of settings that they commit to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.wire.records import Record, require_address, require_fits
from keeper.wire.rows import Header

MARGIN_MODEL_TYPE = "(uint64,uint64,uint16,uint16,uint16,uint32,uint16,uint16,uint16,uint16)"
SCENARIO_POINT_TYPE = "(int32,int32,uint32)"
POLICY_TYPE = f"({MARGIN_MODEL_TYPE},{SCENARIO_POINT_TYPE}[])"

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


@dataclass(frozen=True, slots=True)
class Order(Record):
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
    return keccak(round_preimage(header, hash_of_rows, chain_id, contract))


def round_preimage(header: Header, hash_of_rows: bytes, chain_id: int, contract: str) -> bytes:
    """The 66 bytes whose keccak-256 is the round's digest: what signers that hash by themselves are given."""
    require_fits("round", "rows_hash", "bytes32", hash_of_rows)
    header_hash = keccak(encode(["bytes32", *Header.KINDS], (HEADER_TYPEHASH, *header.as_tuple())))
    struct_hash = keccak(ROUND_TYPEHASH + header_hash + hash_of_rows)
    return _typed_data(chain_id, contract, struct_hash)


def order_digest(order: Order, chain_id: int, contract: str) -> bytes:
    """What an order's signer signs, for one chain and `TradeSettlement` contract."""
    struct_hash = keccak(encode(["bytes32", *Order.KINDS], (ORDER_TYPEHASH, *order.as_tuple())))
    return keccak(_typed_data(chain_id, contract, struct_hash))


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


def settings_digest(parameters_digest: bytes, limits: Sequence[int]) -> bytes:
    """What stands for parametersDigest in the configuration digest of a lane with a contract of its own."""
    own = keccak(encode(["uint256"] * len(limits), limits))
    return bytes(keccak(encode(["bytes32", "bytes32"], [parameters_digest, bytes(own)])))


def policy_digest(model: Sequence[int], grid: Sequence[Sequence[int]]) -> bytes:
    """`PolicyLane.digestOf`: keccak256(abi.encode(Policy(margin model, grid)))."""
    return bytes(keccak(encode([POLICY_TYPE], [(tuple(model), [tuple(point) for point in grid])])))


def policy_hash(newest: bytes, model: Sequence[int], grid: Sequence[Sequence[int]]) -> bytes:
    """What stands for the rows of a policy round: keccak256(abi.encode(digest of the newest policy, target))."""
    target = (tuple(model), [tuple(point) for point in grid])
    return bytes(keccak(encode(["bytes32", POLICY_TYPE], [newest, target])))


def _typed_data(chain_id: int, contract: str, struct_hash: bytes) -> bytes:
    return b"\x19\x01" + domain_separator(chain_id, contract) + struct_hash
