"""Looks at the chain, and makes the calls that are due: each asked of the chain first, one after the other.

Several keepers watch the same chores. Which of them goes first is drawn from the chore's own name; the next one waits
`stagger_seconds` longer, and finds it done. Two at once waste gas and change nothing: what is done is not due any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from eth_utils.crypto import keccak

from keeper.alarms import Alarm
from keeper.chain import Block, ChainReader
from keeper.chores.ports import Alarms, ChoreReport, Figures, Sender
from keeper.chores.reading import Rows, read_facts
from keeper.chores.verdicts import OwnKnowledge
from keeper.decide.chore_facts import ChoreFacts
from keeper.decide.chores import ROUTINE, Chore, ChoreKind, ChorePolicy, due_chores
from keeper.decide.turn import rank
from keeper.errors import KeeperError, TransactionFailed
from keeper.liquidator.backoff import Backoff
from keeper.liquidator.calls import Invocation

log = structlog.get_logger()

_FUNCTIONS = {
    ChoreKind.START: ("Liquidation", "start"),
    ChoreKind.MEASURE: ("Liquidation", "measureDeficit"),
    ChoreKind.CHARGE: ("PolicyLane", "chargeLiquidation"),
    ChoreKind.DELEVERAGE: ("Liquidation", "deleverage"),
    ChoreKind.END: ("Liquidation", "end"),
    ChoreKind.TICK: ("Liquidation", "tick"),
    ChoreKind.FIX: ("SignedLanes", "fixSettlementPrice"),
    ChoreKind.SAMPLE: ("SettlementFallback", "sample"),
    ChoreKind.SETTLE: ("ExpirySettlement", "settle"),
    ChoreKind.PROVE: ("SignedLanes", "proveMargin"),
    ChoreKind.STEP: ("PolicyLane", "execute"),
    ChoreKind.MARK: ("MarginTerms", "mark"),
    ChoreKind.ACCRUE: ("MarginAccounts", "accrueInterest"),
}
# These say by their result how much they changed: nothing is not paid for.
_COUNTS = frozenset({ChoreKind.DELEVERAGE, ChoreKind.SETTLE, ChoreKind.ACCRUE})
# Errors whose argument of this place is an account that a deleveraging must not name.
_NAMED = {"CounterpartyEndangered": 0, "NotACounterparty": 1}
# What becomes of a call that is due.
RESULTS = ("sent", "idle", "dear", "dry_run", "refused", "failed")
_FIRST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS = 30.0, 1_800.0


@dataclass(frozen=True, slots=True)
class ChoreTerms:
    """`signer` is this keeper's index. Wei: of one call, and of all within a day, counted at the most each may cost."""

    signer: int
    policy: ChorePolicy
    stagger_seconds: int
    most_cost_wei: int
    wei_per_day: int
    overdue_seconds: int
    dry_run: bool


