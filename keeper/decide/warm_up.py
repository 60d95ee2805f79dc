"""What a keeper does not publish until it has warmed up after a gap."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from keeper.wire import MarginRow


def released(
    *, rows: Sequence[MarginRow], newly_liquidatable: Collection[int], warmed_up: bool
) -> tuple[MarginRow, ...]:
    """Before the warm-up has ended, all rows but those that alone would open an account to liquidation.

    Its prices go out at once: they need three domains that agree now. Its ratios lean on what was missed in between.
    """
    if warmed_up:
        return tuple(rows)
    return tuple(row for row in rows if row.account not in newly_liquidatable)
