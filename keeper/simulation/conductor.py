"""The conductor owns time: it advances the venues, then the chain, then waits for the round and the liquidator.

Nothing else moves the clock, so the same market and seed give the same chain, transaction for transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import aiohttp

from keeper.chain import AnvilControl, ChainReader, Contract, MarginState, Rpc
from keeper.errors import KeeperError
from keeper.liquidator import LiquidatorBot, StepResult
from keeper.simulation.processes import KeeperProcess
from keeper.simulation.receipts import mined
from keeper.simulation.state import MarketSource
from keeper.simulation.venues import VenueServer
from keeper.wire import LANE_PRICES

# An on-chain aggregator answers in 8 decimals; it is updated a few seconds before each round.
_AGGREGATOR_SCALE = 10**8
_AGGREGATOR_LEAD_SECONDS = 5
_ROUND_TIMEOUT_SECONDS = 60.0
# A keeper serves an address 20 requests a second: asking faster is answered 429.
_POLL_SECONDS = 0.06


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step looked like from outside, for people: everything here is read from keepers and chain."""

    step: int
    steps: int
    now: int
    truth: Mapping[int, Decimal]
    status: Mapping[str, Any]
    health: Mapping[str, int]
    liquidation: StepResult
    insurance: int
    round_accepted: bool
    cycle_wall_seconds: float


class Conductor:
    """Plays a market, step by step, to a chain with keepers and a liquidator."""

    def __init__(
        self,
        *,
        market: MarketSource,
        venues: VenueServer,
        rpc: Rpc,
        reader: ChainReader,
        operator: str,
        aggregators: Mapping[int, Contract],
        keepers: Sequence[KeeperProcess],
        session: aiohttp.ClientSession,
        interval_seconds: int,
        excluded: Sequence[int],
    ) -> None:
        self._market = market
        self._venues = venues
        self._rpc = rpc
        self._reader = reader
        self._control = AnvilControl(rpc)
        self._operator = operator
        self._aggregators = aggregators
        self._keepers = keepers
        self._session = session
        self._interval = interval_seconds
        self._excluded = set(excluded)

    async def play(self, bot: LiquidatorBot, steps: Sequence[int]) -> AsyncIterator[StepReport]:
        """Every step of `steps` in order."""
        for position, step in enumerate(steps):
            accepted, seconds, status = await self.advance(step)
            liquidation = await bot.step()
            yield StepReport(
                step=position + 1,
                steps=len(steps),
                now=self._market.time(step),
                truth=self._market.truth(step),
                status=status,
                health=await self._health(),
                liquidation=liquidation,
                insurance=await self._reader.insurance_balance(),
                round_accepted=accepted,
                cycle_wall_seconds=seconds,
            )

    async def advance(self, step: int) -> tuple[bool, float, dict[str, Any]]:
        """Aggregators, venues, chain, then the round: whether it was accepted, wall seconds, leader's status."""
        now = self._market.time(step)
        lead = now - _AGGREGATOR_LEAD_SECONDS
        await self._update_aggregators(self._market.truth(step), lead)
        # That block may open a round of its own: nobody may meet the step's venues before the step's round.
        await self._wait_for_round(lead // self._interval)
        self._venues.set_state(self._market.state(step))
        before = (await self._reader.lanes()).sequences[LANE_PRICES]
        started = asyncio.get_running_loop().time()
        await self._control.mine_at(now)
        status = await self._wait_for_round(now // self._interval)
        seconds = asyncio.get_running_loop().time() - started
        after = (await self._reader.lanes()).sequences[LANE_PRICES]
        return after > before, seconds, status

    async def _update_aggregators(self, truth: Mapping[int, Decimal], at: int) -> None:
        await self._control.set_next_timestamp(at)
        for underlying, contract in sorted(self._aggregators.items()):
            answer = int(truth[underlying] * _AGGREGATOR_SCALE)
            data = "0x" + contract.encode("set", answer, at).hex()
            transaction = {"from": self._operator, "to": contract.address, "data": data}
            await mined(self._rpc, await self._rpc.call("eth_sendTransaction", transaction))

    async def _wait_for_round(self, number: int) -> dict[str, Any]:
        """Until every keeper is done with the round; the status of the one that led it."""
        deadline = asyncio.get_running_loop().time() + _ROUND_TIMEOUT_SECONDS
        statuses: list[dict[str, Any]] = []
        while asyncio.get_running_loop().time() < deadline:
            statuses = await asyncio.gather(*(self._status(keeper) for keeper in self._keepers))
            if all(status["done_round"] >= number for status in statuses):
                return statuses[number % len(self._keepers)]
            for keeper in self._keepers:
                keeper.require_running()
            await asyncio.sleep(_POLL_SECONDS)
        raise KeeperError(f"round {number} was not finished within {_ROUND_TIMEOUT_SECONDS} s: {statuses}")

    async def _status(self, keeper: KeeperProcess) -> dict[str, Any]:
        """The keeper's own answer; while it asks for patience, it is asked again after as long as it says."""
        while True:
            async with self._session.get(f"{keeper.url}/v1/status") as response:
                if response.status == HTTPStatus.OK:
                    document: dict[str, Any] = await response.json()
                    return document
                if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                    raise KeeperError(f"{keeper.url} answered {response.status}: {await response.text()}")
                patience = float(response.headers["Retry-After"])
            await asyncio.sleep(patience)

    async def _health(self) -> dict[str, int]:
        """Accounts by health, by the contract's own views at the newest block."""
        block = await self._reader.block()
        accounts = [a for a in await self._reader.accounts(block) if a.account not in self._excluded]
        ids = [account.account for account in accounts]
        margins = await self._reader.margins(ids, block)
        auctions = await self._reader.auctions(ids, block)
        counts = dict.fromkeys(
            ("healthy", "below initial", "liquidatable", "in auction", "empty", "unknown"), 0
        )
        for account in accounts:
            counts[_health(margins[account.account], account.account in auctions, bool(account.legs))] += 1
        return counts


def _health(margin: MarginState | Exception, in_auction: bool, has_legs: bool) -> str:
    if isinstance(margin, Exception):
        return "unknown"
    if in_auction:
        return "in auction"
    if not has_legs:
        return "empty"
    return margin.health
