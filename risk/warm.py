"""Compiles every kernel once, so that the cache is filled before anything is timed: `python -m risk.warm`.

Each kernel runs on a tiny input of the types that the package calls it with.
"""

import numpy as np
from scipy import sparse

from risk.dependence.covariance import loadings
from risk.dependence.dcc import fit_dynamic_correlation
from risk.instruments import CALL, PERPETUAL, Instrument, InstrumentTable
from risk.market import ExpirySurface, MarketState
from risk.operational import BernoulliEvent, PoissonEvent, mixture_risk
from risk.parametric import exact_tail, multivariate_t_tail, quadratic_loss
from risk.pricing.black76 import black76, black76_price
from risk.pricing.implied_volatility import implied_volatility
from risk.revaluation.book_risk import book_risk
from risk.revaluation.matrix import profit_and_loss_matrix
from risk.revaluation.scenario_index import build_index
from risk.revaluation.surface_matrix import surface_profit_and_loss_matrix
from risk.scenarios.blend import History, ScenarioConfig, build_scenarios, factor_moves
from risk.scenarios.surface_moves import SurfaceMoves
from risk.surface.svi import SviSlice
from risk.surface.svi_fit import fit_svi
from risk.volatility import ewma_variance, fit_garch

__all__ = ["warm"]

_EXPIRY = 30 * 86_400 + 8 * 3_600
_BARS = 160


def warm() -> None:
    """Runs every compiled path. Nothing is returned or kept but the compiler's cache."""
    black76(forward=1.0, strike=1.0, volatility=0.5, years=0.1, is_call=True)
    black76_price(forward=1.0, strike=1.0, volatility=0.5, years=0.1, is_call=True)
    fit_svi(log_moneyness=[-0.2, -0.1, 0.0, 0.1, 0.2], implied_volatility=[0.5] * 5, years=0.1)
    implied_volatility(price=0.1, forward=1.0, strike=1.0, years=0.1, is_call=True)
    history = _history()
    moves = np.diff(np.log(history.spots[:, 0]))
    ewma_variance(returns=moves, decay=0.94)
    fit_garch(returns=moves, distribution="student_t")
    fit_dynamic_correlation(
        residuals=100.0 * np.diff(np.log(np.hstack((history.spots, history.volatilities))), axis=0)
    )
    config = ScenarioConfig(
        horizon_steps=2, seed=1, historical_count=100, filtered_count=100, student_t_count=100
    )
    scenarios = build_scenarios(history=history, config=config)
    loadings(covariance=np.cov(factor_moves(scenarios=scenarios), rowvar=False))
    table = InstrumentTable.of([Instrument(1, 0, 0, PERPETUAL), Instrument(1, _EXPIRY, 10**8, CALL)])
    market = MarketState(
        now=0,
        index=np.array([100.0]),
        surfaces={(0, _EXPIRY): ExpirySurface(0.0, SviSlice.flat(volatility=0.5, years=0.1))},
    )
    for single in (False, True):
        matrix = profit_and_loss_matrix(
            table=table, market=market, scenarios=scenarios, term_floor_days=7.0, single_precision=single
        )
        index = build_index(profit_and_loss=matrix, scenarios=scenarios, underlying=table.underlying)
        for profits in (matrix, index):
            book_risk(profit_and_loss=profits, positions=sparse.csr_array([[1.0, -1.0]]), confidence=0.95)
    zeros = np.zeros_like(scenarios.spot_returns)
    surface_moves = SurfaceMoves(scenarios.spot_returns, np.log1p(scenarios.volatility_moves), zeros, zeros)
    for single in (False, True):
        surface_profit_and_loss_matrix(
            table=table, market=market, moves=surface_moves, term_floor_days=7.0, single_precision=single
        )
    bends = np.diag([1.0, -1.0])
    exact_tail(quadratic_loss(delta=[1.0, -2.0], gamma=bends, covariance=np.eye(2)), confidence=0.95)
    multivariate_t_tail(
        delta=[1.0, -2.0], gamma=bends, covariance=np.eye(2), degrees_of_freedom=4.0, confidence=0.95
    )
    events = (PoissonEvent(0.1, 1.0, None), BernoulliEvent(0.1, 1.0, 0.5))
    mixture_risk(market_profit_and_loss=moves, events=events, confidence=0.95, step=0.5, points=128)


def _history() -> History:
    generator = np.random.Generator(np.random.Philox(key=1))
    shocks = 0.01 * generator.standard_normal((_BARS, 2))
    levels = np.exp(np.cumsum(shocks, axis=0))
    return History(
        timestamps=3_600 * np.arange(_BARS, dtype=np.int64),
        spots=100.0 * levels[:, :1],
        volatilities=0.6 * levels[:, 1:],
        step_seconds=3_600,
    )


if __name__ == "__main__":
    warm()
