"""One line of what `keeper check` found."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """`result` is ok, warning or failed."""

    check: str
    result: str
    detail: str


def found(check: str, holds: bool, detail: str) -> Finding:
    """A finding that either holds or fails."""
    return Finding(check, "ok" if holds else "failed", detail)
