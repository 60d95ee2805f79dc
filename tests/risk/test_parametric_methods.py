"""Cornish-Fisher, Imhof and multivariate t tails against closed forms, moments, simulation and each other."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from risk.errors import ConvergenceError, InvalidInput
from risk.measures import (
    normal_conditional_value_at_risk,
    student_t_conditional_value_at_risk,
    student_t_value_at_risk,
)
from risk.parametric import (
    contour_integral,
    cornish_fisher_conditional_value_at_risk,
    cornish_fisher_value_at_risk,
    exact_tail,
    imhof_integral,
    inversion,
    is_inside_cornish_fisher_domain,
    loss_moments,
    multivariate_t_tail,
    quadratic_loss,
    tail_integral,
)
from tests.risk.test_parametric import random_loss


def awkward_loss(seed: int):
    """Near-singular, indefinite, or ruled by one eigenvalue."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    root = rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-4, 1, n)
    bend = np.diag(rng.normal(size=n) * 10.0 ** rng.uniform(-3, 2, n))
    if seed % 3 == 0:
        root[:, -1] = root[:, 0]
    if seed % 3 == 1:
        bend = bend + 1e3 * np.outer(rng.normal(size=n), np.ones(n))
        bend = bend + bend.T
    slope = rng.normal(size=n) * (0.0 if seed % 5 == 0 else 10.0 ** rng.uniform(-3, 3))
    return quadratic_loss(delta=slope, gamma=bend, covariance=root @ root.T)


def test_moments_have_the_right_cross_terms() -> None:
    """+3 d'S G S d and +12 d'S (G S)^2 d."""
    rng = np.random.default_rng(1)
    root, g, d = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    s, g = root @ root.T, g + g.T
    gs = g @ s
    variance = d @ s @ d + 0.5 * np.trace(gs @ gs)
    third = np.trace(gs @ gs @ gs) + 3.0 * d @ s @ g @ s @ d
    fourth = 3.0 * np.trace(gs @ gs @ gs @ gs) + 12.0 * d @ s @ gs @ gs @ d
    loss = quadratic_loss(delta=d, gamma=g, covariance=s)
    assert loss_moments(loss) == pytest.approx((-third / variance**1.5, fourth / variance**2), rel=1e-9)
    # The erroneous terms are outside the simulated moments' error; the right ones inside.
    z = np.random.default_rng(2).normal(size=(1_000_000, 4))
    y = z @ loss.slope + (z * z - 1.0) @ loss.curvature
    assert loss_moments(loss)[0] == pytest.approx(stats.skew(y), abs=0.05)
    assert abs(-(third - 2.0 * d @ s @ g @ s @ d) / variance**1.5 - stats.skew(y)) > 0.05


def test_cornish_fisher_is_refused_where_it_is_absurd() -> None:
    """Long gamma, profit 5000 u^2: the formula says -4708 at 99% where the truth is -0.785."""
    loss = quadratic_loss(delta=[0.0], gamma=[[10_000.0]], covariance=[[1.0]])
    assert exact_tail(loss, confidence=0.99).value_at_risk == pytest.approx(-0.785, abs=1e-3)
    skewness, kurtosis = loss_moments(loss)
    z = stats.norm.ppf(0.99)
    q = (
        z
        + skewness * (z * z - 1) / 6
        + kurtosis * (z**3 - 3 * z) / 24
        - skewness**2 * (2 * z**3 - 5 * z) / 36
    )
    assert loss.mean + loss.deviation * q == pytest.approx(-4_708, abs=1)
    with pytest.raises(InvalidInput, match=r"-2\.828.*outside the Cornish-Fisher domain"):
        cornish_fisher_value_at_risk(loss, confidence=0.99)
    with pytest.raises(InvalidInput):
        cornish_fisher_conditional_value_at_risk(loss, confidence=0.99)


def test_domain_is_where_the_quantile_never_falls() -> None:
    z = np.linspace(-200.0, 200.0, 400_001)  # fine enough to see any dip of the grid of moments below
    for s in np.linspace(-2.6, 2.6, 14):
        for k in np.linspace(-0.5, 12.0, 26):
            slope = 1 + s * z / 3 + k * (z * z - 1) / 8 - s * s * (6 * z * z - 5) / 36
            inside = is_inside_cornish_fisher_domain(skewness=float(s), excess_kurtosis=float(k))
            assert inside == bool(slope.min() >= 0.0)
    assert is_inside_cornish_fisher_domain(skewness=0.0, excess_kurtosis=0.0)
    assert not is_inside_cornish_fisher_domain(skewness=math.nan, excess_kurtosis=1.0)


