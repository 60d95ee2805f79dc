"""Logs of known contracts to arguments, word by word: what the index reads by the hundred thousand.

Every audit event has static arguments only, so each is one 32-byte word at a known place. A general ABI decoder finds
that out anew for every log. What is padded otherwise than the ABI pads is refused, as a general decoder does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_abi.abi import decode
from eth_utils.address import to_checksum_address

from keeper.chain.abi import Entry, Parameter
from keeper.chain.contracts import Contract
from keeper.errors import ChainError

WORD = 32
Reader = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class EventPlan:
    """One event's arguments in the ABI's order: name, whether it is a topic, the word's number there, its reader.

    `words` is how many words the data has; None where an argument is dynamic, and a general decoder is asked.
    """

    entry: Entry
    places: tuple[tuple[str, bool, int, Reader], ...]
    words: int | None

    @classmethod
    def of(cls, entry: Entry) -> EventPlan:
        places: list[tuple[str, bool, int, Reader]] = []
        counts = {True: 0, False: 0}
        for parameter in entry.inputs:
            reader = _reader(parameter.type)
            if reader is None:
                return cls(entry, (), None)
            places.append((parameter.name, parameter.indexed, counts[parameter.indexed], reader))
            counts[parameter.indexed] += 1
        return cls(entry, tuple(places), counts[False])

    def arguments(self, topics: list[bytes], data: bytes) -> dict[str, Any]:
        """By ABI name, from the topics after the first and the data. Raises `ChainError` for what is no such event."""
        if self.words is None:
            return _general(self.entry, topics, data)
        if len(data) != WORD * self.words or len(topics) != len(self.places) - self.words:
            raise ChainError(
                f"{self.entry.name}: {len(topics)} topics and {len(data)} bytes are not this event's"
            )
        return {
            name: read(topics[place] if indexed else data[WORD * place : WORD * place + WORD])
            for name, indexed, place, read in self.places
        }


def _reader(kind: str) -> Reader | None:
    """What makes of a word a value of this type; None for a type that is not one word."""
    if kind.endswith("]") or kind.startswith("(") or kind in ("bytes", "string"):
        return None
    if kind == "address":
        return _address
    if kind == "bool":
        return _boolean
    if kind.startswith("uint"):
        return _unsigned(int(kind[4:]))
    if kind.startswith("int"):
        return _signed(int(kind[3:]))
    return _fixed_bytes(int(kind[5:])) if kind.startswith("bytes") else None


def _unsigned(bits: int) -> Reader:
    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >> bits:
            raise ChainError(f"0x{word.hex()} is no uint{bits}")
        return value

    return read


def _signed(bits: int) -> Reader:
    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big", signed=True)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ChainError(f"0x{word.hex()} is no int{bits}")
        return value

    return read


def _fixed_bytes(length: int) -> Reader:
    padding = bytes(WORD - length)

    def read(word: bytes) -> bytes:
        if word[length:] != padding:
            raise ChainError(f"0x{word.hex()} is no bytes{length}")
        return word[:length]

    return read


def _boolean(word: bytes) -> bool:
    value = int.from_bytes(word, "big")
    if value > 1:
        raise ChainError(f"0x{word.hex()} is no bool")
    return value == 1


@lru_cache(maxsize=65_536)
def _address(word: bytes) -> str:
    if any(word[:12]):
        raise ChainError(f"0x{word.hex()} is no address")
    return str(to_checksum_address(word[12:]))


def _general(entry: Entry, topics: list[bytes], data: bytes) -> dict[str, Any]:
    def split(indexed: bool) -> list[Parameter]:
        return [parameter for parameter in entry.inputs if parameter.indexed is indexed]

    plain = split(False)
    values = dict(zip((p.name for p in plain), decode([p.type for p in plain], data), strict=True))
    for parameter, topic in zip(split(True), topics, strict=True):
        values[parameter.name] = decode([parameter.type], topic)[0]
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
