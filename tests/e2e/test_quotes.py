"""Quotes on a real chain: what they promise is what the chain then does, and nobody can change one unnoticed."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal

import pytest
from eth_utils.address import to_checksum_address

from keeper.amounts import exact, to_wad
from keeper.chain.records import MarginState
from keeper.errors import SigningError
from keeper.liquidator import LiquidationDesk, QuoteTerms, calls
from keeper.liquidator.scan import block_document
from keeper.quotes import SignedQuote, quote_digest
from keeper.signing import verify
from keeper.types import WAD

from .conftest import REPOSITORY, SIGNERS
from .distress import ETHER_PRICE, OWNERS, distressed, staged

pytestmark = pytest.mark.chain
ETHER = 2


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("distress")) as facts:
        yield facts


@pytest.fixture
async def chain(stage):
    async with distressed(*stage) as chain:
        yield chain


async def quoted(chain, account, bidder, fraction="1", native=ETHER) -> SignedQuote:
    terms = QuoteTerms(chain_id=chain.chain_id, native_underlying=native)
    desk = LiquidationDesk(reader=chain.reader, signer=SIGNERS[0], terms=terms)
    return await desk.quote(account, bidder, fraction, block_document(await chain.reader.block()))


async def act(chain, owner, call):
    """Sends a call from an owner's address at the next second."""
    await chain.rpc.call("anvil_impersonateAccount", owner.address)
    target = chain.reader.contracts[call.contract]
    transaction = {
        "from": owner.address,
        "to": target.address,
        "data": "0x" + call.encoded(chain.reader.contracts).hex(),
        "gas": hex(20_000_000),
    }
    sent = await chain.rpc.call("eth_sendTransaction", transaction)
    async with asyncio.timeout(30):
        while (receipt := await chain.rpc.call("eth_getTransactionReceipt", sent)) is None:
            await asyncio.sleep(0.05)  # mined at once, known a moment later
    assert int(receipt["status"], 16) == 1
    return int(receipt["gasUsed"], 16)


async def equities(chain, account) -> MarginState:
    return (await chain.reader.margins([account]))[account]


async def test_a_quote_is_what_the_chain_then_does(chain):
    bidder = chain.bidders[0]
    signed = await quoted(chain, chain.victim, bidder)
    quote = signed.quote
    assert (quote.action, quote.refusal, quote.bidder) == ("start", "", bidder)
    assert to_wad(quote.witness.maintenance_bound) > to_wad(quote.witness.equity_high)
    before = await equities(chain, bidder)
    witness = await chain.reader.worst_witness(chain.victim)
    assert str(witness.points) == quote.witness.points
    # Start and bid in one block, as simulated.
    await chain.control.set_automine(False)
    for call in (
        calls.start(chain.victim, witness, rewarded=bidder),
        calls.bid(chain.victim, bidder, WAD, least_share=0),
    ):
        await chain.rpc.call("anvil_impersonateAccount", OWNERS[0].address)
        target = chain.reader.contracts[call.contract].address
        data = "0x" + call.encoded(chain.reader.contracts).hex()
        await chain.rpc.call(
            "eth_sendTransaction",
            {"from": OWNERS[0].address, "to": target, "data": data, "gas": hex(15_000_000)},
        )
    await chain.control.mine_at(quote.block.timestamp + 1)
    after = await equities(chain, bidder)
    gained = [after.equity_low - before.equity_low, after.equity_high - before.equity_high]
    assert [exact(value) for value in gained] == [quote.fill.profit_low, quote.fill.profit_high]
    assert exact(after.own_requirement) == quote.fill.own_requirement_added
    cost = to_wad(quote.fill.profit_low) - to_wad(quote.fill.net_low)
    assert cost == pytest.approx(int(quote.fill.gas_cost_wei) * ETHER_PRICE, rel=0.01)


async def test_offers_follow_the_auction_as_it_runs(chain):
    first = (await quoted(chain, chain.victim, 0)).quote
    assert (first.fill, len(first.offers)) == (None, 5)
    discounts = [to_wad(offer.discount) for offer in first.offers]
    assert discounts == sorted(discounts)
    witness = await chain.reader.worst_witness(chain.victim)
    await act(chain, OWNERS[0], calls.start(chain.victim, witness, rewarded=chain.bidders[0]))
    await chain.control.mine_at(first.offers[2].at)
    assert exact(await chain.reader.discount_now(chain.victim)) == first.offers[2].discount
    assert exact(await chain.reader.mark(chain.victim)) == first.offers[2].mark
    for offer in first.offers:
        assert Decimal(offer.price) == Decimal(offer.mark) - Decimal(offer.discount)
    running = (await quoted(chain, chain.victim, chain.bidders[0])).quote
    assert (running.action, running.witness) == ("bid", None)
    assert to_wad(running.fill.profit_low) > to_wad(running.offers[0].discount) // 100


async def test_who_cannot_bid_is_told_why_and_a_healthy_account_offers_nothing(chain):
    refused = (await quoted(chain, chain.victim, chain.victim)).quote
    assert refused.fill is None
    assert "BidderIsAccount" in refused.refusal
    healthy = (await quoted(chain, chain.victim + 1, chain.bidders[0])).quote
    assert (healthy.action, healthy.offers, healthy.fill, healthy.witness) == ("nothing", [], None, None)
    without = (await quoted(chain, chain.victim, chain.bidders[0], native=None)).quote.fill
    assert (without.net_low, int(without.gas_cost_wei) > 0) == (None, True)


def tampered(answer, path, value):
    changed = json.loads(answer.model_dump_json())
    place = changed["quote"]
    *way, last = path
    for step in way:
        place = place[step]
    place[last] = value
    return SignedQuote.model_validate(changed)


def documented_check():
    """The snippet of docs/liquidators.md, as a reader would paste it."""
    text = (REPOSITORY / "docs/liquidators.md").read_text()
    (snippet,) = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "signer_of" in code]
    scope: dict = {}
    exec(snippet, scope)  # noqa: S102 - our own documentation
    return scope["signer_of"]


async def test_a_tampered_quote_fails_every_check(chain, tmp_path):
    signed = await quoted(chain, chain.victim, chain.bidders[0])
    own = SIGNERS[0].address
    signature = bytes.fromhex(signed.signature[2:])
    verify(quote_digest(signed.quote), signature, own)
    signer_of = documented_check()
    assert to_checksum_address(signer_of(json.loads(signed.model_dump_json()))) == own
    for path, value in (
        (("account",), 7),
        (("bidder",), chain.bidders[1]),
        (("expires_at",), signed.quote.expires_at + 1),
        (("chain_id",), 1),
        (("contract",), "0x" + "22" * 20),
        (("block", "hash"), "0x" + "00" * 32),
        (("block", "number"), 1),
        (("offers", 0, "discount"), "999999"),
        (("offers", 4, "at"), 5),
        (("fill", "profit_low"), "1000000"),
        (("fill", "gas"), 1),
        (("legs", 0, "quantity"), "1"),
        (("witness", "points"), "0"),
        (("action",), "bid"),
        (("refusal",), "none"),
    ):
        changed = tampered(signed, path, value)
        with pytest.raises(SigningError, match="another key"):
            verify(quote_digest(changed.quote), signature, own)
        assert to_checksum_address(signer_of(json.loads(changed.model_dump_json()))) != own, path
