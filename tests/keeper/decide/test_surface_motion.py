"""What the chain accepts of a surface after the last one, and the nearest surface where it moved too far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeper.decide.surface_motion import (
    YEAR_SECONDS,
    HeldSurface,
    accepted_surfaces,
    bounds_bps,
    first_reference,
    nearest_accepted,
    reference_after,
    volatilities_bps,
)
from keeper.parameters import LaneLimits
from keeper.wire import SurfaceRow

NOW = 1_700_000_000
EXPIRY = NOW + 30 * 86_400
LIMITS = LaneLimits(600, 3_600, 7_200, 900, 1_000, 50_000, 500, 900, 7_200, 5_000, 20_000, 40_000, 86_400)


def flat(bps, at=NOW):
    a = bps * bps * (EXPIRY - at) * 10_000 // YEAR_SECONDS + 1
    return SurfaceRow(1, EXPIRY, 0, a, 0, 0, 0, 2 * 10**11)


def smile(bps, rho=0):
    half = flat(bps).a // 2
    return replace(flat(bps), a=half, b=half * 20, sigma=5 * 10**10, rho=rho)


def held(row, at=NOW):
    return HeldSurface(row, at, first_reference(row, at))


def test_a_flat_surface_has_one_volatility():
    assert volatilities_bps(flat(6_000), NOW) == (6_000, 6_000, 6_000)


@pytest.mark.parametrize(
    ("value", "elapsed", "accepted"),
    [
        (9_000, 0, True),
        (9_001, 0, False),
        (4_000, 0, True),
        (3_999, 0, False),
        (15_000, 1_800, True),
        (15_001, 1_800, False),
        (30_000, 86_400, True),
        (30_001, 86_400, False),
    ],
)
def test_step_speed_and_reference_bound_a_move(value, elapsed, accepted):
    at = NOW + elapsed
    row = flat(value, at)
    found = nearest_accepted(row, at, held(flat(6_000)), LIMITS)
    assert found is not None
    assert (found == row) is accepted
    low, high = bounds_bps(at, held(flat(6_000)), LIMITS)[0]
    assert low <= volatilities_bps(found, at)[0] <= high


def test_a_surface_that_jumps_is_published_at_the_bound_and_arrives_later():
    row, last, at = flat(20_000), held(flat(6_000)), NOW
    for _ in range(4):
        found = nearest_accepted(row, at, last, LIMITS)
        last = HeldSurface(found, at, reference_after(at, last, LIMITS))
    assert volatilities_bps(found, at)[0] == 20_000


@pytest.mark.parametrize("rho", [-9 * 10**11, 0, 9 * 10**11])
@pytest.mark.parametrize("bps", [700, 2_500, 12_000, 40_000])
def test_wings_are_brought_inside_too(bps, rho):
    last = held(smile(6_000))
    found = nearest_accepted(smile(bps, rho), NOW + 60, last, LIMITS)
    if found is None:
        return  # another shape: no scaling helps, and it is left out
    bounds = bounds_bps(NOW + 60, last, LIMITS)
    for value, (low, high) in zip(volatilities_bps(found, NOW + 60), bounds, strict=True):
        assert low <= value <= high
    assert (found.rho, found.m, found.sigma) == (rho, 0, 5 * 10**10)


def test_a_smile_of_the_same_shape_is_never_left_out():
    assert nearest_accepted(smile(40_000), NOW, held(smile(6_000)), LIMITS) is not None
    assert nearest_accepted(smile(700), NOW, held(smile(6_000)), LIMITS) is not None


def test_the_reference_moves_toward_what_was_held():
    last = HeldSurface(flat(9_000), NOW, 6_000 * 10**4)
    assert reference_after(NOW, last, LIMITS) == 6_000 * 10**4
    assert reference_after(NOW + 86_400, last, LIMITS) == 7_500 * 10**4


def test_an_observation_before_the_last_one_is_left_out():
    assert (
        accepted_surfaces(
            [flat(6_000)], observed_at=NOW - 1, held={(1, EXPIRY): held(flat(6_000))}, limits=LIMITS
        )
        == ()
    )
    assert accepted_surfaces([flat(6_000)], observed_at=NOW, held={}, limits=LIMITS) == (flat(6_000),)
