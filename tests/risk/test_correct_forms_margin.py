"""Erroneous forms seen in print, beside the right ones, for margin and operational loss."""

import numpy as np
import pytest
from scipy import stats

from risk.instruments import InstrumentTable
from risk.margin import (
    account_margin,
    horizon_factor,
    is_liquidatable,
    net_equity,
    own_requirement,
    trade_to_reach,
)
from risk.measures import tail_measures
from risk.operational import BernoulliEvent, PoissonEvent, mixture_risk
from tests.risk import requirement_cases as case

NORMAL = stats.norm.ppf((np.arange(50_000) + 0.5) / 50_000)
EXPLOIT = 1 - 0.999**30


def test_12_operational_loss_is_exposure_times_loss_given_default() -> None:
    """ "L_op = the portfolio value at risk" is circular: the loss then moves with market volatility. Ours does not."""
    event = BernoulliEvent(probability=1.0, exposure=0.15, loss_given_default=0.4)
    for sigma in (1e-6, 2e-6):
        got = mixture_risk(
            market_profit_and_loss=-sigma * NORMAL, events=[event], confidence=0.99, step=0.06, points=4
        )
        assert got.value_at_risk.value - got.market_value_at_risk == pytest.approx(0.06, rel=1e-9)


def test_12_quantiles_do_not_add() -> None:
    """L = L_mkt + sum B_i L_op,i: the sum of quantiles is wrong both ways, the mixture's is right (by enumeration)."""
    profit = -0.05 * NORMAL[::50]
    rare, likely = BernoulliEvent(0.008, 1.0, 0.2), BernoulliEvent(0.03, 1.0, 0.2)
    for event, sum_of_quantiles_is_too_low in ((rare, True), (likely, False)):
        own_quantile = 0.2 if event.probability > 0.01 else 0.0  # VaR99 of the event by itself
        got = mixture_risk(market_profit_and_loss=profit, events=[event], confidence=0.99, step=0.2, points=4)
        added = got.market_value_at_risk + own_quantile
        losses = np.concatenate([-profit, -profit + 0.2])
        weights = np.repeat([1 - event.probability, event.probability], profit.size)
        right = tail_measures(profit_and_loss=-losses, confidence=0.99, weights=weights).value_at_risk
        assert got.value_at_risk.value == pytest.approx(right, rel=1e-9)
        assert (added < 0.95 * right) if sum_of_quantiles_is_too_low else (added > 1.05 * right)


def test_12_failing_again_is_a_compound_sum_not_one_scaled_loss() -> None:
    """Expected count x severity is certain and has no tail; the compound law's CVaR exceeds it."""
    got = mixture_risk(
        market_profit_and_loss=np.zeros(200),
        events=[PoissonEvent(0.1, 1.0, 0.5)],
        confidence=0.95,
        step=0.05,
        points=1_024,
    )
    assert got.conditional_value_at_risk.low > 10 * 0.1 * np.exp(0.5**2 / 2)


def test_19_liquidation_compares_net_equity_with_maintenance_over_its_own_horizon() -> None:
    """ "Liquidate if portfolio value falls below VaR" calls this account safe: worth 110 gross, one-day VaR99 70.

    Net of haircut and closing cost it has 83, closing takes 4 days, and maintenance is 0.8 x 1.15 x CVaR x 2."""
    measures = tail_measures(profit_and_loss=-30.0 * NORMAL, confidence=0.99)
    value = 110.0
    assert value > measures.value_at_risk  # the erroneous form: no liquidation
    equity = net_equity(collateral=[value], haircut=[0.2], unrealised_profit=0.0, closing_cost=5.0)
    margin = account_margin(
        expected_shortfall=measures.conditional_value_at_risk,
        horizon_factor=horizon_factor(days=4.0, risk_horizon_days=1.0),
        initial_multiplier=1.15,
        maintenance_share=0.8,
    )
    assert equity.tolist() == [83.0]
    assert margin.maintenance[0] == pytest.approx(0.92 * 2 * 30 * 2.6652, rel=1e-3)
    assert is_liquidatable(equity=equity, maintenance=margin.maintenance).tolist() == [True]


def test_20_weights_may_be_negative_and_need_not_sum_to_one() -> None:
    """w >= 0 would drop the short option of a covered call; the requirement reads signed quantities."""
    table = InstrumentTable.of([case.perpetual(), case.option(9_000, is_call=True)])
    signed = np.array([[1.0, -1.0], [0.0, -1.0]])

    def own(quantities: np.ndarray) -> np.ndarray:
        return own_requirement(
            table=table, market=case.market(), parameters=case.PARAMETERS, quantities=quantities
        ).own

    assert own(signed)[1] > 0.0
    assert own(np.maximum(signed, 0.0))[1] == 0.0
    assert own(signed)[0] != pytest.approx(own(np.maximum(signed, 0.0))[0], rel=0.01)


def test_20_the_trade_that_reaches_a_ratio_may_be_a_sale() -> None:
    table = InstrumentTable.of([case.perpetual(), case.option(8_000, is_call=True)])

    def after(quantity: float) -> tuple[float, float]:
        left = own_requirement(
            table=table,
            market=case.market(),
            parameters=case.PARAMETERS,
            quantities=[quantity, 5.0],
        )
        return 2_500.0, float(left.own[0])

    assert after(0.0)[1] > 2_500.0
    got = trade_to_reach(after_trade=after, ratio=1.0, largest=-6.0, steps=24)
    assert -6.0 < got.size < 0.0
    assert got.equity >= got.requirement


def test_20_a_sharpe_target_is_concave_only_as_a_second_order_cone() -> None:
    """mu'w - s |S^(1/2) w| is concave for s >= 0 and its set convex; for s < 0 a midpoint leaves the set."""
    mean, deviation = np.array([0.1, 0.02]), np.array([0.2, 0.1])

    def slack(weights: np.ndarray, target: float) -> float:
        return float(mean @ weights - target * np.linalg.norm(deviation * weights))

    random = np.random.Generator(np.random.Philox(key=4))
    for first, second in random.standard_normal((200, 2, 2)):
        middle = 0.5 * (first + second)
        assert slack(middle, 0.4) >= 0.5 * (slack(first, 0.4) + slack(second, 0.4)) - 1e-12
    short, long = np.array([-1.0, 6.0]), np.array([-1.0, -6.0])
    assert min(slack(short, -0.4), slack(long, -0.4)) >= 0.0 > slack(0.5 * (short + long), -0.4)
