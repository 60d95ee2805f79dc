"""How likely one factor is to be extreme when another is, in the limit; closed forms."""

import math

from scipy import special

from risk.errors import InvalidInput

__all__ = ["student_t_tail_dependence"]


def student_t_tail_dependence(*, correlation: float, degrees_of_freedom: float) -> float:
    """lambda = 2 t_{nu+1}(-sqrt((nu + 1)(1 - rho) / (1 + rho))), the same in both tails.

    rho in [-1, 1], nu > 0; 1 at rho = 1, 0 at rho = -1; towards 0 as nu grows for rho < 1. Source: Demarta and
    McNeil, The t copula and related copulas, 2005, section 3. Error 1e-13. Raises InvalidInput.
    """
    if not -1.0 <= correlation <= 1.0:
        raise InvalidInput(f"correlation must lie inside [-1, 1], got {correlation!r}")
    if not 0.0 < degrees_of_freedom < math.inf:
        raise InvalidInput(f"degrees_of_freedom must be positive and finite, got {degrees_of_freedom!r}")
    if correlation == -1.0:
        return 0.0
    nu = degrees_of_freedom + 1.0
    return float(2.0 * special.stdtr(nu, -math.sqrt(nu * (1.0 - correlation) / (1.0 + correlation))))
