"""Values by variable name back to storage slots, by the compiler's own layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_utils.crypto import keccak

WORD = 32


def slots_of(layout: Mapping[str, Any], values: Mapping[str, Any]) -> dict[int, int]:
    """Every non-zero slot. LookupError unless `values` names exactly the layout's variables and struct members."""
    _same_names("variables", {v["label"] for v in layout["storage"]}, values)
    slots: dict[int, int] = {}
    writer = _Writer(layout["types"] or {}, slots)
    for variable in layout["storage"]:
        writer.write(variable["type"], int(variable["slot"]), variable["offset"], values[variable["label"]])
    return {slot: word for slot, word in slots.items() if word}


def _same_names(what: str, labels: set[str], values: Mapping[str, Any]) -> None:
    missing, unknown = labels - set(values), set(values) - labels
    if missing or unknown:
        raise LookupError(f"{what} stored but not rebuilt: {sorted(missing)}; not stored: {sorted(unknown)}")


class _Writer:
    def __init__(self, types: Mapping[str, Any], slots: dict[int, int]) -> None:
        self._types, self._slots = types, slots

    def write(self, kind: str, slot: int, offset: int, value: Any) -> None:
        described = self._types[kind]
        if described["encoding"] == "mapping":
            for key, item in value.items():
                self.write(described["value"], _hashed(_key(described["key"], key), slot), 0, item)
        elif described["encoding"] == "dynamic_array":
            self._slots[slot] = len(value)
            self._items(described["base"], int.from_bytes(keccak(slot.to_bytes(WORD, "big"))), value)
        elif described["encoding"] == "bytes":
            self._slots[slot] = _short(value)
        elif "members" in described:
            self._members(described, slot, value)
        else:
            self._place(slot, offset, int(described["numberOfBytes"]), value)

    def _members(self, described: Mapping[str, Any], slot: int, value: Mapping[str, Any]) -> None:
        _same_names(described["label"], {m["label"] for m in described["members"]}, value)
        for member in described["members"]:
            self.write(member["type"], slot + int(member["slot"]), member["offset"], value[member["label"]])

    def _items(self, base: str, first: int, values: Any) -> None:
        size = int(self._types[base]["numberOfBytes"])
        for index, value in enumerate(values):
            if size * 2 > WORD:
                self.write(base, first + index * -(-size // WORD), 0, value)
            else:
                place, inside = divmod(index, WORD // size)
                self.write(base, first + place, inside * size, value)

    def _place(self, slot: int, offset: int, size: int, value: Any) -> None:
        word = _number(value) % (1 << (8 * size))
        self._slots[slot] = self._slots.get(slot, 0) | (word << (8 * offset))


def _number(value: Any) -> int:
    if isinstance(value, bytes):
        return int.from_bytes(value)
    return int(value, 16) if isinstance(value, str) else int(value)


def _key(kind: str, key: Any) -> bytes:
    if isinstance(key, bytes):
        return key.ljust(WORD, b"\0") if kind.startswith("t_bytes") else key.rjust(WORD, b"\0")
    return (_number(key) % (1 << 256)).to_bytes(WORD, "big")


def _hashed(key: bytes, slot: int) -> int:
    return int.from_bytes(keccak(key + slot.to_bytes(WORD, "big")))


def _short(text: str) -> int:
    data = text.encode()
    if len(data) >= WORD:
        raise ValueError("only short strings are stored")
    return int.from_bytes(data.ljust(WORD, b"\0")) | (2 * len(data))
