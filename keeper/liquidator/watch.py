"""Keeps a table of accounts in step with the chain: those near the line at every block, all of them now and then.

An account moves away from what was last read by prices, surfaces, verdicts and its own trades. A sweep of all follows
every accepted round and at the latest `sweep_seconds` of chain time; in between, an account far above its initial
requirement stays there, for prices move only by rounds and a trade must leave it above initial margin.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from keeper.amounts import to_wad
from keeper.candidates import AccountDocument, BlockDocument, Health
from keeper.chain import Block, ChainReader
from keeper.errors import KeeperError
from keeper.liquidator.scan import block_document, read_accounts

log = structlog.get_logger()


class Table(Protocol):
    """Where the rows go."""

    def apply(
        self, block: BlockDocument, rows: Mapping[int, AccountDocument], *, swept_block: int | None = None
    ) -> None: ...

    def fail(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """`poll_seconds` of wall time between looks; `near_percent` of the initial requirement is near the line;
    after `stale_seconds` of wall time without a good look every account is unknown."""

    poll_seconds: float = 1.0
    sweep_seconds: int = 60
    near_percent: int = 150
    stale_seconds: float = 30.0


class Watch:
    """Reads the chain for a table. `look` is one look; `run` looks until stopped."""

    def __init__(self, *, reader: ChainReader, table: Table, policy: WatchPolicy) -> None:
        self._reader = reader
        self._table = table
        self._policy = policy
        self._rows: dict[int, AccountDocument] = {}
        self._seen = ""
        self._swept: Block | None = None
        self._rounds: Mapping[int, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop`. However it ends, no row is left that says healthy."""
        loop = asyncio.get_running_loop()
        good = loop.time()
        try:
            while not stop.is_set():
                try:
                    await self.look()
                    good = loop.time()
                except KeeperError as error:
                    log.warning("candidates.unread", error=type(error).__name__, reason=str(error))
                    if loop.time() - good > self._policy.stale_seconds:
                        self._table.fail(f"no block could be read any more: {error}")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._policy.poll_seconds):
                        await stop.wait()
        finally:
            self._table.fail("nobody watches the chain any more")

    async def look(self) -> bool:
        """Reads the newest block; False where it is the one already read."""
        block = await self._reader.block()
        if block.hash == self._seen:
            return False
        rounds = (await self._reader.lanes(block)).sequences
        if self._swept is None or self._sweep_is_due(self._swept, block, rounds):
            accounts = await self._reader.accounts(block)
            rows = await read_accounts(self._reader, accounts, block)
            self._rows, self._swept, self._rounds = rows, block, rounds
        else:
            accounts = await self._reader.accounts_of(self._near(), block)
            self._rows = {**self._rows, **await read_accounts(self._reader, accounts, block)}
        self._seen = block.hash
        self._table.apply(block_document(block), self._rows, swept_block=self._swept.number)
        return True

    def _sweep_is_due(self, swept: Block, block: Block, rounds: Mapping[int, int]) -> bool:
        waited = block.timestamp - swept.timestamp
        return rounds != self._rounds or not 0 <= waited < self._policy.sweep_seconds

    def _near(self) -> list[int]:
        return [account for account, row in self._rows.items() if self._is_near(row)]

    def _is_near(self, row: AccountDocument) -> bool:
        if row.margin is None or row.health.is_candidate:
            return True
        initial = to_wad(row.margin.initial_requirement)
        return row.health is not Health.EMPTY and (
            to_wad(row.margin.equity_low) * 100 < initial * self._policy.near_percent
        )
