"""What tail loss over the margin horizon leaves out: money added to the requirement, quote currency, at least 0.

Each function broadcasts its arrays and raises InvalidInput on NaN, infinity and values outside the domain it states.
"""

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite, non_negative, positive
from risk.errors import InvalidInput
from risk.units import SECONDS_PER_DAY

__all__ = ["basis_add_on", "concentration_add_on", "oracle_age_add_on", "short_option_minimum"]

_SECONDS_PER_YEAR = 365.0 * SECONDS_PER_DAY


def concentration_add_on(
    *,
    delta_notional: npt.ArrayLike,
    threshold: npt.ArrayLike,
    shock_per_threshold: float,
    most_shock: float,
) -> FloatArray:
    """|D| x min(most_shock, shock_per_threshold x max(0, |D| / threshold - 1)).

    delta_notional D: money, signed. threshold: delta the market absorbs without a further shock, above 0. The shock
    grows with each further threshold's worth, as the extended delta shocks of portfolio margin do. Shocks: fractions
    of the price, at least 0. Convex in D up to the cap, so a split account never pays more than the whole.
    """
    size = np.abs(finite("delta_notional", delta_notional))
    slope = non_negative("shock_per_threshold", shock_per_threshold)
    excess = np.maximum(size / positive("threshold", threshold) - 1.0, 0.0)
    return np.asarray(size * np.minimum(slope * excess, non_negative("most_shock", most_shock)))


def basis_add_on(
    *,
    long_notional: npt.ArrayLike,
    short_notional: npt.ArrayLike,
    basis_deviation_daily: npt.ArrayLike,
    horizon_days: float,
    multiplier: float,
) -> FloatArray:
    """multiplier x sigma_b sqrt(h) x min(long, short): what a hedge between two prices of one asset can lose.

    long_notional, short_notional: money of delta on each side, at least 0, one side on the index and the other on a
    forward or another venue. basis_deviation_daily: of the relative difference of the two prices, at least 0.
    """
    matched = np.minimum(
        non_negative("long_notional", long_notional), non_negative("short_notional", short_notional)
    )
    deviation = non_negative("basis_deviation_daily", basis_deviation_daily)
    root = np.sqrt(non_negative("horizon_days", horizon_days))
    return np.asarray(non_negative("multiplier", multiplier) * deviation * root * matched)


def oracle_age_add_on(
    *,
    delta_notional: npt.ArrayLike,
    volatility: npt.ArrayLike,
    age_seconds: npt.ArrayLike,
    multiplier: float,
) -> FloatArray:
    """multiplier x |D| x sigma sqrt(age): the move that a price `age_seconds` old may hide.

    delta_notional D: money, signed. volatility: per sqrt(year of 365 days), at least 0. age_seconds: at least 0.
    multiplier: normal deviates of the confidence asked, at least 0. To first order in the move.
    """
    years = non_negative("age_seconds", age_seconds) / _SECONDS_PER_YEAR
    hidden = non_negative("volatility", volatility) * np.sqrt(years)
    size = np.abs(finite("delta_notional", delta_notional))
    return np.asarray(non_negative("multiplier", multiplier) * size * hidden)


def short_option_minimum(
    *, quantities: npt.ArrayLike, is_option: npt.ArrayLike, index: npt.ArrayLike, share: float
) -> FloatArray:
    """share x sum over short options of |q| x index: least requirement of a book that sold options, (accounts,).

    quantities: (accounts, instruments) units. is_option, index: (instruments,). Long options do not offset it: a sold
    wing is worth almost nothing in every scenario and everything in the one nobody drew.
    """
    held = np.atleast_2d(finite("quantities", quantities))
    option, price = np.asarray(is_option), positive("index", index)
    if option.dtype != np.bool_ or option.shape != held.shape[1:] or price.shape != held.shape[1:]:
        raise InvalidInput(
            f"one boolean and one index for each of {held.shape[1]} instruments, got {option.dtype} of "
            f"{option.shape} and {price.shape}"
        )
    short = np.maximum(-held, 0.0)
    return np.asarray(non_negative("share", share) * (short @ np.where(option, price, 0.0)))
