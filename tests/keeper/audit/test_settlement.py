"""Settlement averages against the definition, computed second by second."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from keeper.audit.settlement import WINDOW_SECONDS, Average, next_expiry, observe, payoff
from risk.instruments import CALL, PUT, Instrument

DAY = 86_400
EXPIRY = 19_700 * DAY + 8 * 3_600
LISTED = frozenset({EXPIRY})


def played(observations):
    """Average and fixed prices after (time, price) observations in order."""
    average, fixed = Average(), {}
    for (since, held), (at, price) in itertools.pairwise(observations):
        average, now_fixed = observe(
            average, held=held, since=since, price=price, observed_at=at, listed=LISTED
        )
        fixed |= now_fixed
    return fixed


def by_the_second(observations):
    """The same from the words: each second of the window has the newest price, if that is 30 minutes old at most."""
    prices = []
    for second in range(EXPIRY - WINDOW_SECONDS, EXPIRY):
        before = [(at, price) for at, price in observations if at <= second]
        if before and second - before[-1][0] < WINDOW_SECONDS:
            prices.append(before[-1][1])
    return sum(prices) // len(prices)


def test_the_next_expiry_is_strictly_later():
    assert next_expiry(EXPIRY - 1) == EXPIRY
    assert next_expiry(EXPIRY) == EXPIRY + DAY
    assert next_expiry(EXPIRY - DAY) == EXPIRY


def test_a_round_at_the_expiry_itself_fixes():
    assert played([(EXPIRY - 900, 100), (EXPIRY, 300)]) == {EXPIRY: 100}


def test_silence_through_the_window_settles_at_the_next_price():
    assert played([(EXPIRY - 3_700, 100), (EXPIRY + 60, 300)]) == {EXPIRY: 300}


def test_a_day_that_was_never_listed_fixes_nothing():
    shifted = [(at + DAY, price) for at, price in [(EXPIRY - 900, 100), (EXPIRY, 300)]]
    assert played(shifted) == {}


@given(
    st.lists(st.integers(1, 2_000), min_size=1, max_size=12),
    st.lists(st.integers(1, 10**6), min_size=14, max_size=14),
    st.integers(0, 5_000),
)
def test_the_average_is_the_time_weighted_price_of_the_window(gaps, prices, lead):
    times = [EXPIRY - WINDOW_SECONDS - lead]
    for gap in gaps:
        times.append(times[-1] + gap)
    times = [at for at in times if at < EXPIRY]
    observations = [*zip(times, prices, strict=False), (EXPIRY + 5, prices[-1])]
    if EXPIRY - times[-1] > WINDOW_SECONDS:
        assert played(observations) == {EXPIRY: prices[-1]}
    else:
        assert played(observations) == {EXPIRY: by_the_second(observations[:-1])}


def test_payoffs_are_never_negative():
    wad = 10**18
    call, put = (Instrument(1, EXPIRY, 50_000 * 10**6, kind) for kind in (CALL, PUT))
    assert (payoff(call, 51_000 * wad), payoff(put, 51_000 * wad)) == (1_000 * wad, 0)
    assert (payoff(call, 49_000 * wad), payoff(put, 49_000 * wad)) == (0, 1_000 * wad)
