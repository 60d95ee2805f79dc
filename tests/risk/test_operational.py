"""Operational loss and its mixture with market loss, judged by closed forms and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import tail_measures
from risk.operational import (
    BernoulliEvent,
    LossLattice,
    PoissonEvent,
    compound_poisson,
    compound_poisson_transform,
    event_losses,
    exponential_severity,
    failure_probability,
    fixed_severity,
    lognormal_severity,
    mixture_risk,
    sum_of_losses,
)

NORMAL_SAMPLE = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)


def test_panjer_of_geometric_severity_is_polya_aeppli() -> None:
    """Johnson, Kemp and Kotz (2005), section 9.7: P(S=k) = e^-l sum_j C(k-1, j-1) (l q)^j p^(k-j) / j!.

    1e-12 relative: 200 steps of sums without cancellation."""
    rate, stay = 1.7, 0.4
    mass = np.concatenate([[0.0], (1 - stay) * stay ** np.arange(400)])
    got = compound_poisson(severity=LossLattice.of(mass=mass, step=1.0), rate=rate)
    j = np.arange(1, 201)
    for k in (1, 5, 40, 200):
        inside = j[j <= k]
        terms = special.comb(k - 1, inside - 1) * (rate * (1 - stay)) ** inside * stay ** (k - inside)
        want = math.exp(-rate) * math.fsum((terms / special.factorial(inside)).tolist())
        assert got.mass[k] == pytest.approx(want, rel=1e-12)
    assert got.mass[0] == pytest.approx(math.exp(-rate), rel=1e-15)


def test_compound_exponential_is_bracketed_by_its_bessel_form() -> None:
    """Density e^{-l-x} sqrt(l/x) I1(2 sqrt(l x)) beside the atom e^-l (mean 1): the two lattices bracket it."""
    rate, step = 2.0, 0.01

    def survival(x: float) -> float:
        def density(y: float) -> float:
            return math.exp(-rate - y) * math.sqrt(rate / y) * float(special.i1(2 * math.sqrt(rate * y)))

        return float(integrate.quad(density, x, 60.0, epsabs=1e-13)[0])

    laws = [
        compound_poisson(
            severity=exponential_severity(mean=1.0, step=step, points=4_000, rounding=r), rate=rate
        )
        for r in ("down", "up")
    ]
    for x in (0.5, 2.0, 8.0, 15.0):
        low, high = (1.0 - law.mass[: round(x / step) + 1].sum() for law in laws)
        assert low <= survival(x) <= high
        # the bracket moves by at most one step a loss: N losses, so about E[N | S > x] h f(x)
        assert high - low < 12 * step * survival(x) + 1e-12


@pytest.mark.parametrize("rate", [0.0, 0.03, 5.0, 60.0])
def test_transform_agrees_with_the_recursion(rate: float) -> None:
    """1e-11 absolute: rounding of the transform, 1e-16, amplified by the tilt's e^10 at the far end."""
    severity = lognormal_severity(log_mean=0.0, log_deviation=1.0, step=0.1, points=2_048, rounding="up")
    one, other = (f(severity=severity, rate=rate) for f in (compound_poisson, compound_poisson_transform))
    assert np.abs(one.mass - other.mass).max() < 1e-11
    assert abs(one.beyond - other.beyond) < 1e-9


def test_compound_moments() -> None:
    """E[S] = l E[X], Var S = l E[X^2] (of the lattice severity), 1e-10: truncation at 40 means."""
    severity = exponential_severity(mean=1.0, step=0.02, points=3_000, rounding="up")
    law, grid = compound_poisson(severity=severity, rate=3.0), 0.02 * np.arange(3_000)
    assert law.mass @ grid == pytest.approx(3.0 * severity.mass @ grid, rel=1e-10)
    variance = law.mass @ grid**2 - (law.mass @ grid) ** 2
    assert variance == pytest.approx(3.0 * severity.mass @ grid**2, rel=1e-10)


def test_lattices_of_each_severity_bracket_its_law() -> None:
    for build, law in (
        (lambda r: exponential_severity(mean=2.0, step=0.1, points=500, rounding=r), stats.expon(scale=2.0)),
        (
            lambda r: lognormal_severity(log_mean=0.5, log_deviation=0.8, step=0.1, points=500, rounding=r),
            stats.lognorm(0.8, scale=math.exp(0.5)),
        ),
    ):
        down, up, edges = build("down"), build("up"), 0.1 * np.arange(500)
        assert (np.cumsum(up.mass) <= law.cdf(edges) + 1e-13).all()
        assert (np.cumsum(down.mass) >= law.cdf(edges) - 1e-13).all()
        assert np.allclose(np.cumsum(up.mass), law.cdf(edges), atol=1e-13)  # at the edges, exact from below


def test_sums_of_few_atoms_and_of_many_agree() -> None:
    """Shifted copies against the transform, 1e-14: rounding of both."""
    many = exponential_severity(mean=1.0, step=0.05, points=1_000, rounding="up")
    atom = fixed_severity(loss=3.0, step=0.05, points=1_000, rounding="up")
    assert np.abs(sum_of_losses(many, atom).mass - sum_of_losses(atom, many).mass).max() < 1e-14
    assert np.array_equal(sum_of_losses(many, atom).mass[60:], many.mass[:-60])


