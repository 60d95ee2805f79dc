"""Recorded chains of the crash of 2026-02: the fit's error in volatility points, and no arbitrage after repair."""

import itertools
import os
from pathlib import Path

import pytest

from tests.bench.surface_chains import chains
from tests.bench.surface_report import fit_chain, summary

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        "TAILGUARD_DATA" not in os.environ,
        reason="set TAILGUARD_DATA to the folder of recorded market data to fit recorded surfaces",
    ),
]


@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_a_crash_is_fitted_without_arbitrage(coin) -> None:
    """The bounds are about twice the errors of the whole recording: 0.25 and 2.1 points at worst, 83% inside."""
    folder = Path(os.environ["TAILGUARD_DATA"]) / "deribit_chain_history_2026"
    found = itertools.islice(chains(folder / f"{coin}_6h_2026-01-28_02-08.parquet"), 0, None, 8)
    result = summary([fit_chain(chain) for chain in found])
    assert result["surfaces"] >= 5
    assert result["butterfly_violations"] == 0
    assert result["calendar_violations"] == 0
    assert result["calendar_violations_before_repair"] > 0
    assert result["error_points_median"] < 0.5
    assert result["error_points_95th"] < 4.0
    assert result["share_inside_bid_ask"] > 0.75
