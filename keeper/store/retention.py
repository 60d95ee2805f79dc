"""What is forgotten and when: rows that neither the chain's state, the outbox nor the model can ask for again.

Every table but the event index has a bound: so many days, or so many rows. The index is as long as the contracts' own
history, because what an account holds is proven from its first event on. Evidence of published rounds lies in files
and stays until the operator says otherwise: an audit re-derives the chain's whole past from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, delete, func, or_, select

from keeper.store import tables
from keeper.store.database import transaction
from keeper.store.evidence import EvidenceStore
from keeper.store.records import MessageStatus, RoundStatus

_DAY_SECONDS = 86_400
# Of each lane these stay whatever their age: what the chain may still be at, and what proofs are asked of.
KEPT_ROUNDS = 64
KEPT_LIQUIDATION_EVENTS = 100_000
_ROWS_A_TRANSACTION = 500  # a keeper that wants to write waits no longer than for so many rows

_ROUNDS, _OUTBOX, _LIQUIDATIONS = tables.rounds, tables.outbox, tables.liquidations


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that things are kept. `evidence_days` None: bundles are kept for ever."""

    observations_days: int = 30
    rounds_days: int = 30
    messages_days: int = 90
    evidence_days: int | None = None


def prune(
    engine: Engine, evidence: EvidenceStore, retention: Retention, *, now: int, wall_now: int
) -> dict[str, int]:
    """Forgets what is old enough; gives the number of rows or files gone of each kind.

    `now` is the keeper's time, which rounds and observations are in; `wall_now` is that of broadcasts and files. Both
    are unix seconds. Stopped anywhere, it has forgotten less and broken nothing.
    """
    rounds_before = now - retention.rounds_days * _DAY_SECONDS
    gone = {
        "observations": _forget_observations(engine, now - retention.observations_days * _DAY_SECONDS),
        "rounds": _forget_rounds(engine, rounds_before),
        "evidence": _forget_evidence_rows(engine, rounds_before),
        "messages": _forget_messages(engine, wall_now - retention.messages_days * _DAY_SECONDS),
        "liquidations": _forget_liquidations(engine),
    }
    if retention.evidence_days is not None:
        before = wall_now - retention.evidence_days * _DAY_SECONDS
        gone["bundles"] = evidence.forget(before=before, needed=_needed_bundles(engine))
    return gone


def _forget_observations(engine: Engine, before: int) -> int:
    prices, sources = tables.prices, tables.sources
    old = select(prices.c.snapshot).where(prices.c.observed_at < before).distinct()
    forgotten = 0
    for connection, names in _batches(engine, old):
        connection.execute(delete(sources).where(sources.c.snapshot.in_(names)))
        forgotten += connection.execute(delete(prices).where(prices.c.snapshot.in_(names))).rowcount
    return forgotten


def _forget_rounds(engine: Engine, before: int) -> int:
    with transaction(engine) as connection:
        lanes = connection.execute(select(_ROUNDS.c.lane).distinct()).scalars().all()
        needed = {lane: _oldest_needed(connection, lane) for lane in lanes}
    if not needed:
        return 0
    below = or_(*(and_(_ROUNDS.c.lane == lane, _ROUNDS.c.seq < seq) for lane, seq in needed.items()))
    old = and_(_ROUNDS.c.observed_at < before, below)
    return sum(
        connection.execute(delete(_ROUNDS).where(_ROUNDS.c.digest.in_(digests), old)).rowcount
        for connection, digests in _batches(engine, select(_ROUNDS.c.digest).where(old))
    )


def _oldest_needed(connection: Connection, lane: int) -> int:
    """The sequence number from which a lane's rounds stay: the newest published one's, and those of the last few."""
    newest = connection.execute(select(func.max(_ROUNDS.c.seq)).where(_ROUNDS.c.lane == lane)).scalar_one()
    published = connection.execute(
        select(func.max(_ROUNDS.c.seq)).where(
            _ROUNDS.c.lane == lane, _ROUNDS.c.status == str(RoundStatus.PUBLISHED)
        )
    ).scalar()
    recent = int(newest) - KEPT_ROUNDS + 1
    return recent if published is None else min(recent, int(published))


def _forget_evidence_rows(engine: Engine, before: int) -> int:
    """Index rows of bundles that no kept round is based on; the bundles themselves stay."""
    table = tables.evidence
    old = select(table.c.hash).where(
        table.c.observed_at < before, table.c.hash.not_in(select(_ROUNDS.c.snapshot))
    )
    return sum(
        connection.execute(delete(table).where(table.c.hash.in_(hashes))).rowcount
        for connection, hashes in _batches(engine, old)
    )


def _forget_messages(engine: Engine, before: int) -> int:
    """Finished transactions below one that is final and old: none of their nonces can be wanted again.

    The newest of each sender stays, so that its nonces go on from a row.
    """
    with transaction(engine) as connection:
        senders = connection.execute(
            select(_OUTBOX.c.chain_id, _OUTBOX.c.sender, func.max(_OUTBOX.c.nonce))
            .where(_OUTBOX.c.confirmed.is_(True), _OUTBOX.c.broadcast_at < before)
            .group_by(_OUTBOX.c.chain_id, _OUTBOX.c.sender)
        ).all()
    return sum(_forget_messages_of(engine, *sender) for sender in senders)


def _forget_messages_of(engine: Engine, chain_id: int, sender: str, final_nonce: int) -> int:
    mine = and_(_OUTBOX.c.chain_id == chain_id, _OUTBOX.c.sender == sender)
    newest = select(func.max(_OUTBOX.c.nonce)).where(mine).scalar_subquery()
    failed_without_block = and_(_OUTBOX.c.status == str(MessageStatus.FAILED), _OUTBOX.c.block_hash.is_(None))
    old = select(_OUTBOX.c.id).where(
        mine,
        _OUTBOX.c.nonce <= final_nonce,
        _OUTBOX.c.nonce < newest,
        or_(_OUTBOX.c.confirmed.is_(True), failed_without_block),
    )
    forgotten = 0
    for connection, ids in _batches(engine, old):
        connection.execute(delete(tables.replaced).where(tables.replaced.c.message_id.in_(ids)))
        forgotten += connection.execute(delete(_OUTBOX).where(_OUTBOX.c.id.in_(ids))).rowcount
    return forgotten


def _forget_liquidations(engine: Engine) -> int:
    with transaction(engine) as connection:
        newest = connection.execute(select(func.max(_LIQUIDATIONS.c.seq))).scalar()
        if newest is None:
            return 0
        statement = delete(_LIQUIDATIONS).where(_LIQUIDATIONS.c.seq <= newest - KEPT_LIQUIDATION_EVENTS)
        return connection.execute(statement).rowcount


def _needed_bundles(engine: Engine) -> set[str]:
    """Names of the bundles that kept rounds are based on."""
    with transaction(engine) as connection:
        return set(connection.execute(select(_ROUNDS.c.snapshot).distinct()).scalars())


def _batches(engine: Engine, old: Select[Any]) -> Iterator[tuple[Connection, list[Any]]]:
    """Some of what `old` selects, each time in a transaction of its own, until nothing is left of it."""
    while True:
        with transaction(engine) as connection:
            found = list(connection.execute(old.limit(_ROWS_A_TRANSACTION)).scalars())
            if not found:
                return
            yield connection, found
