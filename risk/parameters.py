"""The constants of the contract's own requirement, as the chain holds them: integers of the wire."""

import math
from dataclasses import dataclass

import numpy as np

from risk.arrays import FloatArray
from risk.errors import InvalidInput
from risk.units import BASIS_POINTS, DAYS_PER_YEAR, WAD

__all__ = ["MarginParameters", "ScenarioPoint", "UnderlyingCharges"]

_MOST_POINTS = 256  # a witness names a point in 8 bits


@dataclass(frozen=True, slots=True)
class ScenarioPoint:
    """One point of the grid, in basis points.

    spot_shock_bps: relative move of index and forwards, above -10,000. volatility_shock_bps: relative move of
    30-day volatility. weight_bps: share of the loss that counts. Raises InvalidInput.
    """

    spot_shock_bps: int
    volatility_shock_bps: int
    weight_bps: int = BASIS_POINTS

    def __post_init__(self) -> None:
        if self.spot_shock_bps <= -BASIS_POINTS or self.weight_bps < 0:
            raise InvalidInput(
                f"a grid point needs a spot shock above -10,000 and a weight of at least 0: {self}"
            )


@dataclass(frozen=True, slots=True)
class UnderlyingCharges:
    """What an underlying is charged beside its loss or spared of it, as `IMarginTerms` says.

    depth: units, at least 0. Charges and offset in basis points, at least 0. Raises InvalidInput.
    """

    depth: float
    concentration_bps: int
    basis_bps: int
    confidence_bps: int
    offset_bps: int = 0

    def __post_init__(self) -> None:
        if min(self.depth, self.concentration_bps, self.basis_bps, self.confidence_bps, self.offset_bps) < 0:
            raise InvalidInput(f"charges and depth are at least 0: {self}")


@dataclass(frozen=True, slots=True)
class MarginParameters:
    """Everything `IRiskParameters` says that margin reads; same names, same integers.

    loadings: L by rows, lower triangle only (row i has i + 1 entries), WAD; covariance = L L'. Factors: 2(u-1)
    is the relative spot move of underlying u over the margin horizon, 2(u-1)+1 its relative move of 30-day
    volatility. Multipliers are WAD, ratios and charges basis points. charges: by underlying, none of them is none at
    all. Raises InvalidInput.
    """

    loadings: tuple[int, ...]
    grid: tuple[ScenarioPoint, ...]
    value_at_risk_multiplier: int
    expected_shortfall_multiplier: int
    ratio_floor_bps: int
    ratio_cap_bps: int
    stale_initial_ratio_bps: int
    attestation_decay_seconds: int
    cure_buffer_bps: int
    short_option_charge_bps: int
    minimum_notional_bps: int
    term_floor_days: int
    charges: tuple[UnderlyingCharges, ...] = ()

    def __post_init__(self) -> None:
        size = self.factors
        if size * (size + 1) // 2 != len(self.loadings) or size % 2 or size == 0:
            raise InvalidInput(
                f"loadings must be 2n (2n + 1) / 2 numbers for n underlyings, got {len(self.loadings)}"
            )
        if len(self.charges) not in (0, size // 2):
            raise InvalidInput(f"{len(self.charges)} sets of charges for {size // 2} underlyings")
        if not 0 < len(self.grid) <= _MOST_POINTS:
            raise InvalidInput(f"a grid has 1 to {_MOST_POINTS} points, got {len(self.grid)}")
        if not 0 < self.ratio_floor_bps <= self.ratio_cap_bps:
            raise InvalidInput(
                f"no ratio lies in [{self.ratio_floor_bps}, {self.ratio_cap_bps}] basis points"
            )

    @property
    def factors(self) -> int:
        """Number of risk factors, two for each underlying."""
        return (math.isqrt(8 * len(self.loadings) + 1) - 1) // 2

    @property
    def underlyings(self) -> int:
        """Number of underlyings."""
        return self.factors // 2

    def covariance(self) -> FloatArray:
        """L L', shape (factors, factors), over the margin horizon."""
        lower = np.zeros((self.factors, self.factors))
        lower[np.tril_indices(self.factors)] = [loading / WAD for loading in self.loadings]
        return lower @ lower.T

    def spot_shocks(self) -> FloatArray:
        """(points,) as fractions."""
        return np.array([point.spot_shock_bps / BASIS_POINTS for point in self.grid])

    def volatility_shocks(self) -> FloatArray:
        """(points,) as fractions of 30-day volatility."""
        return np.array([point.volatility_shock_bps / BASIS_POINTS for point in self.grid])

    def weights(self) -> FloatArray:
        """(points,) as fractions of the loss."""
        return np.array([point.weight_bps / BASIS_POINTS for point in self.grid])

    def term_weight(self, years: FloatArray) -> FloatArray:
        """sqrt(30 days / max(T, floor)): how far an expiry's volatility moves with that of 30 days."""
        days = np.maximum(years * DAYS_PER_YEAR, float(self.term_floor_days))
        return np.sqrt(30.0 / np.maximum(days, 1.0 / 86_400.0))
