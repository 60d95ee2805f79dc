"""Several nodes as one: lagging, forked, silent and nonsensical ones, as few as a minority, change nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from keeper.chain import Nodes, Rpc
from keeper.clock import ManualClock
from keeper.errors import (
    ChainDisagreement,
    ChainError,
    ChainUnreachable,
    ConfigurationError,
    TransactionFailed,
    WrongChain,
)
from tests.keeper.chain.scripted_node import ScriptedNode

CHAIN = [f"0xa{i}" for i in range(10)]
FAULTS = ("silent", "429", "html", "limit", "reset")


@asynccontextmanager
async def nodes_serving(*chains, agreement=2, clock=None):
    async with AsyncExitStack() as stack:
        scripted = [await stack.enter_async_context(ScriptedNode(chain)) for chain in chains]
        rpcs = [Rpc(node.url, timeout_seconds=1.5, retries=0) for node in scripted]
        nodes = await stack.enter_async_context(
            Nodes(rpcs, agreement=agreement, clock=clock or ManualClock(0))
        )
        yield nodes, scripted


async def head(nodes):
    block = await nodes.call("eth_getBlockByNumber", "latest", False)
    return int(block["number"], 16), block["hash"]


async def test_the_newest_block_is_the_one_that_enough_nodes_have():
    async with nodes_serving(CHAIN, CHAIN[:8], CHAIN[:7]) as (nodes, _):
        assert await head(nodes) == (7, "0xa7")
        assert int(await nodes.call("eth_blockNumber"), 16) == 7


async def test_a_minority_fork_is_passed_over_and_reported():
    forked = [*CHAIN[:6], "0xb6", "0xb7", "0xb8", "0xb9", "0xb10", "0xb11"]
    async with nodes_serving(forked, CHAIN, CHAIN) as (nodes, scripted):
        assert await head(nodes) == (9, "0xa9")
        assert await nodes.call("eth_call", {}, {"blockHash": "0xa9"}) == "0x2a"
        assert "eth_call" not in scripted[0].asked


async def test_a_fork_at_the_tip_is_left_for_the_block_below():
    async with nodes_serving([*CHAIN, "0xb10"], [*CHAIN, "0xc10"]) as (nodes, _):
        assert await head(nodes) == (9, "0xa9")


async def test_forks_without_a_majority_stop_everything():
    other = [f"0xb{i}" for i in range(10)]
    async with nodes_serving(CHAIN, other) as (nodes, _):
        with pytest.raises(ChainDisagreement, match="0xb9"):
            await head(nodes)


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_failing_node_of_three_changes_nothing(fault):
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        scripted[0].fault = fault
        assert await head(nodes) == (9, "0xa9")
        assert await nodes.call("eth_call", {}, {"blockHash": "0xa9"}) == "0x2a"


@pytest.mark.parametrize("fault", FAULTS)
async def test_two_failing_nodes_of_three_are_no_agreement(fault):
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        scripted[0].fault = scripted[2].fault = fault
        with pytest.raises(ChainUnreachable, match="1 of 3 nodes answer"):
            await head(nodes)


async def test_a_node_without_the_block_is_passed_over():
    async with nodes_serving(CHAIN[:5], CHAIN, CHAIN) as (nodes, scripted):
        assert await nodes.call("eth_call", {}, {"blockHash": "0xa9"}) == "0x2a"
        assert "eth_call" in scripted[0].asked


async def test_a_revert_is_final_whichever_node_says_it():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        with pytest.raises(TransactionFailed):
            await nodes.call("eth_estimateGas", {})
        assert scripted[1].asked == []


async def test_a_failed_node_is_asked_again_after_its_pause():
    clock = ManualClock(0)
    async with nodes_serving(CHAIN, CHAIN, CHAIN, clock=clock) as (nodes, scripted):
        scripted[0].fault = "429"
        await nodes.call("eth_call", {}, {"blockHash": "0xa9"})
        scripted[0].fault, scripted[0].asked = "", []
        await nodes.call("eth_call", {}, {"blockHash": "0xa9"})
        assert scripted[0].asked == []
        clock.set(2)
        await nodes.call("eth_call", {}, {"blockHash": "0xa9"})
        assert scripted[0].asked == ["eth_call"]


async def test_a_transaction_goes_to_every_node_and_one_is_enough():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        scripted[0].fault, scripted[1].refusal = "429", "nonce too low"
        assert await nodes.call("eth_sendRawTransaction", "0x01") == "0xabc"
        assert all("eth_sendRawTransaction" in node.asked for node in scripted)


async def test_a_node_that_does_not_answer_a_transaction_is_named_though_others_took_it():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        scripted[1].fault = "reset"
        with capture_logs() as lines:
            assert await nodes.call("eth_sendRawTransaction", "0x01") == "0xabc"
    assert [(line["event"], line["node"]) for line in lines] == [("node.failed", scripted[1].url)]


async def test_a_node_whose_head_goes_back_is_named_and_of_use_all_the_same():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        assert await head(nodes) == (9, "0xa9")
        scripted[0].chain = CHAIN[:8]
        with capture_logs() as lines:
            assert await head(nodes) == (9, "0xa9")
        assert [(line["event"], line["node"]) for line in lines] == [("node.stepped_back", scripted[0].url)]
        assert (lines[0]["number"], lines[0]["before"]) == (7, 9)
        scripted[0].asked, scripted[0].chain = [], CHAIN
        with capture_logs() as lines:
            await head(nodes)
        assert (lines, scripted[0].asked) == ([], ["eth_getBlockByNumber"])


async def test_a_transaction_that_all_refuse_is_refused_in_a_nodes_own_words():
    async with nodes_serving(CHAIN, CHAIN) as (nodes, scripted):
        scripted[0].fault, scripted[1].refusal = "429", "nonce too low"
        with pytest.raises(ChainError, match="nonce too low"):
            await nodes.call("eth_sendRawTransaction", "0x01")


async def test_every_node_must_serve_the_chain():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        await nodes.require_chain(1)
        scripted[1].fault = "429"
        await nodes.require_chain(1)
        with pytest.raises(WrongChain):
            await nodes.require_chain(2)


@pytest.mark.parametrize(("count", "agreement"), [(2, 1), (3, 1), (4, 2), (2, 3)])
def test_an_agreement_that_two_forks_could_both_have_is_refused(count, agreement):
    with pytest.raises(ConfigurationError, match="more than half"):
        Nodes([Rpc("http://127.0.0.1:1") for _ in range(count)], agreement=agreement)


async def test_a_node_that_lags_is_passed_over_until_its_pause_ends():
    clock = ManualClock(0)
    async with nodes_serving(CHAIN[:4], CHAIN, CHAIN, clock=clock) as (nodes, scripted):
        assert await head(nodes) == (9, "0xa9")
        scripted[0].asked = []
        assert await head(nodes) == (9, "0xa9")
        await nodes.call("eth_call", {}, {"blockHash": "0xa3"})
        assert scripted[0].asked == []
        clock.set(2)
        await head(nodes)
        assert scripted[0].asked != []


async def test_with_too_few_others_a_paused_node_is_asked_all_the_same():
    async with nodes_serving(CHAIN[:4], CHAIN, CHAIN) as (nodes, scripted):
        await head(nodes)
        scripted[1].fault = "reset"
        scripted[0].chain = list(CHAIN)
        assert await head(nodes) == (9, "0xa9")


async def test_a_doubted_answer_sends_the_next_question_to_another_node():
    async with nodes_serving(CHAIN, CHAIN, CHAIN) as (nodes, scripted):
        await nodes.call("eth_call", {}, {"blockHash": "0xa9"})
        nodes.doubt("eth_getLogs", "nobody was asked yet")
        nodes.doubt("eth_call", "it does not add up")
        scripted[0].asked = []
        await nodes.call("eth_call", {}, {"blockHash": "0xa9"})
        assert (scripted[0].asked, scripted[1].asked[-1]) == ([], "eth_call")