def test_cornish_fisher_inside_its_domain() -> None:
    # Seven short and three long gammas: skewness 0.14, excess kurtosis 0.17.
    bends = np.diag([-0.4] * 7 + [0.4] * 3)
    loss = quadratic_loss(delta=-np.ones(10), gamma=bends, covariance=np.eye(10), drift=-2.0)
    exact = exact_tail(loss, confidence=0.99)
    value = cornish_fisher_value_at_risk(loss, confidence=0.99)
    conditional = cornish_fisher_conditional_value_at_risk(loss, confidence=0.99)
    assert value == pytest.approx(exact.value_at_risk, abs=0.02 * loss.deviation)  # its stated error
    assert conditional == pytest.approx(exact.expected_shortfall, abs=0.04 * loss.deviation)
    integral = mpmath.quad(
        lambda p: cornish_fisher_value_at_risk(loss, confidence=float(1 - p)), [1e-12, 1e-6, 1e-4, 1e-3, 0.01]
    )
    assert conditional == pytest.approx(float(integral) / 0.01, rel=1e-6)
    theta = quadratic_loss(delta=-np.ones(10), gamma=bends, covariance=np.eye(10), drift=1.0)
    assert cornish_fisher_value_at_risk(theta, confidence=0.99) == pytest.approx(value - 3.0, rel=1e-12)


@pytest.mark.parametrize("factors", [1, 2, 5])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_imhof_is_the_chi_square(factors, sign) -> None:
    loss = quadratic_loss(
        delta=np.zeros(factors), gamma=-2.0 * sign * np.eye(factors), covariance=np.eye(factors)
    )
    law = stats.chi2(factors)
    for quantile in law.ppf([0.05, 0.5, 0.99]):
        x = (sign * quantile - loss.mean) / loss.deviation
        want = law.sf(quantile) if sign > 0 else law.cdf(quantile)
        assert imhof_integral(loss, x=x, order=1) == pytest.approx(want, abs=2e-8)  # its stated error
        beyond = factors * stats.chi2(factors + 2).sf(quantile) - quantile * law.sf(quantile)
        excess = beyond if sign > 0 else beyond - factors + quantile
        assert loss.deviation * imhof_integral(loss, x=x, order=2) == pytest.approx(excess, abs=1e-7)


def test_contour_and_imhof_agree_on_awkward_forms() -> None:
    for seed in range(36):
        loss = awkward_loss(seed) if seed % 3 else random_loss(seed)
        for x in (-0.3, 2.5):
            for order in (1, 2):
                if not loss.support()[0] < x < loss.support()[1]:
                    continue
                assert tail_integral(loss, x=x, order=order) == pytest.approx(
                    imhof_integral(loss, x=x, order=order), abs=1e-6
                ), (seed, x, order)


@pytest.mark.parametrize("wrong", [math.nan, 0.9, -0.5, math.inf])
def test_an_impossible_contour_gives_way_to_imhof(monkeypatch, wrong) -> None:
    loss = random_loss(3)
    right = contour_integral(loss, x=2.3, order=1)
    monkeypatch.setattr(inversion, "contour_integral", lambda *_args, **_terms: wrong)
    assert tail_integral(loss, x=2.3, order=1) == pytest.approx(right, abs=1e-7)


def test_a_contour_that_does_not_settle_gives_way_to_imhof(monkeypatch) -> None:
    loss = random_loss(4)
    right = exact_tail(loss, confidence=0.99)

    def fails(*_args, **_terms):
        raise ConvergenceError("path")

    monkeypatch.setattr(inversion, "contour_integral", fails)
    found = exact_tail(loss, confidence=0.99)
    assert found.value_at_risk == pytest.approx(right.value_at_risk, abs=1e-6 * loss.deviation)
    assert found.expected_shortfall == pytest.approx(right.expected_shortfall, abs=1e-5 * loss.deviation)


