"""Repairs that always end without arbitrage: a smile's butterflies, and one expiry above the one before."""

from typing import Final

from risk.surface.svi import SviSlice, butterfly_violation, calendar_violation, violation_grid

__all__ = ["repair_butterfly", "repair_calendar"]

_BLEND_STEPS: Final = 60


def repair_butterfly(slice_: SviSlice) -> SviSlice:
    """`slice_` if g(k) >= 0 on its grid, else its closest such blend with the flat slice of its own w(0).

    a and b shrink together towards (w(0), 0), where g = 1 everywhere: the blend exists and ends in the box.
    """
    if butterfly_violation(slice_) == 0.0:
        return slice_
    grid = violation_grid(slice_)
    level = max(float(slice_.total_variance(0.0)), 1e-12)
    low, high = 0.0, 1.0
    for _ in range(_BLEND_STEPS):
        middle = 0.5 * (low + high)
        good = butterfly_violation(_blend(slice_, level=level, share=middle), log_moneyness=grid) == 0.0
        low, high = (middle, high) if good else (low, middle)
    blended = _blend(slice_, level=level, share=low)
    return blended if butterfly_violation(blended) == 0.0 else _blend(slice_, level=level, share=0.0)


def repair_calendar(*, near: SviSlice, far: SviSlice) -> SviSlice:
    """`far` raised by a constant until it is nowhere below `near` on both grids, then repaired."""
    lifted = far
    for _ in range(_BLEND_STEPS):
        excess = calendar_violation(near, lifted)
        if excess == 0.0:
            return lifted
        raised = SviSlice(
            a=lifted.a + excess * (1.0 + 1e-9) + 1e-15,
            b=lifted.b,
            rho=lifted.rho,
            m=lifted.m,
            sigma=lifted.sigma,
        )
        lifted = repair_butterfly(raised)
    return lifted


def _blend(slice_: SviSlice, *, level: float, share: float) -> SviSlice:
    a = share * slice_.a + (1.0 - share) * level
    return SviSlice(a=a, b=share * slice_.b, rho=slice_.rho, m=slice_.m, sigma=slice_.sigma)
