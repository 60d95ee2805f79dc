"""Worst losses of several underlyings, summed, less what cannot be lost on all of them at once.

With L_u the loss of underlying u, A the underlyings that hold perpetuals alone, s_u the sign of their delta and R the
correlations of spot moves in the covariance:

    sum of L_u outside of A + max(sqrt(sum over A of max(0, s_u s_v R_uv) L_u L_v), sum over A of (1 - offset_u) L_u)

The root bounds the loss of linear books over the ellipsoid that has the correlations R and touches every side of the
box of all grid moves, whose corner the sum takes. Monotone in each L_u. Twin of `contracts/libraries/LossOffset.sol`.
"""

import numpy as np

from risk.arrays import FloatArray, finite, non_negative
from risk.parameters import MarginParameters
from risk.units import BASIS_POINTS

__all__ = ["combined_loss"]


def combined_loss(
    *, losses: FloatArray, linear_delta: FloatArray, parameters: MarginParameters
) -> FloatArray:
    """(accounts,) quote currency.

    losses: (accounts, underlyings), at least 0. linear_delta: likewise, delta of an underlying that holds nothing but
    perpetuals, 0 of any other. Errors: InvalidInput.
    """
    loss, delta = non_negative("losses", losses), finite("linear_delta", linear_delta)
    if not parameters.charges:
        return np.asarray(loss.sum(axis=1))
    share = np.array([charges.offset_bps / BASIS_POINTS for charges in parameters.charges])
    takes_part = (delta != 0.0) & (share > 0.0)
    linear = np.where(takes_part, loss, 0.0)
    signed = linear * np.sign(delta)
    positive, negative = np.maximum(signed, 0.0), np.maximum(-signed, 0.0)
    correlation = _spot_correlations(parameters)
    along, against = np.maximum(correlation, 0.0), np.maximum(-correlation, 0.0)
    squares = np.einsum("au,uv,av->a", positive, along, positive)
    squares += np.einsum("au,uv,av->a", negative, along, negative)
    squares += 2.0 * np.einsum("au,uv,av->a", positive, against, negative)
    joint = np.maximum(np.sqrt(squares), linear @ (1.0 - share))
    return np.asarray(loss.sum(axis=1) - linear.sum(axis=1) + np.minimum(joint, linear.sum(axis=1)))


def _spot_correlations(parameters: MarginParameters) -> FloatArray:
    spot = parameters.covariance()[0::2, 0::2]
    deviation = np.sqrt(np.diag(spot))
    return np.asarray(np.minimum(spot / np.outer(deviation, deviation), 1.0))
