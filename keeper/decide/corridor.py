"""Rows that the chain would skip: they cost gas and change nothing."""

from __future__ import annotations

from collections.abc import Sequence

from keeper.wire import MarginRow


def inside_corridor(rows: Sequence[MarginRow], *, floor_bps: int, cap_bps: int) -> tuple[MarginRow, ...]:
    """Rows with floor <= maintenance <= initial <= cap (`MarginLane`). A ratio that was only allowed to rise may lie
    above a cap that has been lowered since."""
    return tuple(
        row for row in rows if floor_bps <= row.maintenance_ratio_bps <= row.initial_ratio_bps <= cap_bps
    )
