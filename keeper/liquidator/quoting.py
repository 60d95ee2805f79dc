"""What liquidating one account offers at one block: every figure from calls simulated on that block's state."""

from __future__ import annotations

from dataclasses import dataclass

from keeper.amounts import exact
from keeper.candidates import LegDocument
from keeper.chain import Block, ChainReader, MarginState
from keeper.chain.records import from_struct
from keeper.errors import ChainError, TransactionFailed
from keeper.liquidator import calls
from keeper.liquidator.calls import Invocation
from keeper.liquidator.scan import block_document, leg_document
from keeper.liquidator.simulate import Outcome, Phase, simulate
from keeper.quotes import FillDocument, OfferDocument, Quote, WitnessDocument
from keeper.types import WAD, AccountState

NOBODY = "0x" + "00" * 20
# When the offer is looked at, in seconds after the block: the next one, then along the auction's curve.
LOOKS_SECONDS = (1, 60, 300, 900, 1_800)


@dataclass(frozen=True, slots=True)
class QuoteTerms:
    """Gas is priced by `native_price` (WAD quote), else by the underlying that is the chain's own currency, else not
    at all; a quote ends after `validity_seconds`."""

    chain_id: int
    validity_seconds: int = 60
    native_underlying: int | None = None
    native_price: int | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """What is asked, and what the chain says of it at the block."""

    account: AccountState
    bidder: int
    sender: str
    fraction: int
    block: Block
    first: tuple[Invocation, ...]  # what must come before a bid


async def quote_of(
    reader: ChainReader, *, account: int, bidder: int, fraction: int, block: Block, terms: QuoteTerms
) -> Quote:
    """Raises `TransactionFailed` where the engine cannot value the account, `ChainError` where the node cannot tell."""
    states = {
        s.account: s for s in await reader.accounts_of([account, bidder] if bidder else [account], block)
    }
    margin = (await reader.margins([account], block))[account]
    if isinstance(margin, TransactionFailed):
        raise margin
    sender = states[bidder].owner if bidder else NOBODY
    action, witness, first = await _opening(reader, states[account], margin, bidder, block, sender)
    case = _Case(states[account], bidder, sender, fraction, block, first)
    fill, refusal = (None, "")
    if action in ("start", "bid") and bidder:
        fill, refusal = await _fill(reader, case, terms)
    return Quote.model_validate(
        {
            "chain_id": terms.chain_id,
            "contract": reader.contracts["Liquidation"].address,
            "block": block_document(block),
            "expires_at": block.timestamp + terms.validity_seconds,
            "account": account,
            "bidder": bidder,
            "action": action,
            "witness": witness,
            "own_requirement": exact(margin.own_requirement),
            "legs": _legs(states[account]),
            "offers": await _offers(reader, case) if action in ("start", "bid") else [],
            "fill": fill,
            "refusal": refusal,
        }
    )


async def _opening(
    reader: ChainReader, account: AccountState, margin: MarginState, bidder: int, block: Block, sender: str
) -> tuple[str, WitnessDocument | None, tuple[Invocation, ...]]:
    """What comes first, the witness it takes, and the calls before a bid."""
    if await reader.auctions([account.account], block):
        ((ended,),) = await simulate(
            reader, [Phase(1, (calls.end(account.account),))], block=block, sender=sender
        )
        return ("end" if ended.refusal is None else "bid"), None, ()
    if not account.legs or margin.maintenance_requirement <= margin.equity_high:
        return "nothing", None, ()
    witness = await reader.worst_witness(account.account, block)
    bound = await reader.witness_bound(account.account, witness, block)
    document = WitnessDocument(
        is_scenario=witness.is_scenario,
        points=str(witness.points),
        maintenance_bound=exact(bound.maintenance_bound),
        equity_low=exact(bound.equity_low),
        equity_high=exact(bound.equity_high),
    )
    return "start", document, (calls.start(account.account, witness, rewarded=bidder),)


async def _offers(reader: ChainReader, case: _Case) -> list[OfferDocument]:
    """Ends at the first time at which the contracts would not answer: without a new price nobody could bid then."""
    account = case.account.account
    looks = (
        Invocation("MarginEngine", "markOf", (account,)),
        Invocation("Liquidation", "discountNow", (account,)),
        Invocation("Liquidation", "largestFraction", (account,)),
    )
    first, *later = LOOKS_SECONDS
    phases = [Phase(first, (*case.first, *looks)), *(Phase(seconds, looks) for seconds in later)]
    answers = await simulate(reader, phases, block=case.block, sender=case.sender)
    offers: list[OfferDocument] = []
    for seconds, outcomes in zip(LOOKS_SECONDS, answers, strict=True):
        if any(outcome.refusal for outcome in outcomes):
            break
        mark, discount, most = (outcome.result for outcome in outcomes[-len(looks) :])
        offers.append(
            OfferDocument(
                at=case.block.timestamp + seconds,
                mark=exact(mark),
                discount=exact(discount),
                price=exact(mark - discount),
                largest_fraction=exact(min(most, WAD)),
            )
        )
    return offers


async def _fill(reader: ChainReader, case: _Case, terms: QuoteTerms) -> tuple[FillDocument | None, str]:
    margin_of = Invocation("MarginEngine", "marginOf", (case.bidder,))
    taking = calls.bid(case.account.account, case.bidder, case.fraction, least_share=0)
    phase = Phase(1, (margin_of, *case.first, taking, margin_of))
    (outcomes,) = await simulate(reader, [phase], block=case.block, sender=case.sender)
    refused = next((o.refusal for o in outcomes if o.refusal is not None), None)
    if refused is not None:
        return None, str(refused)
    before, after = (from_struct(MarginState, o.result) for o in (outcomes[0], outcomes[-1]))
    return await priced(reader, case.block, terms, before, after, outcomes[1:-1]), ""


async def priced(
    reader: ChainReader,
    block: Block,
    terms: QuoteTerms,
    before: MarginState,
    after: MarginState,
    transactions: list[Outcome],
) -> FillDocument:
    gas = sum(outcome.gas for outcome in transactions)
    cost_wei = gas * int(await reader.rpc.call("eth_gasPrice"), 16)
    cost = await gas_cost(reader, cost_wei, block, terms)
    low, high = after.equity_low - before.equity_low, after.equity_high - before.equity_high
    return FillDocument(
        fraction=exact(_taken(transactions[-1])),
        profit_low=exact(low),
        profit_high=exact(high),
        own_requirement_added=exact(after.own_requirement - before.own_requirement),
        free_after=exact(after.credited_equity - after.initial_requirement),
        gas=gas,
        gas_cost_wei=str(cost_wei),
        net_low=None if cost is None else exact(low - cost),
        net_high=None if cost is None else exact(high - cost),
    )


async def gas_cost(reader: ChainReader, wei: int, block: Block, terms: QuoteTerms) -> int | None:
    """WAD quote of gas paid for, rounded up; None where nobody knows the price of the chain's own currency."""
    price = terms.native_price
    if price is None and terms.native_underlying is not None:
        known = await reader.prices([terms.native_underlying], block)
        price = known[terms.native_underlying].high if terms.native_underlying in known else None
    return None if price is None else -(-wei * price // WAD)


def _taken(bid: Outcome) -> int:
    if not isinstance(bid.result, int):
        raise ChainError(f"a bid returned {bid.result!r}, not the share it took: update the artifacts")
    return bid.result


def _legs(account: AccountState) -> list[LegDocument]:
    return [leg_document(leg) for leg in account.legs]
