"""Reads whether losses are covered, at one block, and keeps the newest answer in step with the chain."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

import structlog

from keeper.amounts import exact
from keeper.chain import Block, Call, ChainReader
from keeper.errors import KeeperError, TransactionFailed
from keeper.liquidator.scan import block_document
from keeper.solvency import DeficitDocument, ExitsDocument, GateDocument, SolvencyDocument
from keeper.types import WAD

log = structlog.get_logger()

# contracts/liquidation/ExitGate.sol
_MATERIAL_BPS, _BPS = 10, 10_000


async def read_solvency(reader: ChainReader, accounts: Iterable[int], block: Block) -> SolvencyDocument:
    """`accounts`: those that may be on auction. Raises `ChainError` where the node does not answer."""
    liquidation, fund = reader.contracts["Liquidation"], reader.contracts["InsuranceFund"]
    closed, total, cash, positive, shares, queued, delay, window = await reader.caller.call_many(
        [
            Call(liquidation, "exitGateClosed"),
            Call(liquidation, "totalDeficit"),
            Call(fund, "balance"),
            Call(reader.contracts["MarginAccounts"], "totalPositiveCash"),
            Call(fund, "totalSupply"),
            Call(fund, "balanceOf", (fund.address,)),
            Call(fund, "exitDelay"),
            Call(fund, "exitWindow"),
        ],
        block=block,
    )
    allowance = positive * _MATERIAL_BPS // _BPS
    return SolvencyDocument(
        block=block_document(block),
        gate=GateDocument(
            closed=closed,
            total_deficit=exact(total),
            fund=exact(cash),
            positive_cash=exact(positive),
            allowance=exact(allowance),
            headroom=exact(cash + allowance - total),
        ),
        exits=ExitsDocument(
            payable=not closed and total == 0,
            queued_share=exact(queued * WAD // shares if shares else 0),
            queued=exact(cash * queued // shares if shares else 0),
            delay_seconds=delay,
            window_seconds=window,
        ),
        deficits=await _deficits(reader, sorted(await reader.auctions(accounts, block)), block),
    )


async def _deficits(reader: ChainReader, running: Sequence[int], block: Block) -> list[DeficitDocument]:
    margins = await reader.margins(running, block)
    calls = [Call(reader.contracts["Liquidation"], "deficitOf", (account,)) for account in running]
    known = await reader.caller.call_many(calls, block=block)
    found = []
    for account, noted in zip(running, known, strict=True):
        margin = margins[account]
        now = None if isinstance(margin, TransactionFailed) else exact(max(-margin.equity_high, 0))
        if noted or now != "0":
            found.append(DeficitDocument(account=account, known=exact(noted), now=now))
    return found


class SolvencyWatch:
    """`newest` is None before the first block, and again once no block could be read for `stale_seconds`: a gate that
    nobody can see is not an open one. `told` hears of every change of it."""

    def __init__(
        self,
        *,
        reader: ChainReader,
        accounts: Callable[[], Iterable[int]],
        told: Callable[[SolvencyDocument | None], None],
        poll_seconds: float = 1.0,
        stale_seconds: float = 30.0,
    ) -> None:
        self._reader = reader
        self._accounts = accounts
        self._told = told
        self._poll = poll_seconds
        self._stale = stale_seconds
        self.newest: SolvencyDocument | None = None

    async def look(self) -> None:
        """Reads the newest block, where it is another one."""
        block = await self._reader.block()
        if self.newest is None or self.newest.block.hash != block.hash:
            self._take(await read_solvency(self._reader, list(self._accounts()), block))

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop`."""
        loop = asyncio.get_running_loop()
        good = loop.time()
        while not stop.is_set():
            try:
                await self.look()
                good = loop.time()
            except KeeperError as error:
                log.warning("solvency.unread", error=type(error).__name__, reason=str(error))
                if self.newest is not None and loop.time() - good > self._stale:
                    self._take(None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await stop.wait()

    def _take(self, found: SolvencyDocument | None) -> None:
        self.newest = found
        self._told(found)
