"""Word by word gives what web3 gives, for every event of every contract of the system."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3

from keeper.chain import SYSTEM, Artifacts, Contract
from keeper.chain.abi import Entry
from keeper.chain.events import LogDecoder
from keeper.chain.log_decoder import EventPlan, _general, plans_of
from keeper.errors import ChainError

OUT = Path(__file__).parents[3] / "out"
ARTIFACTS = Artifacts(OUT)
EVENTS = [(name, entry) for name in SYSTEM for entry in ARTIFACTS.get(name).events.values()]
NAMES = [f"{name}.{entry.name}" for name, entry in EVENTS]
ADDRESS = to_checksum_address("0x5fbdb2315678afecb367f032d93f642f64180aa3")


def drawn(kind: str, draw: random.Random) -> object:
    """A value of an elementary type, at its limits as often as between them."""
    if kind == "address":
        return to_checksum_address(draw.randbytes(20))
    if kind == "bool":
        return draw.random() < 0.5
    if kind == "string":
        return draw.randbytes(draw.randrange(70)).hex()
    if kind == "bytes":
        return draw.randbytes(draw.randrange(70))
    if kind.startswith("uint"):
        return draw.choice((0, 2 ** int(kind[4:]) - 1, draw.getrandbits(int(kind[4:]))))
    if kind.startswith("int"):
        half = 2 ** (int(kind[3:]) - 1)
        return draw.choice((-half, half - 1, draw.randrange(-half, half)))
    return draw.randbytes(int(kind[5:]))


def logged(entry: Entry, draw: random.Random) -> dict[str, Any]:
    """A raw log as a node gives it, with drawn arguments."""
    values = [(p, drawn(p.type, draw)) for p in entry.inputs]
    plain = [(p.type, value) for p, value in values if not p.indexed]
    topics = [entry.topic, *(encode([p.type], [value]) for p, value in values if p.indexed)]
    return {
        "address": ADDRESS.lower(),
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + encode([kind for kind, _ in plain], [value for _, value in plain]).hex(),
        "blockNumber": hex(draw.randrange(10**6)),
        "blockHash": "0x" + bytes(32).hex(),
        "transactionHash": "0x" + draw.randbytes(32).hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(draw.randrange(10**3)),
    }


def processed(name: str, entry: Entry, log: dict[str, Any]) -> dict[str, Any]:
    """The arguments by web3's `process_log`."""
    abi = json.loads((OUT / f"{name}.sol" / f"{name}.json").read_text())["abi"]
    event = Web3().eth.contract(ADDRESS, abi=abi).events[entry.name]()
    raw = {**log, "address": ADDRESS, "data": HexBytes(log["data"])}
    return dict(event.process_log({**raw, "topics": [HexBytes(topic) for topic in log["topics"]]})["args"])


@pytest.mark.parametrize(("name", "entry"), EVENTS, ids=NAMES)
def test_every_event_is_read_as_web3_reads_it(name, entry):
    draw = random.Random(f"{name} {entry.name}")  # noqa: S311 - test data, not secrets
    (_, plans), *_ = plans_of({name: Contract(ADDRESS, ARTIFACTS.get(name))}, lambda _: True).values()
    for _ in range(6):
        log = logged(entry, draw)
        content = b"".join(bytes.fromhex(word[2:]) for word in (*log["topics"], log["data"]))
        found = plans[log["topics"][0]].arguments(len(log["topics"]), content)
        assert found == processed(name, entry, log)
        assert found == _general(entry, content)


def test_a_decoded_log_carries_the_trail_and_the_hash_of_what_it_commits_to():
    entry = next(entry for name, entry in EVENTS if (name, entry.name) == ("MarginAccounts", "CashChanged"))
    log = logged(entry, random.Random(7))  # noqa: S311 - test data, not secrets
    contracts = {"MarginAccounts": Contract(ADDRESS, ARTIFACTS.get("MarginAccounts"))}
    event = LogDecoder(contracts).decode(log)
    arguments = processed("MarginAccounts", entry, log)
    assert (event.seq, event.running_hash) == (arguments.pop("seq"), arguments.pop("runningHash"))
    assert event.arguments == arguments
    words = b"".join(bytes.fromhex(topic[2:]) for topic in log["topics"])
    assert event.payload_hash == keccak(words + bytes.fromhex(log["data"][2:])[:-64])
    assert (event.block_number, event.log_index) == (int(log["blockNumber"], 16), int(log["logIndex"], 16))


def event(*types: str) -> EventPlan:
    inputs = [{"name": f"a{i}", "type": kind, "indexed": False} for i, kind in enumerate(types)]
    return EventPlan.of(Entry.parse({"type": "event", "name": "Something", "inputs": inputs}))


@pytest.mark.parametrize("kind", ["uint8", "int8", "bytes4", "bool", "address"])
def test_a_word_that_is_padded_otherwise_is_refused(kind):
    with pytest.raises(ChainError, match="is no"):
        event(kind).arguments(1, bytes(32) + b"\x80" + bytes(30) + b"\x02")


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(64)])
def test_data_of_another_length_is_refused(data):
    with pytest.raises(ChainError, match="are not this event's"):
        event("uint8").arguments(1, bytes(32) + data)


def test_a_topic_too_many_is_refused_though_the_length_is_right():
    with pytest.raises(ChainError, match="2 topics and 0 bytes"):
        event("uint8").arguments(2, bytes(64))
