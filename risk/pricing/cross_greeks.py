"""Vanna, volga and rho of Black-76, and the values of a perpetual future.

    vanna = d2V/dF ds = -n(d1) d2 / s     volga = d2V/ds2 = vega d1 d2 / s     rho = dV/dr = -T e^(-rT) V

V is `black76`'s undiscounted value. Rho's convention: the forward stays where it is, r is continuously compounded
and enters only by the discount e^(-rT); vanna and volga carry that discount too, so r = 0 leaves them undiscounted.
Without variance vanna and volga have no finite limit in general and are 0. Source: E. G. Haug, The Complete Guide
to Option Pricing Formulas, 2007, sections 1.1.7 and 2.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk.arrays import FloatArray, finite, positive
from risk.pricing.black76 import OptionValues, black76

__all__ = ["CrossGreeks", "black76_cross_greeks", "perpetual_values"]


@dataclass(frozen=True, slots=True, eq=False)
class CrossGreeks:
    """vanna: per unit of forward and 1.00 of volatility. volga: per squared 1.00 of volatility.
    rho: per 1.00 of rate."""

    vanna: FloatArray
    volga: FloatArray
    rho: FloatArray


def black76_cross_greeks(
    *,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    volatility: npt.ArrayLike,
    years: npt.ArrayLike,
    is_call: npt.ArrayLike,
    rate: npt.ArrayLike = 0.0,
) -> CrossGreeks:
    """The module's three formulas; shapes broadcast.

    Domain: as `black76`, rate finite. Raises InvalidInput with the first value outside. Relative error 1e-13 where
    d1 and d2 are not near 0, absolute error 1e-15 of the largest value otherwise.
    """
    values = black76(forward=forward, strike=strike, volatility=volatility, years=years, is_call=is_call)
    f, k, s, t, r = np.broadcast_arrays(
        *(np.asarray(term, dtype=np.float64) for term in (forward, strike, volatility, years)),
        finite("rate", rate),
    )
    v = s * np.sqrt(t)
    live = v > 0.0
    safe = np.where(live, v, 1.0)
    d1 = np.log(f / k) / safe + 0.5 * safe
    d2 = d1 - safe
    discount = np.exp(-r * t)
    per_volatility = np.where(live, discount * values.vega / np.where(live, s, 1.0), 0.0)
    return CrossGreeks(
        vanna=-per_volatility * d2 / (f * np.where(live, np.sqrt(t), 1.0)),
        volga=per_volatility * d1 * d2,
        rho=-t * discount * values.price,
    )


def perpetual_values(*, mark: npt.ArrayLike) -> OptionValues:
    """A perpetual future per unit of quantity: worth its mark, delta 1, no other Greek. Domain: mark positive.

    Funding is a cash flow of the account, not of the mark, so theta is 0.
    """
    price = np.array(positive("mark", mark))
    zeros = [np.zeros_like(price) for _ in range(3)]
    return OptionValues(price, np.ones_like(price), *zeros)
