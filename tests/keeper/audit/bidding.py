"""Liquidations of a played record: parts of accounts, single legs, and one account that nobody bids for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from keeper.chain import ChainReader, MarginState, Witness
from keeper.errors import TransactionFailed
from keeper.simulation.stage import Cast

# The plan whose account is closed against the other side of its legs, once it has been on offer for long enough.
LEFT_ALONE = "left alone"
_PATIENCE_DURATIONS = 2


class Bidding:
    """Starts an auction of every account under water, takes half of what may be taken, then the rest."""

    def __init__(self, reader: ChainReader, cast: Cast, send: Callable[..., Awaitable[None]]) -> None:
        self._reader, self._cast, self._send = reader, cast, send

    async def look(self) -> None:
        """Every customer once."""
        for account, plan in self._cast.customers.items():
            margin = (await self._reader.margins([account]))[account]
            running = await self._reader.auctions([account])
            if plan.name == LEFT_ALONE and running:
                await self._leave(account, margin)
                continue
            if margin.maintenance_requirement <= margin.equity_high:
                continue
            if not running:
                await self._start(account)
            if plan.name != LEFT_ALONE:
                await self._bid_leg(account)
                for part in (2, 1):
                    if await self._reader.auctions([account]):
                        await self._bid(account, part)

    async def _leave(self, account: int, margin: MarginState) -> None:
        """Proves its deficit again; once it is insolvent and was on offer for long enough, closes its legs."""
        await self._send("Liquidation", "measureDeficit", account)
        auction = (await self._reader.auctions([account]))[account]
        liquidation = self._reader.contracts["Liquidation"]
        elapsed = await self._reader.caller.call(liquidation, "liveSeconds") - auction.clock_at_start
        if margin.equity_high >= 0 or elapsed < _PATIENCE_DURATIONS * auction.curve.duration_seconds:
            return
        states = await self._reader.accounts(await self._reader.block())
        (own,) = [state for state in states if state.account == account]
        for leg in own.legs:
            others = [
                state.account
                for state in states
                for held in state.legs
                if held.instrument == leg.instrument and held.quantity * leg.quantity < 0
            ]
            await self._send("Liquidation", "deleverage", account, leg.instrument, others)

    async def _bid_leg(self, account: int) -> None:
        """Bids for the half of the leg that pays most, where a leg may be taken alone."""
        (state,) = await self._reader.accounts_of([account], await self._reader.block())
        discounts = await self._reader.leg_discounts(account, state.legs)
        if len(state.legs) > 1 and discounts:
            best = max(discounts, key=discounts.__getitem__)
            half = next(abs(leg.quantity) // 2 for leg in state.legs if leg.instrument == best)
            await self._send("Liquidation", "bidLegs", account, self._cast.liquidator, [(best, half)], 0, 0)

    async def _bid(self, account: int, part: int) -> None:
        """Bids for a part of the most; a part too small to be taken is left."""
        most = await self._reader.largest_fraction(account)
        try:
            await self._send("Liquidation", "bid", account, self._cast.liquidator, max(most // part, 1), 0)
        except TransactionFailed as error:
            if error.error_name not in ("FractionTooSmall", "FractionTooLarge"):
                raise

    async def _start(self, account: int) -> None:
        """By the worst witness; the delta-gamma-vega one first where it suffices, so that it can be raised."""
        worst, weak = await self._reader.worst_witness(account), Witness(False, 0)
        bounds = [await self._reader.witness_bound(account, witness) for witness in (weak, worst)]
        if bounds[1].maintenance_bound > bounds[0].maintenance_bound > bounds[0].equity_high:
            await self._send("Liquidation", "start", account, weak, self._cast.liquidator)
            await self._send("Liquidation", "raiseWitness", account, worst)
        else:
            await self._send("Liquidation", "start", account, worst, self._cast.liquidator)
