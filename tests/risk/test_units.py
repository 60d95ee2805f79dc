"""Money becomes integer WAD exactly once, on the safe side."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput, RiskError
from risk.units import (
    DAYS_PER_YEAR,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    WAD,
    to_wad_down,
    to_wad_up,
    years_between,
)

amounts = st.one_of(
    st.integers(-(10**60), 10**60),
    st.floats(-1e30, 1e30),
    st.decimals(-(10**30), 10**30, allow_nan=False, places=25),
)


def test_the_year_has_365_days() -> None:
    assert DAYS_PER_YEAR * SECONDS_PER_DAY == SECONDS_PER_YEAR


@given(amounts)
def test_rounding_encloses_the_exact_amount_within_one_unit(amount) -> None:
    low, high = to_wad_down(amount), to_wad_up(amount)
    assert Decimal(low).scaleb(-18) <= Decimal(amount) <= Decimal(high).scaleb(-18) or abs(low) > 10**28
    assert high - low in (0, 1)


def test_whole_units_are_exact_and_fractions_go_the_safe_way() -> None:
    assert to_wad_up(7) == to_wad_down(7) == 7 * WAD
    assert (to_wad_down(Decimal("1e-19")), to_wad_up(Decimal("1e-19"))) == (0, 1)
    assert (to_wad_down(Decimal("-1e-19")), to_wad_up(Decimal("-1e-19"))) == (-1, 0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_amounts_that_are_not_finite_are_refused_with_their_value(bad) -> None:
    with pytest.raises(InvalidInput, match="finite") as caught:
        to_wad_up(bad)
    assert repr(bad) in str(caught.value)
    assert isinstance(caught.value, RiskError)


def test_time_to_expiry_is_never_negative() -> None:
    assert years_between(now=100, expiry=100 + SECONDS_PER_YEAR) == 1.0
    assert years_between(now=100, expiry=50) == 0.0
