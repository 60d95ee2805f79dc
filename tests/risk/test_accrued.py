"""What remains of an option on an average of which a part is known: what one pays, what a book asks for."""

import numpy as np
import pytest
from mpmath import mp

from risk.errors import InvalidInput
from risk.instruments import CALL, PERPETUAL, PUT, Instrument, InstrumentTable
from risk.margin.equity_bounds import equity_bounds
from risk.margin.requirement import equity_interval, own_requirement
from risk.market import Accrued, ExpirySurface, MarketState
from risk.revaluation import profit_and_loss_matrix, profit_and_loss_matrix_reference
from risk.revaluation.sensitivities import instrument_state, marks_at
from risk.surface import SviSlice
from tests.risk import requirement_cases as cases
from tests.risk.test_revaluation import FLOOR_DAYS, INDEX, blended

DAY = 86_400
EXPIRY = 20_000 * DAY + 8 * 3_600
NOW = EXPIRY - 900
AVERAGE = 39_000.0
HALF = {(0, EXPIRY): Accrued(0.5, AVERAGE)}


def market(**changes):
    surface = ExpirySurface(basis=0.001, slice=SviSlice(a=1e-5, b=2e-4, rho=-0.3, m=0.0, sigma=0.02))
    surfaces = {(0, EXPIRY): surface, (1, EXPIRY): surface}
    return MarketState(**({"now": NOW, "index": INDEX, "surfaces": surfaces} | changes))


def option(strike, kind, underlying=1):
    return Instrument(underlying, EXPIRY, round(strike * 10**6), kind)


def own(instruments, quantities, state):
    parameters = cases.PARAMETERS
    return own_requirement(
        table=InstrumentTable.of(instruments), market=state, parameters=parameters, quantities=quantities
    )


STRIKES = (36_000.0, 39_500.0, 40_000.0, 44_000.0)


@pytest.mark.parametrize("kind", [CALL, PUT])
def test_half_an_average_is_half_as_many_options_with_another_strike(kind):
    """q options struck at K are q / 2 struck at 2 K - a: the same mark, requirement and bounds."""
    quantities = np.array([2.0, -4.0, 6.0, -1.0, 0.5])
    perpetual = Instrument(1, 0, 0, PERPETUAL)
    held = [*(option(k, kind) for k in STRIKES), perpetual]
    rest = [*(option(2 * k - AVERAGE, kind) for k in STRIKES), perpetual]
    halved = np.array([0.5, 0.5, 0.5, 0.5, 1.0]) * quantities
    got, want = own(held, quantities, market(accruals=HALF)), own(rest, halved, market())
    for name in (
        "mark",
        "delta",
        "gamma",
        "vega",
        "scenario_loss",
        "charges",
        "gross_notional",
        "most",
        "own",
    ):
        np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=1e-12, err_msg=name)
    ends = {"cash": [5.0], "entry_values": [[0.0, 0.0]], "low": INDEX * 0.99, "high": INDEX * 1.02}
    for interval, more in ((equity_interval, {}), (equity_bounds, {"parameters": cases.PARAMETERS})):
        one = interval(
            table=InstrumentTable.of(held),
            market=market(accruals=HALF),
            quantities=quantities,
            **ends,
            **more,
        )
        other = interval(table=InstrumentTable.of(rest), market=market(), quantities=halved, **ends, **more)
        np.testing.assert_allclose([one.low, one.high], [other.low, other.high], rtol=1e-12)


