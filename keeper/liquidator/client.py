"""The reference client: hears of candidates, asks its own node, its strategy and its guard, then sends at most one
transaction at a time.

What keepers and strategies say decides where it looks and what it wishes; every figure that money depends on comes
from calls that its own node simulated on one block.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from keeper.amounts import exact, to_wad
from keeper.candidates import AccountDocument, CandidateSnapshot, Health
from keeper.chain import Block, ChainReader, Witness
from keeper.errors import KeeperError, TransactionFailed
from keeper.liquidator import calls, guard
from keeper.liquidator.backoff import Backoff
from keeper.liquidator.calls import Invocation
from keeper.liquidator.guard import Capital, Limits
from keeper.liquidator.leg_bids import LegBidDocument, LegCase, invocation, leg_bid, leg_bids
from keeper.liquidator.quoting import QuoteTerms, gas_cost, quote_of
from keeper.liquidator.scan import margin_document
from keeper.liquidator.strategy import Answer, Opportunity, Strategy
from keeper.quotes import Quote
from keeper.types import WAD

log = structlog.get_logger()

# A bid that the own margin does not carry is simulated again at half the size, this often.
_HALVINGS = 6
# A keeper may name any number of candidates; one look asks the node about this many.
_MOST_CANDIDATES = 64


class Sender(Protocol):
    """What sends for the client; see `BoundedTransactor`."""

    async def is_busy(self) -> bool: ...

    def offered_today(self) -> int: ...

    async def send(self, intent: str, call: Invocation, *, most_cost_wei: int) -> None: ...


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """`account` is the own margin account. Pauses of one candidate after a failure, seconds (doubling).

    `holding_charge_bps` ranks legs; see `ProfitModel`.
    """

    account: int
    limits: Limits
    terms: QuoteTerms
    dry_run: bool
    pause_seconds: float = 2.0
    most_pause_seconds: float = 300.0
    holding_charge_bps: int = 50


@dataclass(slots=True)
class Done:
    """What the client did or, in a dry run, would have done: accounts by action, refusals by account."""

    started: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


class LiquidatorClient:
    """`look` handles one snapshot; `run` handles the newest until stopped."""

    def __init__(
        self, *, reader: ChainReader, sender: Sender, strategy: Strategy, policy: ClientPolicy
    ) -> None:
        self._reader = reader
        self._sender = sender
        self._strategy = strategy
        self._policy = policy
        self._pauses: dict[int, Backoff] = {}
        self._questions = 0

    async def look(self, snapshot: CandidateSnapshot) -> Done:
        """Every candidate that may be liquidated, the running auctions first; a failure of one is not another's."""
        done = Done()
        wanted = [row for row in snapshot.candidates if self._is_wanted(row)]
        wanted.sort(key=lambda row: (row.health is not Health.IN_AUCTION, row.account))
        for row in wanted[:_MOST_CANDIDATES]:
            now = asyncio.get_running_loop().time()
            pause = self._pauses.setdefault(
                row.account, Backoff(self._policy.pause_seconds, self._policy.most_pause_seconds)
            )
            if not pause.is_over(now):
                continue
            try:
                refused = await self._handle(row.account, done)
            except KeeperError as error:
                refused = f"{type(error).__name__}: {error}"
                pause.failed(now)
            else:
                pause.succeeded()
            if refused:
                done.refused[row.account] = refused
                log.info("liquidator.passes", account=row.account, reason=refused[:300])
        return done

    def _is_wanted(self, row: AccountDocument) -> bool:
        return row.account != self._policy.account and row.health in (Health.LIQUIDATABLE, Health.IN_AUCTION)

    async def _handle(self, account: int, done: Done) -> str:
        """One candidate; why nothing was sent, empty where something was."""
        if await self._sender.is_busy():
            return "a transaction is not mined yet"
        block = await self._reader.block()
        capital = await self._capital(block)
        quote = await self._sized(account, capital, block)
        if quote.action == "nothing":
            return "nothing to do any more"
        case = await self._leg_case(quote, capital, block)
        cost = await self._gas_cost(quote, block)
        answer = await self._strategy.decide(await self._opportunity(quote, case, capital, cost))
        if answer.action == "wait":
            return f"strategy waits: {answer.reason}"
        named = await self._named(case, answer)
        if named is not None:
            quote = quote.model_copy(update={"fill": named.fill, "legs": [], "refusal": ""})
        else:
            quote = await self._as_answered(quote, answer.fraction, block)
        cost = await self._gas_cost(quote, block)
        refused = guard.refusal(quote, gas_cost=cost, capital=capital, limits=self._policy.limits)
        return refused or await self._act(quote, named, capital, done)

    async def _capital(self, block: Block) -> Capital:
        own = self._policy.account
        margin = (await self._reader.margins([own], block))[own]
        if isinstance(margin, TransactionFailed):
            raise margin
        (state,) = await self._reader.accounts_of([own], block)
        held = {leg.instrument: leg.quantity for leg in state.legs}
        return Capital(margin_document(margin), self._sender.offered_today(), held)

    async def _leg_case(self, quote: Quote, capital: Capital, block: Block) -> LegCase | None:
        """None where no auction runs: only a running one takes bids for named legs."""
        if quote.action != "bid":
            return None
        account, own = await self._reader.accounts_of([quote.account, self._policy.account], block)
        legs = {leg.instrument: leg.quantity for leg in account.legs}
        limits = self._policy.limits
        return LegCase(
            account=quote.account,
            positions=account.legs,
            bidder=own.account,
            sender=own.owner,
            block=block,
            rooms=guard.rooms(capital, limits, legs),
            most_added=limits.most_own_requirement - to_wad(capital.margin.own_requirement),
        )

    async def _named(self, case: LegCase | None, answer: Answer) -> LegBidDocument | None:
        """The bid for the legs that the strategy names, simulated again; None where it names none, or the contracts
        take none of them alone: then a share of all is bid for."""
        if case is None or not answer.legs:
            return None
        named = await leg_bid(self._reader, case, answer.legs, self._policy.terms)
        if named is None:
            log.info("liquidator.legs_refused", account=case.account, legs=len(answer.legs))
        return named

    async def _sized(self, account: int, capital: Capital, block: Block) -> Quote:
        """The quote of the largest fill that the auction offers and the own margin and inventory carry."""
        fraction = WAD
        quote = await self._quote(account, fraction, block)
        for _ in range(_HALVINGS):
            if quote.fill is not None or "BidderBelowInitialMargin" not in quote.refusal:
                break
            most = to_wad(quote.offers[0].largest_fraction) if quote.offers else fraction
            fraction = min(fraction, most) // 2
            quote = await self._quote(account, max(fraction, 1), block)
        fitting = guard.fitting_fraction(quote, capital, self._policy.limits)
        if quote.fill is not None and 0 < fitting < to_wad(quote.fill.fraction):
            return await self._quote(account, fitting, block)
        if quote.fill is not None and fitting == 0 and quote.action == "bid":
            # Named legs may still fit.
            refusal = "the inventory limits leave no room for a share of every leg"
            return quote.model_copy(update={"fill": None, "refusal": refusal})
        return quote

    async def _as_answered(self, quote: Quote, fraction: str, block: Block) -> Quote:
        """Simulated again where the strategy wants less; never more than was simulated before."""
        wanted = to_wad(fraction)
        if quote.fill is None or wanted >= to_wad(quote.fill.fraction):
            return quote
        return await self._quote(quote.account, max(wanted, 1), block)

    async def _quote(self, account: int, fraction: int, block: Block) -> Quote:
        return await quote_of(
            self._reader,
            account=account,
            bidder=self._policy.account,
            fraction=fraction,
            block=block,
            terms=self._policy.terms,
        )

    async def _gas_cost(self, quote: Quote, block: Block) -> int:
        wei = 0 if quote.fill is None else int(quote.fill.gas_cost_wei)
        cost = await gas_cost(self._reader, wei, block, self._policy.terms)
        if cost is None:
            raise KeeperError("gas has no price: set model.native_price, or wait for the native underlying's")
        return cost

    async def _opportunity(
        self, quote: Quote, case: LegCase | None, capital: Capital, cost: int
    ) -> Opportunity:
        self._questions += 1
        policy = self._policy
        bids = (
            []
            if case is None
            else await leg_bids(
                self._reader, case, holding_charge_bps=policy.holding_charge_bps, terms=policy.terms
            )
        )
        return Opportunity(
            id=self._questions,
            quote=quote,
            capital=capital.margin,
            gas_cost=exact(cost),
            least_profit=exact(policy.limits.least_profit),
            leg_bids=bids,
        )

    async def _act(self, quote: Quote, named: LegBidDocument | None, capital: Capital, done: Done) -> str:
        account, own = quote.account, self._policy.account
        slippage = self._policy.limits.slippage_bps
        if quote.action == "start" and quote.witness is not None:
            witness = Witness(quote.witness.is_scenario, int(quote.witness.points))
            call, did = calls.start(account, witness, rewarded=own), done.started
        elif named is not None:
            call, did = invocation(named, account, own, slippage_bps=slippage), done.filled
        elif quote.action == "bid" and quote.fill is not None:
            least = guard.least_share(quote, self._policy.limits)
            call = calls.bid(account, own, to_wad(quote.fill.fraction), least_share=least)
            did = done.filled
        else:
            call, did = calls.end(account), done.ended
        if self._policy.dry_run:
            log.info("liquidator.would_send", account=account, function=call.function)
        else:
            bound = guard.most_cost_wei(capital, self._policy.limits)
            await self._sender.send(f"{own}/{call.function}/{account}", call, most_cost_wei=bound)
            log.info("liquidator.sent", account=account, function=call.function)
        did.append(account)
        return ""
