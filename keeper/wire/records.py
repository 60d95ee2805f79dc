"""What the wire's records are made of: Solidity's integer kinds, how wide each is, and what fits."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar, Self

from eth_utils.address import is_checksum_address, to_checksum_address

from keeper.errors import WireError


class Record:
    """A struct of the wire; `KINDS` are the Solidity types of its fields, in order."""

    __slots__ = ()
    KINDS: ClassVar[tuple[str, ...]]
    __match_args__: ClassVar[tuple[str, ...]]  # the dataclass decorator's: field names in order

    def __post_init__(self) -> None:
        for name, kind in zip(self.__match_args__, self.KINDS, strict=True):
            require_fits(type(self).__name__, name, kind, getattr(self, name))

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return tuple([getattr(self, name) for name in self.__match_args__])

    @classmethod
    def packed_length(cls) -> int:
        """Bytes of a packed record."""
        return sum(_width(kind) for kind in cls.KINDS)

    def packed(self) -> bytes:
        """The integer fields in order, big-endian, two's complement, each as wide as its type and no wider."""
        return b"".join(
            [
                value.to_bytes(_width(kind), "big", signed=kind[0] == "i")
                for kind, value in zip(self.KINDS, self.as_tuple(), strict=True)
            ]
        )

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The record of `packed_length` bytes."""
        values, place = [], 0
        for kind in cls.KINDS:
            width = _width(kind)
            values.append(int.from_bytes(data[place : place + width], "big", signed=kind.startswith("int")))
            place += width
        return cls(*values)


def require_fits(record: str, field: str, kind: str, value: object) -> None:
    """Raises `WireError` unless `value` is an int (or bytes32) that Solidity's `kind` can hold."""
    if kind == "bytes32":
        if not isinstance(value, bytes) or len(value) != 32:
            raise WireError(record, field, value, "32 bytes")
        return
    bounds = _bounds(kind)
    if bounds is None:
        raise WireError(record, field, value, f"a supported kind, not {kind}")
    least, most = bounds
    if type(value) is not int or not least <= value <= most:
        raise WireError(record, field, value, f"{kind}, an int in [{least}, {most}]")


@cache
def _bounds(kind: str) -> tuple[int, int] | None:
    """Least and most that an integer kind holds; None for another kind. Records are made by the ten thousand."""
    match = re.fullmatch(r"(u?)int(\d+)", kind)
    if match is None:
        return None
    bits = int(match[2])
    return (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def require_address(record: str, field: str, value: str) -> str:
    """The checksummed address; mixed case that fails its checksum is refused."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise WireError(record, field, value, "a 20-byte hex address")
    if value[2:] not in (value[2:].lower(), value[2:].upper()) and not is_checksum_address(value):
        raise WireError(record, field, value, f"a valid checksum; did you mean {to_checksum_address(value)}?")
    return to_checksum_address(value)


@cache
def _width(kind: str) -> int:
    return int(kind.removeprefix("u").removeprefix("int")) // 8
