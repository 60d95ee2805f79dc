"""The right form of each statement about measures of risk, beside the erroneous one it is often confused with.

Numbers are those of section 3 of the formulas' list: 1-10 and 16.
"""

import math

import numpy as np
import pytest
from scipy import stats

from risk.measures import (
    conditional_value_at_risk,
    normal_conditional_value_at_risk,
    normal_value_at_risk,
    student_t_conditional_value_at_risk,
    student_t_value_at_risk,
    value_at_risk,
)

NORMAL_FACTORS = {0.95: 2.0627, 0.975: 2.3378, 0.99: 2.6652}
STUDENT_T_4 = {0.95: (1.507, 2.265), 0.975: (1.963, 2.824), 0.99: (2.650, 3.692)}
PROFITS = np.concatenate((np.zeros(96), [-1.0, -2.0, -3.0, -10.0]))
LOSSES = -PROFITS
HALF_A_DIGIT = 5.1e-4  # three decimals are given; 2.650 is 2.64949, rounded twice


@pytest.mark.parametrize("confidence", NORMAL_FACTORS)
def test_1_normal_shortfall_is_not_value_at_risk_plus_a_factor(confidence) -> None:
    """1: CVaR = VaR + phi(z)/alpha adds a number to money; ES = -mu + sigma phi(z)/(1 - alpha)."""
    z = stats.norm.ppf(confidence)
    erroneous = z + stats.norm.pdf(z) / (1 - confidence)
    right = normal_conditional_value_at_risk(mean=0.0, deviation=1.0, confidence=confidence)
    assert right == pytest.approx(NORMAL_FACTORS[confidence], abs=HALF_A_DIGIT)
    assert erroneous > 1.79 * right
    money = normal_conditional_value_at_risk(mean=1.0, deviation=40.0, confidence=confidence)
    assert money == pytest.approx(40.0 * right - 1.0, rel=1e-14)


@pytest.mark.parametrize("confidence", STUDENT_T_4)
def test_1_student_t_has_unit_variance(confidence) -> None:
    """1: scaled by sqrt((nu - 2) / nu); the unscaled quantile belongs to a variance of nu / (nu - 2) = 2."""
    law = {"mean": 0.0, "deviation": 1.0, "degrees_of_freedom": 4.0, "confidence": confidence}
    value, shortfall = STUDENT_T_4[confidence]
    assert student_t_value_at_risk(**law) == pytest.approx(value, abs=HALF_A_DIGIT)
    assert student_t_conditional_value_at_risk(**law) == pytest.approx(shortfall, abs=HALF_A_DIGIT)
    assert stats.t(4).ppf(confidence) > 1.4 * value


def test_2_shortfall_of_a_sample_weighs_the_atom_by_fraction() -> None:
    """2: neither E[L | L >= VaR] = 0.16 nor E[L | L > VaR] = 4, and never the negative E[R | R <= -VaR]."""
    value = value_at_risk(profit_and_loss=PROFITS, confidence=0.95)
    shortfall = conditional_value_at_risk(profit_and_loss=PROFITS, confidence=0.95)
    assert value == 0.0
    assert shortfall == pytest.approx(3.2, rel=1e-14)
    assert (LOSSES[value <= LOSSES]).mean() == pytest.approx(0.16)
    assert (LOSSES[value < LOSSES]).mean() == pytest.approx(4.0)
    assert PROFITS[-value >= PROFITS].mean() < 0.0 < shortfall


def test_3_the_average_is_over_losses_above_the_threshold() -> None:
    """3: averaging those below VaR averages the good days."""
    profit = np.random.default_rng(3).standard_normal(10_000)
    value = value_at_risk(profit_and_loss=profit, confidence=0.95)
    below = float((-profit[-profit < value]).mean())
    assert below < 0.0 < value < conditional_value_at_risk(profit_and_loss=profit, confidence=0.95)


def test_4_the_quantile_belongs_to_the_confidence_and_the_mean_is_deducted() -> None:
    """4: z of the tail 5% is -1.645; VaR = V (z_0.95 sqrt(h w'S w) - h w'm)."""
    money, days, daily_mean, daily_deviation = 1_000.0, 10.0, 0.001, 0.02
    right = normal_value_at_risk(
        mean=money * days * daily_mean, deviation=money * math.sqrt(days) * daily_deviation, confidence=0.95
    )
    assert right == pytest.approx(1_000.0 * (1.6448536 * math.sqrt(10.0) * 0.02 - 10.0 * 0.001), rel=1e-7)
    assert stats.norm.ppf(0.05) * daily_deviation < 0.0 < right


