"""Logs of known contracts to arguments, word by word: what the index reads by the hundred thousand.

Every audit event has static arguments only, so each is one 32-byte word at a known place. A general ABI decoder finds
that out anew for every log. What is padded otherwise than the ABI pads is refused, as a general decoder does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode

from keeper.chain.abi import Entry
from keeper.chain.contracts import Contract
from keeper.chain.words import WORD, WordReader, word_reader
from keeper.errors import ChainError


@dataclass(frozen=True, slots=True)
class EventPlan:
    """One event's arguments in the ABI's order: name, place of its word in the log's content, its reader.

    A log's content is all its topics and then its data. `topics` and `length` are how many topics and bytes of content
    it has; `places` is None where an argument is dynamic, and a general decoder is asked.
    """

    entry: Entry
    topics: int
    length: int
    places: tuple[tuple[str, int, WordReader], ...] | None

    @classmethod
    def of(cls, entry: Entry) -> EventPlan:
        topics = 1 + sum(parameter.indexed for parameter in entry.inputs)
        length = WORD * (1 + len(entry.inputs))
        next_word = {True: WORD, False: WORD * topics}
        places: list[tuple[str, int, WordReader]] = []
        for parameter in entry.inputs:
            reader = word_reader(parameter.type)
            if reader is None:
                return cls(entry, topics, length, None)
            places.append((parameter.name, next_word[parameter.indexed], reader))
            next_word[parameter.indexed] += WORD
        return cls(entry, topics, length, tuple(places))

    def arguments(self, topics: int, content: bytes) -> dict[str, Any]:
        """By ABI name, from the content of a log with so many topics. Raises `ChainError` for what is no such event."""
        if topics != self.topics or (self.places is not None and len(content) != self.length):
            raise ChainError(
                f"{self.entry.name}: {topics} topics and {len(content) - WORD * topics} bytes are not this event's"
            )
        if self.places is None:
            return _general(self.entry, content)
        return {name: read(content[place : place + WORD]) for name, place, read in self.places}


def _general(entry: Entry, content: bytes) -> dict[str, Any]:
    indexed = [parameter for parameter in entry.inputs if parameter.indexed]
    plain = [parameter for parameter in entry.inputs if not parameter.indexed]
    data = WORD * (1 + len(indexed))
    types = [parameter.type for parameter in (*indexed, *plain)]
    # Topics are words of their own, so they are no part of the tuple that offsets in the data count from.
    decoded = [
        *decode(types[: len(indexed)], content[WORD:data]),
        *decode(types[len(indexed) :], content[data:]),
    ]
    values = dict(zip((p.name for p in (*indexed, *plain)), decoded, strict=True))
    return {parameter.name: parameter.present(values[parameter.name]) for parameter in entry.inputs}


def plans_of(
    contracts: Mapping[str, Contract], wanted: Callable[[Entry], bool]
) -> dict[str, tuple[Contract, dict[str, EventPlan]]]:
    """By lower-case address: the contract, and the plan of each wanted event by its topic (0x-hex)."""
    found = {}
    for contract in contracts.values():
        events = {topic: entry for topic, entry in contract.artifact.events.items() if wanted(entry)}
        plans = {"0x" + topic.hex(): EventPlan.of(entry) for topic, entry in events.items()}
        found[contract.address.lower()] = (contract, plans)
    return found
