"""The state round a keeper proposes: as far toward its estimate as the box allows, and how two keepers compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from keeper.decide.agreement import Disagreement
from keeper.decide.state_box import (
    WAD,
    correlations,
    covariance_of,
    covariance_problems,
    deviations,
    loosening,
)
from keeper.parameters import ParametersSnapshot, StateLimits
from keeper.wire import STATE_LOADING, StateRow, state_rows

DAY = 86_400
# Parts of the way to the estimate that are tried, largest first.
_PARTS = 64
# The contract's own bounds of a loading and a variance (`ParameterBounds`).
_MOST_LOADING = 3 * WAD
_LEAST_VARIANCE, _MOST_VARIANCE = WAD // 10**6, 9 * WAD


@dataclass(frozen=True, slots=True)
class StateTolerances:
    """Largest accepted difference between two honest keepers: of deviations relative, of correlations absolute."""

    deviation: float = 0.05
    correlation: float = 0.05


def proposed_rows(
    *, parameters: ParametersSnapshot, estimate: Sequence[Sequence[float]], limits: StateLimits, elapsed: int
) -> tuple[StateRow, ...]:
    """The whole round. `estimate` is the covariance in fractions squared, spot and volatility of each underlying in
    turn. No venue of perpetuals is read, so the premium's sample is 0, and the borrow premium stays."""
    loadings = toward(parameters.loadings, estimate, limits, elapsed)
    return state_rows(loadings, [0] * len(parameters.underlyings), parameters.borrow_premium)


def toward(
    before: Sequence[int], estimate: Sequence[Sequence[float]], limits: StateLimits, elapsed: int
) -> tuple[int, ...]:
    """Loadings of the mixture of the covariance in force and the estimate that is furthest along and in reach; those
    in force where none is. Falls are paced as the budgets leak, so that an honest keeper never meets them."""
    factors = len(estimate)
    old = covariance_of(before, factors)
    for part in range(_PARTS, 0, -1):
        share = part / _PARTS
        mixture = [
            [(1 - share) * old[i * factors + j] / WAD + share * estimate[i][j] for j in range(factors)]
            for i in range(factors)
        ]
        candidate = _loadings(mixture)
        if candidate is not None and _is_acceptable(old, candidate, limits, elapsed):
            return candidate
    return tuple(before)


def compare_states(
    *, theirs: Sequence[StateRow], ours: Sequence[StateRow], tolerances: StateTolerances
) -> list[Disagreement]:
    """Differences beyond tolerance between two whole rounds."""
    if [row.key for row in theirs] != [row.key for row in ours]:
        return [Disagreement("state", "rows", str(len(theirs)), str(len(ours)))]
    found = [
        Disagreement(f"state {a.key}", "value", str(a.value), str(b.value))
        for a, b in zip(theirs, ours, strict=True)
        if a.kind != STATE_LOADING and a.value != b.value
    ]
    matrices = [_matrix(theirs), _matrix(ours)]
    for factor, (a, b) in enumerate(zip(*map(deviations, matrices), strict=True)):
        if abs(a - b) > tolerances.deviation * b:
            found.append(Disagreement(f"state factor {factor}", "deviation", str(a), str(b)))
    for (row, column, a), (_, _, b) in zip(*map(correlations, matrices), strict=True):
        if abs(a - b) > tolerances.correlation * WAD:
            found.append(Disagreement(f"state {row}, {column}", "correlation", str(a), str(b)))
    return found


def is_state_due(*, now: int, changed_at: int, heartbeat_seconds: int) -> bool:
    """By the clock alone: what changed in between follows at the same speed."""
    return now - changed_at >= heartbeat_seconds


def _matrix(rows: Sequence[StateRow]) -> tuple[int, ...]:
    loadings = [row.value for row in rows if row.kind == STATE_LOADING]
    return covariance_of(loadings, (math.isqrt(8 * len(loadings) + 1) - 1) // 2)


def _is_acceptable(old: Sequence[int], loadings: Sequence[int], limits: StateLimits, elapsed: int) -> bool:
    factors = math.isqrt(len(old))
    new = covariance_of(loadings, factors)
    variances = [new[i * (factors + 1)] - factors for i in range(factors)]
    if any(abs(value) > _MOST_LOADING for value in loadings):
        return False
    if not all(_LEAST_VARIANCE <= variance <= _MOST_VARIANCE for variance in variances):
        return False
    fall = max(loosening(a, b) for a, b in zip(deviations(old), deviations(new), strict=True))
    paced = min(limits.daily_loosening * elapsed // DAY, limits.weekly_loosening * elapsed // (7 * DAY))
    return fall <= paced and not covariance_problems(old, new, limits, elapsed)


def _loadings(matrix: Sequence[Sequence[float]]) -> tuple[int, ...] | None:
    """The Cholesky factor by rows, WAD; None where the matrix is not positive definite."""
    rows: list[list[float]] = []
    for i in range(len(matrix)):
        row: list[float] = []
        for j in range(i):
            row.append((matrix[i][j] - sum(a * b for a, b in zip(row, rows[j], strict=False))) / rows[j][j])
        rest = matrix[i][i] - sum(a * a for a in row)
        if not rest > 0.0:
            return None
        rows.append([*row, math.sqrt(rest)])
    return tuple(round(value * WAD) for row in rows for value in row)
