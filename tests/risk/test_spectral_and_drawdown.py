"""Spectral measures against integrals and CVaR; drawdowns against plain loops; coherence."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import (
    conditional_drawdown_at_risk,
    conditional_value_at_risk,
    drawdowns,
    exponential_spectrum,
    maximum_drawdown,
    power_spectrum,
    spectral_measure,
    spectral_weights,
    tail_spectrum,
)

SPECTRA = [
    exponential_spectrum(risk_aversion=8.0),
    power_spectrum(exponent=5.0),
    power_spectrum(exponent=0.2),
]


@pytest.mark.parametrize(
    ("spectrum", "density"),
    [
        (SPECTRA[0], lambda u: 8 * mpmath.exp(-8 * (1 - u)) / (1 - mpmath.exp(-8))),
        (SPECTRA[1], lambda u: 5 * u**4),
        (SPECTRA[2], lambda u: mpmath.mpf("0.2") * (1 - u) ** mpmath.mpf("-0.8")),
    ],
)
def test_weights_are_the_integrals_of_the_density(spectrum, density) -> None:
    weights = spectral_weights(spectrum=spectrum, probabilities=np.full(7, 1 / 7))
    want = [float(mpmath.quad(density, [mpmath.mpf(i) / 7, mpmath.mpf(i + 1) / 7])) for i in range(7)]
    assert weights[:-1] == pytest.approx(want[:-1], rel=1e-10)
    assert weights.sum() == pytest.approx(1.0, rel=1e-14)
    assert weights[-1] == pytest.approx(want[-1], rel=1e-3)  # quadrature of the pole at 1 limits the judge


def test_exponential_measure_of_a_uniform_loss_is_its_closed_form() -> None:
    # Int u k exp(-k (1 - u)) / (1 - exp(-k)) du = 1 / (1 - exp(-k)) - 1 / k
    losses = (np.arange(20_000) + 0.5) / 20_000
    found = spectral_measure(profit_and_loss=-losses, spectrum=SPECTRA[0])
    assert found == pytest.approx(1 / (1 - np.exp(-8.0)) - 1 / 8.0, abs=1e-8)  # midpoint rule: k^2 / (24 n^2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_tail_spectrum_is_conditional_value_at_risk(seed, weighted) -> None:
    rng = np.random.default_rng(seed)
    profit = np.round(rng.normal(size=300), 1)
    weights = rng.uniform(0.5, 1.5, 300) if weighted else None
    found = spectral_measure(profit_and_loss=profit, spectrum=tail_spectrum(confidence=0.93), weights=weights)
    want = conditional_value_at_risk(profit_and_loss=profit, confidence=0.93, weights=weights)
    assert found == pytest.approx(want, rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(SPECTRA), st.floats(0.01, 100), st.floats(-10, 10))
def test_spectral_measures_are_coherent(seed, spectrum, factor, shift) -> None:
    a, b = np.random.default_rng(seed).standard_t(3, size=(2, 200))

    def measure(profit):
        return spectral_measure(profit_and_loss=profit, spectrum=spectrum)

    assert measure(a + b) <= measure(a) + measure(b) + 1e-10
    assert measure(factor * a + shift) == pytest.approx(factor * measure(a) - shift, rel=1e-10, abs=1e-10)
    assert measure(a - np.abs(b)) >= measure(a)


def test_limits_of_spectra() -> None:
    assert spectral_measure(profit_and_loss=[-4.0], spectrum=SPECTRA[0]) == pytest.approx(4.0)
    assert spectral_measure(profit_and_loss=[-4.0] * 9, spectrum=SPECTRA[1]) == pytest.approx(4.0)
    profit = np.array([1.0, -2.0, 5.0])
    assert spectral_measure(profit_and_loss=profit, spectrum=power_spectrum(exponent=1.0)) == pytest.approx(
        -profit.mean()
    )


@pytest.mark.parametrize(
    ("spectrum", "message"),
    [
        (lambda u: u**0.5, "weigh larger losses at least as much"),
        (lambda u: 2.0 * u, "from 0 to 1"),
        (lambda u: u * (2.0 * u - 1.0), "never falls"),
        (lambda u: u * np.nan, "finite"),
    ],
)
def test_inadmissible_spectra_are_refused(spectrum, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        spectral_measure(profit_and_loss=np.arange(10.0), spectrum=spectrum)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_bad_parameters_are_refused(value) -> None:
    with pytest.raises(InvalidInput):
        exponential_spectrum(risk_aversion=value)
    with pytest.raises(InvalidInput):
        power_spectrum(exponent=value)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=40))
def test_drawdowns_are_those_of_a_plain_loop(values) -> None:
    want = [max(values[: t + 1]) - values[t] for t in range(len(values))]
    assert drawdowns(values=values) == pytest.approx(want)
    assert maximum_drawdown(values=values) == pytest.approx(max(want))
    share = [fall / max(values[: t + 1]) for t, fall in enumerate(want)]
    assert drawdowns(values=values, relative=True) == pytest.approx(share)
    assert 0.0 <= maximum_drawdown(values=values, relative=True) < 1.0


def test_conditional_drawdown_at_risk_by_hand() -> None:
    path = [10.0, 12.0, 9.0, 11.0, 13.0, 8.0, 10.0, 14.0, 14.0, 12.0]  # falls 0 0 3 1 0 5 3 0 0 2
    assert conditional_drawdown_at_risk(values=path, confidence=0.8) == pytest.approx((5 + 3) / 2)
    assert conditional_drawdown_at_risk(values=path, confidence=0.65) == pytest.approx(
        (5 + 3 + 3 + 0.5 * 2) / 3.5
    )
    assert conditional_drawdown_at_risk(values=path, confidence=0.9) == maximum_drawdown(values=path) == 5.0
    assert conditional_drawdown_at_risk(values=np.arange(10.0), confidence=0.8) == 0.0


def test_bad_paths_are_refused() -> None:
    with pytest.raises(NotEnoughObservations):
        drawdowns(values=[])
    with pytest.raises(InvalidInput, match="positive start"):
        drawdowns(values=[0.0, 1.0], relative=True)
    with pytest.raises(InvalidInput, match="finite"):
        maximum_drawdown(values=[1.0, np.nan])
