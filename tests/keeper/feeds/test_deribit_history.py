"""Hourly closes of perpetual and volatility index become one gapless history, or an error that says why not."""

from __future__ import annotations

import pytest

from keeper.assess import history_digest, parse_history
from keeper.errors import ConfigurationError, FeedError
from keeper.feeds import DeribitHistory
from tests.keeper.feeds.loopback import client
from tests.keeper.feeds.past import PastVenue

UNTIL = 1_772_323_200  # 1 March 2026, 00:00 UTC
HOUR = 3_600


async def fetched(venue: PastVenue, *, hours: int, until: int = UNTIL):
    answers = []
    async with venue.serving() as root, client() as session:
        source = DeribitHistory(base_url=root)
        document = await source.document(
            session, since=until - hours * HOUR, until=until, advance=lambda: answers.append(1)
        )
    assert len(answers) == source.requests(since=until - hours * HOUR, until=until)
    return document


async def test_a_bar_is_dated_by_its_end_and_percent_become_fractions():
    document = await fetched(PastVenue(), hours=2)
    assert document["timestamps"] == [UNTIL - 2 * HOUR, UNTIL - HOUR, UNTIL]
    # The venue's candle that begins at 23:00 closes at midnight.
    assert document["spots"][-1] == [
        PastVenue.price("BTC", UNTIL - HOUR),
        PastVenue.price("ETH", UNTIL - HOUR),
    ]
    assert document["volatilities"][-1] == pytest.approx(
        [PastVenue.percent("BTC", UNTIL - HOUR) / 100, PastVenue.percent("ETH", UNTIL - HOUR) / 100],
        rel=1e-15,
    )


async def test_spans_longer_than_an_answer_are_asked_for_in_windows():
    venue = PastVenue()
    document = await fetched(venue, hours=24 * 90)
    history = parse_history(document)
    assert (history.bars, history.underlyings) == (24 * 90 + 1, 2)
    assert venue.longest_answer <= 1_000
    assert venue.requests == 4 * 4


async def test_two_who_ask_get_the_same_document():
    first, second = await fetched(PastVenue(), hours=800), await fetched(PastVenue(), hours=800)
    assert {**first, "source": ""} == {**second, "source": ""}
    assert history_digest({**first, "source": ""}) == history_digest({**second, "source": ""})


@pytest.mark.parametrize(("kind", "what"), [("chart", "price of BTC"), ("index", "volatility of BTC")])
async def test_a_missing_bar_is_named(kind, what):
    with pytest.raises(ConfigurationError, match=f"1 of 101 bars have no {what}.*{UNTIL - 5 * HOUR}"):
        await fetched(PastVenue(missing={kind: UNTIL - 6 * HOUR}), hours=100)


async def test_no_data_and_refusals_are_feed_errors():
    with pytest.raises(FeedError, match="no chart of BTC-PERPETUAL"):
        await fetched(PastVenue(status="no_data"), hours=10)
    with pytest.raises(FeedError, match="too_many_requests"):
        await fetched(PastVenue(error={"code": 10028, "message": "too_many_requests"}), hours=10)


@pytest.mark.parametrize(
    ("since", "until"), [(0, 1), (UNTIL, UNTIL), (UNTIL, UNTIL - HOUR), (UNTIL + 1, UNTIL + HOUR)]
)
def test_a_span_is_of_whole_hours(since, until):
    with pytest.raises(ConfigurationError, match="whole hours"):
        DeribitHistory().requests(since=since, until=until)
