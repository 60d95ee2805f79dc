"""Joint moves of spot and volatility surface: level, skew and term structure under one t copula.

Each underlying has four factors, in this order: spot log move, level, skew, term. A volatility moves by

    ln(s'(k, T) / s(k, T)) = level - skew x + term ln(T / 30 days),   x = k / sqrt(T / 30 days) clipped to +-2,

k = ln(strike / forward), T not below the term floor: level is the log move of 30-day at-the-money volatility, a
positive skew move lifts puts over calls, a positive term move lifts the far end. Volatilities stay
positive whatever is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from risk._checks import finite_array
from risk.arrays import FloatArray, finite, non_negative, positive, read_only
from risk.errors import InvalidInput, NotEnoughObservations
from risk.scenarios.blend import ScenarioSet
from risk.scenarios.marginals import Marginal, historical_marginal, student_t_marginal
from risk.scenarios.t_copula import TCopula, fit_t_copula
from risk.units import DAYS_PER_YEAR

__all__ = [
    "FACTORS_PER_UNDERLYING",
    "SurfaceLaw",
    "SurfaceMoves",
    "fit_surface_law",
    "surface_coordinates",
    "surface_factors",
]

FACTORS_PER_UNDERLYING: Final = 4
_REFERENCE_DAYS: Final = 30.0
_MOST_MONEYNESS: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceMoves:
    """spot_returns: simple moves; level, skew, term as in the module; each (n_scenarios, n_underlyings), read-only."""

    spot_returns: FloatArray
    level: FloatArray
    skew: FloatArray
    term: FloatArray

    def __post_init__(self) -> None:
        for name in ("spot_returns", "level", "skew", "term"):
            values = finite_array(name=name, values=getattr(self, name), dimensions=2).copy()
            object.__setattr__(self, name, read_only(values))
        shapes = {values.shape for values in (self.spot_returns, self.level, self.skew, self.term)}
        if len(shapes) != 1:
            raise InvalidInput(f"the four factors must have one shape, got {sorted(shapes)}")
        if self.spot_returns.size and self.spot_returns.min() <= -1.0:
            raise InvalidInput(f"a spot return must be above -1, got {self.spot_returns.min()}")

    @property
    def scenarios(self) -> int:
        return int(self.spot_returns.shape[0])

    @property
    def underlyings(self) -> int:
        return int(self.spot_returns.shape[1])

    @property
    def factors(self) -> FloatArray:
        """(n_scenarios, n_underlyings, 4) spot return, level, skew, term."""
        return np.stack([self.spot_returns, self.level, self.skew, self.term], axis=2)

    def scenario_set(self) -> ScenarioSet:
        """Spot and level alone, for the revaluation that moves a smile in parallel."""
        return ScenarioSet(
            spot_returns=self.spot_returns, volatility_moves=np.expm1(self.level), label="t_copula_surface"
        )

    def volatility_ratio(
        self, *, underlying: int, years: ArrayLike, log_moneyness: ArrayLike, term_floor_days: float
    ) -> FloatArray:
        """s' / s of options (m,) of one underlying, shape (n_scenarios, m). Raises InvalidInput."""
        x, log_ratio = surface_coordinates(
            years=years, log_moneyness=log_moneyness, term_floor_days=term_floor_days
        )
        if not 0 <= underlying < self.level.shape[1]:
            raise InvalidInput(f"underlying column {underlying} of {self.level.shape[1]}")
        level, skew, term = (f[:, underlying, None] for f in (self.level, self.skew, self.term))
        return np.asarray(np.exp(level - skew * x + term * log_ratio))


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceLaw:
    """Dependence and marginals of 4n factors."""

    copula: TCopula
    marginals: tuple[Marginal, ...]

    def __post_init__(self) -> None:
        if len(self.marginals) != self.copula.size or self.copula.size % FACTORS_PER_UNDERLYING:
            raise InvalidInput(
                f"{len(self.marginals)} marginals, copula of {self.copula.size}, 4 an underlying"
            )

    def draw(self, *, uniforms: ArrayLike, maximum_log_move: float) -> SurfaceMoves:
        """Moves of independent uniforms (n, 4 underlyings + 1) of any technique.

        Every factor is bounded by +-maximum_log_move; spot and level are then centred: the mean of exp(move) is 1,
        as for every simulated set. Raises InvalidInput.
        """
        bound = float(positive("maximum_log_move", maximum_log_move))
        dependent = self.copula.uniforms(uniforms=uniforms)
        columns = [m.quantile(dependent[:, i]) for i, m in enumerate(self.marginals)]
        moves = np.clip(np.column_stack(columns), -bound, bound)
        spot, level, skew, term = (moves[:, i::FACTORS_PER_UNDERLYING] for i in range(FACTORS_PER_UNDERLYING))
        return SurfaceMoves(
            spot_returns=np.expm1(_centred(spot)), level=_centred(level), skew=skew, term=term
        )