def two_point_exploit(
    sigma: float, *, loss: float, probability: float, confidence: float
) -> tuple[float, float]:
    """VaR and CVaR of N(0, sigma^2) + B x loss in closed form."""
    weights, means = np.array([1 - probability, probability]), np.array([0.0, loss])

    def survival(x: float) -> float:
        return float(weights @ stats.norm.sf((x - means) / sigma))

    var = optimize.brentq(lambda x: survival(x) - (1 - confidence), -1.0, 2.0, xtol=1e-14)
    z = (var - means) / sigma
    excess = sigma * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    return var, var + float(weights @ excess) / (1 - confidence)


@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.995])
@pytest.mark.parametrize("sigma", [0.03, 0.155])
def test_exploit_mixture_equals_the_closed_form(confidence: float, sigma: float) -> None:
    """0.1% a day for 30 days, loss 20%. 2e-4 relative: 200,000 stratified normals, whose own CVaR is that far off."""
    probability = 1 - 0.999**30
    event = BernoulliEvent(probability=probability, exposure=1.0, loss_given_default=0.2)
    got = mixture_risk(
        market_profit_and_loss=-sigma * NORMAL_SAMPLE,
        events=[event],
        confidence=confidence,
        step=0.1,
        points=4,
    )
    var, cvar = two_point_exploit(sigma, loss=0.2, probability=probability, confidence=confidence)
    assert got.value_at_risk.low == got.value_at_risk.high  # 0.2 is a lattice point: nothing is rounded
    assert got.value_at_risk.value == pytest.approx(var, rel=2e-4)
    assert got.conditional_value_at_risk.value == pytest.approx(cvar, rel=2e-4)


def test_golden_exploit_figures() -> None:
    """A low-volatility book: VaR99 0.070 -> 0.212, CVaR95 0.062 -> 0.147, to the three digits stated."""
    event = BernoulliEvent(probability=1 - 0.999**30, exposure=1.0, loss_given_default=0.2)
    profit = -0.03 * NORMAL_SAMPLE
    at99, at95 = (
        mixture_risk(market_profit_and_loss=profit, events=[event], confidence=c, step=0.1, points=4)
        for c in (0.99, 0.95)
    )
    assert round(at99.market_value_at_risk, 3) == 0.070
    assert at99.value_at_risk.value == pytest.approx(0.212, abs=1e-3)
    assert round(at95.market_conditional_value_at_risk, 3) == 0.062
    assert at95.conditional_value_at_risk.value == pytest.approx(0.147, abs=1e-3)


def test_mixture_brackets_a_simulation() -> None:
    """2 million draws of market + compound lognormal + Bernoulli; four standard errors on top of the bracket."""
    random = np.random.Generator(np.random.Philox(key=8))
    profit = 0.02 * random.standard_t(5, 4_000)
    events = [PoissonEvent(0.2, 0.03, 0.7), BernoulliEvent(0.01, 0.5, 0.4)]
    got = mixture_risk(market_profit_and_loss=profit, events=events, confidence=0.99, step=0.001)
    n = 2_000_000
    counts = random.poisson(0.2, n)
    severities = 0.03 * np.exp(0.7 * random.standard_normal(counts.sum()))
    loss = np.bincount(np.repeat(np.arange(n), counts), severities, n)
    loss += -random.choice(profit, n) + 0.2 * (random.random(n) < 0.01)
    judge = tail_measures(profit_and_loss=-loss, confidence=0.99)
    four = 4 * judge.value_at_risk_standard_error
    assert got.value_at_risk.low - four < judge.value_at_risk < got.value_at_risk.high + four
    four = 4 * judge.conditional_value_at_risk_standard_error
    cvar = got.conditional_value_at_risk
    assert cvar.low - four < judge.conditional_value_at_risk < cvar.high + four
    assert 0.0 < cvar.high - cvar.low < 0.003  # three steps


def test_mixture_of_small_samples_equals_enumeration() -> None:
    """Three market outcomes x an atom at 2 with probability 1/4: twelve equally likely losses, exact."""
    profit = np.array([1.0, -1.0, -5.0])
    losses = np.array([x + y for x in -profit for y in (0.0, 0.0, 0.0, 2.0)])
    for confidence in (0.5, 0.6):
        got = mixture_risk(
            market_profit_and_loss=profit,
            events=[BernoulliEvent(0.25, 4.0, 0.5)],
            confidence=confidence,
            step=1.0,
            points=8,
        )
        want = tail_measures(profit_and_loss=-losses, confidence=confidence)
        assert got.value_at_risk.value == pytest.approx(want.value_at_risk, abs=1e-12)
        assert got.conditional_value_at_risk.value == pytest.approx(want.conditional_value_at_risk, abs=1e-12)


