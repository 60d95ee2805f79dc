"""Every spot venue reads its documented answer, and names what is wrong with any other."""

from __future__ import annotations

import json
import sys
from decimal import Decimal

import pytest

from keeper.errors import FeedError
from keeper.feeds.gemini import parse_gemini
from keeper.feeds.transport import decode
from keeper.types import Quote, RejectionReason
from tests.keeper.feeds.loopback import client, serving
from tests.keeper.feeds.venue_cases import CASES, UNDERLYING, fixture

NOW = 1_700_000_000
each_venue = pytest.mark.parametrize("name", sorted(CASES))


async def read(name: str, answers: dict[str, object], **server: object) -> Quote:
    async with serving(answers, **server) as root, client() as session:
        (quote,) = await CASES[name].at(root).quotes(session, [UNDERLYING], NOW)
        return quote


async def refusal(name: str, answers: dict[str, object], **server: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        await read(name, answers, **server)
    return caught.value


@each_venue
async def test_documented_answer_gives_middle_half_spread_and_time(name):
    quote = await read(name, CASES[name].answers())
    assert (quote.price, quote.half_spread, quote.source_time) == CASES[name].expected
    assert (quote.source, quote.underlying, quote.received_at) == (name, UNDERLYING, NOW)


@each_venue
async def test_unlisted_underlying_gives_no_quote(name):
    async with serving({}) as root, client() as session:
        assert await CASES[name].at(root).quotes(session, [999], NOW) == []


@each_venue
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0", RejectionReason.NOT_POSITIVE),
        ("-1.5", RejectionReason.NOT_POSITIVE),
        ("NaN", RejectionReason.MALFORMED),
        ("Infinity", RejectionReason.MALFORMED),
        ("1_000", RejectionReason.MALFORMED),
        (" 12 ", RejectionReason.MALFORMED),
        ("\u0661\u0662", RejectionReason.MALFORMED),
        ("1e400", RejectionReason.MALFORMED),
        ("1" * 30, RejectionReason.MALFORMED),
        ("0." + "0" * 29 + "1", RejectionReason.MALFORMED),
        ("", RejectionReason.MALFORMED),
        (True, RejectionReason.MALFORMED),
        ({"price": "1"}, RejectionReason.MALFORMED),
        (None, RejectionReason.MALFORMED),
    ],
)
@pytest.mark.parametrize("side", ["bid", "ask"])
async def test_bad_price_is_refused_and_named(name, side, value, reason):
    # Kraken's other levels stand behind the best one, so the value itself must be judged.
    case = CASES[name]
    error = await refusal(name, case.answers_with(getattr(case, side), value))
    assert error.reason == reason
    assert value is None or repr(value)[:40] in error.detail


@each_venue
async def test_crossed_book_is_refused(name):
    case = CASES[name]
    error = await refusal(name, case.answers_with(case.bid, "99999999"))
    assert error.reason == RejectionReason.CROSSED_BOOK
    assert "99999999" in error.detail


def test_gemini_documented_example_is_a_crossed_book():
    with pytest.raises(FeedError, match=r"bid 977\.59 above ask 977\.35"):
        parse_gemini(fixture("gemini_pubticker_crossed.json"), "btcusd")


NAMED_FIELDS = [
    (name, place)
    for name in sorted(CASES)
    for place in ("bid", "ask", "time")
    if isinstance(getattr(CASES[name], place)[1][-1], str)
]


@pytest.mark.parametrize(("name", "place"), NAMED_FIELDS)
async def test_missing_field_is_refused(name, place):
    case = CASES[name]
    location = getattr(case, place)
    error = await refusal(name, case.answers_without(location))
    assert error.reason == RejectionReason.MALFORMED
    assert repr(location[1][-1]) in error.detail


