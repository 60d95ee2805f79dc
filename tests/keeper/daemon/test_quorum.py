"""Endorsements from real HTTP peers: kept where they verify, explained where they do not, never fatal."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from keeper.daemon.quorum import Peer, collect
from keeper.messages import Proposal
from tests.keeper.daemon.daemon_cases import (
    ADDRESSES,
    CHAIN_ID,
    CONTRACT,
    SIGNERS,
    lanes_of,
    own_round,
    proposal_of,
)

LANES = lanes_of(own_round())
DIGESTS = {lane.header.lane: lane.digest(chain_id=CHAIN_ID, contract=CONTRACT) for lane in LANES}
OWN = {lane: SIGNERS[0].sign_digest(digest) for lane, digest in DIGESTS.items()}


@asynccontextmanager
async def serving(answer):
    """A peer that answers every proposal with `answer(request)`; gives its URL."""
    application = web.Application(client_max_size=2**26)
    application.router.add_post("/v1/proposals", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def signing(key, signer: int, *, lanes=(0, 1, 4)):
    async def answer(request: web.Request) -> web.Response:
        Proposal.model_validate_json(await request.read())
        signatures = [
            {"lane": lane, "signature": "0x" + key.sign_digest(DIGESTS.get(lane, b"\x09" * 32)).hex()}
            for lane in lanes
        ]
        return web.json_response({"signer": signer, "signatures": signatures})

    return answer


def saying(text: str, *, status: int = 200, kind: str = "application/json"):
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text=text, status=status, content_type=kind)

    return answer


async def asked(*answers, timeout_seconds: float = 5.0, signers=ADDRESSES, urls=()):
    async with AsyncExitStack() as stack:
        served = [await stack.enter_async_context(serving(answer)) for answer in answers]
        session = await stack.enter_async_context(aiohttp.ClientSession())
        peers = [Peer(number, url) for number, url in enumerate([*served, *urls], start=1)]
        return await collect(
            session=session,
            peers=peers,
            proposal=proposal_of(own_round()),
            digests=DIGESTS,
            signers=signers,
            own=OWN,
            timeout_seconds=timeout_seconds,
        )


async def test_good_peers_are_kept_beside_the_own_signature():
    collected = await asked(signing(SIGNERS[1], 1), signing(SIGNERS[2], 2))
    assert collected.refusals == {}
    assert {lane: sorted(found) for lane, found in collected.signatures.items()} == {
        0: [0, 1, 2],
        1: [0, 1, 2],
        4: [0, 1, 2],
    }
    assert collected.signatures[4][0] == OWN[4]


async def test_a_peer_that_signs_some_lanes_counts_for_those():
    collected = await asked(signing(SIGNERS[1], 1, lanes=(0,)))
    assert sorted(collected.signatures[0]) == [0, 1]
    assert sorted(collected.signatures[4]) == [0]


async def test_a_peer_that_withholds_a_lane_counts_for_the_others_and_says_why():
    async def withholding(request: web.Request) -> web.Response:
        answer = json.loads((await signing(SIGNERS[1], 1, lanes=(0, 1))(request)).text)
        return web.json_response({**answer, "refusal": "lane 4 is withheld: preflight"})

    collected = await asked(withholding)
    assert {lane: sorted(found) for lane, found in collected.signatures.items()} == {
        0: [0, 1],
        1: [0, 1],
        4: [0],
    }
    assert collected.refusals == {1: "lane 4 is withheld: preflight"}


BAD = {
    "refuses": (saying('{"signer": 1, "signatures": [], "refusal": "price 1 differs"}'), "price 1 differs"),
    "html": (saying("<html>login</html>", kind="text/html"), "no endorsement"),
    "500": (saying("oops", status=500), "HTTP 500"),
    "other key": (signing(SIGNERS[2], 1), "lane 0: signature is by"),
    "other lane": (signing(SIGNERS[1], 1, lanes=(7,)), "signed lane 7, which was not proposed"),
    "nothing": (saying('{"signer": 1, "signatures": []}'), "signed nothing"),
    "short": (
        saying('{"signer": 1, "signatures": [{"lane": 0, "signature": "0x00"}]}'),
        "signature has 1 bytes",
    ),
    "endless": (saying(" " * 200_000), "more than 65536 bytes"),
    "deep": (saying("[" * 60_000), "no endorsement"),
}


@pytest.mark.parametrize(("answer", "reason"), BAD.values(), ids=BAD.keys())
async def test_a_bad_peer_costs_only_its_own_signature(answer, reason):
    collected = await asked(answer, signing(SIGNERS[2], 2))
    assert reason in collected.refusals[1]
    assert sorted(collected.signatures[0]) == [0, 2]


async def test_a_dead_port():
    collected = await asked(urls=["http://127.0.0.1:1"])
    assert collected.refusals[1].startswith("unreachable: ClientConnectorError")
    assert sorted(collected.signatures[0]) == [0]


async def test_a_peer_that_does_not_answer_in_time():
    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    collected = await asked(never, signing(SIGNERS[2], 2), timeout_seconds=0.5)
    assert "TimeoutError" in collected.refusals[1]
    assert sorted(collected.signatures[0]) == [0, 2]


async def test_an_index_that_the_chain_does_not_list():
    collected = await asked(signing(SIGNERS[1], 1), signers=ADDRESSES[:1])
    assert "not proposed to a listed signer" in collected.refusals[1]
    assert sorted(collected.signatures[0]) == [0]


async def test_a_peer_that_hangs_up_once_is_asked_again():
    honest, calls = signing(SIGNERS[1], 1), []

    async def flaky(request: web.Request) -> web.StreamResponse:
        calls.append(1)
        if len(calls) == 1:
            request.transport.close()
        return await honest(request)

    collected = await asked(flaky)
    assert (len(calls), collected.refusals) == (2, {})
    assert sorted(collected.signatures[0]) == [0, 1]