@given(
    probability=st.floats(0.0, 1.0),
    loss=st.floats(0.0, 0.9),
    step=st.sampled_from([0.3, 0.05, 0.01]),
)
def test_brackets_hold_and_shrink_with_the_step(probability: float, loss: float, step: float) -> None:
    profit = 0.05 * NORMAL_SAMPLE[::500]
    event = BernoulliEvent(probability, 1.0, loss)
    got = mixture_risk(
        market_profit_and_loss=profit, events=[event], confidence=0.95, step=step, points=round(1.5 / step)
    )
    for quantity in (got.value_at_risk, got.conditional_value_at_risk):
        assert quantity.low <= quantity.high + 1e-12
        assert quantity.high - quantity.low <= step + 1e-9  # one loss at most: one step
    assert got.conditional_value_at_risk.low >= got.value_at_risk.low - 1e-12
    assert got.value_at_risk.high >= got.market_value_at_risk - 1e-12  # a loss never lowers risk


def test_without_events_the_market_is_left_alone() -> None:
    profit = 0.05 * NORMAL_SAMPLE[::100]
    got = mixture_risk(market_profit_and_loss=profit, events=[], confidence=0.99, step=1.0, points=2)
    assert got.value_at_risk.value == pytest.approx(got.market_value_at_risk, rel=1e-12)
    assert got.conditional_value_at_risk.value == pytest.approx(
        got.market_conditional_value_at_risk, rel=1e-12
    )


def test_failure_probability_of_a_month() -> None:
    assert failure_probability(hazard_per_day=-math.log(0.999), days=30) == pytest.approx(0.02957, abs=5e-6)
    assert failure_probability(hazard_per_day=0.5, days=0) == 0.0
    assert failure_probability(hazard_per_day=1e-18, days=1) == 1e-18


def test_nothing_can_happen_and_everything_does() -> None:
    never = event_losses(events=[BernoulliEvent(0.0, 5.0, 1.0)], step=1.0, points=8, rounding="up")
    always = event_losses(events=[BernoulliEvent(1.0, 5.0, 1.0)], step=1.0, points=8, rounding="up")
    assert never.mass[0] == 1.0
    assert always.mass[5] == 1.0
    none = event_losses(events=[PoissonEvent(0.0, 1.0, None)], step=1.0, points=8, rounding="down")
    assert none.mass[0] == 1.0


def test_median_of_both_poisson_severities() -> None:
    for deviation in (None, 0.5):
        severity = PoissonEvent(1e-6, 3.0, deviation)
        law = severity.on_lattice(step=0.05, points=2_000, rounding="up")
        assert law.mass[1:61].sum() / law.mass[1:].sum() == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: BernoulliEvent(1.1, 1.0, 0.5),
        lambda: BernoulliEvent(0.1, math.inf, 0.5),
        lambda: BernoulliEvent(math.nan, 1.0, 0.5),
        lambda: PoissonEvent(-1.0, 1.0, 1.0),
        lambda: PoissonEvent(1.0, 1.0, 0.0),
        lambda: PoissonEvent(1.0, math.nan, None),
        lambda: fixed_severity(loss=-1.0, step=1.0, points=4, rounding="up"),
        lambda: fixed_severity(loss=1.0, step=0.0, points=4, rounding="up"),
        lambda: fixed_severity(loss=1.0, step=1.0, points=1, rounding="up"),
        lambda: fixed_severity(loss=1.0, step=1.0, points=4, rounding="nearest"),  # type: ignore[arg-type] - the point of the test
        lambda: lognormal_severity(log_mean=math.nan, log_deviation=1.0, step=1.0, points=4, rounding="up"),
        lambda: LossLattice.of(mass=np.array([0.9, 0.2]), step=1.0),
        lambda: LossLattice.of(mass=np.array([math.nan, 0.2]), step=1.0),
        lambda: failure_probability(hazard_per_day=-0.1, days=1.0),
        lambda: compound_poisson(
            severity=fixed_severity(loss=1.0, step=1.0, points=4, rounding="up"), rate=701.0
        ),
        lambda: sum_of_losses(
            fixed_severity(loss=1.0, step=1.0, points=4, rounding="up"),
            fixed_severity(loss=1.0, step=2.0, points=4, rounding="up"),
        ),
        lambda: sum_of_losses(
            fixed_severity(loss=1.0, step=1.0, points=4, rounding="up"),
            fixed_severity(loss=1.0, step=1.0, points=5, rounding="up"),
        ),
        lambda: mixture_risk(
            market_profit_and_loss=np.zeros(200),
            events=[BernoulliEvent(0.1, 100.0, 1.0)],
            confidence=0.99,
            step=1.0,
            points=8,
        ),
    ],
)
def test_bad_input_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match=r"got|must|needed|lies"):
        bad()  # type: ignore[operator] - each is a callable


def test_too_few_scenarios_are_refused() -> None:
    with pytest.raises(NotEnoughObservations, match="100 are needed"):
        mixture_risk(market_profit_and_loss=[1.0], events=[], confidence=0.99, step=1.0, points=2)