def test_certain_exercise_is_a_forward_and_cash():
    forward = INDEX[0] * 1.001
    got = own([option(10_000.0, CALL), option(10_000.0, PUT)], np.eye(2), market(accruals=HALF))
    np.testing.assert_allclose(got.mark, [(AVERAGE + forward) / 2 - 10_000.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(got.delta[:, 0], [forward / 2, 0.0], atol=1e-9)
    np.testing.assert_allclose(got.gamma[:, 0], 0.0, atol=1e-12)


def test_the_kernel_agrees_with_its_twin():
    table = InstrumentTable.of([option(k, kind) for k in (10_000.0, *STRIKES) for kind in (CALL, PUT)])
    terms = {"table": table, "market": market(accruals=HALF), "scenarios": blended(100)}
    got = profit_and_loss_matrix(**terms, term_floor_days=FLOOR_DAYS)
    want = profit_and_loss_matrix_reference(**terms, term_floor_days=FLOOR_DAYS)
    assert np.abs(got - want).max() < 1e-10
    assert np.ptp(got[1]) == 0.0, "a put that is worthless for sure moves with nothing"


def test_a_whole_window_fixes_the_payoff_before_the_price_is_fixed():
    state = market(now=EXPIRY + 60, accruals={(0, EXPIRY): Accrued(1.0, AVERAGE)})
    got = own([option(38_000.0, CALL), option(38_000.0, PUT)], np.eye(2), state)
    np.testing.assert_allclose(got.mark, [1_000.0, 0.0])
    np.testing.assert_allclose(got.own, 0.0)


@pytest.mark.parametrize(("share", "price"), [(0.0, 1.0), (1.1, 1.0), (0.5, 0.0), (0.5, float("nan"))])
def test_a_share_or_price_that_cannot_be_is_refused(share, price):
    with pytest.raises(InvalidInput):
        Accrued(share, price)


SHARES = (1 / 1_800, 0.25, 0.5, 0.9, 1_799 / 1_800)


@pytest.mark.parametrize("kind", [CALL, PUT])
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("strike", [10_000.0, 39_500.0, 40_000.0, 40_040.0, 44_000.0])
def test_the_mark_is_the_expected_payoff_of_the_average(kind, share, strike):
    """E max(+-(w a + (1 - w) S - K), 0) over a lognormal S, by mpmath's quadrature: no strike is moved in it."""
    state = market(accruals={(0, EXPIRY): Accrued(share, AVERAGE)})
    table = InstrumentTable.of([option(strike, kind)])
    placed = instrument_state(table=table, market=state)
    forward, deviation = float(placed.forward[0]), float(placed.deviation[0])
    sign = 1 if kind == CALL else -1

    def density_times_payoff(z):
        end = forward * mp.exp(deviation * z - deviation * deviation / 2)
        return mp.npdf(z) * max(sign * (share * AVERAGE + (1 - share) * end - strike), mp.mpf(0))

    rest = (strike - share * AVERAGE) / (1 - share)
    kink = (mp.log(rest / forward) / deviation + deviation / 2) if rest > 0 and deviation > 0 else mp.inf
    places = sorted({-12.0, 12.0, *([float(kink)] if abs(kink) < 12 else [])})
    want = float(mp.quad(density_times_payoff, places))
    got = float(marks_at(table=table, state=placed, spot_factor=1.0)[0])
    assert got == pytest.approx(want, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("share", SHARES)
def test_without_volatility_it_is_the_payoff_of_the_average(share):
    flat = ExpirySurface(basis=0.0, slice=SviSlice(a=0.0, b=0.0, rho=0.0, m=0.0, sigma=1e-9))
    strikes = np.linspace(38_000.0, 41_000.0, 31)
    table = InstrumentTable.of([option(k, kind) for k in strikes for kind in (CALL, PUT)])
    state = market(surfaces={(0, EXPIRY): flat}, accruals={(0, EXPIRY): Accrued(share, AVERAGE)})
    placed = instrument_state(table=table, market=state)
    for factor in (0.7, 0.99, 1.0, 1.01, 1.3):
        ends = share * AVERAGE + (1 - share) * INDEX[0] * factor - np.repeat(strikes, 2)
        want = np.maximum(np.where(table.is_call, ends, -ends), 0.0)
        got = marks_at(table=table, state=placed, spot_factor=factor)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-7)


def test_the_more_is_known_the_less_it_moves():
    """Money delta of a call deep in the money is the open share of the forward; at the end only the payoff stays."""
    table = InstrumentTable.of([option(10_000.0, CALL), option(38_000.0, CALL)])
    for share in SHARES:
        state = market(accruals={(0, EXPIRY): Accrued(share, AVERAGE)})
        got = own([option(10_000.0, CALL)], np.ones(1), state)
        np.testing.assert_allclose(got.delta[0, 0], (1 - share) * INDEX[0] * 1.001, rtol=1e-9)
        np.testing.assert_allclose(got.gross_notional, (1 - share) * INDEX[0], rtol=1e-12)
        placed = instrument_state(table=table, market=state)
        spread = marks_at(table=table, state=placed, spot_factor=1.5) - marks_at(
            table=table, state=placed, spot_factor=0.5
        )
        assert np.all(spread <= (1 - share) * 1.001 * INDEX[0] * (1 + 1e-9))
    np.testing.assert_allclose(marks_at(table=table, state=placed, spot_factor=1.0)[1], 1_000.0, atol=1.0)


def test_a_simulated_average_is_worth_no_more_than_the_mark_and_little_less():
    """What is open is an average too, and moves less than its end: the mark errs on the side of whoever is owed, by
    0.08% of the index at most, at 60% a year and the beginning of the window, at the money."""
    rng = np.random.default_rng(20_200_312)
    years, steps, paths = 1_799 / 31_536_000, 200, 100_000
    moves = rng.standard_normal((paths // 2, steps)) * 0.6 * np.sqrt(years / steps)
    logs = np.cumsum(np.concatenate([moves, -moves]) - 0.18 * years / steps, axis=1)
    averages = INDEX[0] * np.exp(logs).mean(axis=1)
    flat = ExpirySurface(basis=0.0, slice=SviSlice(a=0.36 * years, b=0.0, rho=0.0, m=0.0, sigma=1e-9))
    state = market(
        now=EXPIRY - 1_799, surfaces={(0, EXPIRY): flat}, accruals={(0, EXPIRY): Accrued(1 / 1_800, INDEX[0])}
    )
    strikes = INDEX[0] * np.array([0.99, 1.0, 1.01])
    table = InstrumentTable.of([option(k, CALL) for k in strikes])
    got = marks_at(table=table, state=instrument_state(table=table, market=state), spot_factor=1.0)
    paid = np.maximum((INDEX[0] + 1_799 * averages[:, np.newaxis]) / 1_800 - strikes, 0.0)
    error = paid.std(axis=0) / np.sqrt(paths)
    excess = got - paid.mean(axis=0)
    assert np.all(excess > -4 * error)
    assert np.all(excess < 0.0008 * INDEX[0] + 4 * error)
    assert excess[1] > 0.0006 * INDEX[0], "and no less than that: the bound is near"
