"""Ratios rise at once and fall by the half-life, from what the chain last accepted of the same portfolio."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.assess import smoothed_rows
from keeper.decide.rounds import PublishedMargin
from keeper.wire import MarginRow

CAP = 20_000
ROW = MarginRow(1, 7, 10_000, 9_000, 10**18, 10**18)


def smoothed(row: MarginRow, last: MarginRow, *, elapsed: int, half_life: float = 3_600.0) -> MarginRow:
    (found,) = smoothed_rows(
        rows=[row],
        published={1: PublishedMargin(last, 1_000)},
        now=1_000 + elapsed,
        down_half_life_seconds=half_life,
        ratio_cap_bps=CAP,
    )
    return found


def test_a_ratio_falls_half_the_way_in_a_half_life() -> None:
    high = replace(ROW, initial_ratio_bps=14_000, maintenance_ratio_bps=11_000)
    found = smoothed(ROW, high, elapsed=3_600)
    assert (found.initial_ratio_bps, found.maintenance_ratio_bps) == (12_000, 10_000)
    assert smoothed(ROW, high, elapsed=0) == high
    assert smoothed(ROW, high, elapsed=40 * 3_600).initial_ratio_bps <= 10_001


def test_a_ratio_rises_at_once() -> None:
    low = replace(ROW, initial_ratio_bps=9_000, maintenance_ratio_bps=8_500)
    assert smoothed(ROW, low, elapsed=0) == ROW


def test_no_half_life_follows_at_once_and_another_portfolio_starts_from_its_own() -> None:
    high = replace(ROW, initial_ratio_bps=14_000)
    assert smoothed(ROW, high, elapsed=1, half_life=0.0) == ROW
    assert smoothed(ROW, replace(high, portfolio_nonce=6), elapsed=1) == ROW
    assert smoothed_rows(rows=[ROW], published={}, now=0, down_half_life_seconds=9.0, ratio_cap_bps=CAP) == (
        ROW,
    )


@given(
    st.integers(8_000, CAP), st.integers(8_000, CAP), st.integers(0, 10**6), st.sampled_from([0.0, 60.0, 1e5])
)
def test_the_charge_lies_between_what_is_asked_and_what_was_charged(
    target, before, elapsed, half_life
) -> None:
    row = replace(ROW, initial_ratio_bps=target, maintenance_ratio_bps=min(target, 9_000))
    last = replace(ROW, initial_ratio_bps=before, maintenance_ratio_bps=min(before, 12_000))
    found = smoothed(row, last, elapsed=elapsed, half_life=half_life)
    assert target <= found.initial_ratio_bps <= max(target, before)
    assert row.maintenance_ratio_bps <= found.maintenance_ratio_bps <= found.initial_ratio_bps


def test_a_corridor_that_came_down_holds() -> None:
    high = replace(ROW, initial_ratio_bps=25_000)
    assert smoothed(ROW, high, elapsed=0).initial_ratio_bps == CAP


@pytest.mark.parametrize("half_life", [-1.0, float("nan")])
def test_a_half_life_that_is_none_is_refused(half_life: float) -> None:
    with pytest.raises(ValueError, match="half-lives"):
        smoothed(ROW, ROW, elapsed=0, half_life=half_life)
