"""The chain's use of a ratio, to the integer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.margin.corridor import Ratios, fresh_ratios, requirement_wad, stale_ratios
from risk.parameters import MarginParameters, ScenarioPoint

PARAMETERS = MarginParameters(
    loadings=(1, 0, 1),
    grid=(ScenarioPoint(spot_shock_bps=0, volatility_shock_bps=0),),
    value_at_risk_multiplier=1,
    expected_shortfall_multiplier=1,
    ratio_floor_bps=8_000,
    ratio_cap_bps=20_000,
    stale_initial_ratio_bps=15_000,
    attestation_decay_seconds=3_600,
    cure_buffer_bps=1_000,
    short_option_charge_bps=50,
    minimum_notional_bps=200,
    term_floor_days=1,
)


@given(st.integers(0, 65_535), st.integers(0, 65_535))
def test_a_fresh_attestation_ends_in_the_corridor_with_maintenance_below_initial(
    initial, maintenance
) -> None:
    found = fresh_ratios(initial_bps=initial, maintenance_bps=maintenance, parameters=PARAMETERS)
    assert 8_000 <= found.maintenance_bps <= found.initial_bps <= 20_000


@pytest.mark.parametrize(
    ("last", "age", "expected"),
    [
        (0, 0, Ratios(15_000, 10_000)),
        (9_000, 0, Ratios(15_000, 10_000)),
        (18_000, 0, Ratios(18_000, 18_000)),
        (18_000, 900, Ratios(16_000, 16_000)),
        (18_000, 3_599, Ratios(15_000, 10_003)),
        (18_000, 3_600, Ratios(15_000, 10_000)),
        (60_000, 0, Ratios(20_000, 20_000)),
    ],
)
def test_without_one_maintenance_decays_to_one_and_initial_is_stale(last, age, expected) -> None:
    assert stale_ratios(last_maintenance_bps=last, age_seconds=age, parameters=PARAMETERS) == expected


@given(st.integers(0, 10**30), st.integers(0, 65_535))
def test_requirements_round_up(own, ratio) -> None:
    found = requirement_wad(own_requirement_wad=own, ratio_bps=ratio)
    assert 0 <= found * 10_000 - own * ratio < 10_000


def test_negative_arguments_are_refused() -> None:
    with pytest.raises(InvalidInput, match="-1"):
        fresh_ratios(initial_bps=-1, maintenance_bps=0, parameters=PARAMETERS)
    with pytest.raises(InvalidInput, match="-5"):
        stale_ratios(last_maintenance_bps=0, age_seconds=-5, parameters=PARAMETERS)
    with pytest.raises(InvalidInput, match="-7"):
        requirement_wad(own_requirement_wad=-7, ratio_bps=1)
