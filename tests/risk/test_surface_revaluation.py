"""Full revaluation under level, skew and term moves, against a plain loop over instruments and scenarios."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from risk.errors import InvalidInput, MissingMarketData
from risk.instruments import CALL, PUT, Instrument, InstrumentTable
from risk.pricing import black76_reference
from risk.revaluation import (
    book_risk,
    book_risk_reference,
    build_index,
    profit_and_loss_matrix,
    surface_profit_and_loss_matrix,
)
from risk.scenarios import ScenarioSet, SurfaceMoves, fit_surface_law, philox_uniforms
from tests.risk.test_revaluation import MONTH, PAST, QUARTER, listing, market
from tests.risk.test_scenario_surface import surface_observations

FLOOR_DAYS = 7.0


def drawn(*, rows: int = 256, underlyings: int = 2) -> SurfaceMoves:
    law = fit_surface_law(observations=surface_observations(underlyings=underlyings), marginals="student_t")
    places = philox_uniforms(seed=8, stream=2, rows=rows, dimensions=4 * underlyings + 1)
    return law.draw(uniforms=places, maximum_log_move=1.0)


def single(*, spot=0.0, level=0.0, skew=0.0, term=0.0, underlyings=2) -> SurfaceMoves:
    return SurfaceMoves(*(np.full((1, underlyings), value) for value in (spot, level, skew, term)))


def matrix_of(moves, *, table=None, state=None, **options):
    return surface_profit_and_loss_matrix(
        table=listing() if table is None else table,
        market=market() if state is None else state,
        moves=moves,
        term_floor_days=FLOOR_DAYS,
        **options,
    )


def plain_profit(instrument: Instrument, *, state, moves: SurfaceMoves, scenario: int) -> float:
    """The module's words again, one option and one scenario at a time, with numpy's and scipy's functions only."""
    u = instrument.underlying - 1
    spot, earned = state.index[u], moves.spot_returns[scenario, u]
    if instrument.is_perpetual:
        return spot * earned
    strike, sign = instrument.strike, 1.0 if instrument.kind == CALL else -1.0
    years = (instrument.expiry - state.now) / (365 * 86_400)
    if years <= 0.0:
        return max(sign * (spot * (1.0 + earned) - strike), 0.0) - max(sign * (spot - strike), 0.0)
    surface = state.surfaces[u, instrument.expiry]
    forward = spot * (1.0 + surface.basis)
    k = math.log(strike / forward)
    volatility = float(surface.slice.implied_volatility(k, years=years))
    ratio = max(365 * years, FLOOR_DAYS) / 30
    x = min(max(k / math.sqrt(ratio), -2.0), 2.0)
    level, skew, term = (part[scenario, u] for part in (moves.level, moves.skew, moves.term))
    moved = volatility * math.exp(level - skew * x + term * math.log(ratio))
    values = [
        black76_reference(
            forward=f, strike=strike, volatility=s, years=years, is_call=instrument.kind == CALL
        )
        for f, s in ((forward * (1.0 + earned), moved), (forward, volatility))
    ]
    return float(values[0].price - values[1].price)


def test_every_entry_is_that_of_a_plain_loop() -> None:
    table, state, moves = listing(), market(), drawn(rows=20)
    got = matrix_of(moves)
    want = [
        [plain_profit(instrument, state=state, moves=moves, scenario=s) for s in range(20)]
        for instrument in table.instruments
    ]
    # A few roundings of forward and strike: 80,000 times 2.2e-16, times five.
    assert np.abs(got - want).max() < 1e-10


def test_a_level_move_alone_is_the_parallel_revaluation_at_thirty_days() -> None:
    table = InstrumentTable.of([Instrument(1, MONTH, 36_000 * 10**6, kind) for kind in (CALL, PUT)])
    state = market(now=MONTH - 30 * 86_400)
    moves = drawn(rows=50)
    parallel = profit_and_loss_matrix(
        table=table, market=state, scenarios=moves.scenario_set(), term_floor_days=FLOOR_DAYS
    )
    flat = SurfaceMoves(moves.spot_returns, moves.level, 0 * moves.skew, 0 * moves.term)
    np.testing.assert_allclose(matrix_of(flat, table=table, state=state), parallel, rtol=0.0, atol=1e-10)
    assert np.abs(matrix_of(moves, table=table, state=state) - parallel).max() > 10.0


