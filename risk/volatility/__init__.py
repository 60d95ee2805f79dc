"""One series' conditional variance."""

from risk.volatility.ewma import ewma_variance
from risk.volatility.garch import GarchFit, fit_garch, fit_gjr, fit_or_target, targeted_garch
from risk.volatility.likelihood import log_likelihood
from risk.volatility.model import (
    GarchParameters,
    backcast_variance,
    conditional_variances,
    forecast_variances,
    presample_variance,
)

__all__ = [
    "GarchFit",
    "GarchParameters",
    "backcast_variance",
    "conditional_variances",
    "ewma_variance",
    "fit_garch",
    "fit_gjr",
    "fit_or_target",
    "forecast_variances",
    "log_likelihood",
    "presample_variance",
    "targeted_garch",
]
