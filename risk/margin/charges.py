"""What an account is charged outside the maximum of its losses, mirrored for whole sets of accounts.

Per underlying with price S, gross units Q = sum of |quantity| that still carries risk (in a settlement window what
remains of an option), money delta D:

    short option    short_option_charge S units of short options
    concentration   concentration S max(0, Q - depth)
    basis           basis S sum over options of |quantity| years to expiry
    confidence      confidence |D| width, the part of the price interval that lies to both sides, over S

Definitions and reasons: `Charges` of the contracts.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from risk.arrays import FloatArray
from risk.instruments import InstrumentTable
from risk.market import MarketState
from risk.parameters import MarginParameters
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
    units = np.where(state.is_fixed, 0.0, state.remaining)
    price = units * state.index
    short = np.asarray((abs(matrix) - matrix) * 0.5 @ np.where(table.is_perpetual, 0.0, price))
    accounts = matrix.shape[0]
    concentration, basis, confidence = (np.zeros(accounts) for _ in range(3))
    dated = np.where(table.is_perpetual, 0.0, units * state.years)
    for column, charges in enumerate(parameters.charges):
        index, members = market.index[column], table.underlying == column
        held = np.asarray(abs(matrix) @ (units * members))
        beyond = np.maximum(held - charges.depth, 0.0)
        concentration += index * beyond * (charges.concentration_bps / BASIS_POINTS)
        years = np.asarray(abs(matrix) @ (dated * members))
        basis += index * years * (charges.basis_bps / BASIS_POINTS)
        width = market.widths.get(column, 0.0) * charges.confidence_bps / BASIS_POINTS
        confidence += np.abs(np.asarray(matrix @ (delta * members))) * width
    return AccountCharges(
        short_option=short * (parameters.short_option_charge_bps / BASIS_POINTS),
        concentration=concentration,
        basis=basis,
        confidence=confidence,
        gross_notional=np.asarray(abs(matrix) @ price),
    )
