"""What an event says beside what the replay knows."""

from __future__ import annotations

from typing import Any


def equal(*facts: tuple[str, Any, Any]) -> list[str]:
    """Names what differs; facts are (name, what the event says, what the replay gives)."""
    return [f"{name}: event {said}, replay gives {known}" for name, said, known in facts if said != known]
