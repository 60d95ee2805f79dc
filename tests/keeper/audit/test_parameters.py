"""Parameter setters replayed: what a digest names, what a listing drops, and what a new underlying starts with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.audit.calls import ContractCall
from keeper.audit.integers import divide_toward_zero, multiply_ceil, multiply_floor, square_root_up
from keeper.audit.parameters import ParameterReplay, with_independent_factors
from keeper.decide.state_box import covariance_of

WAD = 10**18
CONFIG = {"listed": True, "ageVolatility": WAD, "fundingRate": -5, "lotSize": 10}


def call(function, **arguments):
    return ContractCall("RiskParameters", function, arguments)


def replayed(*calls, time=1_000):
    parameters = ParameterReplay()
    for one in calls:
        parameters.apply(one, time)
    return parameters


def test_each_setter_changes_the_digest():
    steps = [
        call("setUnderlying", underlying=1, config=CONFIG),
        call("listExpiry", expiry=5_000),
        call("setScenarioGrid", points=[{"spotShockBps": -1, "volatilityShockBps": 2, "weightBps": 3}]),
    ]
    digests = [replayed(*steps[:count]).snapshot().digest for count in range(len(steps) + 1)]
    assert len(set(digests)) == len(digests)


def test_other_functions_change_nothing():
    assert replayed(call("parametersDigest")).snapshot() == ParameterReplay().snapshot()


def test_a_new_underlying_starts_independent_and_a_changed_one_keeps_the_loadings():
    one = replayed(call("setUnderlying", underlying=1, config=CONFIG))
    assert one.loadings == (WAD, 0, WAD)
    one.apply(call("setUnderlying", underlying=1, config={**CONFIG, "lotSize": 20}), 1_000)
    assert one.loadings == (WAD, 0, WAD)
    assert one.underlyings[0].lot_size == 20
    assert with_independent_factors((1, 2, 3), 2) == (1, 2, 3, 0, 0, WAD, 0, 0, 0, WAD)


def test_listing_drops_expired_ones_but_they_stay_known():
    parameters = replayed(call("listExpiry", expiry=5_000), call("listExpiry", expiry=9_000))
    parameters.apply(call("listExpiry", expiry=20_000), 5_000)
    assert parameters.expiries == (9_000, 20_000)
    assert parameters.ever_listed == {5_000, 9_000, 20_000}


def test_a_copy_stands_still():
    parameters = replayed(call("listExpiry", expiry=5_000))
    still, digest = parameters.copy(), parameters.snapshot().digest
    parameters.apply(call("listExpiry", expiry=9_000), 1_000)
    assert still.snapshot().digest == digest != parameters.snapshot().digest


def test_a_covariance_is_the_product_of_its_loadings_rounded_toward_zero():
    third = WAD // 3
    matrix = covariance_of((third, -third, third), 2)
    assert matrix[1] == matrix[2] == -(third * third // WAD)
    assert matrix[0] == third * third // WAD + 2
    assert matrix[3] == 2 * third * third // WAD + 2


@given(st.integers(-(10**40), 10**40), st.integers(-(10**20), 10**20))
def test_products_are_rounded_by_name(x, y):
    floor, ceil = multiply_floor(x, y), multiply_ceil(x, y)
    assert floor * WAD <= x * y <= ceil * WAD
    assert ceil - floor <= 1
    assert multiply_ceil(-x, y) == -floor
    assert abs(divide_toward_zero(x, WAD)) == abs(x) // WAD


@pytest.mark.parametrize(("value", "root"), [(0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (10**36 + 1, WAD + 1)])
def test_a_square_root_is_rounded_up(value, root):
    assert square_root_up(value) == root
