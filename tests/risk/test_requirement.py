"""The own requirement's structure: what adds up, what cannot hurt, what expires, what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.errors import InvalidInput, MissingMarketData
from risk.instruments import InstrumentTable
from risk.margin.requirement import Witness, delta_gamma_vega_requirement, equity_interval, own_requirement
from risk.market import ExpirySurface, MarketState
from risk.parameters import ScenarioPoint
from risk.positions import position_matrix
from risk.surface import SviSlice
from risk.units import SECONDS_PER_YEAR, WAD
from tests.risk import requirement_cases as cases

TABLE = InstrumentTable.of(
    [
        cases.perpetual(),
        cases.option(8_000, is_call=True),
        cases.option(7_000, is_call=False),
        cases.perpetual(2),
        cases.option(250, is_call=True, underlying=2),
    ]
)
books = st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=5)


def own(quantities, **changes):
    terms = {"table": TABLE, "market": cases.market(), "parameters": cases.PARAMETERS, **changes}
    return own_requirement(quantities=quantities, **terms)


def test_a_perpetual_by_hand() -> None:
    """One coin at 8,000: 12% volatility over the horizon, worst point -45%."""
    found = own([1.0, 0.0, 0.0, 0.0, 0.0])
    assert found.mark[0] == 8_000.0
    assert found.delta_gamma_vega[0] == pytest.approx(2.6652142203458064 * 0.12 * 8_000.0, rel=1e-12)
    assert found.scenario_loss[0] == pytest.approx(3_600.0, rel=1e-12)
    assert found.charges[0] == 0.0
    assert found.own[0] == pytest.approx(3_600.0, rel=1e-12)
    assert found.worst_witness(0) == Witness(is_scenario=True, points=0)


@settings(max_examples=40)
@given(books, books)
def test_accounts_do_not_touch_each_other(first, second) -> None:
    together = own([first, second])
    for row, book in enumerate((first, second)):
        alone = own(book)
        assert together.own[row] == pytest.approx(alone.own[0], rel=1e-12, abs=1e-9)
        assert together.worst_witness(row).is_scenario == alone.worst_witness(0).is_scenario


@settings(max_examples=40)
@given(books, st.floats(0.1, 1e6))
def test_requirement_scales_with_the_book(book, factor) -> None:
    one, many = own(book), own(np.array(book) * factor)
    assert many.own[0] == pytest.approx(factor * one.own[0], rel=1e-9, abs=1e-6)


@settings(max_examples=40)
@given(books, books)
def test_merging_two_books_never_needs_more_than_both(first, second) -> None:
    parts, merged = own([first, second]), own(np.array(first) + np.array(second))
    # The grid and the charges are subadditive; delta-gamma-vega's mean is linear and its root a norm.
    assert merged.scenario_loss[0] <= parts.scenario_loss.sum() * (1 + 1e-9) + 1e-6
    assert merged.charges[0] <= parts.charges.sum() * (1 + 1e-9) + 1e-9
    assert merged.own[0] <= parts.own.sum() * (1 + 1e-9) + 1e-6


def test_delta_gamma_vega_is_the_matrix_formula() -> None:
    rng = np.random.default_rng(4)
    delta, gamma, vega = rng.normal(size=(3, 6, 2)) * 1_000.0
    covariance = cases.PARAMETERS.covariance()
    found = delta_gamma_vega_requirement(delta=delta, gamma=gamma, vega=vega, parameters=cases.PARAMETERS)
    for row in range(6):
        d = np.array([delta[row, 0], vega[row, 0], delta[row, 1], vega[row, 1]])
        product = np.diag([gamma[row, 0], 0.0, gamma[row, 1], 0.0]) @ covariance
        variance = d @ covariance @ d + np.trace(product @ product) / 2
        expected = max(0.0, 2.6652142203458064 * math.sqrt(variance) - np.trace(product) / 2)
        assert found[row] == pytest.approx(expected, rel=1e-12)


def straddle_at(seconds_left: int, quantity: float):
    """A straddle at the money under 60% flat volatility, so long before its expiry."""
    years = seconds_left / SECONDS_PER_YEAR
    surface = ExpirySurface(basis=0.0, slice=SviSlice.flat(volatility=0.6, years=years))
    live = MarketState(
        now=cases.EXPIRY - seconds_left, index=[8_000.0, 200.0], surfaces={(0, cases.EXPIRY): surface}
    )
    legs = InstrumentTable.of([cases.option(8_000, is_call=True), cases.option(8_000, is_call=False)])
    return own([quantity, quantity], table=legs, market=live)


@pytest.mark.parametrize("seconds_left", [1, 60, 600, 3_600])
def test_gamma_near_expiry_asks_no_more_than_the_horizon_move(seconds_left) -> None:
    """A pure kink: (m / sqrt 2 -+ 1/2) pdf(0) sqrt(S_uu) of gross notional, 6.6% long and 11.4% short."""
    multiplier, density, deviation = 2.6652142203458064 / math.sqrt(2.0), 1.0 / math.sqrt(2.0 * math.pi), 0.12
    for quantity in (1.0, -1.0):
        found = straddle_at(seconds_left, quantity)
        share = (multiplier - 0.5 * quantity) * density * deviation
        assert found.delta_gamma_vega[0] == pytest.approx(share * found.gross_notional[0], rel=0.05)
        if quantity > 0.0:
            assert found.scenario_loss[0] <= found.mark[0]
        else:
            assert found.scenario_loss[0] > found.delta_gamma_vega[0]


def test_gamma_of_an_option_wider_than_the_horizon_move_is_its_own() -> None:
    found = straddle_at(30 * 86_400, 1.0)
    deviation = 0.6 * math.sqrt(30 / 365)
    density = math.exp(-(deviation**2) / 8.0) / math.sqrt(2.0 * math.pi)
    assert found.gamma[0, 0] == pytest.approx(2.0 * 8_000.0 * density / deviation, rel=1e-9)
    assert found.own[0] < 2.0 * found.mark[0]


def test_covariance_is_the_square_of_its_loadings() -> None:
    covariance = cases.PARAMETERS.covariance()
    np.testing.assert_allclose(covariance, covariance.T)
    assert covariance[0, 0] == pytest.approx(0.0144)
    assert covariance[1, 0] == pytest.approx(-0.006)
    assert np.linalg.eigvalsh(covariance)[0] >= -1e-15


def test_the_witness_packs_the_points_of_both_underlyings() -> None:
    found = own([[1.0, 0, 0, -1.0, 0], [-1.0, 0, 0, 1.0, 0]])
    assert found.worst_witness(0) == Witness(is_scenario=True, points=0 | 8 << 8)
    assert found.worst_witness(1) == Witness(is_scenario=True, points=8 | 0 << 8)


def test_an_empty_book_needs_nothing() -> None:
    found = own(np.zeros((2, 5)))
    np.testing.assert_array_equal(found.own, [0.0, 0.0])
    assert found.worst_witness(1) == Witness(is_scenario=True, points=0)
    empty = own(np.zeros((1, 0)), table=InstrumentTable.of([]))
    assert empty.own[0] == 0.0


def test_a_tiny_hedged_book_still_needs_its_share_of_notional() -> None:
    twins = InstrumentTable.of([cases.option(8_000, is_call=True), cases.option(8_000, is_call=True)])
    found = own([1.0, -1.0], table=twins)
    assert found.charges[0] == pytest.approx(40.0)
    assert found.own[0] == pytest.approx(0.02 * 16_000.0)


def test_an_expired_option_is_worth_its_intrinsic_value_and_once_fixed_moves_no_more() -> None:
    after = cases.EXPIRY + 60
    call = [0.0, 0.0, -2.0, 0.0, 0.0]  # two short 7,000 puts
    unfixed = own(call, market=cases.market(now=after))
    assert unfixed.mark[0] == 0.0
    assert unfixed.scenario_loss[0] == pytest.approx(2 * (7_000.0 - 0.55 * 8_000.0))
    fixed = own(call, market=cases.market(now=after, settlements={(0, cases.EXPIRY): 6_500.0}))
    assert fixed.mark[0] == pytest.approx(-1_000.0)
    assert fixed.own[0] == 0.0
    assert fixed.gross_notional[0] == 0.0


def test_equity_takes_the_worse_end_of_each_underlying() -> None:
    interval = equity_interval(
        table=TABLE,
        market=cases.market(),
        quantities=[[1.0, 0, 0, -10.0, 0]],
        cash=[100.0],
        entry_values=[[7_900.0, -2_050.0]],
        low=[7_950.0, 198.0],
        high=[8_100.0, 203.0],
    )
    assert interval.low[0] == pytest.approx(100.0 + (7_950 - 7_900) + (2_050 - 2_030))
    assert interval.high[0] == pytest.approx(100.0 + (8_100 - 7_900) + (2_050 - 1_980))


def test_positions_from_wire_legs_add_up() -> None:
    perpetual = cases.perpetual().encode()
    matrix = position_matrix(table=TABLE, books=[[(perpetual, WAD), (perpetual, WAD // 2)], []])
    np.testing.assert_array_equal(matrix.toarray(), [[1.5, 0, 0, 0, 0], [0] * 5])
    with pytest.raises(InvalidInput, match="account row 0 holds instrument 7"):
        position_matrix(table=TABLE, books=[[(7, WAD)]])


def test_an_unexpired_option_without_surface_is_missing_data() -> None:
    bare = MarketState(now=cases.NOW, index=[8_000.0, 200.0], surfaces={})
    with pytest.raises(MissingMarketData, match=f"column [01], expiry {cases.EXPIRY}"):
        own(np.ones(5), market=bare)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_quantities_that_are_no_numbers_are_refused(bad) -> None:
    with pytest.raises(InvalidInput, match=f"quantities must be finite, got {bad!r}"):
        own([1.0, bad, 0.0, 0.0, 0.0])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidInput, match="5 instruments"):
        own([1.0, 2.0])
    with pytest.raises(InvalidInput, match="the market has 1 underlyings, the covariance 2"):
        own(np.ones(5), market=MarketState(now=cases.NOW, index=[8_000.0], surfaces={}))


@pytest.mark.parametrize(
    "change",
    [
        {"loadings": (1, 2)},
        {"loadings": ()},
        {"loadings": (1,)},
        {"grid": ()},
        {"grid": (ScenarioPoint(spot_shock_bps=0, volatility_shock_bps=0),) * 257},
        {"ratio_floor_bps": 20_001},
    ],
)
def test_parameters_that_cannot_be_are_refused(change) -> None:
    with pytest.raises(InvalidInput):
        replace(cases.PARAMETERS, **change)


def test_a_grid_point_cannot_lose_more_than_everything() -> None:
    with pytest.raises(InvalidInput, match="-10,000"):
        ScenarioPoint(spot_shock_bps=-10_000, volatility_shock_bps=0)


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_a_market_needs_real_prices(price) -> None:
    with pytest.raises(InvalidInput, match=f"index must be .* got {price!r}"):
        MarketState(now=cases.NOW, index=[price], surfaces={})
    with pytest.raises(InvalidInput, match=f"settlements must be .* got {price!r}"):
        MarketState(now=cases.NOW, index=[1.0], surfaces={}, settlements={(0, 1): price})


@pytest.mark.parametrize("basis", [-1.0, math.nan, math.inf])
def test_a_basis_leaves_a_forward(basis) -> None:
    with pytest.raises(InvalidInput, match=f"got {basis!r}"):
        ExpirySurface(basis=basis, slice=SviSlice.flat(volatility=0.5, years=1.0))


def test_a_surface_row_survives_the_wire() -> None:
    surface = ExpirySurface(basis=-0.0123, slice=cases.SMILE)
    names = ("basis", "a", "b", "rho", "m", "sigma")
    again = ExpirySurface.from_wire(**dict(zip(names, surface.to_wire(), strict=True)))
    assert again.to_wire() == surface.to_wire()
    assert again.basis == pytest.approx(surface.basis, abs=1e-12)
