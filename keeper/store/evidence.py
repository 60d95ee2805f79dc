"""Content-addressed evidence bundles: canonical JSON (RFC 8785), zstd, named by the JSON's keccak-256."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
import zstandard

from keeper.canonical import CanonicalText, canonical_json, canonical_text
from keeper.errors import EvidenceError
from keeper.hashing import keccak

LARGEST_BUNDLE_BYTES = (
    512 * 1024 * 1024
)  # decompressed; a bound on what a hostile file can make a reader hold
COMPRESSION_LEVEL = 6
SUFFIX = ".json.zst"


def bundle_hash(bundle: object) -> bytes:
    """keccak-256 of the canonical JSON: the header's `snapshot`."""
    return keccak(canonical_json(bundle))


def history_path(directory: Path, digest: str) -> Path:
    """Where the history with this keccak-256 (0x-hex) lies, in the clear: its owner may look into it."""
    return directory / f"history-{digest.removeprefix('0x')}.json"


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
        return self.write_text(canonical_text(bundle))

    def write_text(self, bundle: CanonicalText) -> bytes:
        """The same of a bundle that is text already."""
        content = bundle.encode()
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
        try:
            bundle = orjson.loads(content)  # bounds the nesting of what a stranger may have written
        except orjson.JSONDecodeError as error:
            raise EvidenceError(f"bundle {path} is not JSON: {error}") from error
        if not isinstance(bundle, dict):
            raise EvidenceError(f"bundle {path} is a JSON {type(bundle).__name__}; expected an object")
        return bundle

    def keep_history(self, digest: str, document: Mapping[str, Any]) -> None:
        """Keeps the history that a model names by its keccak-256 (0x-hex); again changes nothing."""
        path = history_path(self._directory, digest)
        if path.exists():
            return
        try:
            _write_atomically(path, canonical_json(document))
        except OSError as error:
            raise EvidenceError(f"history {path} cannot be written: {error}") from error

    def size(self, name: bytes) -> int:
        """Compressed bytes on disk."""
        return self.path(name).stat().st_size

    def forget(self, *, before: int, needed: Collection[str]) -> int:
        """Deletes bundles last written before unix second `before`, but those named (0x-hex) in `needed`."""
        gone = 0
        for path in self._directory.glob(f"*{SUFFIX}"):
            if "0x" + path.name.removesuffix(SUFFIX) not in needed and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def __contains__(self, name: bytes) -> bool:
        return self.path(name).exists()


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
