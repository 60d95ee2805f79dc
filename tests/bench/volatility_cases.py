"""GARCH fits beside `arch`: the same optimum under the same pre-sample convention."""

import warnings
from collections.abc import Iterator
from typing import Any

import arch
import numpy as np

from risk.volatility import GarchFit, fit_garch, fit_gjr
from tests.bench.cases import Case
from tests.risk.market_history import hourly_history


def cases() -> Iterator[Case]:
    yield garch_case(name="garch_vs_arch", distribution="normal", leverage=False)
    yield garch_case(name="garch_t_vs_arch", distribution="student_t", leverage=False)
    yield garch_case(name="gjr_vs_arch", distribution="normal", leverage=True)


def garch_case(*, name: str, distribution: str, leverage: bool, size: int = 1_000) -> Case:
    prices = hourly_history(bars=size + 1, seed=5).spots[:, 0]
    returns = np.diff(np.log(prices))
    law, order = ("normal" if distribution == "normal" else "t"), int(leverage)

    def peer() -> Any:
        model = arch.arch_model(
            returns * 100, mean="Zero", vol="GARCH", p=1, o=order, q=1, dist=law, rescale=False
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(disp="off", show_warning=False)

    def ours() -> GarchFit:
        fit = fit_gjr if leverage else fit_garch
        return fit(returns=returns, distribution=distribution)

    return Case(name, "arch", f"{size} returns, one fit", 1, ours, peer, _apart)


def _apart(ours: GarchFit, peer: Any) -> float:
    """Largest relative difference of the fitted volatilities, whose optimum is flat in the parameters."""
    return float(np.max(np.abs(np.sqrt(ours.variances) / np.asarray(peer.conditional_volatility) * 100 - 1)))