@pytest.mark.parametrize("nu", [2.5, 4.0, 30.0, 300.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99, 0.999])
def test_a_linear_book_has_the_t_tail(nu, confidence) -> None:
    tail = multivariate_t_tail(
        delta=[3.0, -1.0],
        gamma=np.zeros((2, 2)),
        covariance=[[4.0, 1.0], [1.0, 2.0]],
        degrees_of_freedom=nu,
        confidence=confidence,
        drift=5.0,
    )
    law = {"mean": 5.0, "deviation": math.sqrt(32.0), "degrees_of_freedom": nu, "confidence": confidence}
    assert tail.value_at_risk == pytest.approx(student_t_value_at_risk(**law), rel=1e-8)
    assert tail.expected_shortfall == pytest.approx(student_t_conditional_value_at_risk(**law), rel=1e-8)


@pytest.mark.parametrize("nu", [3.0, 5.0, 50.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_pure_gamma_book_has_the_f_tail(nu, sign) -> None:
    """V times a chi-square of n is n F(n, nu)."""
    scale = nu / (nu - 2.0)
    tail = multivariate_t_tail(
        delta=np.zeros(3),
        gamma=-2.0 * sign * np.eye(3),
        covariance=scale * np.eye(3),
        degrees_of_freedom=nu,
        confidence=0.975,
    )
    law = stats.f(3, nu)
    value = 3.0 * sign * law.ppf(0.975 if sign > 0 else 0.025)
    assert tail.value_at_risk == pytest.approx(value, rel=1e-7)
    ends = (law.ppf(0.975), np.inf) if sign > 0 else (0.0, law.ppf(0.025))
    mean = law.expect(lambda f: 3.0 * sign * f, lb=ends[0], ub=ends[1]) / 0.025
    assert tail.expected_shortfall == pytest.approx(mean, rel=1e-5)  # scipy's quadrature of a heavy tail


def test_a_mixed_book_under_t_agrees_with_simulation() -> None:
    rng = np.random.default_rng(12)
    d, root, nu = np.array([1.0, -0.5, 0.2]), rng.normal(size=(3, 3)), 5.0
    g = rng.normal(size=(3, 3))
    g = g + g.T
    tail = multivariate_t_tail(
        delta=d, gamma=g, covariance=root @ root.T, degrees_of_freedom=nu, confidence=0.99
    )
    size = 1_000_000
    mixing = np.sqrt((nu - 2.0) / rng.chisquare(nu, size))
    x = mixing[:, None] * (rng.standard_normal((size, 3)) @ root.T)
    loss = -(x @ d + 0.5 * np.einsum("ij,jk,ik->i", x, g, x))
    assert np.mean(loss > tail.value_at_risk) == pytest.approx(0.01, abs=5 * math.sqrt(0.0099 / size))
    excess = np.maximum(loss - tail.value_at_risk, 0.0)
    error = float(excess.std() / math.sqrt(size) / 0.01)
    assert tail.expected_shortfall == pytest.approx(
        tail.value_at_risk + excess.mean() / 0.01, abs=5.0 * error
    )


def test_a_long_gamma_book_under_t_and_an_empty_one() -> None:
    terms = {"covariance": [[1.0]], "degrees_of_freedom": 4.0, "confidence": 0.99}
    long = multivariate_t_tail(delta=[0.0], gamma=[[2.0]], drift=-3.0, **terms)
    assert long.value_at_risk <= long.expected_shortfall <= 3.0
    empty = multivariate_t_tail(delta=[0.0], gamma=[[0.0]], drift=-3.0, **terms)
    assert empty.value_at_risk == empty.expected_shortfall == 3.0
    linear = multivariate_t_tail(delta=[-1.0], gamma=[[0.0]], **terms)
    assert linear.expected_shortfall > normal_conditional_value_at_risk(mean=0, deviation=1, confidence=0.99)


@pytest.mark.parametrize(
    "change",
    [{"degrees_of_freedom": 2.0}, {"degrees_of_freedom": 1e5}, {"confidence": 1.0}, {"delta": [math.nan]}],
)
def test_bad_input_is_refused(change) -> None:
    good = {
        "delta": [1.0],
        "gamma": [[0.0]],
        "covariance": [[1.0]],
        "degrees_of_freedom": 4.0,
        "confidence": 0.99,
    }
    with pytest.raises(InvalidInput):
        multivariate_t_tail(**{**good, **change})
