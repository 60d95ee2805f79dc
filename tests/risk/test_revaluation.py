"""The shared matrix follows the grid's conventions, and its kernel agrees with the function behind the grid."""

import math

import numpy as np
import pytest

from risk.errors import InvalidInput, MissingMarketData
from risk.instruments import CALL, PERPETUAL, PUT, Instrument, InstrumentTable
from risk.market import ExpirySurface, MarketState
from risk.pricing import black76, black76_price
from risk.revaluation import profit_and_loss_matrix, profit_and_loss_matrix_reference, term_weight
from risk.scenarios import ScenarioConfig, ScenarioSet, build_scenarios
from risk.surface import SviSlice
from tests.risk.market_history import hourly_history

DAY = 86_400
NOW = 20_000 * DAY
NEAR, MONTH, QUARTER, PAST = (NOW + 8 * 3_600 + days * DAY for days in (0, 30, 90, -3))
INDEX = np.array([40_000.0, 2_500.0])
FLOOR_DAYS = 7.0


def surface(*, volatility, expiry, basis):
    total = volatility**2 * (expiry - NOW) / (365 * DAY)
    return ExpirySurface(basis=basis, slice=SviSlice(a=0.7 * total, b=total, rho=-0.3, m=0.02, sigma=0.3))


def market(**changes):
    surfaces = {
        (u, expiry): surface(volatility=0.6 + 0.2 * u, expiry=expiry, basis=0.004 * (u + 1))
        for u in (0, 1)
        for expiry in (NEAR, MONTH, QUARTER)
    }
    return MarketState(**({"now": NOW, "index": INDEX, "surfaces": surfaces} | changes))


def listing():
    instruments = [Instrument(u, 0, 0, PERPETUAL) for u in (1, 2)]
    for u, spot in ((1, 40_000), (2, 2_500)):
        for expiry in (NEAR, MONTH, QUARTER, PAST):
            for moneyness in (0.5, 0.9, 1.0, 1.1, 2.0):
                strike = round(spot * moneyness) * 10**6
                instruments += [Instrument(u, expiry, strike, kind) for kind in (CALL, PUT)]
    return InstrumentTable.of(instruments)


def one_scenario(*, spots, moves):
    return ScenarioSet(np.array([spots]), np.array([moves]), "one")


def blended(count=300):
    config = ScenarioConfig(
        horizon_steps=24, seed=3, historical_count=count, filtered_count=count, student_t_count=count
    )
    return build_scenarios(history=hourly_history(), config=config)


def matrix_of(scenarios, *, table=None, state=None, **options):
    return profit_and_loss_matrix(
        table=listing() if table is None else table,
        market=market() if state is None else state,
        scenarios=scenarios,
        term_floor_days=FLOOR_DAYS,
        **options,
    )


def test_kernel_agrees_with_its_twin():
    scenarios = blended()
    got = matrix_of(scenarios)
    want = profit_and_loss_matrix_reference(
        table=listing(), market=market(), scenarios=scenarios, term_floor_days=FLOOR_DAYS
    )
    assert got.shape == (len(listing()), scenarios.scenarios)
    # A few roundings of forward and strike: 80,000 times 2.2e-16, times five.
    assert np.abs(got - want).max() < 1e-10


def test_single_precision_is_the_same_matrix_rounded():
    scenarios = blended(count=50)
    single = matrix_of(scenarios, single_precision=True)
    assert single.dtype == np.float32
    assert np.array_equal(single, matrix_of(scenarios).astype(np.float32))


def test_nothing_moves_nothing_earned():
    got = matrix_of(one_scenario(spots=[0.0, 0.0], moves=[0.0, 0.0]))
    assert np.abs(got).max() < 1e-10


def test_a_perpetual_earns_the_index_move():
    got = matrix_of(one_scenario(spots=[-0.25, 0.1], moves=[3.0, -0.5]))
    assert got[:2, 0] == pytest.approx([-10_000.0, 250.0])


