"""The model of record behind the same port: EWMA or GARCH scale times the quantile of standardised residuals."""

import numpy as np

from risk.arrays import FloatArray
from risk.errors import NotEnoughObservations
from risk.volatility import GarchParameters, conditional_variances, fit_or_target, presample_variance

__all__ = ["FilteredHistoricalForecaster"]


class FilteredHistoricalForecaster:
    """Filtered historical quantile: sqrt(h_{T+1}) times the empirical quantile of z, GARCH(1,1) by `fit_or_target`.

    The recursion restarts from the whole past at each forecast with the parameters of the last fit.
    """

    def __init__(self) -> None:
        self._parameters: GarchParameters | None = None
        self._residual_quantile = 0.0

    def fit(self, *, returns: FloatArray, level: float) -> None:
        fit = fit_or_target(returns=returns)
        self._parameters = fit.parameters
        self._residual_quantile = float(np.quantile(fit.standardised_residuals, level))

    def forecast(self, *, past: FloatArray) -> float:
        if self._parameters is None:
            raise NotEnoughObservations("forecast needs fit first: no return has been seen")
        before = presample_variance(returns=past)
        path = conditional_variances(returns=past, parameters=self._parameters, presample=before)
        return float(np.sqrt(path[-1])) * self._residual_quantile
