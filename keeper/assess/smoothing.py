"""A ratio rises at once and falls at its own pace: margin released in a calm hour is not called back in the next.

What was published last is on the chain, with the time it was observed at: keeper and auditor smooth from the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from keeper.wire import MarginRow
from risk.margin import SmoothingPolicy


class Published(Protocol):
    """What the chain last accepted for an account."""

    @property
    def row(self) -> MarginRow: ...

    @property
    def observed_at(self) -> int: ...


def smoothed_rows(
    *,
    rows: Sequence[MarginRow],
    published: Mapping[int, Published],
    now: int,
    down_half_life_seconds: float,
    ratio_cap_bps: int,
) -> tuple[MarginRow, ...]:
    """Rows whose ratios fall from the published ones of the same portfolio by 1 - 2^(-elapsed / half-life) of the gap.

    Another portfolio starts from its own ratio. Rounded up, inside the corridor's cap, maintenance never above initial.
    """
    policy = SmoothingPolicy(up_half_life_seconds=0.0, down_half_life_seconds=down_half_life_seconds)

    def smoothed(row: MarginRow) -> MarginRow:
        last = published.get(row.account)
        if last is None or last.row.portfolio_nonce != row.portfolio_nonce:
            return row
        share = policy.rate(rises=False, elapsed_seconds=max(now - last.observed_at, 0))

        def falling(target: int, before: int) -> int:
            charged = target + math.ceil((1.0 - share) * max(before - target, 0))
            return max(target, min(charged, ratio_cap_bps))

        initial = falling(row.initial_ratio_bps, last.row.initial_ratio_bps)
        maintenance = min(falling(row.maintenance_ratio_bps, last.row.maintenance_ratio_bps), initial)
        if (initial, maintenance) == (row.initial_ratio_bps, row.maintenance_ratio_bps):
            return row
        return replace(row, initial_ratio_bps=initial, maintenance_ratio_bps=maintenance)

    return tuple(smoothed(row) for row in rows)
