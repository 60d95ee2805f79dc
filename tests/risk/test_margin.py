"""Ratios round up, stay in the corridor, and maintenance never exceeds initial."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.margin import attested_ratios

POLICY = {
    "initial_multiplier": 1.2,
    "maintenance_share": 0.8,
    "ratio_floor_bps": 8_000,
    "ratio_cap_bps": 20_000,
}
money = st.floats(0.0, 1e12)


def test_a_worked_example() -> None:
    found = attested_ratios(expected_shortfall=[1_000.0], own_requirement=[1_100.0], **POLICY)
    assert found.initial[0] == 1_200.0
    assert found.maintenance[0] == 960.0
    assert found.initial_ratio_bps[0] == 10_910  # 1,200 / 1,100 = 1.09090...
    assert found.maintenance_ratio_bps[0] == 8_728  # 0.872727...
    assert not found.clipped[0]


@given(money, st.floats(1e-6, 1e12), st.floats(0.0, 3.0), st.floats(0.01, 1.0))
def test_corridor_order_and_rounding(tail, own, multiplier, share) -> None:
    policy = {**POLICY, "initial_multiplier": multiplier, "maintenance_share": share}
    found = attested_ratios(expected_shortfall=tail, own_requirement=own, **policy)
    initial, maintenance = int(found.initial_ratio_bps[0]), int(found.maintenance_ratio_bps[0])
    assert 8_000 <= maintenance <= initial <= 20_000
    if not found.clipped[0]:
        for ratio, required in ((initial, found.initial[0]), (maintenance, found.maintenance[0])):
            exact = Fraction(float(required)) * 10_000 / Fraction(float(own))
            assert ratio >= exact * (1 - Fraction(1, 10**14))
            assert ratio - 1 < exact * (1 + Fraction(1, 10**14))


@pytest.mark.parametrize(
    ("tail", "own", "initial", "maintenance", "clipped"),
    [
        (0.0, 100.0, 8_000, 8_000, True),
        (-50.0, 100.0, 8_000, 8_000, True),
        (1e9, 100.0, 20_000, 20_000, True),
        (1e300, 1e-300, 20_000, 20_000, True),
        (0.0, 0.0, 10_000, 10_000, False),
        (1.0, 0.0, 20_000, 20_000, True),
    ],
)
def test_the_ends_of_the_corridor(tail, own, initial, maintenance, clipped) -> None:
    found = attested_ratios(expected_shortfall=[tail], own_requirement=[own], **POLICY)
    assert (found.initial_ratio_bps[0], found.maintenance_ratio_bps[0]) == (initial, maintenance)
    assert found.clipped[0] == clipped


def test_the_stressed_figure_keeps_a_floor_under_calm_margins_and_never_lowers_them() -> None:
    found = attested_ratios(
        expected_shortfall=[100.0, 100.0],
        own_requirement=[150.0, 150.0],
        stressed_expected_shortfall=[300.0, 20.0],
        stressed_weight=0.25,
        **POLICY,
    )
    np.testing.assert_allclose(found.raw_tail, [100.0, 100.0])
    np.testing.assert_allclose(found.tail, [150.0, 100.0])


@given(money, money, st.floats(1.0, 1e9))
def test_more_tail_never_means_a_lower_ratio(first, second, own) -> None:
    found = attested_ratios(expected_shortfall=sorted([first, second]), own_requirement=[own, own], **POLICY)
    assert found.initial_ratio_bps[0] <= found.initial_ratio_bps[1]
    assert found.maintenance_ratio_bps[0] <= found.maintenance_ratio_bps[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expected_shortfall": [math.nan]}, "expected_shortfall must be finite, got nan"),
        ({"own_requirement": [-1.0]}, r"own_requirement must be at least 0, got -1\.0"),
        ({"own_requirement": [1.0, 2.0]}, "one own requirement for each account"),
        ({"initial_multiplier": -0.1}, r"got -0\.1"),
        ({"initial_multiplier": math.inf}, "got inf"),
        ({"maintenance_share": 0.0}, r"\(0, 1\], got 0\.0"),
        ({"maintenance_share": 1.01}, r"got 1\.01"),
        ({"stressed_weight": 1.5}, r"got 1\.5"),
        ({"stressed_expected_shortfall": [1.0, 1.0]}, "one stressed figure"),
        ({"ratio_floor_bps": 20_001}, r"\[20001, 20000\]"),
    ],
)
def test_bad_input_is_refused_with_its_value(change, message) -> None:
    good = {"expected_shortfall": [1.0], "own_requirement": [1.0], **POLICY}
    with pytest.raises(InvalidInput, match=message):
        attested_ratios(**{**good, **change})
