"""Deribit's book summary becomes option marks; a bad row falls alone."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from keeper.errors import FeedError
from keeper.feeds.deribit import DeribitFeed, parse_instrument_name
from keeper.types import RejectionReason
from tests.keeper.feeds.loopback import client, serving
from tests.keeper.feeds.venue_cases import fixture

PATH = "/api/v2/public/get_book_summary_by_currency"
NOW = 1_772_000_005
EXPIRY = int(datetime(2026, 3, 27, 8, tzinfo=UTC).timestamp())


async def chain(answer: object, underlying: int = 1, now: int = NOW):
    async with serving({PATH: answer}) as root, client() as session:
        return await DeribitFeed(base_url=root).option_quotes(session, [underlying], now)


def with_row(**changes: object) -> object:
    answer = fixture("deribit_chain.json")
    answer["result"][0].update(changes)
    return answer


async def test_chain_gives_fraction_forward_and_eight_o_clock_expiry():
    book = await chain(fixture("deribit_chain.json"))
    call, put = book.quotes
    assert (call.underlying, call.expiry, call.strike, call.is_call) == (1, EXPIRY, 50000, True)
    assert call.mark_volatility == pytest.approx(0.5231, rel=1e-15)
    assert (call.forward, call.open_interest, call.source_time) == (Decimal("71250.25"), 312.4, 1772000000)
    assert (put.is_call, put.strike, put.mark_volatility) == (False, 75000, pytest.approx(0.9544))
    assert call.bid_volatility is None
    assert book.rejections == ()


async def test_documented_example_has_no_mark_and_is_rejected_alone():
    book = await chain(fixture("deribit_documented_row.json"), underlying=2, now=1550227953)
    assert book.quotes == ()
    assert [r.reason for r in book.rejections] == [RejectionReason.MALFORMED]
    assert "mark_iv" in book.rejections[0].detail


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mark_iv": 0}, RejectionReason.NOT_POSITIVE),
        ({"mark_iv": -5.0}, RejectionReason.NOT_POSITIVE),
        ({"mark_iv": 1000.01}, RejectionReason.MALFORMED),
        ({"mark_iv": "high"}, RejectionReason.MALFORMED),
        ({"mark_iv": None}, RejectionReason.MALFORMED),
        ({"underlying_price": 0}, RejectionReason.NOT_POSITIVE),
        ({"open_interest": -1}, RejectionReason.MALFORMED),
        ({"creation_timestamp": 1772000000}, RejectionReason.MALFORMED),
        ({"instrument_name": "ETH-27MAR26-50000-C"}, RejectionReason.MALFORMED),
        ({"instrument_name": "BTC-PERPETUAL"}, RejectionReason.MALFORMED),
        ({"instrument_name": "BTC-27MAR25-50000-C"}, RejectionReason.STALE),
        ({"instrument_name": 7}, RejectionReason.MALFORMED),
    ],
)
async def test_a_bad_row_falls_alone(changes, reason):
    book = await chain(with_row(**changes))
    assert [q.strike for q in book.quotes] == [75000]
    assert [r.reason for r in book.rejections] == [reason]


@pytest.mark.parametrize(
    "answer",
    [
        {"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}},
        {"jsonrpc": "2.0", "result": []},
        {"jsonrpc": "2.0"},
        [],
    ],
)
async def test_an_answer_without_rows_is_refused(answer):
    with pytest.raises(FeedError):
        await chain(answer)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "BTC-31FEB26-50000-C",
        "BTC-27MRZ26-50000-C",
        "BTC-27MAR26-0-C",
        "BTC-27MAR26-50000-X",
        "BTC-27mar26-1-C",
    ],
)
def test_name_of_no_option_is_refused(name):
    with pytest.raises(FeedError):
        parse_instrument_name(name)


def test_single_digit_day_is_read():
    assert parse_instrument_name("ETH-6MAR26-2500-P").expiry == EXPIRY - 21 * 86400
