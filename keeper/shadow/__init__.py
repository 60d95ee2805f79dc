"""Forecasts that run beside the model of record and are scored; nothing that is signed depends on them."""

from keeper.shadow.boosted_quantile import BoostedQuantileForecaster, ShadowUnavailable

__all__ = ["BoostedQuantileForecaster", "ShadowUnavailable"]
