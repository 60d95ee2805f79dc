"""Initial and maintenance margin of an account from its tail loss, and the test that liquidates it.

    initial = max(multiplier x (CVaR x horizon factor) + add-ons, short-option minimum)
    maintenance = share x initial
    equity = sum of collateral x (1 - haircut) + unrealised profit - cost of closing
    liquidate if equity < maintenance

Both sides are money at the same instant. A portfolio's value is not compared with a one-day regulatory VaR: the loss
that matters is that over the time closing takes, and what counts against it is what closing would leave.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk.arrays import BoolArray, FloatArray, finite, non_negative
from risk.errors import InvalidInput

__all__ = ["AccountMargin", "account_margin", "is_liquidatable", "net_equity"]


@dataclass(frozen=True, slots=True, eq=False)
class AccountMargin:
    """(accounts,), quote currency. tail: CVaR over the liquidation horizon. minimum_binds: the minimum exceeds it."""

    tail: FloatArray
    add_ons: FloatArray
    initial: FloatArray
    maintenance: FloatArray
    minimum_binds: BoolArray


def account_margin(
    *,
    expected_shortfall: npt.ArrayLike,
    horizon_factor: npt.ArrayLike = 1.0,
    add_ons: npt.ArrayLike = 0.0,
    short_option_minimum: npt.ArrayLike = 0.0,
    initial_multiplier: float,
    maintenance_share: float,
) -> AccountMargin:
    """The module's formulas; arguments of (accounts,) or scalars, money at least 0, a gain in the tail counts as 0.

    horizon_factor: at least 1, of `risk.margin.horizon_factor`. add_ons: sum of those of `risk.margin.add_ons`.
    initial_multiplier: at least 1. maintenance_share: in (0, 1]. Raises InvalidInput.
    """
    if not 0.0 < maintenance_share <= 1.0:
        raise InvalidInput(f"maintenance_share must lie in (0, 1], got {maintenance_share!r}")
    if not 1.0 <= initial_multiplier < float("inf"):
        raise InvalidInput(f"initial_multiplier must be finite and at least 1, got {initial_multiplier!r}")
    factor = finite("horizon_factor", horizon_factor)
    if bool((factor < 1.0).any()):
        raise InvalidInput(f"horizon_factor must be at least 1, got {float(factor.min())!r}")
    shortfall, factor, extra, least = np.broadcast_arrays(
        np.atleast_1d(np.maximum(finite("expected_shortfall", expected_shortfall), 0.0)),
        factor,
        non_negative("add_ons", add_ons),
        non_negative("short_option_minimum", short_option_minimum),
    )
    tail = shortfall * factor
    modelled = initial_multiplier * tail + extra
    initial = np.maximum(modelled, least)
    return AccountMargin(
        tail=tail,
        add_ons=extra.copy(),
        initial=initial,
        maintenance=maintenance_share * initial,
        minimum_binds=np.asarray(least > modelled),
    )


def net_equity(
    *,
    collateral: npt.ArrayLike,
    haircut: npt.ArrayLike,
    unrealised_profit: npt.ArrayLike,
    closing_cost: npt.ArrayLike,
) -> FloatArray:
    """Equity after haircuts and the cost of closing, (accounts,).

    collateral: (accounts, assets) money; debts are negative and take no haircut. haircut: (assets,) in [0, 1].
    unrealised_profit: (accounts,). closing_cost: (accounts,) at least 0. Raises InvalidInput.
    """
    values, cut = np.atleast_2d(finite("collateral", collateral)), non_negative("haircut", haircut)
    if cut.shape != values.shape[1:] or bool((cut > 1.0).any()):
        raise InvalidInput(f"one haircut in [0, 1] for each of {values.shape[1]} assets, got {cut.tolist()}")
    kept = np.where(values > 0.0, values * (1.0 - cut), values).sum(axis=1)
    profit, cost = finite("unrealised_profit", unrealised_profit), non_negative("closing_cost", closing_cost)
    return np.asarray(kept + profit - cost)


def is_liquidatable(*, equity: npt.ArrayLike, maintenance: npt.ArrayLike) -> BoolArray:
    """equity < maintenance, strictly: an account that holds exactly what it must is safe. Raises InvalidInput."""
    return np.asarray(finite("equity", equity) < non_negative("maintenance", maintenance))
