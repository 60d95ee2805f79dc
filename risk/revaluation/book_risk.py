"""VaR and CVaR of every account from the shared profit-and-loss matrix, without a matrix of accounts x
scenarios.

An account is a sparse row of quantities q over instruments: its profit in scenario s is sum_i q_i P[i, s].
Only its worst m outcomes matter. The compiled path adds up one account's scenarios in a buffer, takes the
least of each of some lanes of it, and the m-th least of these minima as a bound: m outcomes lie at or
below it, one a lane, so the m worst do too, and only lanes that reach below the bound are looked into.
What remains are exactly the order statistics of a full sort. One thread; the lock is released, so a caller
may run groups of accounts side by side.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from risk.arrays import FloatArray
from risk.compilation import compiled
from risk.errors import InvalidInput
from risk.measures.tail import tail_measures, tail_observations
from risk.positions import PositionMatrix, as_position_matrix
from risk.revaluation.indexed_book import measure_indexed_book
from risk.revaluation.instrument_rows import ProfitAndLoss
from risk.revaluation.scenario_index import ScenarioIndex
from risk.revaluation.tail_selection import kept_outcomes, least_ascending, summarise, tail_spread

__all__ = ["BookRisk", "book_risk", "book_risk_reference"]

_ERRORS_OF_SLACK: Final = 2.5  # standard errors of VaR between it and the guess for the last outcome kept
_LEAST_LANES: Final = 128
_BISECTIONS: Final = 30
_TILE: Final = 2_048  # scenarios added up at a time: what fits a first-level cache beside four rows
_LANES_PER_OUTCOME: Final = 4  # lanes for each outcome kept: the bound then lets few others through


@dataclass(frozen=True, slots=True, eq=False)
class BookRisk:
    """One value for each account, (accounts,), quote currency, positive for a loss; errors as
    `risk.measures`."""

    value_at_risk: FloatArray
    conditional_value_at_risk: FloatArray
    value_at_risk_standard_error: FloatArray
    conditional_value_at_risk_standard_error: FloatArray

    def part(self, accounts: slice) -> "BookRisk":
        """The same of some accounts."""
        return BookRisk(*(getattr(self, name)[accounts] for name in self.__slots__))


def book_risk(
    *,
    profit_and_loss: ProfitAndLoss | ScenarioIndex,
    positions: PositionMatrix,
    confidence: float,
    previous: BookRisk | None = None,
) -> BookRisk:
    """Tail measures of each account, as `tail_measures` of its scenario profits.

    profit_and_loss: (instruments, scenarios), float64 or float32 (accumulated as such; sums of the tail are
    float64), quote currency per unit; or its `ScenarioIndex`, which gives the same bits and leaves most of
    it unread. positions: (accounts, instruments) units; an empty row has risk 0. previous: an earlier
    result for the same accounts, from which an index starts its search; it changes the time, never the
    result. Time without index: one pass of len(row) x scenarios products an account. Raises InvalidInput on
    shapes, NaN or infinity, NotEnoughObservations when scenarios x (1 - confidence) is below 1.
    """
    if isinstance(profit_and_loss, ScenarioIndex):
        book = as_position_matrix(positions, instruments=profit_and_loss.shape[0])
        blocks, largest = profit_and_loss.blocks, profit_and_loss.largest
    else:
        matrix, book = _checked(profit_and_loss=profit_and_loss, positions=positions)
        blocks, largest = matrix, np.abs(matrix).max(axis=1, initial=0.0).astype(np.float64)
    expected = tail_observations(observations=profit_and_loss.shape[1], confidence=confidence)
    quantity = _same_precision(book=book, dtype=blocks.dtype, largest=largest)
    bounds = _first_bounds(previous, accounts=book.shape[0], dtype=blocks.dtype)
    row_start, instrument = book.indptr.astype(np.int64), book.indices.astype(np.int64)
    results = np.empty((4, book.shape[0]))
    if isinstance(profit_and_loss, ScenarioIndex):
        index = profit_and_loss
        measure_indexed_book(
            index.blocks,
            index.sizes,
            index.affine,
            index.group,
            index.groups,
            row_start,
            instrument,
            quantity,
            bounds,
            expected,
            results,
        )
    else:
        _measure_book(matrix, row_start, instrument, quantity, expected, results)
    return BookRisk(*results)


def book_risk_reference(
    *, profit_and_loss: ProfitAndLoss, positions: PositionMatrix, confidence: float
) -> BookRisk:
    """The same by a full sort of every account's scenarios: the twin that judges the kernel, slow by
    design."""
    matrix, book = _checked(profit_and_loss=profit_and_loss, positions=positions)
    rows = np.asarray(book @ np.asarray(matrix, dtype=np.float64))
    measures = [tail_measures(profit_and_loss=row, confidence=confidence) for row in rows]
    return BookRisk(
        value_at_risk=np.array([m.value_at_risk for m in measures]),
        conditional_value_at_risk=np.array([m.conditional_value_at_risk for m in measures]),
        value_at_risk_standard_error=np.array([m.value_at_risk_standard_error for m in measures]),
        conditional_value_at_risk_standard_error=np.array(
            [m.conditional_value_at_risk_standard_error for m in measures]
        ),
    )


def _checked(
    *, profit_and_loss: ProfitAndLoss, positions: PositionMatrix
) -> tuple[ProfitAndLoss, PositionMatrix]:
    if profit_and_loss.ndim != 2 or profit_and_loss.dtype not in (np.float64, np.float32):
        raise InvalidInput(
            "profit_and_loss must be float64 or float32 of (instruments, scenarios), "
            f"got {profit_and_loss.dtype} of {profit_and_loss.shape}"
        )
    matrix = profit_and_loss if profit_and_loss.flags.c_contiguous else profit_and_loss.copy(order="C")
    if not np.isfinite(matrix).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(matrix))[0])
        raise InvalidInput(
            f"profit_and_loss is {matrix[row, column]} for instrument {row}, scenario {column}"
        )
    return matrix, as_position_matrix(positions, instruments=matrix.shape[0])


def _same_precision(
    *, book: PositionMatrix, dtype: np.dtype[np.float64] | np.dtype[np.float32], largest: FloatArray
) -> ProfitAndLoss:
    """Quantities in the matrix's precision. Raises InvalidInput where a sum of profits could overflow
    it."""
    reach = np.asarray(abs(book.astype(np.float64)) @ largest)
    most = float(np.finfo(dtype).max) / 2.0
    if not (float(reach.max(initial=0.0)) <= most and float(np.abs(book.data).max(initial=0.0)) <= most):
        raise InvalidInput(
            f"profits of account row {int(np.argmax(reach))} reach {reach.max()}, too much for {dtype}"
        )
    if dtype == np.float64:
        return np.ascontiguousarray(book.data, dtype=np.float64)
    return np.ascontiguousarray(book.data, dtype=np.float32)


def _first_bounds(
    previous: BookRisk | None, *, accounts: int, dtype: np.dtype[np.float64] | np.dtype[np.float32]
) -> ProfitAndLoss:
    """(accounts,) a guess above the least profit kept, infinite for none: any value is exact."""
    guess: FloatArray = np.full(accounts, np.inf)
    if previous is not None:
        guess = _ERRORS_OF_SLACK * previous.value_at_risk_standard_error - previous.value_at_risk
        if guess.shape != (accounts,) or not np.isfinite(guess).all():
            raise InvalidInput(f"previous must hold {accounts} finite accounts, got {guess.shape}")
        guess = np.clip(guess, np.finfo(dtype).min, np.finfo(dtype).max)
    return guess if dtype == np.float64 else guess.astype(np.float32)


@compiled
def _measure_book(
    matrix: ProfitAndLoss,
    row_start: NDArray[np.int64],
    instrument: NDArray[np.int64],
    quantity: ProfitAndLoss,
    expected: float,
    results: FloatArray,
) -> None:
    scenarios = matrix.shape[1]
    spread, kept = tail_spread(expected, scenarios), kept_outcomes(expected, scenarios)
    lanes = min(scenarios, max(_LEAST_LANES, _LANES_PER_OUTCOME * kept))
    depth = (scenarios + lanes - 1) // lanes
    sums: ProfitAndLoss = np.full(lanes * depth, np.inf, dtype=matrix.dtype)  # the last level stays padded
    minima: ProfitAndLoss = np.empty(lanes, dtype=matrix.dtype)
    worst: ProfitAndLoss = np.empty(lanes * depth + 1, dtype=matrix.dtype)
    for account in range(results.shape[1]):
        start, stop = row_start[account], row_start[account + 1]
        rows, quantities = instrument[start:stop], quantity[start:stop]
        for left in range(0, scenarios, _TILE):
            right = min(left + _TILE, scenarios)
            _accumulate(matrix, rows, quantities, left, sums[left:right])
        _worst_outcomes(sums, lanes, depth, kept, minima, worst)
        summarise(worst[:kept], expected, spread, scenarios, results[:, account])


@compiled
def _accumulate(
    matrix: ProfitAndLoss, rows: NDArray[np.int64], quantity: ProfitAndLoss, left: int, sums: ProfitAndLoss
) -> None:
    """sums[s] = sum_i quantity[i] matrix[rows[i], left + s], added in order, four instruments a pass."""
    sums[:] = 0.0
    right = left + sums.size
    whole = rows.size - rows.size % 4
    for i in range(0, whole, 4):
        p0, p1 = matrix[rows[i], left:right], matrix[rows[i + 1], left:right]
        p2, p3 = matrix[rows[i + 2], left:right], matrix[rows[i + 3], left:right]
        q0, q1, q2, q3 = quantity[i], quantity[i + 1], quantity[i + 2], quantity[i + 3]
        for s in range(sums.size):
            sums[s] = sums[s] + q0 * p0[s] + q1 * p1[s] + q2 * p2[s] + q3 * p3[s]
    for i in range(whole, rows.size):
        p, q = matrix[rows[i], left:right], quantity[i]
        for s in range(sums.size):
            sums[s] += q * p[s]


@compiled
def _worst_outcomes(
    sums: ProfitAndLoss, lanes: int, depth: int, kept: int, minima: ProfitAndLoss, worst: ProfitAndLoss
) -> None:
    """worst[:kept] becomes the `kept` least of `sums`, ascending. Lane j holds sums[j], sums[j + lanes],
    ..."""
    for lane in range(lanes):
        minima[lane] = sums[lane]
    for level in range(1, depth):
        base = level * lanes
        for lane in range(lanes):
            outcome = sums[base + lane]
            minima[lane] = outcome if outcome < minima[lane] else minima[lane]
    _bound_above(minima, kept, worst)
    bound = worst[0]
    count = 0
    for lane in range(lanes):
        if minima[lane] <= bound:
            for level in range(depth):
                outcome = sums[level * lanes + lane]
                worst[count] = outcome
                count += outcome <= bound
    least_ascending(worst, count, kept)


@compiled
def _bound_above(minima: ProfitAndLoss, kept: int, result: ProfitAndLoss) -> None:
    """result[0] becomes a value with at least `kept` minima at or below it and, by bisection, few more.

    Any such value is exact. The middle passes through result[0] to stay in the matrix's precision.
    """
    low, bound = minima[0], minima[0]
    for minimum in minima:
        low = minimum if minimum < low else low
        bound = minimum if minimum > bound else bound
    for _ in range(_BISECTIONS):
        result[0] = low + (bound - low) / 2
        middle = result[0]
        count = 0
        for lane in range(minima.size):
            count += minima[lane] <= middle
        if count < kept:
            low = middle
        else:
            bound = middle
            if count <= kept + kept // 8:
                break
    result[0] = bound
