"""What a soak has seen, and whether anything grew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise

import numpy as np

from keeper.daemon.proposal import CONTRACTS
from keeper.store.events import KEPT_BLOCKS
from keeper.store.retention import KEPT_ROUNDS

# A thousand cycles; at a round a minute 50 MB a year, less than a restart for an update frees.
MOST_SLOPE_KB = 100.0
KEPT_CYCLES = 144
PRUNE_EVERY = 12
# Rows that one cycle can add: four lanes and a root, two prices of seven venues and a feed, a bundle.
_MOST_ROWS_A_CYCLE = {
    "rounds": 5, "prices": 2, "sources": 18, "outbox": 5, "replaced": 1, "evidence": 1, "liquidations": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """`published` rounds so far. `resident_kb` after a collection; `rows` by table, and files of evidence."""

    cycle: int
    published: int
    resident_kb: int
    handles: int
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Soak:
    """What a soak saw. `warm_up` cycles count for nothing but the bounds of tables."""

    cycles: int
    warm_up: int
    seconds: float
    samples: tuple[Sample, ...] = field(repr=False)

    @property
    def measured(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.cycle >= self.warm_up]

    @property
    def published(self) -> int:
        return self.samples[-1].published

    @property
    def idle(self) -> list[int]:
        """Samples before which no round was published since the one before: a keeper that fails grows by nothing."""
        return [
            sample.cycle for before, sample in pairwise(self.samples) if sample.published == before.published
        ]

    @property
    def slope_kb_per_1000_cycles(self) -> float:
        """Least squares of resident kilobytes over cycles, from the warm-up on."""
        cycles, sizes = zip(*((s.cycle, s.resident_kb) for s in self.measured), strict=True)
        return float(np.polyfit(np.array(cycles) / 1_000.0, np.array(sizes), 1)[0])

    @property
    def handles_growth(self) -> int:
        """Most open files of the last third, over the most of the first third after the warm-up."""
        handles = [sample.handles for sample in self.measured]
        third = max(len(handles) // 3, 1)
        return max(handles[-third:]) - max(handles[:third])

    @property
    def unbounded(self) -> dict[str, int]:
        """Tables that ever had more rows than their retention allows. The event index is the chain's own history."""
        kept = KEPT_CYCLES + 2 * PRUNE_EVERY
        bounds = {name: kept * rows for name, rows in _MOST_ROWS_A_CYCLE.items()}
        still_needed = (
            len(CONTRACTS) * KEPT_ROUNDS
        )  # rounds of a lane that is rarely pushed, with their bundles
        for name in ("rounds", "evidence", "bundles"):
            bounds[name] = bounds.get(name, kept) + still_needed
        bounds |= {"indexed_blocks": KEPT_BLOCKS, "meta": 16}
        most = {name: max(sample.rows[name] for sample in self.samples) for name in bounds}
        return {name: rows for name, rows in most.items() if rows > bounds[name]}

    @property
    def is_flat(self) -> bool:
        """Whether rounds went on, and nothing grew: memory, tables, open files."""
        flat = self.slope_kb_per_1000_cycles <= MOST_SLOPE_KB
        return flat and self.handles_growth <= 0 and not self.unbounded and not self.idle

    def document(self) -> dict[str, object]:
        first, last = self.measured[0], self.measured[-1]
        return {
            "cycles": self.cycles,
            "warm_up": self.warm_up,
            "seconds": round(self.seconds, 1),
            "rounds_published": self.published,
            "idle": self.idle,
            "slope_kb_per_1000_cycles": round(self.slope_kb_per_1000_cycles, 1),
            "most_slope_kb_per_1000_cycles": MOST_SLOPE_KB,
            "handles_growth": self.handles_growth,
            "unbounded": self.unbounded,
            "is_flat": self.is_flat,
            "after_warm_up": asdict(first),
            "at_the_end": asdict(last),
        }
