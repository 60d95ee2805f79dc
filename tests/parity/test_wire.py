"""Python's wire agrees bit by bit with the golden vectors that the Solidity tests read too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_abi.abi import decode
from eth_utils.crypto import keccak

from keeper.decide.surface_motion import volatilities_bps
from keeper.margin_tree import margin_path, margin_root
from keeper.signing import KeystoreSigner, assemble_quorum
from keeper.wire import (
    POLICY_TYPE,
    Header,
    MarginRow,
    Order,
    PriceRow,
    StateRow,
    SurfaceRow,
    config_digest,
    order_digest,
    policy_digest,
    policy_hash,
    round_digest,
    rows_hash,
    settings_digest,
    state_rows,
)

VECTORS = json.loads((Path(__file__).parent / "vectors" / "wire.json").read_text())
ROW_KINDS = {"prices": PriceRow, "surfaces": SurfaceRow, "margins": MarginRow}
CHAIN_ID, CONTRACT = int(VECTORS["chainId"]), VECTORS["contract"]
SIGNERS = [KeystoreSigner.from_secret(int(key, 16)) for key in VECTORS["signerKeys"]]


def hex_bytes(text):
    return bytes.fromhex(text.removeprefix("0x"))


def header_of(lane):
    values = VECTORS[lane]["header"].values()
    return Header(*(hex_bytes(v) if isinstance(v, str) and v.startswith("0x") else int(v) for v in values))


def rows_of(lane):
    return [ROW_KINDS[lane](*map(int, row.values())) for row in VECTORS[lane]["rows"]]


def test_the_encoded_parameters_hash_to_the_parameters_digest():
    assert keccak(hex_bytes(VECTORS["encodedParameters"])) == hex_bytes(VECTORS["parametersDigest"])


@pytest.mark.parametrize(
    ("chain_id", "expected"),
    [(CHAIN_ID, VECTORS["configDigest"]), (int(VECTORS["otherChainId"]), VECTORS["otherChainConfigDigest"])],
)
def test_config_digests_agree(chain_id, expected):
    digest = config_digest(
        chain_id,
        CONTRACT,
        int(VECTORS["epoch"]),
        VECTORS["signers"],
        int(VECTORS["threshold"]),
        hex_bytes(VECTORS["parametersDigest"]),
    )
    assert digest == hex_bytes(expected)


def test_the_signers_addresses_agree():
    assert [signer.address for signer in SIGNERS] == VECTORS["signers"]


@pytest.mark.parametrize("lane", ROW_KINDS)
def test_row_hashes_round_digests_and_quorum_signatures_agree(lane):
    vector = VECTORS[lane]
    assert rows_hash(rows_of(lane)) == hex_bytes(vector["rowsHash"])
    digest = round_digest(header_of(lane), rows_hash(rows_of(lane)), CHAIN_ID, CONTRACT)
    assert digest == hex_bytes(vector["digest"])
    bitmap = int(vector["signerBitmap"])
    signatures = {i: s.sign_digest(digest) for i, s in enumerate(SIGNERS) if bitmap >> i & 1}
    quorum = assemble_quorum(signatures, threshold=len(signatures))
    assert (quorum.signer_bitmap, quorum.signatures) == (bitmap, hex_bytes(vector["signatures"]))


def test_surface_volatilities_agree():
    for row, expected in zip(rows_of("surfaces"), VECTORS["surfaceVolatilities"], strict=True):
        observed_at = header_of("surfaces").observed_at
        assert volatilities_bps(row, observed_at) == tuple(map(int, expected))


def test_a_root_and_its_paths_agree():
    vector, seq = VECTORS["marginRoots"], int(VECTORS["marginRoots"]["header"]["seq"])
    rows = rows_of("margins")
    assert margin_root(seq, rows) == hex_bytes(vector["rowsHash"])
    for row, path in zip(rows, vector["paths"], strict=True):
        assert margin_path(seq, rows, row.account) == (row, tuple(map(hex_bytes, path)))
    digest = round_digest(header_of("marginRoots"), margin_root(seq, rows), CHAIN_ID, CONTRACT)
    assert digest == hex_bytes(vector["digest"])


def test_a_state_round_agrees():
    vector = VECTORS["state"]
    rows = [StateRow(*map(int, row.values())) for row in vector["rows"]]
    premiums = [row.value for row in rows if row.kind == 1]
    assert list(state_rows([row.value for row in rows if row.kind == 0], premiums, 0)) == rows
    assert rows_hash(rows) == hex_bytes(vector["rowsHash"])
    digest = round_digest(header_of("state"), rows_hash(rows), CHAIN_ID, vector["contract"])
    assert digest == hex_bytes(vector["digest"])


@pytest.mark.parametrize("lane", ["state", "policy"])
def test_a_lane_of_its_own_has_a_configuration_of_its_own(lane):
    vector = VECTORS[lane]
    settings = settings_digest(hex_bytes(VECTORS["parametersDigest"]), [int(x) for x in vector["limits"]])
    digest = config_digest(
        CHAIN_ID,
        vector["contract"],
        int(VECTORS["epoch"]),
        VECTORS["signers"],
        int(VECTORS["threshold"]),
        settings,
    )
    assert digest == hex_bytes(vector["configDigest"])


def test_a_policy_round_agrees():
    vector = VECTORS["policy"]
    newest, target = (
        decode([POLICY_TYPE], hex_bytes(vector[name]))[0] for name in ("encodedNewest", "encodedTarget")
    )
    assert policy_digest(*newest) == hex_bytes(vector["newestDigest"])
    content = policy_hash(policy_digest(*newest), *target)
    assert content == hex_bytes(vector["rowsHash"])
    header = Header(*decode([f"({','.join(Header.KINDS)})"], hex_bytes(vector["encodedHeader"]))[0])
    assert round_digest(header, content, CHAIN_ID, vector["contract"]) == hex_bytes(vector["digest"])


def test_order_digests_agree():
    vector = VECTORS["order"]
    order = Order(*map(int, vector["order"].values()))
    assert order_digest(order, CHAIN_ID, vector["contract"]) == hex_bytes(vector["orderHash"])
