"""The kernel of Black-76: memory of the caller's, blocks, and numbers far outside the ordinary range."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import InvalidInput
from risk.pricing import OptionValues, black76, black76_price
from tests.risk.test_pricing import GREEKS, book, high_precision


def empty_values(*shape: int) -> OptionValues:
    return OptionValues(*(np.full(shape, math.nan) for _ in GREEKS))


def test_results_can_go_into_memory_that_is_there() -> None:
    options = book(seed=4, size=1_000)
    mine = empty_values(1_000)
    returned, fresh = black76(**options, out=mine), black76(**options)
    assert returned is mine
    for name in GREEKS:
        np.testing.assert_array_equal(getattr(mine, name), getattr(fresh, name))
    table = black76(**{**options, "strike": options["strike"][:, None]}, out=empty_values(1_000, 1_000))
    np.testing.assert_array_equal(np.diagonal(table.theta), fresh.theta)


@pytest.mark.parametrize("name", GREEKS)
def test_memory_that_cannot_take_the_results_is_refused(name) -> None:
    options = book(seed=4, size=10)
    bad = [np.empty(9), np.empty(10, dtype=np.float32), np.empty(20)[::2], np.empty(10), options["forward"]]
    bad[3].flags.writeable = False
    for array in bad:
        with pytest.raises(InvalidInput, match=rf"out\.{name}"):
            black76(**options, out=replace(empty_values(10), **{name: array}))
    twice = empty_values(10)
    with pytest.raises(InvalidInput, match=r"out\.delta must not share memory"):
        black76(**options, out=replace(twice, delta=twice.price))


def test_an_option_is_worth_the_same_whatever_stands_beside_it() -> None:
    """The cut into blocks, and a neighbour that needs the careful path, change no bit."""
    options = book(seed=5, size=1_031)
    options["volatility"][[3, 700]] = 0.0
    options["strike"][[9, 800]] = [1e-95, 1e200]
    whole = black76(**options)
    for part in (slice(0, 5), slice(3, 4), slice(1, 514), slice(697, 1_031)):
        few = black76(**{name: column[part] for name, column in options.items()})
        for name in GREEKS:
            np.testing.assert_array_equal(getattr(few, name), getattr(whole, name)[part], err_msg=name)
    np.testing.assert_array_equal(black76_price(**options), whole.price)


@pytest.mark.parametrize("forward", [1e-200, 1e-91, 0.99e-90, 1.01e-90, 1.0, 0.99e90, 1.01e90, 1e200])
@pytest.mark.parametrize("moneyness_", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("years", [1e-200, 1e-101, 1e-99, 0.3, 1e99, 1e101, 1e300])
def test_the_ordinary_range_has_no_seam(forward, moneyness_, years) -> None:
    """Scale and time from far below to far above the ordinary range, against fifty digits."""
    terms = {"forward": forward, "strike": forward * moneyness_, "volatility": 0.8, "years": years}
    values = black76(**terms, is_call=False)
    with mpmath.workdps(50):
        exact = high_precision(*terms.values(), False)
        for name, unit in (("price", forward), ("delta", 1.0), ("vega", forward * math.sqrt(years))):
            assert abs(getattr(values, name) - exact[name]) <= 2e-15 * unit, name
        for name in ("gamma", "theta"):
            assert math.isclose(getattr(values, name), float(exact[name]), rel_tol=1e-12, abs_tol=1e-290), (
                name
            )


@given(
    st.floats(1e-290, 1e290),
    st.floats(1e-290, 1e290),
    st.floats(0, 1e300),
    st.floats(0, 1e300),
    st.booleans(),
)
def test_nothing_in_the_domain_gives_a_nan(forward, strike, volatility, years, is_call) -> None:
    terms = {"forward": forward, "strike": strike, "volatility": volatility, "years": years}
    values = black76(**terms, is_call=is_call)
    assert not any(np.isnan(getattr(values, name)) for name in GREEKS), values
    assert 0.0 <= values.price <= (forward if is_call else strike) * (1 + 1e-14) + 1e-14 * forward
