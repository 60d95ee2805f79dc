"""One JSON form for everything that is hashed (RFC 8785).

A bundle of ten thousand accounts is written several times a round, so common values are written here directly: as the
reference implementation does, which writes whatever is uncommon and says what has no form at all.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring as _quoted  # escapes what RFC 8785 does, and nothing else
from typing import Any

import rfc8785

from keeper.errors import EvidenceError

LARGEST_JSON_INT = 2**53 - 1  # RFC 7493: beyond it readers disagree
_LARGEST_RECORD = 32  # an object with more names is a table, whose names nobody else has


def canonical_json(bundle: object) -> bytes:
    """RFC 8785 bytes. Decimals become plain-notation strings, bytes 0x-hex, records objects.

    An int beyond 2^53 - 1 must be given as a string, and a float must be finite.
    """
    try:
        return _WRITERS[type(bundle)](bundle).encode()
    except (_Uncommon, KeyError, UnicodeEncodeError):  # a type of no writer is uncommon too
        return _reference(bundle)


class CanonicalText(str):
    """What `canonical_text` wrote: nobody need ask again whether it is canonical."""

    __slots__ = ()


def canonical_text(bundle: object) -> CanonicalText:
    """The same as text."""
    return CanonicalText(canonical_json(bundle).decode())


def _reference(bundle: object) -> bytes:
    try:
        return rfc8785.dumps(_plain(bundle, "$"))
    except rfc8785.CanonicalizationError as error:
        raise EvidenceError(f"bundle has no canonical JSON: {error}") from error


class _Uncommon(Exception):
    """A value that is not written here."""


def _written_int(value: int) -> str:
    if not -LARGEST_JSON_INT <= value <= LARGEST_JSON_INT:
        raise _Uncommon
    return str(value)


def _written_float(value: float) -> str:
    """Python's shortest digits are ECMAScript's; its exponents and its zero are not."""
    digits = repr(value)
    if "e" in digits or "n" in digits:  # an exponent, inf, nan
        if not math.isfinite(value):
            raise _Uncommon
        return rfc8785.dumps(value).decode()
    return "0" if value == 0.0 else digits.removesuffix(".0")


def _written_list(value: list[object] | tuple[object, ...]) -> str:
    return f"[{','.join([_WRITERS[type(item)](item) for item in value])}]"


def _written_dict(value: dict[str, object]) -> str:
    order = _known_order if len(value) <= _LARGEST_RECORD else _order
    names = order(tuple(value))
    return f"{{{','.join([before + _WRITERS[type(value[key])](value[key]) for key, before in names])}}}"


def _order(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """The keys in their order, each with what stands before its value."""
    if not all(type(key) is str and key.isascii() for key in keys):  # others are sorted as UTF-16
        raise _Uncommon
    return [(key, f"{_quoted(key)}:") for key in sorted(keys)]


_known_order = lru_cache(maxsize=256)(_order)  # of records: thousands of one kind


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: _written_int,
    float: _written_float,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    list: _written_list,
    tuple: _written_list,
    dict: _written_dict,
}


def _plain(value: object, where: str) -> Any:  # noqa: ANN401 - JSON has no static type
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return _plain(value.value, where)
    if isinstance(value, int):
        if abs(value) > LARGEST_JSON_INT:
            raise EvidenceError(f"int {value} at {where} is beyond 2^53 - 1: give it as a string")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise EvidenceError(f"float {value} at {where} is not finite")
        return value
    if isinstance(value, Decimal):
        return _plain_decimal(value, where)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return _plain_container(value, where)


def _plain_decimal(value: Decimal, where: str) -> str:
    if not value.is_finite():
        raise EvidenceError(f"decimal {value} at {where} is not finite")
    return format(value, "f")


def _plain_container(value: object, where: str) -> Any:  # noqa: ANN401 - JSON has no static type
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _plain(getattr(value, f.name), f"{where}.{f.name}") for f in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise EvidenceError(f"key {wrong[0]!r} at {where} is not a string")
        return {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise EvidenceError(f"{type(value).__name__} at {where} has no JSON form")
