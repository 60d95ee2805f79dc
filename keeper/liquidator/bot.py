"""The reference liquidator: looks at every account, starts auctions by witness, bids, ends what is cured.

It trusts nothing but the contracts' own views, and simulates each transaction before it pays for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from keeper.chain import Block, ChainReader, MarginState
from keeper.errors import TransactionFailed
from keeper.liquidator import calls
from keeper.liquidator.calls import Invocation
from keeper.liquidator.policy import AccountView, Action, AuctionView, BidLimits, Decision, decide
from keeper.types import WAD, AccountState
from risk.instruments import Instrument

log = structlog.get_logger()

# The auction clock is read again when its last reading vouches for no more than this.
_CLOCK_MARGIN_SECONDS = 1_800
# A bid that the bot's own margin does not carry is tried again at half the size, this often.
_HALVINGS = 5


class Transactor(Protocol):
    """Sends one call of a contract and waits for it; raises TransactionFailed with the decoded error."""

    async def simulate(self, call: Invocation) -> None: ...

    async def send(self, call: Invocation) -> None: ...


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one look did, by account."""

    started: tuple[int, ...]
    filled: tuple[int, ...]
    ended: tuple[int, ...]
    settled_legs: int
    unknown: tuple[int, ...]


class LiquidatorBot:
    """`account` is the bot's own margin account; it never liquidates itself nor the insurance fund."""

    def __init__(
        self,
        *,
        reader: ChainReader,
        transactor: Transactor,
        account: int,
        limits: BidLimits,
        excluded: Sequence[int] = (),
    ) -> None:
        self._reader = reader
        self._transactor = transactor
        self._account = account
        self._limits = limits
        self._excluded = {account, *excluded}

    async def step(self) -> StepResult:
        """One look at the newest block: settle what expired, then every account by the policy."""
        settled = await self._settle_expired()
        block = await self._reader.block()
        accounts = [a for a in await self._reader.accounts(block) if a.account not in self._excluded]
        views, unknown = await self._views(accounts, block)
        done: dict[Action, list[int]] = {Action.START: [], Action.BID: [], Action.END: []}
        for view in views:
            action = await self._handle(view)
            if action in done:
                done[action].append(view.account)
        if any(view.auction is not None for view in views):
            await self._keep_clock(block)
        return StepResult(
            tuple(done[Action.START]),
            tuple(done[Action.BID]),
            tuple(done[Action.END]),
            settled,
            tuple(unknown),
        )

    async def _handle(self, view: AccountView) -> Action:
        decision = decide(view, self._limits)
        try:
            if decision.action is Action.START:
                witness = await self._reader.worst_witness(view.account)
                await self._transactor.send(calls.start(view.account, witness, rewarded=self._account))
            elif decision.action is Action.END:
                await self._transactor.send(calls.end(view.account))
            elif decision.action is Action.BID and not await self._bid(view, decision):
                return Action.WAIT
        except TransactionFailed as error:
            # Somebody was faster, or the market moved between the look and the transaction.
            log.info("liquidator.refused", account=view.account, action=decision.action, reason=str(error))
            return Action.NOTHING
        return decision.action

    async def _keep_clock(self, block: Block) -> None:
        """Live time that nobody reads is not counted, and discounts stand still."""
        until = await self._reader.clock_runs_until(block)
        if until < block.timestamp + _CLOCK_MARGIN_SECONDS:
            await self._transactor.send(calls.tick())

    async def _bid_leg(self, view: AccountView) -> bool:
        """Bids for the one leg that pays most, as much of it as the bot's margin carries."""
        discounts = await self._reader.leg_discounts(view.account, view.positions)
        if not discounts:
            return False
        best = max(discounts, key=lambda instrument: discounts[instrument])
        most = next(abs(leg.quantity) for leg in view.positions if leg.instrument == best)
        for halvings in range(_HALVINGS):
            legs = [(best, most >> halvings)]
            taking = calls.bid_legs(view.account, self._account, legs)
            try:
                await self._transactor.simulate(taking)
            except TransactionFailed as error:
                log.info("liquidator.refused_leg", account=view.account, legs=legs, reason=str(error))
                continue
            await self._transactor.send(taking)
            return True
        return False

    async def _bid(self, view: AccountView, decision: Decision) -> bool:
        if view.legs >= self._limits.legs_chosen_from and await self._bid_leg(view):
            return True
        fraction = decision.fraction
        for _ in range(_HALVINGS):
            taking = calls.bid(view.account, self._account, fraction, least_share=decision.least_share)
            try:
                await self._transactor.simulate(taking)
            except TransactionFailed as error:
                log.info(
                    "liquidator.refused_size", account=view.account, fraction=fraction, reason=str(error)
                )
                # Dust is not left behind: what is too small to take in part is taken whole, or not at all.
                too_small = error.error_name == "FractionTooSmall"
                if too_small and fraction == WAD:
                    return False
                fraction = WAD if too_small else fraction // 2
                continue
            await self._transactor.send(taking)
            return True
        return False

    async def _views(
        self, accounts: Sequence[AccountState], block: Block
    ) -> tuple[list[AccountView], list[int]]:
        ids = [account.account for account in accounts]
        margins = await self._reader.margins(ids, block)
        auctions = await self._reader.auctions(ids, block)
        views, unknown = [], []
        for account in accounts:
            margin = margins[account.account]
            if isinstance(margin, TransactionFailed):
                unknown.append(account.account)
                continue
            auction = auctions.get(account.account)
            shown = None if auction is None else await self._auction(account.account, auction.base, block)
            views.append(_view(account, margin, shown))
        return views, unknown

    async def _auction(self, account: int, base: int, block: Block) -> AuctionView:
        discount = await self._reader.discount_now(account, block)
        return AuctionView(base, discount, await self._reader.largest_fraction(account, block))

    async def _settle_expired(self) -> int:
        block = await self._reader.block()
        accounts = await self._reader.accounts(block)
        expired: dict[tuple[int, int], list[int]] = {}
        for account in accounts:
            for leg in account.legs:
                instrument = Instrument.decode(leg.instrument)
                if not instrument.is_perpetual and instrument.expiry <= block.timestamp:
                    expired.setdefault((instrument.underlying, instrument.expiry), []).append(account.account)
        ready: Counter[int] = Counter()
        for (underlying, expiry), holders in sorted(expired.items()):
            if await self._reader.settlement_price(underlying, expiry, block):
                ready.update(holders)
        settled = 0
        for page in _pages(sorted(ready), 16):
            try:
                await self._transactor.send(calls.settle(page))
            except TransactionFailed as error:
                # Margins are looked at all the same: an account in trouble does not wait for a settlement.
                log.info("liquidator.settlement_refused", accounts=page, reason=str(error))
                continue
            settled += sum(ready[account] for account in page)
        return settled


def _view(account: AccountState, margin: MarginState, auction: AuctionView | None) -> AccountView:
    return AccountView(
        account=account.account,
        equity_low=margin.equity_low,
        equity_high=margin.equity_high,
        own_requirement=margin.own_requirement,
        maintenance_requirement=margin.maintenance_requirement,
        legs=len(account.legs),
        positions=account.legs,
        auction=auction,
    )


def _pages(items: Sequence[int], size: int) -> list[list[int]]:
    return [list(items[i : i + size]) for i in range(0, len(items), size)]
