"""The search for the deviation, over the whole usable domain, against sixty digits."""

import math

import mpmath
import numpy as np

from risk.pricing.elementary import decaying_exponential, log_ratio, tail_over_density, two_tails_over_density
from risk.pricing.normalised_black import solve_one

EPSILON = 2.220446049250313e-16


def exact_price_and_room(x, v):
    x, v = mpmath.mpf(x), mpmath.mpf(v)
    price = mpmath.exp(x / 2) * mpmath.ncdf(x / v + v / 2) - mpmath.exp(-x / 2) * mpmath.ncdf(x / v - v / 2)
    return price, mpmath.exp(x / 2) - price


def test_the_deviation_comes_back_to_the_last_digits_over_the_usable_domain() -> None:
    random = np.random.Generator(np.random.Philox(key=3))
    checked, all_steps = 0, []
    for x, v in zip(
        -8.0 * random.random(800) ** 4,
        np.exp(random.uniform(math.log(1e-4), math.log(5.0), 800)),
        strict=True,
    ):
        if abs(x) > 36.0 * v:  # below the least float64 no price is left
            continue
        with mpmath.workdps(60):
            price, room = exact_price_and_room(x, v)
            slope = mpmath.npdf(mpmath.mpf(x) / v) * mpmath.exp(-(mpmath.mpf(v) ** 2) / 8)
        found, steps = solve_one(float(x), float(price), float(room))
        sensitivity = float(min(price, room) / (slope * v))  # of v to one rounding of what is given
        # Worst of 3,000 points: 6 roundings.
        assert abs(found / v - 1.0) <= 10 * EPSILON * (1.0 + sensitivity), (x, v, found, steps)
        checked += 1
        all_steps.append(steps)
    assert checked > 400
    assert np.mean(all_steps) < 3.0
    assert max(all_steps) <= 12


def test_elementary_functions_against_fifty_digits() -> None:
    random = np.random.Generator(np.random.Philox(key=4))
    with mpmath.workdps(50):
        for a, b in np.exp(random.uniform(-30.0, 30.0, (300, 2))):
            assert abs(log_ratio(a, b) / mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) - 1) < 2 * EPSILON
        for near in 1.0 + random.uniform(-1e-6, 1e-6, 100):
            assert abs(log_ratio(near, 1.0) / mpmath.log(mpmath.mpf(near)) - 1) < 2 * EPSILON
        for x in -random.uniform(0.0, 700.0, 300):
            assert abs(decaying_exponential(x) / mpmath.exp(mpmath.mpf(x)) - 1) < 1.5 * EPSILON
        for z in random.uniform(0.0, 39.0, 300):
            y = mpmath.mpf(z)
            exact = mpmath.erfc(y / mpmath.sqrt(2)) * mpmath.exp(y * y / 2) / 2
            assert abs(tail_over_density(z) / exact - 1) < 1e-15
            for tail in (two_tails_over_density(z, 1.0)[0], two_tails_over_density(1.0, z)[1]):
                assert abs(tail / exact - 1) < 1.4e-15  # two more roundings, by the shared division
    assert decaying_exponential(-1e9) == 0.0
