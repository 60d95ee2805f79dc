"""Black-76 against the Greeks that an exchange published, 2020 to 2021: 2,656 options, within its own rounding.

The files' conventions: no interest, volatility = mark_iv rounded to 0.01 points, vega per point, theta in quote
currency a day, scaled down inside the last day and never more than the option's value.
"""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from risk.pricing import black76
from risk.pricing.implied_volatility import VolatilityStatus, implied_volatility
from risk.units import DAYS_PER_YEAR, SECONDS_PER_YEAR

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        "TAILGUARD_DATA" not in os.environ,
        reason="set TAILGUARD_DATA to the folder of recorded market data to compare with published Greeks",
    ),
]

# The partial file of 2026 has no quote timestamps, so its times to expiry are unknown.
FILES = {"btc_2020-05-21": 326, "btc_2020-09-12": 358, "btc_2021-02-11": 976, "eth_2021-02-11": 996}


@pytest.fixture(params=FILES, scope="module")
def quotes(request) -> dict[str, np.ndarray]:
    folder = Path(os.environ["TAILGUARD_DATA"]) / "deribit_tickers_with_greeks"
    with (folder / f"deribit_{request.param}_tickers.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == FILES[request.param]

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in rows])

    names = ("strike", "underlying_price", "mark_iv", "mark_price", "delta", "gamma", "vega", "theta")
    table = {name: column(name) for name in names}
    table["years"] = (column("expiry_s") - column("timestamp") / 1e3) / SECONDS_PER_YEAR
    table["is_call"] = np.array([row["cp"] == "C" for row in rows])
    return table


@pytest.fixture(scope="module")
def ours(quotes):
    return black76(
        forward=quotes["underlying_price"],
        strike=quotes["strike"],
        volatility=quotes["mark_iv"] / 100.0,
        years=quotes["years"],
        is_call=quotes["is_call"],
    )


def test_delta(quotes, ours) -> None:
    np.testing.assert_allclose(ours.delta, quotes["delta"], rtol=0.0, atol=1.5e-4)


def test_gamma_up_to_its_rounding_to_five_places(quotes, ours) -> None:
    np.testing.assert_allclose(ours.gamma, quotes["gamma"], rtol=0.0, atol=6e-6)


def test_vega_per_point(quotes, ours) -> None:
    np.testing.assert_allclose(ours.vega / 100.0, quotes["vega"], rtol=2.5e-3, atol=2e-3)
    relative = np.abs(ours.vega / 100.0 / np.maximum(quotes["vega"], 1e-9) - 1.0)[quotes["vega"] > 1.0]
    assert np.median(relative) < 1e-4


def test_theta_per_day_with_its_two_caps(quotes, ours) -> None:
    a_day = -ours.theta / DAYS_PER_YEAR * np.minimum(1.0, quotes["years"] * DAYS_PER_YEAR)
    capped = np.minimum(a_day, quotes["mark_price"] * quotes["underlying_price"])
    np.testing.assert_allclose(-capped, quotes["theta"], rtol=5e-3, atol=6e-3)


def test_mark_price_in_coin(quotes, ours) -> None:
    error = np.abs(ours.price / quotes["underlying_price"] - quotes["mark_price"])
    assert np.quantile(error, 0.99) < 2e-4
    assert error.max() < 6e-4


def test_mark_volatility_comes_back_from_the_mark_price(quotes) -> None:
    forward = quotes["underlying_price"]
    found = implied_volatility(
        price=quotes["mark_price"] * forward,
        forward=forward,
        strike=quotes["strike"],
        years=quotes["years"],
        is_call=quotes["is_call"],
    )
    clear = (np.abs(quotes["delta"]) > 0.2) & (np.abs(quotes["delta"]) < 0.8) & (quotes["years"] > 7 / 365)
    assert clear.sum() > 30
    assert np.all(found.status[clear] == VolatilityStatus.FOUND)
    np.testing.assert_allclose(found.volatility[clear], quotes["mark_iv"][clear] / 100.0, rtol=5e-3)
