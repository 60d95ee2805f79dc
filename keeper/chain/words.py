"""One 32-byte word of the ABI to a value, and integers to words. What is padded otherwise than the ABI
pads is refused, as a general decoder does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from eth_utils.address import to_checksum_address

from keeper.errors import ChainError

WORD = 32
WORD_BITS = 256
WordReader = Callable[[bytes], Any]


def word_reader(kind: str) -> WordReader | None:
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


def _unsigned(bits: int) -> WordReader:
    if bits == WORD_BITS:
        return int.from_bytes  # big-endian, unsigned; there is nothing to refuse

    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >> bits:
            raise ChainError(f"0x{word.hex()} is no uint{bits}")
        return value

    return read


def _signed(bits: int) -> WordReader:
    if bits == WORD_BITS:
        return partial(int.from_bytes, byteorder="big", signed=True)  # nothing to refuse here either

    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big", signed=True)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ChainError(f"0x{word.hex()} is no int{bits}")
        return value

    return read


def _fixed_bytes(length: int) -> WordReader:
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


def unsigned_widths(kinds: Sequence[str]) -> tuple[int, ...] | None:
    """Bits of each type where all are unsigned integers, else None."""
    plain = all(kind.startswith("uint") and kind[4:].isdigit() for kind in kinds)
    return tuple(int(kind[4:]) for kind in kinds) if plain else None


def unsigned_words(widths: Sequence[int], arguments: Sequence[Any]) -> bytes | None:
    """The arguments' words; None unless they are integers of these widths: the general encoder says what is wrong."""
    if len(arguments) != len(widths):
        return None
    words = b""
    for argument, width in zip(arguments, widths, strict=True):
        if type(argument) is not int or argument < 0 or argument >> width:
            return None
        words += argument.to_bytes(WORD, "big")
    return words
