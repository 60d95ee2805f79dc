"""The model's history: named by its content, continued on its own grid, never with moves that nobody saw."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keeper.assess import HourlyMark, continued, history_digest, load_history, parse_history
from keeper.errors import ConfigurationError
from tests.keeper.market_cases import HISTORY_DOCUMENT, NOW

HISTORY = parse_history(HISTORY_DOCUMENT)
HOUR = 3_600


def mark(at: int, spot: int = 8_000) -> HourlyMark:
    return HourlyMark(at, (Decimal(spot), Decimal(200)), (0.7, 0.9))


def test_a_mark_at_the_end_of_each_bar_continues_it():
    longer = continued(HISTORY, [mark(NOW + HOUR, 8_100), mark(NOW + 2 * HOUR, 8_200)])
    assert longer.bars == HISTORY.bars + 2
    assert longer.spots[-2:, 0].tolist() == [8_100.0, 8_200.0]
    assert longer.volatilities[-1].tolist() == [0.7, 0.9]
    assert np.array_equal(longer.spots[: HISTORY.bars], HISTORY.spots)


def test_a_gap_repeats_the_bar_before():
    longer = continued(HISTORY, [mark(NOW + HOUR, 8_100), mark(NOW + 4 * HOUR, 8_400)])
    assert longer.spots[-4:, 0].tolist() == [8_100.0, 8_100.0, 8_100.0, 8_400.0]


def moves(history):
    return np.diff(np.log(np.hstack([history.spots, history.volatilities])), axis=0)


def test_weeks_without_a_mark_are_left_out_and_every_move_stays():
    month = 30 * 24
    marks = [mark(NOW + (month + n) * HOUR, 9_000 + 100 * n) for n in range(3)]
    longer = continued(HISTORY, marks)
    assert longer.bars == HISTORY.bars + 2
    assert longer.timestamps[-1] == marks[-1].at
    assert longer.spots[-3:, 0] == pytest.approx([9_000.0, 9_100.0, 9_200.0])
    assert longer.volatilities[-1].tolist() == [0.7, 0.9]
    assert moves(longer)[: HISTORY.bars - 1] == pytest.approx(moves(HISTORY), abs=1e-12)


def test_a_day_without_a_mark_is_a_market_not_seen_and_one_hour_more_is_left_out():
    held = continued(HISTORY, [mark(NOW + 24 * HOUR, 9_000)])
    assert held.bars == HISTORY.bars + 24
    assert held.spots[-2:, 0].tolist() == [HISTORY.spots[-1, 0], 9_000.0]
    left_out = continued(HISTORY, [mark(NOW + 25 * HOUR, 9_000)])
    assert left_out.bars == HISTORY.bars
    assert (left_out.timestamps[-1], left_out.spots[-1, 0]) == (NOW + 25 * HOUR, 9_000.0)


def test_a_long_silence_between_marks_is_left_out_too():
    marks = [mark(NOW + HOUR, 8_100), mark(NOW + 50 * HOUR, 9_000), mark(NOW + 51 * HOUR, 9_090)]
    longer = continued(HISTORY, marks)
    assert longer.bars == HISTORY.bars + 2
    expected = [np.log(8_100 / HISTORY.spots[-1, 0]), np.log(9_090 / 9_000)]
    assert moves(longer)[-2:, 0] == pytest.approx(expected)


def test_no_number_of_days_since_the_history_ended_makes_the_market_calm():
    def spread(days):
        week = [mark(NOW + (days * 24 + n) * HOUR, 8_000 + 40 * (n % 3)) for n in range(168)]
        return moves(continued(HISTORY, week)).std(axis=0)

    assert spread(365) == pytest.approx(spread(2), rel=1e-9)


def test_the_newest_mark_of_a_bar_is_the_bar():
    marks = [
        mark(NOW + 60, 1),
        mark(NOW + HOUR - 1, 8_050),
        mark(NOW + HOUR + 1, 9_999),
        mark(NOW + 2 * HOUR, 8_200),
    ]
    assert continued(HISTORY, marks).spots[-2:, 0].tolist() == [8_050.0, 8_200.0]


@pytest.mark.parametrize("marks", [[], [mark(NOW - 60)], [mark(NOW)], [mark(NOW + HOUR - 1)]])
def test_without_a_whole_bar_nothing_is_added(marks):
    assert continued(HISTORY, marks) is HISTORY


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-HOUR, 20 * HOUR), max_size=12).map(sorted))
def test_whatever_the_marks_the_grid_is_kept_and_no_price_is_invented(offsets):
    longer = continued(HISTORY, [mark(NOW + o, 8_000 + i) for i, o in enumerate(offsets)])
    assert (np.diff(longer.timestamps) == HOUR).all()
    seen = {8_000.0 + i for i in range(len(offsets))} | {float(HISTORY.spots[-1, 0])}
    assert set(longer.spots[HISTORY.bars :, 0].tolist()) <= seen
    assert longer.timestamps[-1] <= NOW + max([0, *offsets])


def test_the_digest_is_of_the_content_and_not_of_the_spelling(tmp_path):
    path = tmp_path / "history.json"
    path.write_text(json.dumps(dict(reversed(HISTORY_DOCUMENT.items())), indent=3))
    history, digest, document = load_history(path)
    assert digest == history_digest(HISTORY_DOCUMENT)
    assert (history.bars, document) == (HISTORY.bars, HISTORY_DOCUMENT)
    other = {**HISTORY_DOCUMENT, "step_seconds": 7_200}
    assert history_digest(other) != digest


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("spots"),
        lambda d: d["timestamps"].reverse(),
        lambda d: d["spots"][3].__setitem__(0, 0.0),
        lambda d: d["volatilities"][3].__setitem__(1, -0.5),
        lambda d: d["timestamps"].pop(),
        lambda d: d.update(step_seconds="hour"),
        lambda d: d.update(spots="many"),
    ],
)
def test_a_document_that_is_no_history(spoil):
    document = json.loads(json.dumps(HISTORY_DOCUMENT))
    spoil(document)
    with pytest.raises(ConfigurationError, match="not a price history"):
        parse_history(document)


@pytest.mark.parametrize("content", ["{", "[]", "3"])
def test_a_file_that_is_no_history(tmp_path, content):
    path = tmp_path / "history.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="history"):
        load_history(path)
    with pytest.raises(ConfigurationError, match=r"none\.json cannot be read.*docs/configuration\.md"):
        load_history(tmp_path / "none.json")