def test_5_value_at_risk_is_the_generalised_inverse() -> None:
    """5: inf{x : P(L > x) <= 1 - alpha}; with atoms P(L >= VaR) exceeds the tail."""
    for confidence in (0.5, 0.95, 0.96, 0.97, 0.98, 0.99):
        value = value_at_risk(profit_and_loss=PROFITS, confidence=confidence)
        tail = 1.0 - confidence + 1e-12
        assert (value < LOSSES).mean() <= tail
        assert all((x < LOSSES).mean() > tail for x in np.unique(LOSSES) if x < value)
    assert (LOSSES >= 0.0).mean() == 1.0  # P(R <= -VaR) is no 5% here


def test_6_and_7_value_at_risk_of_a_loss_has_no_minus() -> None:
    """6: no minus before the infimum over losses. 7: mu - z sigma is a return; VaR is z sigma - mu."""
    profit = stats.norm(0.01, 0.05).ppf((np.arange(100_000) + 0.5) / 100_000)
    sampled = value_at_risk(profit_and_loss=profit, confidence=0.99)
    closed = normal_value_at_risk(mean=0.01, deviation=0.05, confidence=0.99)
    assert sampled == pytest.approx(closed, abs=1e-5)  # one step of the grid of probabilities
    assert sampled > 0.0 > 0.01 - stats.norm.ppf(0.99) * 0.05


def test_8_value_at_risk_is_neither_a_maximum_nor_an_expectation() -> None:
    """8: it is exceeded with probability 1 - alpha."""
    profit = np.random.default_rng(8).standard_t(4, size=20_000)
    value = value_at_risk(profit_and_loss=profit, confidence=0.95)
    assert (-profit > value).sum() == 1_000
    assert profit.mean() < value < 0.5 * (-profit).max()


def test_9_value_at_risk_solves_the_tail_integral() -> None:
    """9: the density up to -VaR holds 1 - alpha; integrating it up to the confidence level does not."""
    value = normal_value_at_risk(mean=0.0, deviation=1.0, confidence=0.975)
    assert stats.norm.cdf(-value) == pytest.approx(0.025, rel=1e-12)
    assert stats.norm.cdf(0.975) > 0.8


def test_10_the_normal_does_not_underestimate_everywhere() -> None:
    """10: of unit-variance t(4) it overstates VaR at 95% and understates it at 99%; ES already at 95%."""
    gap_of = {
        confidence: student_t_value_at_risk(
            mean=0.0, deviation=1.0, degrees_of_freedom=4.0, confidence=confidence
        )
        - normal_value_at_risk(mean=0.0, deviation=1.0, confidence=confidence)
        for confidence in STUDENT_T_4
    }
    assert gap_of[0.95] < -0.1
    assert abs(gap_of[0.975]) < 0.005
    assert gap_of[0.99] > 0.3
    assert student_t_conditional_value_at_risk(
        mean=0.0, deviation=1.0, degrees_of_freedom=4.0, confidence=0.95
    ) > normal_conditional_value_at_risk(mean=0.0, deviation=1.0, confidence=0.95)


def test_16_value_at_risk_is_not_subadditive_and_conditional_is() -> None:
    """16: two independent bonds that default with 4%: each has VaR95 0, both together 100; it is no
    convexity that fails but VaR(A + B) <= VaR(A) + VaR(B)."""
    states = np.array([(a, b) for a in (0.0, -100.0) for b in (0.0, -100.0)])
    weights = [0.96 * 0.96, 0.96 * 0.04, 0.04 * 0.96, 0.04 * 0.04]
    counts = np.round(np.array(weights) * 10_000).astype(int)
    first, second = np.repeat(states, counts, axis=0).T
    value = [value_at_risk(profit_and_loss=p, confidence=0.95) for p in (first, second, first + second)]
    assert value == [0.0, 0.0, 100.0]
    conditional = [
        conditional_value_at_risk(profit_and_loss=p, confidence=0.95) for p in (first, second, first + second)
    ]
    assert conditional[:2] == pytest.approx([80.0, 80.0])
    assert conditional[2] == pytest.approx((0.0016 * 200 + 0.0484 * 100) / 0.05)
    assert conditional[2] < conditional[0] + conditional[1]


def test_16_value_at_risk_is_subadditive_for_elliptical_laws() -> None:
    rng = np.random.default_rng(16)
    for _ in range(50):
        root = rng.normal(size=(2, 2))
        covariance = root @ root.T
        whole = math.sqrt(float(covariance.sum()))
        parts = np.sqrt(np.diag(covariance))
        law = {"mean": 0.0, "degrees_of_freedom": 3.0, "confidence": 0.95}
        assert student_t_value_at_risk(deviation=whole, **law) <= sum(
            student_t_value_at_risk(deviation=float(part), **law) for part in parts
        ) * (1 + 1e-12)