def test_one_option_by_hand():
    """Forward and spot by 1 + r, volatility at the unshocked log-moneyness by 1 + v sqrt(30 / 30.33)."""
    spot_return, move, strike = -0.2, 0.5, 36_000.0
    quote = surface(volatility=0.6, expiry=MONTH, basis=0.004)
    years = (MONTH - NOW) / (365 * DAY)
    forward = 40_000.0 * 1.004
    volatility = quote.slice.implied_volatility(math.log(strike / forward), years=years)
    weight = math.sqrt(30 / (years * 365))

    def price(f, s):
        return black76_price(forward=f, strike=strike, volatility=s, years=years, is_call=False)

    want = price(forward * 0.8, volatility * (1 + move * weight)) - price(forward, volatility)
    table = InstrumentTable.of([Instrument(1, MONTH, 36_000 * 10**6, PUT)])
    got = matrix_of(one_scenario(spots=[spot_return, 0.9], moves=[move, 0.9]), table=table)
    assert got[0, 0] == pytest.approx(float(want), rel=1e-12)


def test_put_call_parity_holds_in_every_scenario():
    scenarios = blended(count=50)
    pair = [Instrument(1, QUARTER, 44_000 * 10**6, kind) for kind in (CALL, PUT)]
    call, put = matrix_of(scenarios, table=InstrumentTable.of(pair))
    assert call - put == pytest.approx(40_000 * 1.004 * scenarios.spot_returns[:, 0], abs=1e-9)


def test_small_moves_follow_delta_and_vega():
    table = InstrumentTable.of([Instrument(2, MONTH, 2_600 * 10**6, CALL)])
    years = (MONTH - NOW) / (365 * DAY)
    forward = 2_500 * 1.008
    quote = surface(volatility=0.8, expiry=MONTH, basis=0.008)
    volatility = quote.slice.implied_volatility(math.log(2_600 / forward), years=years)
    greeks = black76(forward=forward, strike=2_600.0, volatility=volatility, years=years, is_call=True)
    step = 1e-6
    by_spot = matrix_of(one_scenario(spots=[0.0, step], moves=[0.0, 0.0]), table=table)[0, 0] / step
    by_move = matrix_of(one_scenario(spots=[0.0, 0.0], moves=[0.0, step]), table=table)[0, 0] / step
    weight = term_weight(years=np.array(years), term_floor_days=FLOOR_DAYS)
    assert by_spot == pytest.approx(float(greeks.delta) * forward, rel=1e-4)
    assert by_move == pytest.approx(float(greeks.vega * volatility * weight), rel=1e-4)


def test_volatility_falls_no_lower_than_zero():
    table = InstrumentTable.of([Instrument(1, NEAR, 30_000 * 10**6, CALL)])
    base = one_scenario(spots=[0.0, 0.0], moves=[-1.0, 0.0])
    flattened = matrix_of(base, table=table)[0, 0]
    price = matrix_of(one_scenario(spots=[-0.99, 0.0], moves=[-1.0, 0.0]), table=table)[0, 0]
    intrinsic = 40_000 * 1.004 - 30_000
    # At -99% the call is worthless: what it loses is its price now.
    assert flattened == pytest.approx(intrinsic + price, abs=1e-9)


def test_term_weight_is_one_at_thirty_days_and_stops_at_the_floor():
    years = np.array([30.0, 7.0, 1.0, 0.0, 120.0]) / 365
    got = term_weight(years=years, term_floor_days=7.0)
    assert got == pytest.approx([1.0, math.sqrt(30 / 7), math.sqrt(30 / 7), math.sqrt(30 / 7), 0.5])


@pytest.mark.parametrize("floor", [-1.0, math.nan, math.inf])
def test_a_floor_that_is_none_is_refused(floor):
    with pytest.raises(InvalidInput, match="term_floor_days"):
        term_weight(years=np.array([0.1]), term_floor_days=floor)


def test_expired_options_move_until_they_are_settled():
    table = InstrumentTable.of([Instrument(1, PAST, 39_000 * 10**6, CALL)])
    shock = one_scenario(spots=[-0.01, 0.0], moves=[9.0, 0.0])
    assert matrix_of(shock, table=table)[0, 0] == pytest.approx(-400.0)
    settled = market(settlements={(0, PAST): 41_000.0})
    assert matrix_of(shock, table=table, state=settled)[0, 0] == 0.0


def test_an_option_without_surface_is_refused():
    with pytest.raises(MissingMarketData):
        matrix_of(one_scenario(spots=[0.0, 0.0], moves=[0.0, 0.0]), state=market(surfaces={}))


def test_scenarios_of_another_market_are_refused():
    with pytest.raises(InvalidInput, match="scenarios move 1 underlyings, the market has 2"):
        matrix_of(one_scenario(spots=[0.0], moves=[0.0]))


def test_an_empty_listing_gives_an_empty_matrix():
    assert matrix_of(blended(count=5), table=InstrumentTable.of([])).shape == (0, 15)
