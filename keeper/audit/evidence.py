"""An evidence folder: bundles by their keccak-256, and the histories that models name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keeper.errors import EvidenceError
from keeper.store import EvidenceStore, history_path


@dataclass(frozen=True, slots=True)
class EvidenceSource:
    """`bundle` gives the bundle of a 32-byte hash, `history` the document of a keccak-256 (0x-hex); both raise
    EvidenceError where it is missing or altered."""

    bundle: Callable[[bytes], dict[str, Any]]
    history: Callable[[str], dict[str, Any]]

    @classmethod
    def of_folder(cls, directory: Path) -> EvidenceSource:
        """Bundles as `EvidenceStore` writes them, histories as `history-<hex>.json`."""
        return cls(EvidenceStore(directory).read, lambda digest: _history(directory, digest))


def _history(directory: Path, digest: str) -> dict[str, Any]:
    path = history_path(directory, digest)
    try:
        document = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise EvidenceError(f"history {path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise EvidenceError(f"history {path} is no JSON object")
    return document
