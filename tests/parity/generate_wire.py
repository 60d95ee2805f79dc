"""Writes the golden vectors of the wire: what Python signs is what the contracts hash, bit by bit.

Everything is computed with eth_abi and eth_account alone; nothing of the code under test is imported. Each
message carries its fields for readers and its ABI encoding for decoders. The signers are test keys.
"""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_abi.packed import encode_packed
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

TARGET = Path(__file__).parent / "vectors" / "wire.json"

WAD = 10**18
BPS = 10**8  # one basis point of the surface scale, 1e-12
CHAIN_ID = 31_337
LANES = "0x1000000000000000000000000000000000000001"
SETTLEMENT = "0x1000000000000000000000000000000000000002"
STATE_LANE = "0x1000000000000000000000000000000000000003"
POLICY_LANE = "0x1000000000000000000000000000000000000004"
OTHER_CHAIN_ID = 1
EPOCH = 1
THRESHOLD = 2
SIGNER_KEYS = (0xA11CE, 0xB0B, 0xCA401)
MIDNIGHT = 20_000 * 86_400
NEAR, FAR = MIDNIGHT + 8 * 3_600, MIDNIGHT + 30 * 86_400 + 8 * 3_600
OBSERVED_AT, VALID_UNTIL = MIDNIGHT - 5, MIDNIGHT + 55

HEADER_FIELDS = (
    ("configDigest", "bytes32"),
    ("lane", "uint8"),
    ("seq", "uint64"),
    ("observedAt", "uint64"),
    ("validUntil", "uint64"),
    ("snapshot", "bytes32"),
    ("model", "bytes32"),
)
PRICE_FIELDS = (("underlying", "uint16"), ("price", "uint96"), ("confidence", "uint96"))
SURFACE_FIELDS = (
    ("underlying", "uint16"),
    ("expiry", "uint32"),
    *((name, "int64") for name in ("basis", "a", "b", "rho", "m", "sigma")),
)
MARGIN_FIELDS = (
    ("account", "uint64"),
    ("portfolioNonce", "uint64"),
    ("initialRatioBps", "uint16"),
    ("maintenanceRatioBps", "uint16"),
    ("valueAtRisk", "uint96"),
    ("expectedShortfall", "uint96"),
)
STATE_FIELDS = (("kind", "uint8"), ("index", "uint16"), ("column", "uint16"), ("value", "int64"))
ORDER_FIELDS = (
    ("account", "uint64"),
    ("instrument", "uint104"),
    ("quantity", "int128"),
    ("limitPrice", "uint96"),
    ("minimumFill", "uint128"),
    ("expiry", "uint64"),
    ("ownerEpoch", "uint64"),
    ("salt", "uint256"),
)
DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
Fields = tuple[tuple[str, str], ...]
Row = tuple[int, ...]

