"""The chore worker of a keeper, wired: its key, its budget, its figures, and what `keeper check` says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from keeper.amounts import to_wad
from keeper.api import Board
from keeper.api.metrics import KeeperMetrics
from keeper.candidates import AccountDocument
from keeper.chores import ChoreTerms, ChoreWorker, OwnKnowledge, read_facts
from keeper.cli.finding import Finding, found
from keeper.cli.pending_policy import IndexedPolicies
from keeper.cli.policy import policy_of
from keeper.cli.wiring import WiredKeeper
from keeper.config import KeeperSettings
from keeper.decide.chores import ChoreKind, ChorePolicy, due_chores
from keeper.liquidator import BoundedTransactor, Watch, WatchPolicy
from keeper.store import EventTable, MessageTable

Rows = Mapping[int, AccountDocument]


class ChoreFigures:
    """Implements the worker's `Figures` port."""

    def __init__(self, metrics: KeeperMetrics, wei_per_day: int) -> None:
        self._metrics = metrics
        metrics.chores_budget.set(wei_per_day)

    def made(self, kind: ChoreKind, result: str) -> None:
        self._metrics.chores.labels(kind.value, result).inc()

    def due(self, counts: Mapping[ChoreKind, int]) -> None:
        for kind in ChoreKind:
            self._metrics.chores_due.labels(kind.value).set(counts.get(kind, 0))

    def offered(self, wei: int) -> None:
        self._metrics.chores_spent.set(wei)


def terms_of(settings: KeeperSettings) -> ChoreTerms:
    """The settings in the contracts' units."""
    chores = settings.chores
    return ChoreTerms(
        signer=settings.signer,
        policy=chore_policy_of(settings),
        stagger_seconds=chores.stagger_seconds,
        most_cost_wei=chores.most_cost_wei,
        wei_per_day=chores.wei_per_day,
        overdue_seconds=chores.overdue_seconds,
        dry_run=policy_of(settings).dry_run,
    )


def chore_policy_of(settings: KeeperSettings) -> ChorePolicy:
    """When a call is worth its gas."""
    chores = settings.chores
    return ChorePolicy(
        deficit_share_bps=chores.deficit_share_bps,
        least_deficit=to_wad(format(chores.least_deficit, "f")),
        mark_bps=chores.mark_bps,
        clock_margin_seconds=chores.clock_margin_seconds,
        least_reserve=to_wad(format(chores.least_reserve, "f")),
        ratio_bps=chores.ratio_bps,
    )


def worker_of(settings: KeeperSettings, keeper: WiredKeeper, rows: Callable[[], Rows]) -> ChoreWorker | None:
    """None where no key pays for it."""
    if keeper.upkeep is None:
        return None
    return ChoreWorker(
        reader=keeper.reader,
        sender=BoundedTransactor(
            reader=keeper.reader,
            outbox=keeper.upkeep,
            messages=MessageTable(keeper.store.engine),
            chain_id=settings.chain.chain_id,
        ),
        rows=rows,
        own=knowledge_of(keeper),
        terms=terms_of(settings),
        figures=ChoreFigures(keeper.metrics, settings.chores.wei_per_day),
        alarms=keeper.desk,
    )


def knowledge_of(keeper: WiredKeeper) -> OwnKnowledge:
    """Policies by the event index, the newest margin root by the store."""
    store = keeper.store
    return OwnKnowledge(IndexedPolicies(keeper.reader, EventTable(store.engine)), keeper.keeper.newest_root)


async def chore_finding(settings: KeeperSettings, keeper: WiredKeeper) -> Finding:
    """What is due on the chain now, and whether this keeper does it."""
    board = Board(stream="check")
    await Watch(reader=keeper.reader, table=board, policy=WatchPolicy()).look()
    block = await keeper.reader.block()
    facts = await read_facts(keeper.reader, board.rows, block, own=knowledge_of(keeper))
    due = Counter(chore.kind.value for chore in due_chores(facts, chore_policy_of(settings)))
    text = ", ".join(f"{count} x {kind}" for kind, count in due.items()) or "nothing"
    if keeper.upkeep is None:
        return found(
            "chores", True, f"due now: {text}; keys.liquidation is unset, so this keeper does none of it"
        )
    return found("chores", True, f"due now: {text}; {keeper.upkeep.sender} pays for it")
