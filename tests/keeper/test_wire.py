"""The wire's records refuse what Solidity could not hold; digests bind chain, contract and every field."""

from __future__ import annotations

import dataclasses

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from keeper.errors import WireError
from keeper.signing import KeystoreSigner, recover
from keeper.wire import (
    Header,
    MarginRow,
    Order,
    PriceRow,
    QuorumSignature,
    SurfaceRow,
    config_digest,
    order_digest,
    require_address,
    round_digest,
    rows_hash,
    unsafe_rows_hash,
)

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
HEADER = Header(b"\x01" * 32, 0, 1, 1_700_000_000, 1_700_000_060, b"\x02" * 32, b"\x03" * 32)
BTC = PriceRow(1, 50_000 * 10**18, 10 * 10**18)
ETH = PriceRow(2, 3_000 * 10**18, 10**18)
HEADER_FIELDS = [
    {"name": "configDigest", "type": "bytes32"},
    {"name": "lane", "type": "uint8"},
    {"name": "seq", "type": "uint64"},
    {"name": "observedAt", "type": "uint64"},
    {"name": "validUntil", "type": "uint64"},
    {"name": "snapshot", "type": "bytes32"},
    {"name": "model", "type": "bytes32"},
]
DOMAIN = {"name": "Tailguard", "version": "1", "chainId": 31337, "verifyingContract": CONTRACT}


def test_a_round_digest_is_what_an_independent_eip712_encoder_signs():
    hash_of_rows = rows_hash([BTC, ETH])
    signable = encode_typed_data(
        domain_data=DOMAIN,
        message_types={
            "Round": [{"name": "header", "type": "Header"}, {"name": "rowsHash", "type": "bytes32"}],
            "Header": HEADER_FIELDS,
        },
        message_data={
            "header": dict(zip((field["name"] for field in HEADER_FIELDS), HEADER.as_tuple(), strict=True)),
            "rowsHash": hash_of_rows,
        },
    )
    digest = round_digest(HEADER, hash_of_rows, 31337, CONTRACT)
    assert digest == keccak(b"\x19\x01" + signable.header + signable.body)
    signature = Account.sign_message(signable, (7).to_bytes(32, "big")).signature
    assert recover(digest, bytes(signature)) == KeystoreSigner.from_secret(7).address


def test_an_order_digest_is_what_an_independent_eip712_encoder_signs():
    order = Order(1, 1 << 88, -(10**18), 50_000 * 10**18, 10**17, 1_700_000_000, 2, 9)
    names = ["account", "instrument", "quantity", "limitPrice", "minimumFill", "expiry", "ownerEpoch", "salt"]
    signable = encode_typed_data(
        domain_data=DOMAIN,
        message_types={"Order": [{"name": n, "type": k} for n, k in zip(names, Order.KINDS, strict=True)]},
        message_data=dict(zip(names, order.as_tuple(), strict=True)),
    )
    assert order_digest(order, 31337, CONTRACT) == keccak(b"\x19\x01" + signable.header + signable.body)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Header)])
def test_every_header_field_changes_the_digest(field):
    value = getattr(HEADER, field)
    other = dataclasses.replace(HEADER, **{field: value + 1 if isinstance(value, int) else b"\xff" * 32})
    rows = rows_hash([BTC])
    assert round_digest(other, rows, 31337, CONTRACT) != round_digest(HEADER, rows, 31337, CONTRACT)


def test_a_digest_is_valid_on_one_chain_and_one_contract_only():
    rows = rows_hash([BTC])
    other_contract = require_address("test", "contract", "0x" + "11" * 20)
    digests = {
        round_digest(HEADER, rows, 31337, CONTRACT),
        round_digest(HEADER, rows, 1, CONTRACT),
        round_digest(HEADER, rows, 31337, other_contract),
    }
    assert len(digests) == 3


def test_config_digest_depends_on_each_of_its_parts():
    signers = [KeystoreSigner.from_secret(n).address for n in (1, 2, 3)]
    base = (31337, CONTRACT, 1, signers, 2, b"\x05" * 32)
    variants = [
        base,
        (1, *base[1:]),
        (*base[:2], 2, *base[3:]),
        (*base[:3], signers[::-1], *base[4:]),
        (*base[:4], 3, base[5]),
        (*base[:5], b"\x06" * 32),
    ]
    assert len({config_digest(*variant) for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: PriceRow(70_000, 1, 0), "underlying"),
        (lambda: PriceRow(1, -1, 0), "price"),
        (lambda: PriceRow(1, 2**96, 0), "price"),
        (lambda: PriceRow(1, 1.5, 0), "price"),
        (lambda: PriceRow(True, 1, 0), "underlying"),
        (lambda: SurfaceRow(1, 1, 2**63, 0, 0, 0, 0, 0), "basis"),
        (lambda: MarginRow(1, 1, 65_536, 0, 0, 0), "initial_ratio_bps"),
        (lambda: dataclasses.replace(HEADER, snapshot=b"\x01" * 31), "snapshot"),
        (lambda: Order(1, 1, 2**127, 0, 0, 0, 0, 0), "quantity"),
        (lambda: QuorumSignature(0b11, b"\x00" * 64), "signatures"),
        (lambda: require_address("test", "address", CONTRACT.replace("F", "f", 1)), "address"),
        (lambda: require_address("test", "address", "0x12"), "address"),
    ],
)
def test_a_value_the_wire_cannot_hold_is_named(build, field):
    with pytest.raises(WireError) as caught:
        build()
    assert caught.value.field == field


@pytest.mark.parametrize("rows", [[], [ETH, BTC], [BTC, BTC], [BTC, MarginRow(2, 1, 1, 1, 1, 1)]])
def test_rows_must_be_of_one_kind_and_strictly_ascending(rows):
    with pytest.raises(WireError):
        rows_hash(rows)


def test_surface_rows_ascend_by_underlying_then_expiry():
    rows = [SurfaceRow(1, 200, *[0] * 6), SurfaceRow(2, 100, *[0] * 6)]
    assert rows_hash(rows) == unsafe_rows_hash(rows)
