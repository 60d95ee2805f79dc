"""The state lane's box in the contract's own integers: how far a round may move each value (`StateLane`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt

from keeper.parameters import StateLimits

WAD = 10**18
HOUR = 3_600
YEAR_SECONDS = 365 * 86_400


def share(speed_per_hour: int, elapsed: int) -> int:
    """speed x time, rounded down."""
    return speed_per_hour * elapsed // HOUR


def relative_reach(value: int, moved: int, floor: int, ceiling: int) -> tuple[int, int]:
    """`StateSpeed.relative`: [value / (1 + moved), value (1 + moved)] inside the band, rounded inward."""
    least = max(-(-value * WAD // (WAD + moved)), min(floor, value))
    return least, min(value * (WAD + moved) // WAD, max(ceiling, value))


def absolute_reach(value: int, moved: int, ceiling: int) -> tuple[int, int]:
    """`StateSpeed.absolute`."""
    return max(value - moved, 0), min(value + moved, max(ceiling, value))


def average(old: int, sample: int, elapsed: int, window: int) -> int:
    """`StateSpeed.average`: old + (sample - old) x elapsed / window, toward old."""
    if elapsed == 0:
        return old
    if elapsed >= window:
        return sample
    return old + _toward_zero((sample - old) * elapsed, window)


def loosening(old: int, new: int) -> int:
    """`StateSpeed.loosening`: old / new - 1 where the value falls, rounded up."""
    return 0 if new >= old else -(-old * WAD // new) - WAD


def funding_per_year(premium: int, price: int, limits: StateLimits) -> int:
    """`StateLane._fundingPerYear`: premium / period up to the cap, of the index; toward zero."""
    rate = _toward_zero(premium * YEAR_SECONDS, limits.funding_period_seconds)
    rate = max(-limits.most_funding_rate, min(rate, limits.most_funding_rate))
    return _toward_zero(rate * price, WAD)


def covariance_of(loadings: Sequence[int], factors: int) -> tuple[int, ...]:
    """L L' by rows as `Covariance.fromLoadings` rounds it; each variance carries `factors` units of slack."""
    rows = [loadings[i * (i + 1) // 2 : (i + 1) * (i + 2) // 2] for i in range(factors)]

    def entry(i: int, j: int) -> int:
        product = sum(a * b for a, b in zip(rows[i], rows[j], strict=False))
        return _toward_zero(product, WAD) + (factors if i == j else 0)

    lower = [[entry(i, j) for j in range(i + 1)] for i in range(factors)]
    return tuple(lower[max(i, j)][min(i, j)] for i in range(factors) for j in range(factors))


def deviations(covariance: Sequence[int]) -> list[int]:
    """Square roots of the diagonal of a matrix by rows, rounded down; WAD."""
    size = isqrt(len(covariance))
    return [isqrt(covariance[i * (size + 1)] * WAD) for i in range(size)]


def correlations(covariance: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(row, column, correlation in WAD, toward zero) below the diagonal."""
    deviation = deviations(covariance)
    size = len(deviation)
    for row in range(1, size):
        for column in range(row):
            entry = covariance[row * size + column] * WAD * WAD
            yield row, column, _toward_zero(entry, deviation[row] * deviation[column])


def covariance_problems(
    before: Sequence[int], after: Sequence[int], limits: StateLimits, elapsed: int
) -> list[str]:
    """Deviations and correlations of `after` that a round may not set."""
    moved, problems = share(limits.deviation_speed, elapsed), []
    for factor, (old, new) in enumerate(zip(deviations(before), deviations(after), strict=True)):
        least, most = relative_reach(old, moved, *limits.band(factor))
        if not least <= new <= most:
            problems.append(f"deviation {factor}: {new} outside [{least}, {most}]")
    moved = share(limits.correlation_speed, elapsed)
    for (row, column, old), (_, _, new) in zip(correlations(before), correlations(after), strict=True):
        if abs(new - old) > moved:
            problems.append(f"correlation {row}, {column}: {new} more than {moved} from {old}")
    return problems


def _toward_zero(numerator: int, denominator: int) -> int:
    quotient = abs(numerator) // denominator
    return -quotient if numerator < 0 else quotient