PRICE_ROWS = ((1, 50_000 * WAD + 1, 25 * WAD), (2, 1_500 * WAD, 3 * WAD // 4))
SURFACE_ROWS = (
    (1, FAR, 20 * BPS, 10**10, 10**11, -2 * 10**11, 10**10, 2 * 10**11),
    (2, FAR, -15 * BPS, 12 * 10**9, 9 * 10**10, 10**11, -(10**10), 25 * 10**10),
)
MARGIN_ROWS = (
    (1, 10, 12_000, 10_000, 1_000 * WAD, 1_200 * WAD),
    (2, 20, 8_000, 8_000, 0, 0),
    (5, 50, 20_000, 20_000, 2**96 - 1, 2**96 - 1),
)
LOADINGS_PERCENT = (6, -5, 15, 5, 0, 6, -3, 8, -2, 9)
STATE_ROWS = (
    *(
        (0, row, column, LOADINGS_PERCENT[row * (row + 1) // 2 + column] * WAD // 100)
        for row in range(4)
        for column in range(row + 1)
    ),
    (1, 1, 0, WAD // 100),
    (1, 2, 0, -WAD // 200),
    (2, 0, 0, 0),
)
# In the order of the structs: those of tests/contracts/parameters/StateFixture.sol and PolicyFixture.sol.
STATE_LIMITS = (
    *(share * WAD // 100 for share in (2, 30, 3, 60, 10, 20, 50, 100, 2, 200, 30, 2)),
    7_200,
    28_800,
    86_400,
    3_600,
)
POLICY_LIMITS = (
    86_400,
    10_800,
    172_800,
    3_600,
    WAD // 5,
    WAD // 10,
    3 * WAD // 10,
    10**6 * WAD,
    2 * 10**6 * WAD,
)
ORDER = (
    7,
    (1 << 88) | (FAR << 56) | (52_000 * 10**6 << 8) | 1,
    -3 * WAD,
    900 * WAD,
    WAD,
    FAR - 1,
    4,
    2**255 + 9,
)

UNDERLYING = "(bool,uint64,int64,uint96)"
MARGIN_MODEL = "(uint64,uint64,uint16,uint16,uint16,uint32,uint16,uint16,uint16,uint16)"
PARAMETER_TYPES = (
    f"{UNDERLYING}[]",
    "uint64[]",
    "uint32[]",
    "(int32,int32,uint32)[]",
    MARGIN_MODEL,
    "(uint32,uint32,uint32,uint32,uint16,uint32,uint32,uint24,uint24,uint32,uint32,uint32,uint32)",
    "(uint32,uint16,uint16,uint16,uint128,uint16,uint32)",
    "(address,bytes32)[]",
)
PARAMETERS = (
    [(True, 8 * WAD // 10, 10**11, WAD // 100)] * 2,
    [],
    [NEAR, FAR],
    [(-1_500, 3_000, 10_000), (0, -2_500, 10_000), (4_500, 0, 3_500)],
    (5 * WAD // 2, 3 * WAD, 8_000, 20_000, 12_000, 86_400, 500, 50, 100, 7),
    (600, 3_600, 7_200, 900, 1_000, 50_000, 500, 900, 7_200, 5_000, 20_000, 40_000, 86_400),
    (3_600, 100, 5_000, 100, 50 * WAD, 20, 200),
    [],
)


def as_hex(data: bytes) -> str:
    return "0x" + data.hex()


def row_type(fields: Fields) -> str:
    return "(" + ",".join(kind for _, kind in fields) + ")"


def named(fields: Fields, values: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for (name, _), value in zip(fields, values, strict=True)}


def readable(fields: Fields, values: tuple[Any, ...]) -> dict[str, str]:
    return {
        name: as_hex(value) if isinstance(value, bytes) else str(value)
        for name, value in named(fields, values).items()
    }


def packed(fields: Fields, row: Row) -> bytes:
    """Each field big-endian, as wide as its type."""
    return bytes(encode_packed([kind for _, kind in fields], row))


def typed_digest(contract: str, primary: str, types: dict[str, Fields], message: dict[str, Any]) -> bytes:
    """keccak256(0x1901 ++ domain separator ++ hashStruct(message)) by eth_account."""
    domain = ("Tailguard", "1", CHAIN_ID, contract)
    signable = encode_typed_data(
        full_message={
            "types": {
                name: [{"name": field, "type": kind} for field, kind in fields]
                for name, fields in {**types, "EIP712Domain": DOMAIN_FIELDS}.items()
            },
            "primaryType": primary,
            "domain": named(DOMAIN_FIELDS, domain),
            "message": message,
        }
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def compact_signature(key: int, digest: bytes) -> bytes:
    """(r, yParityAndS) per ERC-2098."""
    signed = Account.unsafe_sign_hash(digest, key.to_bytes(32, "big"))
    parity_and_s = ((signed.v - 27) << 255) | signed.s
    return signed.r.to_bytes(32, "big") + parity_and_s.to_bytes(32, "big")


def config_digest(parameters_digest: bytes, chain_id: int = CHAIN_ID, contract: str = LANES) -> bytes:
    signers = [Account.from_key(key.to_bytes(32, "big")).address for key in SIGNER_KEYS]
    return keccak(
        encode(
            ["uint256", "address", "uint32", "address[]", "uint8", "bytes32"],
            [chain_id, contract, EPOCH, signers, THRESHOLD, parameters_digest],
        )
    )


def header_of(config: bytes, lane: int) -> tuple[Any, ...]:
    snapshot, model = keccak(text=f"snapshot {lane}"), keccak(text="model")
    return (config, lane, 1, OBSERVED_AT, VALID_UNTIL, snapshot, model)


def round_vector(
    config: bytes, lane: int, fields: Fields, rows: tuple[Row, ...], bitmap: int, contract: str = LANES
) -> dict[str, Any]:
    header = header_of(config, lane)
    packed_rows = b"".join(packed(fields, row) for row in rows)
    return {
        "header": readable(HEADER_FIELDS, header),
        "rows": [readable(fields, row) for row in rows],
        "encodedHeader": as_hex(encode([row_type(HEADER_FIELDS)], [header])),
        "packedRows": as_hex(packed_rows),
        **signed_round(header, keccak(packed_rows), bitmap, contract),
    }


def signed_round(
    header: tuple[Any, ...], rows_hash: bytes, bitmap: int, contract: str = LANES
) -> dict[str, str]:
    """Rows hash, digest and signatures of a round."""
    types = {"Round": (("header", "Header"), ("rowsHash", "bytes32")), "Header": HEADER_FIELDS}
    message = {"header": named(HEADER_FIELDS, header), "rowsHash": rows_hash}
    digest = typed_digest(contract, "Round", types, message)
    signatures = [
        compact_signature(key, digest) for index, key in enumerate(SIGNER_KEYS) if bitmap >> index & 1
    ]
    return {
        "rowsHash": as_hex(rows_hash),
        "digest": as_hex(digest),
        "signerBitmap": str(bitmap),
        "signatures": as_hex(b"".join(signatures)),
    }


def root_vector(config: bytes) -> dict[str, Any]:
    """The margin rows as a tree of three leaves: the first two make a node, the third moves up beside it."""
    vector = round_vector(config, 5, MARGIN_FIELDS, MARGIN_ROWS, 0b110)
    leaves = [keccak((1).to_bytes(8, "big") + packed(MARGIN_FIELDS, row)) for row in MARGIN_ROWS]
    pair = keccak(b"".join(sorted(leaves[:2])))
    root = keccak(b"".join(sorted([pair, leaves[2]])))
    return {
        **vector,
        **signed_round(header_of(config, 5), root, 0b110),
        "paths": [
            [as_hex(leaves[1]), as_hex(leaves[2])],
            [as_hex(leaves[0]), as_hex(leaves[2])],
            [as_hex(pair)],
        ],
    }


def surface_volatilities(row: Row) -> list[str]:
    """At the money and two standard deviations to either side, basis points, in 50 digits rounded down."""
    with localcontext() as context:
        context.prec = 50
        years = Decimal(row[1] - OBSERVED_AT) / (365 * 86_400)
        a, b, rho, m, sigma = (Decimal(value) / 10**12 for value in row[3:])

        def variance(k: Decimal) -> Decimal:
            return a + b * (rho * (k - m) + ((k - m) ** 2 + sigma**2).sqrt())

        wing = 2 * variance(Decimal(0)).sqrt()
        return [str(int((variance(k) / years).sqrt() * 10_000)) for k in (Decimal(0), -wing, wing)]


def settings_digest(parameters_digest: bytes, limits: tuple[int, ...]) -> bytes:
    own = keccak(encode(["uint256"] * len(limits), limits))
    return keccak(encode(["bytes32", "bytes32"], [parameters_digest, own]))


def state_vector(parameters_digest: bytes) -> dict[str, Any]:
    settings = settings_digest(parameters_digest, STATE_LIMITS)
    config = config_digest(settings, contract=STATE_LANE)
    return {
        "contract": STATE_LANE,
        "limits": [str(limit) for limit in STATE_LIMITS],
        "settingsDigest": as_hex(settings),
        "configDigest": as_hex(config),
        **round_vector(config, 2, STATE_FIELDS, STATE_ROWS, 0b011, STATE_LANE),
    }


def policy_vector(parameters_digest: bytes) -> dict[str, Any]:
    """The quorum raises the expected-shortfall multiplier by a tenth and one weight to 40%."""
    grid, model = PARAMETERS[3], PARAMETERS[4]
    target = ((model[0], model[1] * 11 // 10, *model[2:]), [*grid[:2], (*grid[2][:2], 4_000)])
    policy = f"({MARGIN_MODEL},(int32,int32,uint32)[])"
    newest = keccak(encode([policy], [(model, grid)]))
    rows_hash = keccak(encode(["bytes32", policy], [newest, target]))
    config = config_digest(settings_digest(parameters_digest, POLICY_LIMITS), contract=POLICY_LANE)
    header = header_of(config, 3)
    return {
        "contract": POLICY_LANE,
        "limits": [str(limit) for limit in POLICY_LIMITS],
        "configDigest": as_hex(config),
        "encodedHeader": as_hex(encode([row_type(HEADER_FIELDS)], [header])),
        "encodedNewest": as_hex(encode([policy], [(model, grid)])),
        "encodedTarget": as_hex(encode([policy], [target])),
        "newestDigest": as_hex(newest),
        **signed_round(header, rows_hash, 0b101, POLICY_LANE),
    }


def order_vector() -> dict[str, Any]:
    digest = typed_digest(SETTLEMENT, "Order", {"Order": ORDER_FIELDS}, named(ORDER_FIELDS, ORDER))
    return {
        "contract": SETTLEMENT,
        "order": readable(ORDER_FIELDS, ORDER),
        "encodedOrder": as_hex(encode([row_type(ORDER_FIELDS)], [ORDER])),
        "orderHash": as_hex(digest),
    }


def wire_vectors() -> dict[str, Any]:
    encoded_parameters = encode(PARAMETER_TYPES, PARAMETERS)
    parameters_digest = keccak(encoded_parameters)
    config = config_digest(parameters_digest)
    return {
        "chainId": str(CHAIN_ID),
        "contract": LANES,
        "epoch": str(EPOCH),
        "threshold": str(THRESHOLD),
        "signerKeys": [as_hex(key.to_bytes(32, "big")) for key in SIGNER_KEYS],
        "signers": [Account.from_key(key.to_bytes(32, "big")).address for key in SIGNER_KEYS],
        "encodedParameters": as_hex(encoded_parameters),
        "parametersDigest": as_hex(parameters_digest),
        "configDigest": as_hex(config),
        "otherChainId": str(OTHER_CHAIN_ID),
        "otherChainConfigDigest": as_hex(config_digest(parameters_digest, OTHER_CHAIN_ID)),
        "prices": round_vector(config, 0, PRICE_FIELDS, PRICE_ROWS, 0b011),
        "surfaceVolatilities": [surface_volatilities(row) for row in SURFACE_ROWS],
        "surfaces": round_vector(config, 1, SURFACE_FIELDS, SURFACE_ROWS, 0b101),
        "margins": round_vector(config, 4, MARGIN_FIELDS, MARGIN_ROWS, 0b111),
        "marginRoots": root_vector(config),
        "state": state_vector(parameters_digest),
        "policy": policy_vector(parameters_digest),
        "order": order_vector(),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(wire_vectors(), indent=1) + "\n")
