"""Chainlink rounds read by eth_call: price, time, and the answers that are none."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from eth_abi.abi import encode
from eth_utils import function_signature_to_4byte_selector

from keeper.errors import FeedError
from keeper.feeds.chainlink import SELECTORS, ChainlinkFeed
from keeper.types import RejectionReason
from tests.keeper.feeds.loopback import as_json, client

PROXY = "0x" + "11" * 20
AGGREGATOR = "0x" + "22" * 20
UPDATED_AT = 1_700_000_000
REVERTED = {"code": 3, "message": "execution reverted"}


def round_data(answer: int, updated_at: int = UPDATED_AT) -> bytes:
    return encode(
        ["uint80", "int256", "uint256", "uint256", "uint80"], [7, answer, updated_at, updated_at, 7]
    )


def contracts(answer: int = 4_300_000_000_000, lowest: int = 1, highest: int = 10**18) -> dict:
    return {
        (PROXY, "latestRoundData()"): round_data(answer),
        (PROXY, "decimals()"): encode(["uint8"], [8]),
        (PROXY, "aggregator()"): encode(["address"], [AGGREGATOR]),
        (AGGREGATOR, "minAnswer()"): encode(["int192"], [lowest]),
        (AGGREGATOR, "maxAnswer()"): encode(["int192"], [highest]),
    }


@asynccontextmanager
async def node(answers: dict):
    """A node that knows these calls; an exception document stands for an error; others revert."""
    signatures = {selector: signature for signature, selector in SELECTORS.items()}

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        call = body["params"][0]
        answer = answers.get((call["to"], signatures[call["data"]]), REVERTED)
        if isinstance(answer, bytes):
            return as_json({"jsonrpc": "2.0", "id": body["id"], "result": "0x" + answer.hex()})
        return as_json({"jsonrpc": "2.0", "id": body["id"], "error": answer})

    application = web.Application()
    application.router.add_post("/", handle)
    server = TestServer(application)
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()


async def read(answers: dict):
    async with node(answers) as url, client() as session:
        (quote,) = await ChainlinkFeed(url, {1: PROXY}).quotes(session, [1, 2], UPDATED_AT + 30)
        return quote


def test_selectors_are_those_of_the_signatures():
    for signature, selector in SELECTORS.items():
        assert selector == "0x" + function_signature_to_4byte_selector(signature).hex()


async def test_latest_round_gives_scaled_price_and_its_time():
    quote = await read(contracts())
    assert (quote.price, quote.half_spread) == (Decimal(43000), Decimal(215))
    assert (quote.domain, quote.source_time, quote.received_at) == ("chainlink", UPDATED_AT, UPDATED_AT + 30)


@pytest.mark.parametrize(
    ("answer", "refused"), [(100, True), (101, True), (102, False), (989, False), (990, True)]
)
async def test_answer_at_its_limit_is_no_answer(answer, refused):
    answers = contracts(answer, lowest=100, highest=1000)
    if not refused:
        assert (await read(answers)).price == Decimal(answer).scaleb(-8)
        return
    with pytest.raises(FeedError) as caught:
        await read(answers)
    assert caught.value.reason == RejectionReason.ANSWER_AT_LIMIT


async def test_a_feed_without_limits_or_aggregator_is_read():
    answers = {
        key: data for key, data in contracts().items() if key[1] in ("latestRoundData()", "decimals()")
    }
    assert (await read(answers)).price == 43000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({(PROXY, "latestRoundData()"): round_data(0)}, RejectionReason.NOT_POSITIVE),
        ({(PROXY, "latestRoundData()"): round_data(-1)}, RejectionReason.NOT_POSITIVE),
        ({(PROXY, "latestRoundData()"): round_data(5, updated_at=0)}, RejectionReason.MALFORMED),
        ({(PROXY, "latestRoundData()"): b"\x01"}, RejectionReason.MALFORMED),
        ({(PROXY, "latestRoundData()"): REVERTED}, RejectionReason.UNREACHABLE),
        ({(PROXY, "decimals()"): encode(["uint8"], [77])}, RejectionReason.MALFORMED),
        (
            {(AGGREGATOR, "minAnswer()"): {"code": -32005, "message": "rate limit"}},
            RejectionReason.UNREACHABLE,
        ),
    ],
)
async def test_a_round_that_is_none_is_refused(change, reason):
    with pytest.raises(FeedError) as caught:
        await read({**contracts(), **change})
    assert caught.value.reason == reason
