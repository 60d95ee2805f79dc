"""From an account's tail loss to the two ratios that a keeper attests.

    tail = max(CVaR, (1 - w) CVaR + w stressed CVaR)      w = stressed_weight; plain CVaR without a stressed figure
    initial = initial_multiplier x tail                   maintenance = maintenance_share x initial
    ratio = requirement / own requirement, basis points rounded up, held in the corridor

The stressed weight is the anti-procyclical floor: in calm markets margin keeps a share of what it was in bad ones
(EMIR technical standards, article 28, ask for 25%). What the chain then makes of a ratio is in `risk.margin.corridor`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from risk.arrays import BoolArray, FloatArray, IntArray, finite, non_negative
from risk.errors import InvalidInput
from risk.units import BASIS_POINTS

__all__ = ["AttestedRatios", "attested_ratios"]

_MOST_BPS: Final = float(2**62)  # a ratio to an own requirement of almost nothing still fits an integer


@dataclass(frozen=True, slots=True, eq=False)
class AttestedRatios:
    """Margins of (accounts,); money in quote currency.

    raw_tail: CVaR as given, at least 0. tail: after the anti-procyclical floor. initial, maintenance: before the
    corridor. initial_ratio_bps, maintenance_ratio_bps: inside the corridor, maintenance <= initial. clipped: whether
    the corridor changed either ratio.
    """

    raw_tail: FloatArray
    tail: FloatArray
    initial: FloatArray
    maintenance: FloatArray
    initial_ratio_bps: IntArray
    maintenance_ratio_bps: IntArray
    clipped: BoolArray


def attested_ratios(
    *,
    expected_shortfall: npt.ArrayLike,
    own_requirement: npt.ArrayLike,
    initial_multiplier: float,
    maintenance_share: float,
    ratio_floor_bps: int,
    ratio_cap_bps: int,
    stressed_expected_shortfall: npt.ArrayLike | None = None,
    stressed_weight: float = 0.25,
) -> AttestedRatios:
    """Margins and ratios of each account by the module's formulas.

    expected_shortfall: (accounts,) CVaR over the margin horizon, positive = loss; a negative one (a book that gains
    even in its tail) counts as 0. own_requirement: (accounts,), at least 0; where it is 0 the ratio is 1 for no
    margin and the cap otherwise. initial_multiplier: at least 0. maintenance_share: in (0, 1]. stressed_weight: in
    [0, 1]. Raises InvalidInput with the value.
    """
    _require_policy(initial_multiplier, maintenance_share, stressed_weight)
    _require_corridor(ratio_floor_bps, ratio_cap_bps)
    raw = np.maximum(np.atleast_1d(finite("expected_shortfall", expected_shortfall)), 0.0)
    own = np.atleast_1d(non_negative("own_requirement", own_requirement))
    stressed = raw if stressed_expected_shortfall is None else finite("stressed", stressed_expected_shortfall)
    tail = _floored(raw, stressed=np.atleast_1d(stressed), weight=stressed_weight)
    if own.shape != raw.shape:
        raise InvalidInput(f"one own requirement for each account: {own.shape} for {raw.shape}")
    initial = initial_multiplier * tail
    maintenance = maintenance_share * initial
    wanted_initial = _ratio_up(initial, own)
    wanted_maintenance = np.minimum(_ratio_up(maintenance, own), wanted_initial)
    initial_ratio = np.clip(wanted_initial, ratio_floor_bps, ratio_cap_bps)
    maintenance_ratio = np.clip(wanted_maintenance, ratio_floor_bps, ratio_cap_bps)
    return AttestedRatios(
        raw_tail=raw,
        tail=tail,
        initial=initial,
        maintenance=maintenance,
        initial_ratio_bps=initial_ratio,
        maintenance_ratio_bps=maintenance_ratio,
        clipped=np.asarray((initial_ratio != wanted_initial) | (maintenance_ratio != wanted_maintenance)),
    )


def _require_policy(initial_multiplier: float, maintenance_share: float, stressed_weight: float) -> None:
    if not 0.0 <= initial_multiplier < math.inf:
        raise InvalidInput(f"initial_multiplier must be finite and at least 0, got {initial_multiplier!r}")
    if not 0.0 < maintenance_share <= 1.0:
        raise InvalidInput(f"maintenance_share must lie in (0, 1], got {maintenance_share!r}")
    if not 0.0 <= stressed_weight <= 1.0:
        raise InvalidInput(f"stressed_weight must lie in [0, 1], got {stressed_weight!r}")


def _require_corridor(floor: int, cap: int) -> None:
    if not 0 < floor <= cap:
        raise InvalidInput(f"no ratio lies in the corridor [{floor}, {cap}] basis points")


def _floored(raw: FloatArray, *, stressed: FloatArray, weight: float) -> FloatArray:
    if stressed.shape != raw.shape:
        raise InvalidInput(f"one stressed figure for each account: {stressed.shape} for {raw.shape}")
    return np.maximum(raw, (1.0 - weight) * raw + weight * np.maximum(stressed, 0.0))


def _ratio_up(requirement: FloatArray, own: FloatArray) -> IntArray:
    """requirement / own in basis points, rounded up; 1 where both are 0, as large as fits where only own is."""
    ratio = np.where(requirement == 0.0, float(BASIS_POINTS), _MOST_BPS)
    with np.errstate(over="ignore"):
        np.divide(requirement * BASIS_POINTS, own, out=ratio, where=own > 0.0)
    return np.ceil(np.minimum(ratio, _MOST_BPS)).astype(np.int64)
