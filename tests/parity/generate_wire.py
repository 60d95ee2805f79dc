"""Writes the golden vectors of the wire: what Python signs is what the contracts hash, bit by bit.

Everything is computed with eth_abi and eth_account alone; nothing of the code under test is imported. Each
message carries its fields for readers and its ABI encoding for decoders. The signers are test keys.

python -m tests.parity.generate_wire
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

from tests.parity import wire_messages as wire

TARGET = Path(__file__).parent / "vectors" / "wire.json"


def as_hex(data: bytes) -> str:
    return "0x" + data.hex()


def row_type(fields: wire.Fields) -> str:
    return "(" + ",".join(kind for _, kind in fields) + ")"


def named(fields: wire.Fields, values: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for (name, _), value in zip(fields, values, strict=True)}


def readable(fields: wire.Fields, values: tuple[Any, ...]) -> dict[str, str]:
    return {
        name: as_hex(value) if isinstance(value, bytes) else str(value)
        for name, value in named(fields, values).items()
    }


def packed(fields: wire.Fields, row: wire.Row) -> bytes:
    """Each field big-endian, as wide as its type."""
    return bytes(encode_packed([kind for _, kind in fields], row))


def typed_digest(
    contract: str, primary: str, types: dict[str, wire.Fields], message: dict[str, Any]
) -> bytes:
    """keccak256(0x1901 ++ domain separator ++ hashStruct(message)) by eth_account."""
    domain = ("Tailguard", "1", wire.CHAIN_ID, contract)
    signable = encode_typed_data(
        full_message={
            "types": {
                name: [{"name": field, "type": kind} for field, kind in fields]
                for name, fields in {**types, "EIP712Domain": wire.DOMAIN_FIELDS}.items()
            },
            "primaryType": primary,
            "domain": named(wire.DOMAIN_FIELDS, domain),
            "message": message,
        }
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def compact_signature(key: int, digest: bytes) -> bytes:
    """(r, yParityAndS) per ERC-2098."""
    signed = Account.unsafe_sign_hash(digest, key.to_bytes(32, "big"))
    parity_and_s = ((signed.v - 27) << 255) | signed.s
    return signed.r.to_bytes(32, "big") + parity_and_s.to_bytes(32, "big")


def config_digest(
    parameters_digest: bytes, chain_id: int = wire.CHAIN_ID, contract: str = wire.LANES
) -> bytes:
    signers = [Account.from_key(key.to_bytes(32, "big")).address for key in wire.SIGNER_KEYS]
    return keccak(
        encode(
            ["uint256", "address", "uint32", "address[]", "uint8", "bytes32"],
            [chain_id, contract, wire.EPOCH, signers, wire.THRESHOLD, parameters_digest],
        )
    )


def header_of(config: bytes, lane: int) -> tuple[Any, ...]:
    snapshot, model = keccak(text=f"snapshot {lane}"), keccak(text="model")
    return (config, lane, 1, wire.OBSERVED_AT, wire.VALID_UNTIL, snapshot, model)


def round_vector(
    config: bytes,
    lane: int,
    fields: wire.Fields,
    rows: tuple[wire.Row, ...],
    bitmap: int,
    contract: str = wire.LANES,
) -> dict[str, Any]:
    header = header_of(config, lane)
    packed_rows = b"".join(packed(fields, row) for row in rows)
    return {
        "header": readable(wire.HEADER_FIELDS, header),
        "rows": [readable(fields, row) for row in rows],
        "encodedHeader": as_hex(encode([row_type(wire.HEADER_FIELDS)], [header])),
        "packedRows": as_hex(packed_rows),
        **signed_round(header, keccak(packed_rows), bitmap, contract),
    }


def signed_round(
    header: tuple[Any, ...], rows_hash: bytes, bitmap: int, contract: str = wire.LANES
) -> dict[str, str]:
    """Rows hash, digest and signatures of a round."""
    types = {"Round": (("header", "Header"), ("rowsHash", "bytes32")), "Header": wire.HEADER_FIELDS}
    message = {"header": named(wire.HEADER_FIELDS, header), "rowsHash": rows_hash}
    digest = typed_digest(contract, "Round", types, message)
    signatures = [
        compact_signature(key, digest) for index, key in enumerate(wire.SIGNER_KEYS) if bitmap >> index & 1
    ]
    return {
        "rowsHash": as_hex(rows_hash),
        "digest": as_hex(digest),
        "signerBitmap": str(bitmap),
        "signatures": as_hex(b"".join(signatures)),
    }


def root_vector(config: bytes) -> dict[str, Any]:
    """The margin rows as a tree of three leaves: the first two make a node, the third moves up beside it."""
    vector = round_vector(config, 5, wire.MARGIN_FIELDS, wire.MARGIN_ROWS, 0b110)
    leaves = [keccak((1).to_bytes(8, "big") + packed(wire.MARGIN_FIELDS, row)) for row in wire.MARGIN_ROWS]
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


def surface_volatilities(row: wire.Row) -> list[str]:
    """At the money and two standard deviations to either side, basis points, in 50 digits rounded down."""
    with localcontext() as context:
        context.prec = 50
        years = Decimal(row[1] - wire.OBSERVED_AT) / (365 * 86_400)
        a, b, rho, m, sigma = (Decimal(value) / 10**12 for value in row[3:])

        def variance(k: Decimal) -> Decimal:
            return a + b * (rho * (k - m) + ((k - m) ** 2 + sigma**2).sqrt())

        wing = 2 * variance(Decimal(0)).sqrt()
        return [str(int((variance(k) / years).sqrt() * 10_000)) for k in (Decimal(0), -wing, wing)]


def settings_digest(parameters_digest: bytes, limits: tuple[int, ...]) -> bytes:
    own = keccak(encode(["uint256"] * len(limits), limits))
    return keccak(encode(["bytes32", "bytes32"], [parameters_digest, own]))


def state_vector(parameters_digest: bytes) -> dict[str, Any]:
    settings = settings_digest(parameters_digest, wire.STATE_LIMITS)
    config = config_digest(settings, contract=wire.STATE_LANE)
    return {
        "contract": wire.STATE_LANE,
        "limits": [str(limit) for limit in wire.STATE_LIMITS],
        "settingsDigest": as_hex(settings),
        "configDigest": as_hex(config),
        **round_vector(config, 2, wire.STATE_FIELDS, wire.STATE_ROWS, 0b011, wire.STATE_LANE),
    }


def policy_vector(parameters_digest: bytes) -> dict[str, Any]:
    """The quorum raises the expected-shortfall multiplier by a tenth and one weight to 40%."""
    grid, model = wire.PARAMETERS[3], wire.PARAMETERS[4]
    target = ((model[0], model[1] * 11 // 10, *model[2:]), [*grid[:2], (*grid[2][:2], 4_000)])
    policy = f"({wire.MARGIN_MODEL},(int32,int32,uint32)[])"
    newest = keccak(encode([policy], [(model, grid)]))
    rows_hash = keccak(encode(["bytes32", policy], [newest, target]))
    config = config_digest(settings_digest(parameters_digest, wire.POLICY_LIMITS), contract=wire.POLICY_LANE)
    header = header_of(config, 3)
    return {
        "contract": wire.POLICY_LANE,
        "limits": [str(limit) for limit in wire.POLICY_LIMITS],
        "configDigest": as_hex(config),
        "encodedHeader": as_hex(encode([row_type(wire.HEADER_FIELDS)], [header])),
        "encodedNewest": as_hex(encode([policy], [(model, grid)])),
        "encodedTarget": as_hex(encode([policy], [target])),
        "newestDigest": as_hex(newest),
        **signed_round(header, rows_hash, 0b101, wire.POLICY_LANE),
    }


def order_vector() -> dict[str, Any]:
    digest = typed_digest(
        wire.SETTLEMENT, "Order", {"Order": wire.ORDER_FIELDS}, named(wire.ORDER_FIELDS, wire.ORDER)
    )
    return {
        "contract": wire.SETTLEMENT,
        "order": readable(wire.ORDER_FIELDS, wire.ORDER),
        "encodedOrder": as_hex(encode([row_type(wire.ORDER_FIELDS)], [wire.ORDER])),
        "orderHash": as_hex(digest),
    }


def wire_vectors() -> dict[str, Any]:
    encoded_parameters = encode(wire.PARAMETER_TYPES, wire.PARAMETERS)
    parameters_digest = keccak(encoded_parameters)
    config = config_digest(parameters_digest)
    return {
        "chainId": str(wire.CHAIN_ID),
        "contract": wire.LANES,
        "epoch": str(wire.EPOCH),
        "threshold": str(wire.THRESHOLD),
        "signerKeys": [as_hex(key.to_bytes(32, "big")) for key in wire.SIGNER_KEYS],
        "signers": [Account.from_key(key.to_bytes(32, "big")).address for key in wire.SIGNER_KEYS],
        "encodedParameters": as_hex(encoded_parameters),
        "parametersDigest": as_hex(parameters_digest),
        "configDigest": as_hex(config),
        "otherChainId": str(wire.OTHER_CHAIN_ID),
        "otherChainConfigDigest": as_hex(config_digest(parameters_digest, wire.OTHER_CHAIN_ID)),
        "prices": round_vector(config, 0, wire.PRICE_FIELDS, wire.PRICE_ROWS, 0b011),
        "surfaceVolatilities": [surface_volatilities(row) for row in wire.SURFACE_ROWS],
        "surfaces": round_vector(config, 1, wire.SURFACE_FIELDS, wire.SURFACE_ROWS, 0b101),
        "margins": round_vector(config, 4, wire.MARGIN_FIELDS, wire.MARGIN_ROWS, 0b111),
        "marginRoots": root_vector(config),
        "state": state_vector(parameters_digest),
        "policy": policy_vector(parameters_digest),
        "order": order_vector(),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(wire_vectors(), indent=1) + "\n")