class ChoreWorker:
    """`look` is one look. A call that is refused or dear is tried again after a growing pause.

    `own`: what the keeper knows beside the chain; without it no proof and no step of a policy is made.
    """

    def __init__(
        self,
        *,
        reader: ChainReader,
        sender: Sender,
        rows: Callable[[], Rows],
        own: OwnKnowledge | None = None,
        terms: ChoreTerms,
        figures: Figures,
        alarms: Alarms,
    ) -> None:
        self._reader = reader
        self._sender = sender
        self._rows = rows
        self._own = own or OwnKnowledge()
        self._terms = terms
        self._figures = figures
        self._alarms = alarms
        self._since: dict[str, int] = {}
        self._pauses: dict[str, Backoff] = {}
        self._due: tuple[Chore, ...] = ()
        self._block: Block | None = None
        self._sent = self._offered = 0

    async def look(self) -> int:
        """Makes what is due where it is this keeper's turn; gives how many calls were made. What fails waits."""
        try:
            return await self._look()
        except KeeperError as error:
            log.warning("chores.unread", error=type(error).__name__, reason=str(error))
            return 0

    def report(self) -> ChoreReport:
        """The last look."""
        return ChoreReport(
            block=None if self._block is None else self._block.number,
            due=[
                {"chore": c.kind.value, "what": c.occurrence, "since": self._since[c.key]} for c in self._due
            ],
            sent=self._sent,
            offered_wei_today=self._offered,
            dry_run=self._terms.dry_run,
        )

    async def _look(self) -> int:
        if not self._terms.dry_run and await self._sender.is_busy():
            return 0
        self._block = block = await self._reader.block()
        self._take(due_chores(await self._facts(block), self._terms.policy), block)
        made = 0
        signers = len((await self._reader.lanes(block)).signers) if self._due else 1
        for chore in self._due:
            if self._is_turn(chore, block.timestamp, signers):
                made += await self._make(chore)
        self._count_offered()
        return made

    async def _facts(self, block: Block) -> ChoreFacts:
        return await read_facts(self._reader, self._rows(), block, own=self._own)

    def _take(self, due: tuple[Chore, ...], block: Block) -> None:
        """What is due no more was done by somebody, or is not needed any more."""
        self._due = due
        self._since = {chore.key: self._since.get(chore.key, block.timestamp) for chore in due}
        self._pauses = {key: pause for key, pause in self._pauses.items() if key in self._since}
        self._figures.due(Counter(chore.kind for chore in due))
        for chore in due:
            waited = block.timestamp - self._since[chore.key]
            if waited > self._terms.overdue_seconds:
                text = f"{chore.key} is due for {waited} s and nobody does it"
                self._alarms.raise_alarm(Alarm.CHORE_OVERDUE, text, subject=chore.kind.value)

    def _is_turn(self, chore: Chore, now: int, signers: int) -> bool:
        pause = self._pauses.get(chore.key)
        if pause is not None and not pause.is_over(asyncio.get_running_loop().time()):
            return False
        drawn = int.from_bytes(keccak(text=chore.key)[:8], "big")
        place = rank(number=drawn, signer=self._terms.signer, signers=max(signers, 1))
        return now >= self._since[chore.key] + place * self._terms.stagger_seconds

    async def _make(self, chore: Chore) -> bool:
        """Simulated, within the budget, then sent; whether it was."""
        try:
            fitted = await self._fitted(chore)
            if fitted is None:
                return self._put_off(chore, "idle", "it would change nothing now")
            bound = self._budget(chore)
            cost = await self._sender.cost_wei(fitted)
            if cost > bound:
                return self._put_off(chore, "dear", f"it costs {cost} wei, {bound} may be spent")
            if self._terms.dry_run:
                return self._put_off(chore, "dry_run", "a dry run sends nothing")
            await self._sender.send(f"chore/{chore.key}", fitted, most_cost_wei=bound)
        except TransactionFailed as error:
            return self._put_off(chore, "refused", str(error))
        except KeeperError as error:
            return self._put_off(chore, "failed", f"{type(error).__name__}: {error}")
        self._count_offered()
        self._sent += 1
        self._figures.made(chore.kind, "sent")
        log.info("chore.made", chore=chore.kind.value, what=chore.occurrence, function=fitted.function)
        return True

    def _count_offered(self) -> None:
        self._offered = self._sender.offered_today()
        self._figures.offered(self._offered)

    def _budget(self, chore: Chore) -> int:
        """Wei that this call may cost at most: what is routine leaves half of the day's budget to what is not."""
        day = self._terms.wei_per_day // 2 if chore.kind in ROUTINE else self._terms.wei_per_day
        return min(self._terms.most_cost_wei, day - self._sender.offered_today())

    def _put_off(self, chore: Chore, result: str, reason: str) -> bool:
        pause = self._pauses.setdefault(chore.key, Backoff(_FIRST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS))
        pause.failed(asyncio.get_running_loop().time())
        self._figures.made(chore.kind, result)
        log.info("chore.waits", chore=chore.kind.value, what=chore.occurrence, reason=reason[:300])
        return False

    async def _fitted(self, chore: Chore) -> Invocation | None:
        """The call as the chain takes it now; None where it would change nothing. Raises `TransactionFailed`.

        A deleveraging is tried without the accounts that the chain names as not to be closed against.
        """
        while True:
            call = Invocation(*_FUNCTIONS[chore.kind], chore.arguments)
            try:
                result = await self._sender.simulate(call)
            except TransactionFailed as error:
                fewer = _without(chore, error)
                if fewer is None:
                    raise
                chore = fewer
                continue
            return None if chore.kind in _COUNTS and result == 0 else call


def _without(chore: Chore, error: TransactionFailed) -> Chore | None:
    """The same deleveraging without the account that an error names; None where that is not what is wrong."""
    place = _NAMED.get(error.error_name)
    if chore.kind is not ChoreKind.DELEVERAGE or place is None:
        return None
    account, instrument, named = chore.arguments
    left = tuple(other for other in named if other != error.arguments[place])
    if not left or left == named:
        return None
    return replace(chore, arguments=(account, instrument, left))
