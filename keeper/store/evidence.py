"""Content-addressed evidence bundles: canonical JSON (RFC 8785), zstd, named by the JSON's keccak-256."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import rfc8785
import zstandard
from eth_utils.crypto import keccak

from keeper.errors import EvidenceError

LARGEST_BUNDLE_BYTES = (
    512 * 1024 * 1024
)  # decompressed; a bound on what a hostile file can make a reader hold
LARGEST_JSON_INT = 2**53 - 1  # RFC 7493: beyond it readers disagree
COMPRESSION_LEVEL = 6
SUFFIX = ".json.zst"


def canonical_json(bundle: object) -> bytes:
    """RFC 8785 bytes. Decimals become plain-notation strings, bytes 0x-hex, records objects.

    An int beyond 2^53 - 1 must be given as a string, and a float must be finite.
    """
    try:
        return rfc8785.dumps(_plain(bundle, "$"))
    except rfc8785.CanonicalizationError as error:
        raise EvidenceError(f"bundle has no canonical JSON: {error}") from error


def bundle_hash(bundle: object) -> bytes:
    """keccak-256 of the canonical JSON: the header's `snapshot`."""
    return keccak(canonical_json(bundle))


class EvidenceStore:
    """Bundles in one directory, one immutable file each."""

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise EvidenceError(
                f"evidence directory {directory} does not exist: create it or correct the path"
            )
        self._directory = directory

    def path(self, name: bytes) -> Path:
        """Where the bundle with this hash lies or would lie."""
        if len(name) != 32:
            raise EvidenceError(f"bundle hash has {len(name)} bytes; expected 32")
        return self._directory / f"{name.hex()}{SUFFIX}"

    def write(self, bundle: object) -> bytes:
        """Writes a bundle whole or not at all, synced, and gives its hash; again changes nothing."""
        content = canonical_json(bundle)
        name = keccak(content)
        path = self.path(name)
        if not path.exists():
            try:
                _write_atomically(path, zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(content))
            except OSError as error:
                raise EvidenceError(f"bundle {path} cannot be written: {error}") from error
        return name

    def read(self, name: bytes) -> dict[str, Any]:
        """The bundle with this hash, verified; missing, damaged or exchanged ones are `EvidenceError`s."""
        path = self.path(name)
        try:
            compressed = path.read_bytes()
        except OSError as error:
            raise EvidenceError(f"bundle 0x{name.hex()} is missing: {error}") from error
        content = _decompress(compressed, path)
        if keccak(content) != name:
            raise EvidenceError(f"bundle {path} hashes to 0x{keccak(content).hex()}: it was altered")
        bundle = json.loads(content)
        if not isinstance(bundle, dict):
            raise EvidenceError(f"bundle {path} is a JSON {type(bundle).__name__}; expected an object")
        return bundle

    def size(self, name: bytes) -> int:
        """Compressed bytes on disk."""
        return self.path(name).stat().st_size

    def __contains__(self, name: bytes) -> bool:
        return self.path(name).exists()


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


def _decompress(compressed: bytes, path: Path) -> bytes:
    try:
        with zstandard.ZstdDecompressor().stream_reader(compressed) as reader:
            content = bytes(reader.read(LARGEST_BUNDLE_BYTES + 1))
    except zstandard.ZstdError as error:
        raise EvidenceError(f"bundle {path} is damaged: {error}") from error
    if len(content) > LARGEST_BUNDLE_BYTES:
        raise EvidenceError(f"bundle {path} is larger than {LARGEST_BUNDLE_BYTES} bytes: refused")
    return content


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # the rename itself must survive a power cut
    finally:
        os.close(directory)
