"""Accounts over real HTTP: one block to an answer, pages of one sequence number, ETags, what-if."""

from __future__ import annotations

import json

import pytest

from keeper.api import Board
from keeper.candidates import CandidateSnapshot, Health
from tests.keeper.api.api_cases import TABLE, block, board, get, post, row, serving, table

MANY = table(
    *(row(number, Health.LIQUIDATABLE if number % 3 == 0 else Health.HEALTHY) for number in range(1, 26))
)


async def ids(session, path):
    """Every page's accounts and sequence numbers, following the cursors."""
    found, seqs, cursor = [], set(), None
    while True:
        query = {} if cursor is None else {"cursor": cursor}
        async with session.get(path, params=query) as response:
            page = await response.json()
            assert response.status == 200, page
        found += [account["account"] for account in page["accounts"]]
        seqs.add(page["seq"])
        cursor = page["next"]
        if cursor is None:
            return found, seqs


async def test_candidates_are_all_that_are_not_healthy_with_block_and_sequence():
    async with serving() as session, session.get("/v1/candidates") as response:
        snapshot = CandidateSnapshot.model_validate_json(await response.text())
        assert response.headers["Tailguard-Sequence"] == "1"
        assert response.headers["Tailguard-Block"] == block(1).hash
    assert (snapshot.seq, snapshot.block) == (1, block(1))
    assert [(c.account, c.health) for c in snapshot.candidates] == [
        (2, Health.LIQUIDATABLE),
        (3, Health.UNKNOWN),
        (4, Health.IN_AUCTION),
    ]


async def test_pages_hold_to_the_sequence_they_began_with_while_blocks_come():
    filled = board(MANY)
    async with serving(filled=filled) as session:
        async with session.get("/v1/accounts?limit=10") as response:
            first = await response.json()
        filled.apply(block(2), table(row(1)))
        async with session.get(f"/v1/accounts?limit=100&cursor={first['next']}") as response:
            rest = await response.json()
    assert [a["account"] for a in first["accounts"] + rest["accounts"]] == list(range(1, 26))
    assert (first["seq"], rest["seq"], rest["block"]["number"], rest["next"]) == (1, 1, 1, None)


@pytest.mark.parametrize("limit", [1, 4, 25, 100])
async def test_every_account_is_on_exactly_one_page(limit):
    async with serving(filled=board(MANY)) as session:
        assert await ids(session, f"/v1/accounts?limit={limit}") == (list(range(1, 26)), {1})
        thirds = list(range(3, 26, 3))
        assert await ids(session, f"/v1/liquidatable?limit={limit}") == (thirds, {1})
        assert await ids(session, f"/v1/accounts?health=liquidatable&limit={limit}") == (thirds, {1})


async def test_a_forgotten_page_or_another_servers_says_to_begin_again():
    filled = board(MANY, *([TABLE] * 3), tables=2)
    async with serving(filled=filled) as session:
        for cursor in ("5eed-1-10", "another-4-10", "5eed-5-1"):
            async with session.get(f"/v1/accounts?cursor={cursor}") as response:
                assert response.status == 410
                assert "begin again" in (await response.json(content_type=None))["remedy"]


async def test_a_reader_that_has_this_sequence_gets_nothing_again():
    filled = board()
    async with serving(filled=filled) as session:
        for path in ("/v1/candidates", "/v1/accounts", "/v1/accounts/2", "/v1/liquidatable"):
            async with session.get(path) as response:
                tag = response.headers["ETag"]
            async with session.get(path, headers={"If-None-Match": tag}) as response:
                assert (response.status, await response.read()) == (304, b""), path
        filled.apply(block(2), TABLE)
        async with session.get("/v1/candidates", headers={"If-None-Match": tag}) as response:
            assert response.status == 200


async def test_before_the_first_block_nobody_is_told_anything():
    for path in ("/v1/candidates", "/v1/accounts", "/v1/accounts/1", "/v1/liquidatable"):
        status, text = await get(path, filled=Board(stream="5eed"))
        assert status == 503
        assert "try again" in text


async def test_when_the_chain_cannot_be_read_everyone_is_unknown():
    filled = board()
    filled.fail("no node answers")
    async with serving(filled=filled) as session, session.get("/v1/accounts") as response:
        page = await response.json()
    assert {(a["health"], a["reason"]) for a in page["accounts"]} == {("unknown", "no node answers")}
    assert {a["margin"] for a in page["accounts"]} == {None}


async def test_what_if_asks_the_engine_at_the_block_shown():
    asked = {"legs": [{"instrument": "1:perp", "quantity": "-1"}], "cash": "12.5"}
    status, answer = await post("/v1/accounts/1/what-if", json.dumps(asked).encode())
    assert (status, answer["margin"]["equity_low"], answer["block"]["number"]) == (200, "12.5", 1)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/v1/accounts/9/what-if", {"legs": []}, 404),
        ("/v1/accounts/1/what-if", {"legs": [{"instrument": "1:perp", "quantity": "-99"}]}, 409),
        ("/v1/accounts/1/what-if", {"legs": [{"instrument": "1:swap", "quantity": "1"}]}, 422),
        ("/v1/accounts/1/what-if", {"legs": [{"instrument": "1:perp", "quantity": "1e3"}]}, 422),
        ("/v1/accounts/1/what-if", {"legs": [], "tip": 1}, 422),
        ("/v1/accounts/1/what-if", {"legs": [], "cash": 5}, 422),
    ],
)
async def test_what_if_refuses(path, asked, status):
    found, problem = await post(path, json.dumps(asked).encode())
    assert (found, problem["status"]) == (status, status)
    assert problem["remedy"]


async def test_a_quote_is_of_the_block_shown_and_for_whom_it_was_asked():
    status, answer = await post("/v1/accounts/2/quote", b'{"bidder": 1, "fraction": "0.25"}')
    quote = answer["quote"]
    assert (status, quote["account"], quote["bidder"], quote["block"]["number"]) == (200, 2, 1, 1)
    assert quote["refusal"] == "0.25"  # what the desk was asked
    status, answer = await post("/v1/accounts/2/quote", b"{}")
    assert (status, answer["quote"]["bidder"]) == (200, 0)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/v1/accounts/9/quote", b"{}", 404),
        ("/v1/accounts/2/quote", b'{"bidder": 99}', 404),
        ("/v1/accounts/3/quote", b"{}", 503),
        ("/v1/accounts/2/quote", b'{"fraction": "0"}', 422),
        ("/v1/accounts/2/quote", b'{"fraction": "0.000"}', 422),
        ("/v1/accounts/2/quote", b'{"fraction": "1.1"}', 422),
        ("/v1/accounts/2/quote", b'{"fraction": 1}', 422),
    ],
)
async def test_a_quote_is_refused(path, asked, status):
    found, problem = await post(path, asked)
    assert (found, problem["status"]) == (status, status)
