"""The accounts of a round: what the contracts answer, held against what their events say.

Two ways to the same facts: a call at the block's hash, which one node answers, and the event index, complete by the
contracts' own counts. An account on which they differ, and every account while the index is not complete, is UNKNOWN:
nothing is signed about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from keeper.chain import Block, ChainReader
from keeper.errors import ChainError, IndexIncomplete
from keeper.index import Follower, Portfolios, Progress
from keeper.types import AccountState

log = structlog.get_logger()

# A long history is taken in over several rounds: prices must not wait for it.
_MOST_SECONDS_A_ROUND = 8.0
# A damaged index is rebuilt from genesis; one that a rebuild did not mend is not the index's fault.
_BLOCKS_BETWEEN_REBUILDS = 1_000


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the index stood at the round's block; `reason` is empty while it is complete.

    `undone`: indexed blocks that a reorganisation took back; `changed`: accounts named by new events of the ledger.
    """

    block: int
    events: int = 0
    undone: int = 0
    changed: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Every account at one block, those that nothing may be said about with the reason, and the index."""

    states: tuple[AccountState, ...]
    unknown: Mapping[int, str] = field(default_factory=dict)
    index: IndexState | None = None


class AccountSource(Protocol):
    """Where a round's accounts come from."""

    async def read(self, block: Block) -> Accounts: ...


class CalledAccounts:
    """What the contracts answer, and nothing else: for a look at a chain without an index."""

    def __init__(self, reader: ChainReader) -> None:
        self._reader = reader

    async def read(self, block: Block) -> Accounts:
        return Accounts(await self._reader.accounts(block))


class IndexedAccounts:
    """What the contracts answer, proven by the events in the index."""

    def __init__(
        self,
        *,
        reader: ChainReader,
        follower: Follower,
        portfolios: Portfolios,
        most_seconds: float = _MOST_SECONDS_A_ROUND,
    ) -> None:
        self._reader = reader
        self._follower = follower
        self._portfolios = portfolios
        self._most_seconds = most_seconds
        self._rebuilt_at: int | None = None

    async def read(self, block: Block) -> Accounts:
        """The accounts at `block`. The index's own failures make accounts unknown and are no error of the read."""
        states = await self._reader.accounts(block)
        try:
            progress, changed = await self._advanced(block)
        except (ChainError, TimeoutError) as error:
            reason = f"the event index is not complete: {str(error) or 'it is still catching up'}"
            log.error("index.incomplete", block=block.number, error=type(error).__name__, reason=str(error))
            state = IndexState(block.number, reason=reason)
            return Accounts(states, {account.account: reason for account in states}, state)
        log.debug("index.advanced", block=block.number, events=progress.events, undone=progress.undone)
        unknown = self._differences(states)
        if unknown:
            self._rebuild_if_due(block, unknown)
        reason = "" if not unknown else f"{len(unknown)} accounts are not what their events say"
        state = IndexState(block.number, progress.events, progress.undone, len(changed), reason)
        return Accounts(states, unknown, state)

    async def _advanced(self, block: Block) -> tuple[Progress, set[int]]:
        async with asyncio.timeout(self._most_seconds):
            progress = await self._follower.advance(block)
        try:
            return progress, self._portfolios.advance()
        except IndexIncomplete as error:
            self._rebuild_if_due(block, {0: str(error)})
            raise

    def _differences(self, states: tuple[AccountState, ...]) -> dict[int, str]:
        found = {state.account: self._portfolios.of(state.account).differs_from(state) for state in states}
        return {account: difference for account, difference in found.items() if difference}

    def _rebuild_if_due(self, block: Block, unknown: Mapping[int, str]) -> None:
        account, reason = next(iter(unknown.items()))
        log.error(
            "index.contradicted", block=block.number, accounts=len(unknown), first=account, reason=reason
        )
        if self._rebuilt_at is not None and block.number < self._rebuilt_at + _BLOCKS_BETWEEN_REBUILDS:
            return
        self._rebuilt_at = block.number
        self._follower.rebuild()
        self._portfolios.forget()