def fit_surface_law(*, observations: ArrayLike, marginals: Literal["historical", "student_t"]) -> SurfaceLaw:
    """Fit to factor moves over the horizon (T, 4n), the order of the module.

    Raises NotEnoughObservations below 40 n rows, InvalidInput for a factor that never moves or a column count that is
    no multiple of 4.
    """
    rows = finite_array(name="observations", values=observations, dimensions=2)
    if rows.shape[1] == 0 or rows.shape[1] % FACTORS_PER_UNDERLYING:
        raise InvalidInput(f"observations need 4 columns an underlying, got shape {rows.shape}")
    copula = fit_t_copula(observations=rows)
    makers: dict[str, Callable[..., Marginal]] = {
        "historical": historical_marginal,
        "student_t": student_t_marginal,
    }
    if marginals not in makers:
        raise InvalidInput(f"marginals must be 'historical' or 'student_t', got {marginals!r}")
    fitted = tuple(makers[marginals](observations=column) for column in rows.T)
    return SurfaceLaw(copula=copula, marginals=fitted)


def surface_factors(
    *, years: ArrayLike, log_moneyness: ArrayLike, volatility: ArrayLike, term_floor_days: float
) -> FloatArray:
    """(level, skew, term) of one underlying's chain: least squares of ln s on 1, -x and ln(T / 30 days), options (m,).

    Differences of these from one time to another are the factors of `fit_surface_law`. Raises NotEnoughObservations
    when the options do not span three directions (two strikes and two expiries), InvalidInput.
    """
    x, log_ratio = surface_coordinates(
        years=years, log_moneyness=log_moneyness, term_floor_days=term_floor_days
    )
    logs = np.log(positive("volatility", finite_array(name="volatility", values=volatility, dimensions=1)))
    if not x.shape == log_ratio.shape == logs.shape:
        raise InvalidInput(
            f"years, log_moneyness and volatility must match, got {log_ratio.shape}, {x.shape}"
        )
    design = np.column_stack([np.ones_like(x), -x, log_ratio])
    factors, _, rank, _ = np.linalg.lstsq(design, logs, rcond=1e-10)
    if rank < design.shape[1]:
        raise NotEnoughObservations(
            f"{logs.size} options span {rank} of 3 directions: two strikes and two expiries are needed"
        )
    return np.asarray(factors)


def surface_coordinates(
    *, years: ArrayLike, log_moneyness: ArrayLike, term_floor_days: float
) -> tuple[FloatArray, FloatArray]:
    """x and ln(T / 30 days) of the module, in the shape of each. Raises InvalidInput."""
    floor = positive("term_floor_days", term_floor_days)
    ratio = np.maximum(non_negative("years", years) * DAYS_PER_YEAR, floor) / _REFERENCE_DAYS
    x = finite("log_moneyness", log_moneyness) / np.sqrt(ratio)
    return np.clip(x, -_MOST_MONEYNESS, _MOST_MONEYNESS), np.asarray(np.log(ratio))


def _centred(logs: FloatArray) -> FloatArray:
    return np.asarray(logs - np.log(np.mean(np.exp(logs), axis=0)))