def test_skew_lifts_puts_over_calls_and_term_lifts_the_far_end() -> None:
    table = InstrumentTable.of(
        [
            Instrument(1, QUARTER, 30_000 * 10**6, PUT),
            Instrument(1, QUARTER, 55_000 * 10**6, CALL),
            Instrument(1, MONTH, 40_000 * 10**6, CALL),
        ]
    )
    put, call, near = matrix_of(single(skew=0.2), table=table)[:, 0]
    assert put > 10.0
    assert call < -10.0
    far_put, far_call, near_by_term = matrix_of(single(term=0.2), table=table)[:, 0]
    assert min(far_put, far_call) > 10.0
    assert abs(near_by_term) < 0.1 * min(far_put, far_call)  # 30.33 days: all but no move of the 30-day point
    assert abs(near) < abs(put)


def test_a_risk_reversal_is_riskier_when_the_skew_moves() -> None:
    """Short the low put, long the high call, forward sold against it: parallel moves all but cancel in its vega."""
    table = InstrumentTable.of(
        [Instrument(1, QUARTER, 30_000 * 10**6, PUT), Instrument(1, QUARTER, 55_000 * 10**6, CALL)]
    )
    moves = drawn(rows=4_096)
    calm = np.zeros_like(moves.spot_returns)
    book = sparse.csr_array([[-1.0, 1.0]])
    risks = [
        book_risk(profit_and_loss=matrix_of(part, table=table), positions=book, confidence=0.99)
        for part in (
            SurfaceMoves(calm, moves.level, moves.skew, moves.term),
            SurfaceMoves(calm, moves.level, calm, calm),
        )
    ]
    assert risks[0].conditional_value_at_risk[0] > 1.5 * risks[1].conditional_value_at_risk[0]


@given(
    st.floats(-0.6, 1.0),
    st.floats(-0.7, 0.7),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
    st.floats(0.5, 2.0),
)
def test_put_call_parity_holds_whatever_moves(spot, level, skew, term, moneyness) -> None:
    strike = round(40_000 * moneyness) * 10**6
    pair = InstrumentTable.of([Instrument(1, QUARTER, strike, kind) for kind in (CALL, PUT)])
    call, put = matrix_of(single(spot=spot, level=level, skew=skew, term=term), table=pair)[:, 0]
    assert call - put == pytest.approx(40_000 * 1.004 * spot, abs=1e-9)


def test_the_index_over_four_factors_gives_the_same_bits() -> None:
    table, moves = listing(), drawn(rows=1_000)
    matrix = matrix_of(moves, single_precision=True)
    assert np.array_equal(matrix, matrix_of(moves).astype(np.float32))
    index = build_index(profit_and_loss=matrix, scenarios=moves, underlying=table.underlying)
    book = sparse.random_array((40, len(table)), density=0.2, format="csr", rng=np.random.default_rng(3))
    plain, pruned, sorted_ = (
        book_risk(profit_and_loss=matrix, positions=book, confidence=0.99),
        book_risk(profit_and_loss=index, positions=book, confidence=0.99),
        book_risk_reference(profit_and_loss=matrix, positions=book, confidence=0.99),
    )
    for name in ("value_at_risk", "conditional_value_at_risk"):
        assert np.array_equal(getattr(plain, name), getattr(pruned, name))
        np.testing.assert_allclose(getattr(plain, name), getattr(sorted_, name), rtol=1e-4)  # float32 sums


def test_what_has_no_smile_moves_with_spot_alone() -> None:
    table = InstrumentTable.of([Instrument(1, PAST, 39_000 * 10**6, CALL)])
    shock = single(spot=-0.01, level=1.0, skew=1.0, term=1.0)
    assert matrix_of(shock, table=table)[0, 0] == pytest.approx(-400.0)
    settled = market(settlements={(0, PAST): 41_000.0})
    assert matrix_of(shock, table=table, state=settled)[0, 0] == 0.0
    assert matrix_of(shock, table=InstrumentTable.of([])).shape == (0, 1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidInput, match="scenarios move 1 underlyings, the market has 2"):
        matrix_of(single(underlyings=1))
    with pytest.raises(MissingMarketData):
        matrix_of(single(), state=market(surfaces={}))
    with pytest.raises(InvalidInput, match="term_floor_days must be positive"):
        surface_profit_and_loss_matrix(table=listing(), market=market(), moves=single(), term_floor_days=0.0)
    with pytest.raises(InvalidInput, match="spot return must be above -1"):
        single(spot=-1.0)
    three, matrix = ScenarioSet(np.zeros((3, 2)), np.zeros((3, 2)), "three"), matrix_of(single())
    with pytest.raises(InvalidInput, match="does not cover 3 scenarios"):
        build_index(profit_and_loss=matrix, scenarios=three, underlying=listing().underlying)
