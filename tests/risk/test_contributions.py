"""Parts of VaR and CVaR: sums, limits, closed forms of the normal law, and finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, NotEnoughObservations
from risk.measures import (
    conditional_value_at_risk,
    elliptical_contributions,
    incremental_tail,
    normal_conditional_value_at_risk,
    normal_value_at_risk,
    quantile_weights,
    tail_contributions,
    tail_weights,
    value_at_risk,
)


def book(seed: int, *, ties: bool, legs: int = 5, scenarios: int = 400):
    rng = np.random.default_rng(seed)
    units = rng.standard_t(4, size=(legs, scenarios)) * np.exp(rng.normal(size=(legs, 1)))
    # Whole numbers add up without rounding, so scenarios tie exactly.
    return (np.round(units), np.round(3 * rng.normal(size=legs))) if ties else (units, rng.normal(size=legs))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.booleans(),
    st.sampled_from([0.5, 0.9, 0.95, 0.97, 0.99]),
    st.sampled_from([None, 0, 1, 7, 1_000]),
    st.booleans(),
)
def test_components_add_up_to_the_whole(seed, ties, confidence, neighbours, weighted) -> None:
    units, held = book(seed, ties=ties)
    weights = np.random.default_rng(seed).uniform(0.5, 1.5, units.shape[1]) if weighted else None
    parts = tail_contributions(
        unit_profit_and_loss=units,
        quantities=held,
        confidence=confidence,
        neighbours=neighbours,
        weights=weights,
    )
    scale = 1e-12 * float(np.abs(held) @ np.abs(units).max(axis=1) + 1.0)  # rounding of a few hundred terms
    total = {"profit_and_loss": held @ units, "confidence": confidence, "weights": weights}
    assert parts.value_at_risk == value_at_risk(**total)
    assert parts.component_value_at_risk.sum() == pytest.approx(parts.value_at_risk, abs=100 * scale)
    assert parts.component_conditional_value_at_risk.sum() == pytest.approx(
        conditional_value_at_risk(**total), abs=scale
    )


def test_ties_share_the_atom_whatever_their_order() -> None:
    profit = np.array([-3.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    found = tail_weights(profit_and_loss=profit, confidence=0.8)
    assert found == pytest.approx([0.5, 0.125, 0.125, 0.125, 0.125, 0, 0, 0, 0, 0], abs=1e-15)
    order = np.random.default_rng(1).permutation(10)
    assert tail_weights(profit_and_loss=profit[order], confidence=0.8) == pytest.approx(found[order])
    # VaR is 1, and the four scenarios at it are where its derivative is read.
    at_value = quantile_weights(profit_and_loss=profit, confidence=0.8, neighbours=0)
    assert at_value == pytest.approx([0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0, 0])


def test_marginal_conditional_is_the_derivative() -> None:
    units, held = book(5, ties=False)
    parts = tail_contributions(unit_profit_and_loss=units, quantities=held, confidence=0.95)
    for leg in range(held.size):
        step = np.zeros(held.size)
        step[leg] = 1e-7  # too small to reorder the tail: CVaR is piecewise linear
        up, down = (
            conditional_value_at_risk(profit_and_loss=(held + sign * step) @ units, confidence=0.95)
            for sign in (1, -1)
        )
        assert parts.marginal_conditional_value_at_risk[leg] == pytest.approx((up - down) / 2e-7, abs=1e-6)


def test_scenario_parts_of_a_normal_book_are_the_closed_form() -> None:
    rng = np.random.default_rng(7)
    root = rng.normal(size=(3, 3))
    held, covariance = np.array([2.0, -1.0, 0.5]), root @ root.T
    units = root @ rng.standard_normal((3, 400_000))
    found = tail_contributions(unit_profit_and_loss=units, quantities=held, confidence=0.95)
    law = {"mean": 0.0, "deviation": 1.0, "confidence": 0.95}
    deviation = math.sqrt(held @ covariance @ held)
    for got, multiplier in (
        (found.component_value_at_risk, normal_value_at_risk(**law)),
        (found.component_conditional_value_at_risk, normal_conditional_value_at_risk(**law)),
    ):
        want = elliptical_contributions(
            exposures=held, mean=np.zeros(3), covariance=covariance, multiplier=multiplier
        )
        # 20,000 tail scenarios: a conditional mean is good to about 1% of a leg's deviation.
        assert got == pytest.approx(want.component, abs=0.03 * deviation)


def test_elliptical_parts_are_derivatives_and_add_up() -> None:
    rng = np.random.default_rng(9)
    root = rng.normal(size=(4, 4))
    covariance, mean, held = root @ root.T, rng.normal(size=4), rng.normal(size=4)

    def measure(w):
        return 2.5 * math.sqrt(w @ covariance @ w) - w @ mean

    parts = elliptical_contributions(exposures=held, mean=mean, covariance=covariance, multiplier=2.5)
    assert parts.measure == pytest.approx(measure(held), rel=1e-14)
    assert parts.component.sum() == pytest.approx(parts.measure, rel=1e-12)
    for i, unit in enumerate(np.eye(4)):
        slope = (measure(held + 1e-6 * unit) - measure(held - 1e-6 * unit)) / 2e-6
        assert parts.marginal[i] == pytest.approx(slope, abs=1e-7)
        assert parts.incremental[i] == pytest.approx(
            measure(held) - measure(held - held[i] * unit), abs=1e-12
        )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_incremental_lies_between_component_and_stand_alone(seed, ties) -> None:
    units, held = book(seed, ties=ties)
    _, incremental = incremental_tail(unit_profit_and_loss=units, quantities=held, confidence=0.95)
    parts = tail_contributions(unit_profit_and_loss=units, quantities=held, confidence=0.95)
    for leg, quantity in enumerate(held):
        alone = conditional_value_at_risk(profit_and_loss=quantity * units[leg], confidence=0.95)
        slack = 1e-10 * (1.0 + abs(alone))
        assert incremental[leg] <= alone + slack
        assert incremental[leg] <= parts.component_conditional_value_at_risk[leg] + slack or math.isclose(
            incremental[leg], parts.component_conditional_value_at_risk[leg]
        )


def test_limits() -> None:
    empty = tail_contributions(unit_profit_and_loss=np.zeros((0, 50)), quantities=[], confidence=0.9)
    assert empty.value_at_risk == empty.conditional_value_at_risk == 0.0
    assert empty.component_value_at_risk.size == 0
    same = tail_contributions(unit_profit_and_loss=np.full((2, 20), -3.0), quantities=[1, 2], confidence=0.9)
    assert same.component_value_at_risk == pytest.approx([3.0, 6.0])
    assert same.component_conditional_value_at_risk == pytest.approx([3.0, 6.0])
    one = tail_weights(profit_and_loss=np.arange(10.0), confidence=0.9)
    assert one == pytest.approx([1.0, *[0.0] * 9], abs=1e-15)
    with pytest.raises(NotEnoughObservations, match="at least 10"):
        tail_contributions(unit_profit_and_loss=np.ones((1, 1)), quantities=[1], confidence=0.9)
    with pytest.raises(InvalidInput, match="3 quantities for 2 legs"):
        tail_contributions(unit_profit_and_loss=np.ones((2, 20)), quantities=[1, 2, 3], confidence=0.9)
    with pytest.raises(InvalidInput, match="semidefinite"):
        elliptical_contributions(exposures=[1, 1], mean=[0, 0], covariance=[[1, 2], [2, 1]], multiplier=2.0)
