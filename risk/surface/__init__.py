"""The volatility surface's public names: slices, arbitrage measures, the fit and its repairs."""

from risk.surface.essvi import EssviSlice, EssviSurface, fit_essvi
from risk.surface.interpolation import total_variance_at
from risk.surface.repair import repair_butterfly, repair_calendar
from risk.surface.ssvi import Smile, SsviSurface, fit_ssvi
from risk.surface.svi import (
    SviSlice,
    butterfly_density,
    butterfly_violation,
    calendar_violation,
    violation_grid,
)
from risk.surface.svi_fit import LEAST_QUOTES, SviFit, fit_svi

__all__ = [
    "LEAST_QUOTES",
    "EssviSlice",
    "EssviSurface",
    "Smile",
    "SsviSurface",
    "SviFit",
    "SviSlice",
    "butterfly_density",
    "butterfly_violation",
    "calendar_violation",
    "fit_essvi",
    "fit_ssvi",
    "fit_svi",
    "repair_butterfly",
    "repair_calendar",
    "total_variance_at",
    "violation_grid",
]
