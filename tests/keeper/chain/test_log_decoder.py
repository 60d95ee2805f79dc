"""Word by word gives what a general decoder gives, for every event of every contract of the system."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from eth_abi.abi import encode

from keeper.chain import SYSTEM, Artifacts
from keeper.chain.abi import Entry
from keeper.chain.log_decoder import EventPlan, _general
from keeper.errors import ChainError

ARTIFACTS = Artifacts(Path(__file__).parents[3] / "out")
EVENTS = [(name, entry) for name in SYSTEM for entry in ARTIFACTS.get(name).events.values()]


def drawn(kind: str, draw: random.Random) -> object:
    """A value of an elementary type, at its limits as often as between them."""
    if kind == "address":
        return "0x" + draw.randbytes(20).hex()
    if kind == "bool":
        return draw.random() < 0.5
    if kind.startswith("uint"):
        return draw.choice((0, 2 ** int(kind[4:]) - 1, draw.getrandbits(int(kind[4:]))))
    if kind.startswith("int"):
        half = 2 ** (int(kind[3:]) - 1)
        return draw.choice((-half, half - 1, draw.randrange(-half, half)))
    return draw.randbytes(int(kind[5:])) if kind != "bytes" else draw.randbytes(70)


def logged(entry: Entry, draw: random.Random) -> tuple[list[bytes], bytes]:
    values = [(p, drawn(p.type, draw)) for p in entry.inputs]
    plain = [(p.type, value) for p, value in values if not p.indexed]
    topics = [encode([p.type], [value]) for p, value in values if p.indexed]
    return topics, encode([kind for kind, _ in plain], [value for _, value in plain])


@pytest.mark.parametrize(("name", "entry"), EVENTS, ids=[f"{name}.{entry.name}" for name, entry in EVENTS])
def test_every_event_is_read_as_a_general_decoder_reads_it(name, entry):
    draw = random.Random(f"{name} {entry.name}")  # noqa: S311 - test data, not secrets
    plan = EventPlan.of(entry)
    for _ in range(8):
        try:
            topics, data = logged(entry, draw)
        except ValueError:
            pytest.skip("an argument that is no elementary type")
        assert plan.arguments(topics, data) == _general(entry, topics, data)


def event(*types: str) -> EventPlan:
    inputs = [{"name": f"a{i}", "type": kind, "indexed": False} for i, kind in enumerate(types)]
    return EventPlan.of(Entry.parse({"type": "event", "name": "Something", "inputs": inputs}))


@pytest.mark.parametrize("kind", ["uint8", "int8", "bytes4", "bool", "address"])
def test_a_word_that_is_padded_otherwise_is_refused(kind):
    with pytest.raises(ChainError, match="is no"):
        event(kind).arguments([], b"\x80" + bytes(30) + b"\x02")


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(64)])
def test_data_of_another_length_is_refused(data):
    with pytest.raises(ChainError, match="are not this event's"):
        event("uint8").arguments([], data)
