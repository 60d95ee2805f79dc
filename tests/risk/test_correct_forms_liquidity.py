"""Widely copied wrong forms about liquidity and liquidation, each beside ours. Numbers name the reviewed list."""

import numpy as np
import pytest

from risk.holdings import LendingAccount, health_factor, lending_equity
from risk.liquidity import constant_product_swap


def test_11_slippage_divides_by_the_input_reserve_not_by_the_product():
    # "slippage dx / (k + dx), k = pool constant product": k = x y has the dimension of two tokens.
    x, y, d = 1000.0, 2e6, 100.0
    got = constant_product_swap(reserve_in=x, reserve_out=y, amount_in=d, fee=0.0)
    executed = 1.0 - (y - x * y / (x + d)) / (d * y / x)  # from x y = k alone
    wrong = d / (x * y + d)
    assert float(got.shortfall) == pytest.approx(executed, rel=1e-14)
    assert float(got.shortfall) == pytest.approx(0.0909, abs=5e-5)
    assert float(got.end_price_impact) == pytest.approx(0.174, abs=5e-4)
    assert wrong == pytest.approx(5e-8, rel=1e-3)
    # In another unit of the output token nothing about the trade changes; the wrong form does.
    again = constant_product_swap(reserve_in=x, reserve_out=y * 1e6, amount_in=d, fee=0.0)
    assert float(again.shortfall) == float(got.shortfall)
    assert d / (x * y * 1e6 + d) < 1e-5 * wrong


def test_11_the_fee_shrinks_the_input_first_and_then_adds():
    got = constant_product_swap(reserve_in=1000.0, reserve_out=2e6, amount_in=100.0, fee=0.003)
    net = 100.0 * 0.997
    assert float(got.shortfall) == pytest.approx(net / (1000.0 + net), rel=1e-14)
    received = 2e6 * net / (1000.0 + net)
    assert float(got.total_shortfall) == pytest.approx(1.0 - received / 200_000.0, rel=1e-13)
    assert float(got.total_shortfall) > float(got.shortfall) > 0.0


def test_19_liquidation_is_when_equity_after_haircuts_ends_not_when_value_falls_below_var():
    # "liquidate if portfolio value falls below VaR": the portfolio is worth 1,000 against a one-day VaR of 300,
    # so that rule waits, while the haircut collateral no longer covers the debt.
    loan = LendingAccount(
        scaled_supply=np.array([5.0, 0.0]),
        supply_index=np.ones(2),
        scaled_borrow=np.array([0.0, 9_000.0]),
        borrow_index=np.ones(2),
        liquidation_threshold=np.array([0.85, 0.9]),
    )
    prices, value_at_risk = np.array([2000.0, 1.0]), 300.0
    assert float(lending_equity(account=loan, prices=prices)) == pytest.approx(1000.0)
    assert float(lending_equity(account=loan, prices=prices)) > value_at_risk
    assert float(health_factor(account=loan, prices=prices)) < 1.0
