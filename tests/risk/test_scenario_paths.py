"""Paths: geometric Brownian motion and Merton's jumps, against closed forms."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk.errors import InvalidInput
from risk.estimates import mean_estimate
from risk.pricing import black76_price
from risk.scenarios import (
    JumpDiffusion,
    gbm_paths,
    horizon_scenarios,
    merton_paths,
    merton_price,
    normals,
    random_stream,
)

EYE = np.eye(1)
CORRELATION = np.array([[1.0, 0.8], [0.8, 1.0]])
CRASH = JumpDiffusion(
    volatility=np.array([0.5]),
    jump_intensity=4.0,
    mean_log_jump=np.array([-0.1]),
    jump_deviation=np.array([0.15]),
)


def gbm(*, rows=20_000, steps=3, technique="plain", volatility=(0.6, 0.9), **changes):
    base = {"spot": [40_000.0, 2_500.0], "volatility": volatility, "correlation": CORRELATION, "years": 0.5}
    z = normals(technique=technique, seed=1, stream=10, rows=rows, shape=(steps, 2))
    return gbm_paths(**(base | {"normals": z} | changes))


def jumps(*, paths=100_000, steps=2, years=0.5, parameters=CRASH, **changes):
    base = {"spot": [100.0], "correlation": EYE, "generator": random_stream(seed=2, stream=20)}
    return merton_paths(
        **(base | {"parameters": parameters, "years": years, "steps": steps, "paths": paths} | changes)
    )


def test_gbm_is_lognormal_and_a_martingale():
    """Kolmogorov-Smirnov of the normal log return at the 1e-3 level; mean within 4 standard errors of the spot."""
    paths = gbm()
    logs = np.log(paths[:, -1] / paths[:, 0])
    for column, s in enumerate((0.6, 0.9)):
        law = stats.norm(-0.5 * s * s * 0.5, s * math.sqrt(0.5))
        assert stats.kstest(logs[:, column], law.cdf).pvalue > 1e-3
        ratio = mean_estimate(values=np.exp(logs[:, column]), confidence_level=0.95)
        assert abs(ratio.value - 1.0) < 4.0 * ratio.standard_error
    assert np.corrcoef(logs.T)[0, 1] == pytest.approx(0.8, abs=4.0 * (1 - 0.64) / math.sqrt(20_000))


def test_growth_is_per_year():
    paths = gbm(volatility=(0.0, 0.0), growth=[0.1, -0.2], rows=1, years=2.0)
    assert paths[0, -1] == pytest.approx([40_000 * math.exp(0.2), 2_500 * math.exp(-0.4)], rel=1e-14)


def test_without_volatility_or_time_nothing_moves():
    assert np.ptp(gbm(volatility=(0.0, 0.0), rows=1)) == pytest.approx(37_500.0, rel=1e-15)
    assert (gbm(years=0.0, rows=2) == [40_000.0, 2_500.0]).all()


def test_antithetic_and_sobol_sharpen_a_forward():
    """Root mean square error of E S(T) at 1,024 paths over 16 streams: 7x and 39x below plain, a third is asked."""
    spread = {}
    for technique in ("plain", "antithetic", "sobol"):
        means = []
        for stream in range(16):
            z = normals(technique=technique, seed=4, stream=stream, rows=1_024, shape=(1, 1))
            path = gbm_paths(spot=[1.0], volatility=[0.5], correlation=EYE, years=0.25, normals=z)
            means.append(path[:, -1, 0].mean())
        spread[technique] = math.sqrt(np.mean((np.array(means) - 1.0) ** 2))
    assert spread["antithetic"] < spread["plain"] / 2.0
    assert spread["sobol"] < spread["plain"] / 13.0


def test_scenarios_of_paths_move_volatility_by_the_elasticity():
    paths = np.array([[[100.0], [50.0]], [[100.0], [200.0]]])
    got = horizon_scenarios(paths=paths, label="gbm", volatility_elasticity=-1.0)
    assert got.spot_returns[:, 0] == pytest.approx([-0.5, 1.0])
    assert got.volatility_moves[:, 0] == pytest.approx([1.0, -0.5], rel=1e-14)
    assert horizon_scenarios(paths=paths, label="gbm").volatility_moves.max() == 0.0


def merton_by_characteristic_function(*, forward, strike, years, p):
    """E (S - K)+ = F - sqrt(F K) / pi Int_0^inf Re[e^(iu ln(F/K)) phi(u - i/2)] / (u^2 + 1/4) du (Lewis 2001)."""
    s, lam = mpmath.mpf(p.volatility[0]), mpmath.mpf(p.jump_intensity)
    m, d = mpmath.mpf(p.mean_log_jump[0]), mpmath.mpf(p.jump_deviation[0])
    k = mpmath.exp(m + d * d / 2) - 1

    def phi(u):
        jump = mpmath.exp(1j * u * m - d * d * u * u / 2) - 1
        return mpmath.exp(years * (-1j * u * (s * s / 2 + lam * k) - s * s * u * u / 2 + lam * jump))

    def integrand(u):
        return mpmath.re(mpmath.exp(1j * u * mpmath.log(forward / strike)) * phi(u - 0.5j)) / (u * u + 0.25)

    integral = mpmath.quad(integrand, [0, 5, 10, 20, 40, 80])
    return float(forward - mpmath.sqrt(forward * strike) / mpmath.pi * integral)


@pytest.mark.parametrize("strike", [60.0, 100.0, 150.0])
@pytest.mark.parametrize("intensity", [0.0, 0.5, 8.0])
def test_mertons_series_agrees_with_fourier_inversion(strike, intensity):
    """mpmath at 15 digits; 1e-10 of the forward is the quadrature's, the series' is rounding."""
    p = JumpDiffusion(np.array([0.5]), intensity, np.array([-0.1]), np.array([0.15]))
    got = merton_price(forward=100.0, strike=strike, years=0.5, parameters=p, is_call=True)
    expected = merton_by_characteristic_function(forward=100.0, strike=strike, years=0.5, p=p)
    assert got == pytest.approx(expected, abs=1e-8)


@given(intensity=st.floats(0.0, 50.0), mean=st.floats(-0.5, 0.5), deviation=st.floats(0.0, 0.5))
@settings(max_examples=40, deadline=None)
def test_mertons_series_keeps_put_call_parity(intensity, mean, deviation):
    """C - P = F - K: true only with the compensator, and only if no weight is cut off. 1e-11 of the forward."""
    p = JumpDiffusion(np.array([0.3]), intensity, np.array([mean]), np.array([deviation]))
    call, put = (
        merton_price(forward=100.0, strike=90.0, years=0.5, parameters=p, is_call=c) for c in (True, False)
    )
    assert call - put == pytest.approx(10.0, abs=1e-9)


def test_without_jumps_merton_is_black76():
    p = JumpDiffusion(np.array([0.5]), 0.0, np.array([-0.1]), np.array([0.15]))
    expected = black76_price(forward=100.0, strike=110.0, volatility=0.5, years=0.5, is_call=False)
    got = merton_price(forward=100.0, strike=110.0, years=0.5, parameters=p, is_call=False)
    assert got == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("strike", [80.0, 100.0, 120.0])
def test_merton_paths_price_options_as_the_series(strike):
    """100,000 paths, inside 4 standard errors."""
    terminal = jumps()[:, -1, 0]
    got = mean_estimate(values=np.maximum(terminal - strike, 0.0), confidence_level=0.95)
    exact = merton_price(forward=100.0, strike=strike, years=0.5, parameters=CRASH, is_call=True)
    assert abs(got.value - exact) < 4.0 * got.standard_error


def test_merton_paths_are_martingales_and_the_uncompensated_drift_is_not():
    terminal = jumps()[:, -1, 0] / 100.0
    mean = mean_estimate(values=terminal, confidence_level=0.95)
    assert abs(mean.value - 1.0) < 4.0 * mean.standard_error
    erroneous = terminal * math.exp(CRASH.compensator[0] * 0.5)
    wrong = mean_estimate(values=erroneous, confidence_level=0.95)
    assert abs(wrong.value - 1.0) > 20.0 * wrong.standard_error


def test_jumps_are_common_and_the_tail_is_fatter_than_normal():
    both = JumpDiffusion(np.array([0.3, 0.3]), 2.0, np.array([-0.3, -0.3]), np.array([0.05, 0.05]))
    terminal = jumps(parameters=both, spot=[1.0, 1.0], correlation=np.eye(2), years=0.1, paths=20_000)
    logs = np.log(terminal[:, -1])
    assert stats.kurtosis(logs[:, 0]) > 1.0
    crash = (logs < -0.15).all(axis=1).mean()
    n = np.arange(20)
    centre = -0.3 * n - (0.5 * 0.09 + both.compensator[0]) * 0.1
    single = stats.norm.cdf((-0.15 - centre) / np.sqrt(0.09 * 0.1 + n * 0.05**2))
    together = stats.poisson.pmf(n, 0.2) @ single**2  # independent given the number of common jumps
    assert crash == pytest.approx(together, abs=4.0 * math.sqrt(together / 20_000))
    assert together > 3.0 * (stats.poisson.pmf(n, 0.2) @ single) ** 2


def test_bad_input_is_refused_with_the_value():
    with pytest.raises(InvalidInput, match="at least 0"):
        gbm(volatility=(-0.1, 0.2), rows=1)
    with pytest.raises(InvalidInput, match="years"):
        gbm(years=-1.0, rows=1)
    with pytest.raises(InvalidInput, match="eigenvalue"):
        gbm(correlation=[[1.0, 1.5], [1.5, 1.0]], rows=1)
    with pytest.raises(InvalidInput, match="diagonal"):
        gbm(correlation=np.diag([1.0, 2.0]), rows=1)
    with pytest.raises(InvalidInput, match="shape"):
        gbm(correlation=EYE, rows=1)
    with pytest.raises(InvalidInput, match="must match"):
        gbm(spot=[1.0], rows=1)
    with pytest.raises(InvalidInput, match="start"):
        horizon_scenarios(paths=np.ones((2, 0, 1)), label="gbm")
    with pytest.raises(InvalidInput, match="jump_intensity"):
        JumpDiffusion(np.ones(1), -1.0, np.zeros(1), np.ones(1))
    with pytest.raises(InvalidInput, match="must match"):
        JumpDiffusion(np.ones(1), 1.0, np.zeros(2), np.ones(1))
    with pytest.raises(InvalidInput, match="must match"):
        jumps(spot=[1.0, 2.0], paths=1)
    with pytest.raises(InvalidInput, match="at most 1000"):
        merton_price(
            forward=1.0,
            strike=1.0,
            years=1.0,
            is_call=True,
            parameters=JumpDiffusion(np.ones(1), 2_000.0, np.zeros(1), np.ones(1)),
        )
    two = JumpDiffusion(np.ones(2), 1.0, np.zeros(2), np.ones(2))
    with pytest.raises(InvalidInput, match="one underlying, got 2"):
        merton_price(forward=1.0, strike=1.0, years=1.0, is_call=True, parameters=two)