@pytest.mark.parametrize(
    ("name", "path", "shorter"),
    [
        ("bitfinex", "/v2/tickers", [["tBTCUSD", 7616.5, 1.0, 7617.5]]),
        ("bitfinex", "/v2/trades/tBTCUSD/hist", [[1, 1567526214876]]),
        (
            "kraken",
            "/0/public/Depth",
            {"error": [], "result": {"XXBTZUSD": {"asks": [["1", "1"]], "bids": []}}},
        ),
    ],
)
async def test_record_with_too_few_positions_is_refused(name, path, shorter):
    error = await refusal(name, {**CASES[name].answers(), path: shorter})
    assert error.reason == RejectionReason.MALFORMED


@pytest.mark.parametrize("name", [name for name in sorted(CASES) if CASES[name].symbol_at])
async def test_answer_for_another_symbol_is_refused(name):
    case = CASES[name]
    for location in case.symbol_at:
        error = await refusal(name, case.answers_with(location, "DOGEUSD"))
        assert error.reason == RejectionReason.MALFORMED
        assert "DOGEUSD" in error.detail


async def test_kraken_answer_for_another_pair_is_refused():
    book = fixture("kraken_depth.json")
    book["result"] = {"XETHZUSD": book["result"]["XXBTZUSD"]}
    error = await refusal("kraken", {"/0/public/Depth": book})
    assert "XETHZUSD" in error.detail


async def test_gemini_volume_in_another_currency_is_refused():
    ticker = fixture("gemini_pubticker.json")
    ticker["volume"] = {"ETH": "1", "USD": "2", "timestamp": 1483018200000}
    error = await refusal("gemini", {"/v1/pubticker/btcusd": ticker})
    assert "ETH" in error.detail


@each_venue
@pytest.mark.parametrize("value", ["yesterday", -1, 0, 10**18, "2020-03-20T00:22:57"])
async def test_impossible_time_is_refused(name, value):
    case = CASES[name]
    error = await refusal(name, case.answers_with(case.time, value))
    assert error.reason == RejectionReason.MALFORMED


@each_venue
@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
async def test_http_failure_is_unreachable(name, status):
    error = await refusal(name, CASES[name].answers(), status=status)
    assert error.reason == RejectionReason.UNREACHABLE
    assert str(status) in error.detail


@each_venue
@pytest.mark.parametrize(
    "body", ["<html>maintenance</html>", "", "{", "[" * 100_000, '{"bid": NaN}', "null", "[]", "{}", '"x"']
)
async def test_body_of_another_form_is_malformed(name, body):
    error = await refusal(name, {}, body=body)
    assert error.reason == RejectionReason.MALFORMED


def test_deep_nesting_is_refused_whatever_the_recursion_limit():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        with pytest.raises(FeedError):
            decode(b"[" * 200_000, "http://127.0.0.1/deep")
    finally:
        sys.setrecursionlimit(before)


@each_venue
async def test_refused_connection_is_unreachable(name):
    async with client() as session:
        with pytest.raises(FeedError) as caught:
            await CASES[name].at("http://127.0.0.1:1").quotes(session, [UNDERLYING], NOW)
    assert caught.value.reason == RejectionReason.UNREACHABLE


async def test_body_beyond_the_limit_is_cut_off(monkeypatch):
    monkeypatch.setattr("keeper.feeds.transport.LARGEST_BODY_BYTES", 1000)
    error = await refusal("bitstamp", {}, body=json.dumps({"bid": "1" * 2000}))
    assert "longer than 1000 bytes" in error.detail


async def test_json_numbers_stay_exact():
    case = CASES["bitfinex"]
    quote = await read("bitfinex", case.answers_with(case.ask, 7616.7))
    assert quote.price == Decimal("7616.6")


@pytest.mark.parametrize(
    ("name", "path", "answer"),
    [
        ("kraken", "/0/public/Depth", {"error": ["EQuery:Unknown asset pair"]}),
        ("bitfinex", "/v2/tickers", ["error", 20060, "maintenance"]),
    ],
)
async def test_venue_error_document_is_unreachable(name, path, answer):
    error = await refusal(name, {**CASES[name].answers(), path: answer})
    assert error.reason == RejectionReason.UNREACHABLE
    assert str(answer[0] if isinstance(answer, list) else answer["error"][0]) in error.detail
