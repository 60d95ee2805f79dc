"""One series' conditional variance."""

from risk.volatility.garch import (
    GarchFit,
    GarchParameters,
    backcast_variance,
    conditional_variances,
    ewma_variance,
    fit_garch,
    fit_or_target,
    targeted_garch,
)

__all__ = [
    "GarchFit",
    "GarchParameters",
    "backcast_variance",
    "conditional_variances",
    "ewma_variance",
    "fit_garch",
    "fit_or_target",
    "targeted_garch",
]
