"""Settlement averages against the definition, computed second by second."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.audit.settlement import MOST_GAP_SECONDS, WINDOW_SECONDS, Average, next_expiry, observe, payoff
from risk.instruments import CALL, PUT, Instrument

DAY = 86_400
EXPIRY = 19_700 * DAY + 8 * 3_600
LISTED = frozenset({EXPIRY})


def played(observations):
    """Average and fixed prices after (time, price) observations in order."""
    average, fixed = Average(), {}
    for (since, held), (at, _) in itertools.pairwise(observations):
        average, now_fixed = observe(average, held=held, since=since, observed_at=at, listed=LISTED)
        fixed |= now_fixed
    return fixed


def by_the_second(observations):
    """The same from the words: each second of the window has the newest price, 15 minutes old at most."""
    prices = []
    for second in range(EXPIRY - WINDOW_SECONDS, EXPIRY):
        before = [(at, price) for at, price in observations if at <= second]
        if not before or second - before[-1][0] >= MOST_GAP_SECONDS:
            return {}
        prices.append(before[-1][1])
    return {EXPIRY: sum(prices) // len(prices)}


def test_the_next_expiry_is_strictly_later():
    assert next_expiry(EXPIRY - 1) == EXPIRY
    assert next_expiry(EXPIRY) == EXPIRY + DAY
    assert next_expiry(EXPIRY - DAY) == EXPIRY


def test_a_round_at_the_expiry_itself_fixes():
    assert played([(EXPIRY - 1_800, 100), (EXPIRY - 900, 300), (EXPIRY, 500)]) == {EXPIRY: 200}


@pytest.mark.parametrize(
    "times", [(2_701, 1_800, 900), (2_700, 1_799, 900), (1_800, 900), (1_799, 900), (1_800, 901), (3_700,)]
)
def test_only_a_window_without_a_gap_settles(times):
    fixed = played([*((EXPIRY - before, 100) for before in times), (EXPIRY + 60, 300)])
    assert fixed == ({EXPIRY: 100} if times in ((2_701, 1_800, 900), (1_800, 900)) else {})


def test_what_has_accrued_is_known_up_to_now_and_only_without_a_gap():
    average, _ = observe(Average(), held=100, since=EXPIRY - 1_800, observed_at=EXPIRY - 1_200, listed=LISTED)
    known = average.accrued(EXPIRY, 400, EXPIRY - 1_200, EXPIRY - 600)
    assert known == Average(EXPIRY, 1_200, 600 * 100 + 600 * 400)
    assert known.price is None
    assert average.accrued(EXPIRY, 400, EXPIRY - 1_200, EXPIRY - 299) is None, "a gap"
    assert Average().accrued(EXPIRY, 100, EXPIRY - 1_900, EXPIRY - 1_800) is None, "not begun"


def test_a_day_that_was_never_listed_fixes_nothing():
    shifted = [(at + DAY, price) for at, price in [(EXPIRY - 1_800, 1), (EXPIRY - 900, 100), (EXPIRY, 300)]]
    assert played(shifted) == {}


@given(
    st.lists(st.integers(1, 1_000), min_size=1, max_size=12),
    st.lists(st.integers(1, 10**6), min_size=14, max_size=14),
    st.integers(0, 1_000),
)
def test_the_average_is_the_time_weighted_price_of_the_window(gaps, prices, lead):
    times = [EXPIRY - WINDOW_SECONDS - lead]
    for gap in gaps:
        times.append(times[-1] + gap)
    times = [at for at in times if at < EXPIRY]
    observations = [*zip(times, prices, strict=False), (EXPIRY + 5, prices[-1])]
    assert played(observations) == by_the_second(observations[:-1])


def test_payoffs_are_never_negative():
    wad = 10**18
    call, put = (Instrument(1, EXPIRY, 50_000 * 10**6, kind) for kind in (CALL, PUT))
    assert (payoff(call, 51_000 * wad), payoff(put, 51_000 * wad)) == (1_000 * wad, 0)
    assert (payoff(call, 49_000 * wad), payoff(put, 49_000 * wad)) == (0, 1_000 * wad)
