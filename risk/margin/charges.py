"""What an account is charged outside the maximum of its losses, mirrored for whole sets of accounts.

Per underlying with price S, gross units Q = sum of |quantity| that still carries risk, money delta D:

    short option    short_option_charge S units of short options
    concentration   concentration S Q min(1, Q / depth)
    basis           basis sum over expiries of |delta of the options of that expiry| years to expiry
    confidence      confidence |D| width, the part of the price interval that lies to both sides, over S

Definitions and reasons: `Charges` of the contracts.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from risk.arrays import FloatArray
from risk.instruments import InstrumentTable
from risk.market import MarketState
from risk.parameters import MarginParameters, UnderlyingCharges
from risk.revaluation.sensitivities import InstrumentState
from risk.units import BASIS_POINTS

__all__ = ["AccountCharges", "own_charges"]

Matrix = sparse.csr_array  # (accounts, instruments), units


@dataclass(frozen=True, slots=True, eq=False)
class AccountCharges:
    """Quote currency, (accounts,) each: one by one, and the gross notional that the least requirement is a share of."""

    short_option: FloatArray
    concentration: FloatArray
    basis: FloatArray
    confidence: FloatArray
    gross_notional: FloatArray

    @property
    def total(self) -> FloatArray:
        return self.short_option + self.concentration + self.basis + self.confidence


def own_charges(
    matrix: "Matrix[np.float64]",
    *,
    table: InstrumentTable,
    market: MarketState,
    state: InstrumentState,
    delta: FloatArray,
    parameters: MarginParameters,
) -> AccountCharges:
    """Charges of each account; a fixed payoff carries none.

    matrix: (accounts, instruments) units. delta: (instruments,) money per relative move of one unit. Quote currency.
    """
    price = np.where(state.is_fixed, 0.0, state.index)
    short = np.asarray((abs(matrix) - matrix) * 0.5 @ np.where(table.is_perpetual, 0.0, price))
    accounts = matrix.shape[0]
    concentration, basis, confidence = (np.zeros(accounts) for _ in range(3))
    for column, charges in enumerate(parameters.charges):
        of_underlying = table.underlying == column
        concentration += _concentration(
            matrix, of_underlying & ~state.is_fixed, market.index[column], charges
        )
        basis += _basis(matrix, table, state, delta * of_underlying) * (charges.basis_bps / BASIS_POINTS)
        width = market.widths.get(column, 0.0) * charges.confidence_bps / BASIS_POINTS
        confidence += np.abs(np.asarray(matrix @ (delta * of_underlying))) * width
    return AccountCharges(
        short_option=short * (parameters.short_option_charge_bps / BASIS_POINTS),
        concentration=concentration,
        basis=basis,
        confidence=confidence,
        gross_notional=np.asarray(abs(matrix) @ price),
    )


def _concentration(
    matrix: "Matrix[np.float64]", open_legs: FloatArray, price: float, charges: UnderlyingCharges
) -> FloatArray:
    """Without a depth nothing is absorbed: the whole share of the notional."""
    units = np.asarray(abs(matrix) @ open_legs.astype(np.float64))
    share = np.ones_like(units) if charges.depth == 0.0 else np.minimum(units / charges.depth, 1.0)
    return np.asarray(price * units * share * (charges.concentration_bps / BASIS_POINTS))


def _basis(
    matrix: "Matrix[np.float64]", table: InstrumentTable, state: InstrumentState, delta: FloatArray
) -> FloatArray:
    """Sum over the expiries of options of |delta| x years, money years."""
    total = np.zeros(matrix.shape[0])
    for years in np.unique(state.years[~table.is_perpetual & (state.years > 0.0)]):
        of_expiry = np.where(~table.is_perpetual & (state.years == years), delta, 0.0)
        total += np.abs(np.asarray(matrix @ of_expiry)) * years
    return total
