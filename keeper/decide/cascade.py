"""What closing some accounts does to the rest of them, through the market's depth.

Closing the set S sells its delta: of underlying u, flow_u = -(sum over S of delta_iu), in quote. The market takes it
with a relative move m_u = flow_u / depth_u, held to [-1, 1]; depth_u is the flow that would move the price by 100% if
the book stayed as deep. To first order an account's equity becomes E_i + sum over u of delta_iu m_u, at an unchanged
requirement R_i. Whoever falls below R_i joins S, and the flow is counted again. S only grows, so the sum ends after at
most as many steps as there are accounts. It is an estimate for a budget, not a price: no gamma, no new bids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exposure:
    """An account after the round. equity, requirement: quote. delta: quote per relative move of each underlying."""

    account: int
    equity: float
    requirement: float
    delta: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Depth:
    """Quote flow that moves a price by 1%, of each underlying (1, 2, ...), and of those not named."""

    named: Mapping[int, float]
    other: float

    def of(self, position: int) -> float:
        """Flow for a move of 100% of the underlying at this position (0, 1, ...)."""
        return 100.0 * self.named.get(position + 1, self.other)


# A move of 1% for 2 million: a large perpetual's book on an ordinary day is several times deeper.
SHALLOW = Depth({}, 2_000_000.0)


@dataclass(frozen=True, slots=True)
class Cascade:
    """moves: relative move of each underlying at the end. drawn_in: accounts that the moves add to the first ones."""

    moves: tuple[float, ...] = ()
    drawn_in: tuple[int, ...] = ()
    steps: int = 0

    @property
    def largest_move(self) -> float:
        return max((abs(move) for move in self.moves), default=0.0)


NO_CASCADE = Cascade()


def cascade(*, closed: Iterable[int], exposures: Sequence[Exposure], depth: Depth) -> Cascade:
    """The fixed point that starts from closing `closed`."""
    first = frozenset(closed)
    inside, steps = set(first), 0
    width = max((len(exposure.delta) for exposure in exposures), default=0)
    moves = _moves(exposures, inside, depth, width)
    while joining := [e.account for e in exposures if e.account not in inside and _falls(e, moves)]:
        inside.update(joining)
        moves, steps = _moves(exposures, inside, depth, width), steps + 1
    return Cascade(moves, tuple(sorted(inside - first)), steps)


def _moves(exposures: Sequence[Exposure], inside: set[int], depth: Depth, width: int) -> tuple[float, ...]:
    sums = [0.0] * width
    for exposure in exposures:
        if exposure.account in inside:
            for position, delta in enumerate(exposure.delta):
                sums[position] += delta
    return tuple(max(-1.0, min(1.0, -total / depth.of(u))) for u, total in enumerate(sums))


def _falls(exposure: Exposure, moves: Sequence[float]) -> bool:
    """Above the requirement before the moves, below after them: who is under water anyway is the market's doing."""
    after = exposure.equity + sum(d * m for d, m in zip(exposure.delta, moves, strict=False))
    return exposure.equity >= exposure.requirement > after
