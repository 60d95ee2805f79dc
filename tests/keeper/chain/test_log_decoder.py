"""Word by word gives what web3 gives, for every event of every contract of the system."""

from __future__ import annotations

import random

import pytest
from eth_utils.crypto import keccak

from keeper.chain import SYSTEM, Artifacts, Contract
from keeper.chain.abi import Entry
from keeper.chain.events import LogDecoder
from keeper.chain.log_decoder import EventPlan, _general, plans_of
from keeper.errors import ChainError
from tests.keeper.chain.drawn_logs import ADDRESS, OUT, logged, web3_reader

ARTIFACTS = Artifacts(OUT)
EVENTS = [(name, entry) for name in SYSTEM for entry in ARTIFACTS.get(name).events.values()]
NAMES = [f"{name}.{entry.name}" for name, entry in EVENTS]


@pytest.mark.parametrize(("name", "entry"), EVENTS, ids=NAMES)
def test_every_event_is_read_as_web3_reads_it(name, entry):
    draw = random.Random(f"{name} {entry.name}")  # noqa: S311 - test data, not secrets
    (_, plans), *_ = plans_of({name: Contract(ADDRESS, ARTIFACTS.get(name))}, lambda _: True).values()
    read = web3_reader(name, entry)
    for _ in range(6):
        log = logged(entry, draw)
        content = b"".join(bytes.fromhex(word[2:]) for word in (*log["topics"], log["data"]))
        found = plans[log["topics"][0]].arguments(len(log["topics"]), content)
        assert found == read(log)
        assert found == _general(entry, content)


def test_a_decoded_log_carries_the_trail_and_the_hash_of_what_it_commits_to():
    entry = next(entry for name, entry in EVENTS if (name, entry.name) == ("MarginAccounts", "CashChanged"))
    log = logged(entry, random.Random(7))  # noqa: S311 - test data, not secrets
    contracts = {"MarginAccounts": Contract(ADDRESS, ARTIFACTS.get("MarginAccounts"))}
    event = LogDecoder(contracts).decode(log)
    arguments = web3_reader("MarginAccounts", entry)(log)
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
