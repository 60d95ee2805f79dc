"""ABIs: encoding wire records, decoding structs and errors, and what missing or damaged artefacts say."""

from __future__ import annotations

import json

import pytest
from eth_abi.abi import encode

from keeper.chain import Artifacts
from keeper.chain.abi import Entry
from keeper.errors import ChainError, ConfigurationError, WireError
from keeper.wire import PriceRow

ABI = [
    {
        "type": "function",
        "name": "publish",
        "inputs": [
            {
                "name": "rows",
                "type": "tuple[]",
                "components": [
                    {"name": "underlying", "type": "uint16"},
                    {"name": "price", "type": "uint96"},
                    {"name": "confidence", "type": "uint96"},
                ],
            }
        ],
        "outputs": [],
    },
    {
        "type": "function",
        "name": "leg",
        "inputs": [],
        "outputs": [
            {
                "name": "",
                "type": "tuple",
                "components": [{"name": "owner", "type": "address"}, {"name": "quantity", "type": "int128"}],
            }
        ],
    },
    {"type": "error", "name": "Refused", "inputs": [{"name": "value", "type": "uint256"}]},
    {"type": "constructor", "inputs": [{"name": "owner", "type": "address"}]},
]
OWNER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@pytest.fixture
def artifacts(tmp_path):
    folder = tmp_path / "Sample.sol"
    folder.mkdir()
    (folder / "Sample.json").write_text(json.dumps({"abi": ABI, "bytecode": {"object": "0x6001"}}))
    return Artifacts(tmp_path)


def test_wire_records_are_encoded_as_structs(artifacts):
    data = artifacts.get("Sample").function("publish").encode(([PriceRow(1, 2, 3)],))
    assert data[4:] == encode(["(uint16,uint96,uint96)[]"], [[(1, 2, 3)]])
    assert data[:4] == Entry.parse(ABI[0]).topic[:4]


def test_structs_come_back_by_name_with_checksummed_addresses(artifacts):
    data = encode(["(address,int128)"], [(OWNER, -5)])
    assert artifacts.get("Sample").function("leg").decode_output(data) == {"owner": OWNER, "quantity": -5}


def test_errors_are_decoded_by_name_and_unknown_ones_by_selector(artifacts):
    refused = artifacts.get("Sample").errors
    selector = next(iter(refused))
    assert artifacts.decode(selector + encode(["uint256"], [7])) == ("Refused", (7,))
    assert artifacts.decode(selector) == ("Refused", (b"",))
    assert artifacts.decode(bytes.fromhex("4e487b71") + encode(["uint256"], [0x11])) == ("Panic", (0x11,))
    assert artifacts.decode(b"\xde\xad\xbe\xef")[0] == "0xdeadbeef"


def test_creation_code_carries_the_constructors_arguments(artifacts):
    assert artifacts.get("Sample").creation((OWNER,)) == b"\x60\x01" + encode(["address"], [OWNER])


def test_arguments_that_do_not_fit_are_named(artifacts):
    with pytest.raises(WireError, match="publish"):
        artifacts.get("Sample").function("publish").encode(([(70_000, 1, 1)],))


def test_an_answer_of_another_shape_hints_at_a_wrong_address(artifacts):
    with pytest.raises(ChainError, match="wrong address"):
        artifacts.get("Sample").function("leg").decode_output(b"")


def test_missing_artefacts_say_how_to_get_them(tmp_path, artifacts):
    with pytest.raises(ConfigurationError, match="run make setup"):
        artifacts.get("Absent")
    with pytest.raises(ConfigurationError, match=r"run make setup.*TAILGUARD_ARTIFACTS"):
        Artifacts.locate(None, {"TAILGUARD_ARTIFACTS": str(tmp_path / "absent")})


def test_a_damaged_artefact_is_named(tmp_path, artifacts):
    (tmp_path / "Sample.sol" / "Sample.json").write_text("{")
    with pytest.raises(ConfigurationError, match="damaged"):
        artifacts.get("Sample")
