"""The quality report on recorded venues of March 2020, one of which stood still all the time."""

import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest

from risk.returns import FrozenRun, PriceSeries, align_panel, joint_log_returns, quality_report

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        "TAILGUARD_DATA" not in os.environ, reason="set TAILGUARD_DATA to check recorded venues"
    ),
]

HOUR = 3_600
LIVE = ("binance_usdt", "bitfinex", "bitstamp", "coinbase", "gemini", "kraken")
CRASH = {1_584_007_200, 1_584_054_000, 1_584_061_200, 1_584_064_800}  # 2020-03-12 10:00 and the night after


@pytest.fixture(scope="module")
def venues():
    folder = Path(os.environ["TAILGUARD_DATA"]) / "hourly_multivenue_2020_2022"
    with (folder / "event_2020-03_black_thursday_BTC.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    times = np.array([int(row["ts"]) for row in rows])
    closes = {
        name: np.array([float(row[f"{name}_close"] or math.nan) for row in rows])
        for name in (*LIVE, "poloniex")
    }
    return times, closes


def test_the_frozen_venue_is_named_for_its_whole_length(venues):
    times, closes = venues
    report = quality_report(timestamps=times, prices=closes["poloniex"], step_seconds=HOUR)
    assert report.frozen == (FrozenRun(int(times[0]), times.size),)
    assert report.coverage == 1.0  # every bar is there: presence alone says nothing


def test_the_crash_is_reported_by_every_live_venue_and_kept(venues):
    times, closes = venues
    for name in LIVE:
        report = quality_report(timestamps=times, prices=closes[name], step_seconds=HOUR)
        assert set(report.outliers) >= CRASH
        assert report.frozen == ()
    panel = align_panel(
        series=[PriceSeries(name, times, closes[name]) for name in LIVE],
        start=int(times[0]),
        end=int(times[-1]),
        step_seconds=HOUR,
        largest_age_seconds=HOUR,
    )
    joint = joint_log_returns(panel=panel)
    assert joint.values.min() < -0.15
    for at, name in enumerate(LIVE):
        total = math.log(closes[name][-1] / closes[name][0])
        assert joint.values[:, at].sum() == pytest.approx(total, abs=1e-12)
