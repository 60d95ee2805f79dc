"""Long text in a column, compressed: a round of roots names every account, and a database keeps a month of rounds."""

from __future__ import annotations

import base64

import zstandard
from sqlalchemy import Dialect
from sqlalchemy.types import Text, TypeDecorator

_MARK = "zstd:"  # no JSON begins so
_LEAST = 2_048  # characters; shorter text stays readable in the database
_LEVEL = 3


class PackedText(TypeDecorator[str]):
    """JSON text, above 2,048 characters as `zstd:` and the base64 of its compressed bytes; either is read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return value if value is None or len(value) < _LEAST else packed(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else unpacked(value)


def packed(text: str) -> str:
    compressed = zstandard.ZstdCompressor(level=_LEVEL).compress(text.encode())
    return _MARK + base64.b64encode(compressed).decode()


def unpacked(value: str) -> str:
    """The text of a column, packed or plain."""
    if not value.startswith(_MARK):
        return value
    compressed = base64.b64decode(value.removeprefix(_MARK))
    return zstandard.ZstdDecompressor().decompress(compressed).decode()
