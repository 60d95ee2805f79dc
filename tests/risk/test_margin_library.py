"""Horizon, add-ons, smoothing, account margin and the inverse problem, each against its closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from risk.errors import InvalidInput, NotEnoughObservations, TargetUnreachable
from risk.instruments import InstrumentTable
from risk.margin import (
    SmoothingPolicy,
    account_margin,
    basis_add_on,
    buffered,
    concentration_add_on,
    deposit_to_reach,
    horizon_factor,
    is_liquidatable,
    liquidation_days,
    net_equity,
    oracle_age_add_on,
    own_requirement,
    short_option_minimum,
    smoothed_margin,
    trade_to_reach,
    with_stressed_weight,
)
from tests.risk import requirement_cases as case

HOUR = 3_600.0


def test_days_grow_with_size_over_depth_and_stay_bounded() -> None:
    days = liquidation_days(
        size=[0.0, -10.0, 300.0, 1e9, 5.0],
        daily_volume=[100.0, 100.0, 1_000.0, 100.0, 0.0],
        participation=0.1,
        least_days=0.5,
        most_days=20.0,
    )
    assert days.tolist() == [0.5, 1.0, 3.0, 20.0, 20.0]


def test_linear_closing_equals_the_integral() -> None:
    """int (1 - t / h)^2 dt by quadrature, 1e-12."""
    variance, _ = integrate.quad(lambda t: (1 - t / 9.0) ** 2, 0.0, 9.0)
    got = horizon_factor(days=9.0, risk_horizon_days=1.0, closing="linear")
    assert got == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert horizon_factor(days=9.0, risk_horizon_days=1.0) == 3.0
    assert horizon_factor(days=0.5, risk_horizon_days=1.0) == 1.0  # never sooner than the horizon of the risk


def test_block_factor_is_the_ratio_of_normal_tails() -> None:
    """ES of N(0, s^2 h) over ES of N(0, s^2 h0), 1e-12: both closed."""
    factor = horizon_factor(days=[2.0, 5.0], risk_horizon_days=2.0)
    tail = stats.norm.pdf(stats.norm.ppf(0.99)) / 0.01
    assert np.allclose(factor * tail * math.sqrt(2.0), tail * np.sqrt([2.0, 5.0]), rtol=1e-12)


def test_concentration_starts_at_its_threshold_and_is_capped() -> None:
    got = concentration_add_on(
        delta_notional=[100.0, -100.0, 200.0, 1_000.0],
        threshold=100.0,
        shock_per_threshold=0.02,
        most_shock=0.1,
    )
    assert np.allclose(got, [0.0, 0.0, 4.0, 100.0], rtol=1e-15)


@given(first=st.floats(0, 1e6), second=st.floats(0, 1e6))
def test_splitting_an_account_never_raises_concentration(first: float, second: float) -> None:
    def of(size: float) -> float:
        return float(
            concentration_add_on(delta_notional=size, threshold=1e4, shock_per_threshold=0.01, most_shock=0.3)
        )

    assert of(first) + of(second) <= of(first + second) * (1 + 1e-12) + 1e-9


def test_basis_add_on_is_the_tail_of_a_hedge_between_two_prices() -> None:
    """Long 100 at one price, short 80 at another; the matched 80 lose z s sqrt(h) x 80."""
    got = basis_add_on(
        long_notional=100.0,
        short_notional=[80.0, 0.0],
        basis_deviation_daily=0.01,
        horizon_days=4.0,
        multiplier=2.0,
    )
    assert np.allclose(got, [3.2, 0.0], rtol=1e-15)


def test_oracle_age_hides_sigma_root_age() -> None:
    """60 seconds at 80% a year: P(|move| loss > add-on) is 1% by the normal quantile, 1e-12."""
    z, years = stats.norm.ppf(0.99), 60.0 / (365 * 86_400)
    got = oracle_age_add_on(delta_notional=-5_000.0, volatility=0.8, age_seconds=60.0, multiplier=z)
    assert stats.norm(scale=5_000 * 0.8 * math.sqrt(years)).sf(got) == pytest.approx(0.01, rel=1e-12)
    double = oracle_age_add_on(delta_notional=-5_000.0, volatility=0.8, age_seconds=240.0, multiplier=z)
    assert double == pytest.approx(2 * got, rel=1e-15)  # the square root
    assert oracle_age_add_on(delta_notional=9.0, volatility=0.8, age_seconds=0.0, multiplier=z) == 0.0


def test_short_option_minimum_counts_sold_options_only() -> None:
    got = short_option_minimum(
        quantities=[[-2.0, 3.0, -1.0], [5.0, 5.0, -4.0]],
        is_option=[True, True, False],
        index=[100.0, 100.0, 100.0],
        share=0.05,
    )
    assert got.tolist() == [10.0, 0.0]


def test_buffer_is_used_up_as_margin_rises() -> None:
    """Article 28(1)(a): 25% over calm margin, drawn while margin rises by 25%, gone after."""
    got = buffered(margin=[40.0, 100.0, 110.0, 125.0, 200.0], calm_margin=100.0)
    assert got.tolist() == [50.0, 125.0, 125.0, 125.0, 200.0]


def test_stressed_weight_is_a_floor() -> None:
    """Article 28(1)(b): a quarter of stressed margin, and no discount where calm exceeds stressed."""
    assert with_stressed_weight(margin=[100.0, 100.0], stressed=[300.0, 20.0]).tolist() == [150.0, 100.0]


def test_smoothing_halves_the_gap_each_half_life() -> None:
    policy = SmoothingPolicy(up_half_life_seconds=HOUR, down_half_life_seconds=4 * HOUR)
    got = smoothed_margin(
        raw=[100.0, 200.0, 200.0, 0.0, 0.0],
        times_seconds=np.array([0, 1, 2, 6, 14]) * HOUR,
        policy=policy,
        floor=10.0,
    )
    assert np.allclose(got.smoothed, [100.0, 150.0, 175.0, 92.5, 30.625], rtol=1e-14)
    assert got.raw.tolist() == [100.0, 200.0, 200.0, 0.0, 0.0]
    assert got.target.tolist() == [100.0, 200.0, 200.0, 10.0, 10.0]


@given(raw=st.lists(st.floats(0, 1e6), min_size=1, max_size=40), floor=st.floats(0, 1e5))
def test_at_once_up_and_slow_down_never_undercharges(raw: list[float], floor: float) -> None:
    policy = SmoothingPolicy(up_half_life_seconds=0.0, down_half_life_seconds=HOUR)
    times = HOUR * np.arange(len(raw))
    got = smoothed_margin(raw=raw, times_seconds=times, policy=policy, floor=floor)
    assert (got.smoothed >= got.target * (1 - 1e-12)).all()
    assert (got.smoothed >= floor).all()
    # An hour's half-life at most; the last term is the grain of the smallest numbers.
    assert (got.smoothed[1:] >= (0.5 - 1e-9) * got.smoothed[:-1] - 1e-300).all()


def test_uneven_steps_compose() -> None:
    """Two half steps equal one whole, 1e-14: exponential decay has no step."""
    policy = SmoothingPolicy(up_half_life_seconds=HOUR, down_half_life_seconds=3 * HOUR)
    one = smoothed_margin(raw=[9.0, 1.0], times_seconds=[0.0, HOUR], policy=policy)
    two = smoothed_margin(raw=[9.0, 1.0, 1.0], times_seconds=[0.0, 0.3 * HOUR, HOUR], policy=policy)
    assert one.smoothed[-1] == pytest.approx(two.smoothed[-1], rel=1e-14)


def test_smoothing_continues_from_a_standing_charge() -> None:
    policy = SmoothingPolicy(up_half_life_seconds=0.0, down_half_life_seconds=HOUR)
    got = smoothed_margin(raw=[4.0, 4.0], times_seconds=[0.0, HOUR], policy=policy, start=12.0)
    assert got.smoothed.tolist() == [12.0, 8.0]


def test_account_margin_adds_what_the_tail_leaves_out() -> None:
    got = account_margin(
        expected_shortfall=[100.0, -5.0, 0.0],
        horizon_factor=[2.0, 1.0, 1.0],
        add_ons=[7.0, 0.0, 0.0],
        short_option_minimum=[10.0, 10.0, 0.0],
        initial_multiplier=1.15,
        maintenance_share=0.8,
    )
    assert np.allclose(got.initial, [237.0, 10.0, 0.0], rtol=1e-15)
    assert np.allclose(got.maintenance, 0.8 * got.initial, rtol=1e-15)
    assert got.minimum_binds.tolist() == [False, True, False]
    assert got.tail.tolist() == [200.0, 0.0, 0.0]


def test_net_equity_takes_haircuts_off_assets_not_off_debts() -> None:
    got = net_equity(
        collateral=[[1_000.0, -200.0]], haircut=[0.1, 0.1], unrealised_profit=[-50.0], closing_cost=[20.0]
    )
    assert got.tolist() == [630.0]


def test_an_account_at_its_maintenance_is_safe() -> None:
    assert is_liquidatable(equity=[99.9, 100.0, 101.0], maintenance=100.0).tolist() == [True, False, False]


@given(
    equity=st.floats(-1e6, 1e6),
    requirement=st.floats(0, 1e6),
    ratio=st.floats(0, 5),
    haircut=st.floats(0, 0.9),
)
def test_deposit_reaches_the_ratio_and_no_less_does(
    equity: float, requirement: float, ratio: float, haircut: float
) -> None:
    deposit = float(deposit_to_reach(equity=equity, requirement=requirement, ratio=ratio, haircut=haircut))
    slack = 1e-9 * (1 + abs(equity) + ratio * requirement)
    assert equity + (1 - haircut) * deposit >= ratio * requirement - slack
    assert deposit == 0.0 or abs(equity + (1 - haircut) * deposit - ratio * requirement) <= slack


def test_trade_reaches_the_ratio_on_the_chains_own_requirement() -> None:
    """Closing a share of a short straddle and perpetual; judged by the requirement of books on either side."""
    market, legs = case.market(), np.array([-3.0, -3.0, 2.0])
    table = InstrumentTable.of(
        [case.option(8_000, is_call=True), case.option(8_000, is_call=False), case.perpetual()]
    )
    equity = 9_000.0

    def after(share: float) -> tuple[float, float]:
        left = own_requirement(
            table=table, market=market, parameters=case.PARAMETERS, quantities=(1 - share) * legs
        )
        return equity - 100.0 * share, float(left.own[0])

    got = trade_to_reach(after_trade=after, ratio=1.2, largest=1.0)
    assert got.equity >= 1.2 * got.requirement
    less = after(got.size - 2e-9)
    assert less[0] < 1.2 * less[1]
    assert after(0.0)[0] < 1.2 * after(0.0)[1]


def test_a_hedge_that_overshoots_is_found_on_its_way() -> None:
    """Requirement |10 - t|: equity 2 suffices in [8, 12] only; the least trade is 8."""
    got = trade_to_reach(after_trade=lambda t: (2.0, abs(10.0 - t)), ratio=1.0, largest=30.0)
    assert got.size == pytest.approx(8.0, abs=1e-7)
    short = trade_to_reach(after_trade=lambda t: (2.0, abs(10.0 + t)), ratio=1.0, largest=-30.0)
    assert short.size == pytest.approx(-8.0, abs=1e-7)


def test_no_trade_where_none_is_needed() -> None:
    assert trade_to_reach(after_trade=lambda _: (5.0, 4.0), ratio=1.0, largest=1.0).size == 0.0


def test_an_unreachable_ratio_names_the_best() -> None:
    with pytest.raises(TargetUnreachable, match=r"best of 65 sizes is 0\.5"):
        trade_to_reach(after_trade=lambda _: (1.0, 2.0), ratio=1.0, largest=1.0)


POLICY = SmoothingPolicy(up_half_life_seconds=0.0, down_half_life_seconds=1.0)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: liquidation_days(
            size=math.nan, daily_volume=1.0, participation=0.1, least_days=1.0, most_days=2.0
        ),
        lambda: liquidation_days(
            size=1.0, daily_volume=-1.0, participation=0.1, least_days=1.0, most_days=2.0
        ),
        lambda: liquidation_days(
            size=1.0, daily_volume=1.0, participation=0.0, least_days=1.0, most_days=2.0
        ),
        lambda: liquidation_days(
            size=1.0, daily_volume=1.0, participation=0.1, least_days=3.0, most_days=2.0
        ),
        lambda: horizon_factor(days=-1.0, risk_horizon_days=1.0),
        lambda: horizon_factor(days=1.0, risk_horizon_days=0.0),
        lambda: horizon_factor(days=1.0, risk_horizon_days=1.0, closing="both"),
        lambda: concentration_add_on(
            delta_notional=1.0, threshold=0.0, shock_per_threshold=0.1, most_shock=1.0
        ),
        lambda: oracle_age_add_on(delta_notional=1.0, volatility=0.5, age_seconds=-1.0, multiplier=1.0),
        lambda: short_option_minimum(quantities=[1.0], is_option=[1], index=[1.0], share=0.1),
        lambda: short_option_minimum(quantities=[1.0], is_option=[True, True], index=[1.0], share=0.1),
        lambda: with_stressed_weight(margin=1.0, stressed=1.0, weight=1.5),
        lambda: buffered(margin=-1.0, calm_margin=1.0),
        lambda: SmoothingPolicy(up_half_life_seconds=2.0, down_half_life_seconds=1.0),
        lambda: SmoothingPolicy(up_half_life_seconds=0.0, down_half_life_seconds=math.nan),
        lambda: smoothed_margin(raw=[1.0, 2.0], times_seconds=[1.0, 1.0], policy=POLICY),
        lambda: smoothed_margin(raw=[1.0, math.inf], times_seconds=[1.0, 2.0], policy=POLICY),
        lambda: smoothed_margin(
            raw=[1.0, 2.0], times_seconds=[1.0, 2.0], policy=POLICY, floor=[1.0, 1.0, 1.0]
        ),
        lambda: account_margin(expected_shortfall=1.0, initial_multiplier=0.9, maintenance_share=0.8),
        lambda: account_margin(expected_shortfall=1.0, initial_multiplier=1.1, maintenance_share=0.0),
        lambda: account_margin(
            expected_shortfall=1.0, horizon_factor=0.5, initial_multiplier=1.1, maintenance_share=0.8
        ),
        lambda: net_equity(collateral=[1.0], haircut=[1.1], unrealised_profit=0.0, closing_cost=0.0),
        lambda: deposit_to_reach(equity=1.0, requirement=1.0, ratio=1.0, haircut=1.0),
        lambda: trade_to_reach(after_trade=lambda _: (math.nan, 1.0), ratio=1.0, largest=1.0),
        lambda: trade_to_reach(after_trade=lambda _: (1.0, 1.0), ratio=1.0, largest=0.0),
        lambda: trade_to_reach(after_trade=lambda _: (1.0, 1.0), ratio=1.0, largest=1.0, tolerance=0.0),
    ],
)
def test_bad_input_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput):
        bad()  # type: ignore[operator] - each is a callable


def test_nothing_to_smooth_is_refused() -> None:
    with pytest.raises(NotEnoughObservations, match="at least 1"):
        smoothed_margin(raw=[], times_seconds=[], policy=POLICY)
