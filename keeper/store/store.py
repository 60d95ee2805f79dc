"""What a keeper remembers: rounds, prices and their sources, evidence index, liquidations, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Insert, Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from keeper.errors import StoreError
from keeper.store import tables
from keeper.store.database import open_database, transaction
from keeper.store.records import LiquidationRecord, RoundRecord, RoundStatus
from keeper.types import ConsensusPrice, Quote, Rejection


class Store:
    """The keeper's database: each method is one committed transaction; the same fact twice is harmless."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, location: Path | str, *, password: str | None = None) -> Store:
        """Opens a SQLite file by path, or SQLite or PostgreSQL by URL, and migrates it to the newest schema."""
        return cls(open_database(location, password=password))

    def close(self) -> None:
        self.engine.dispose()

    def save_round(self, record: RoundRecord) -> None:
        """Adds a round, or updates status and transaction of the same (lane, seq, digest)."""
        values = {**asdict(record), "status": str(record.status)}
        changes = {"status": values["status"], "transaction_hash": values["transaction_hash"]}
        with transaction(self.engine) as connection:
            connection.execute(self._upsert(tables.rounds, values, changes))

    def set_round_status(
        self, lane: int, seq: int, digest: str, status: RoundStatus, transaction_hash: str | None = None
    ) -> None:
        """Moves a known round on; an unknown one is a `StoreError`.

        Of rivals for one number one is on chain: where this one is published, another that a reorganisation has thrown
        out is not.
        """
        table = tables.rounds
        number = (table.c.lane == lane) & (table.c.seq == seq)
        moved = (
            update(table)
            .where(number, table.c.digest == digest)
            .values(status=str(status), transaction_hash=transaction_hash)
        )
        thrown_out = (
            update(table)
            .where(number, table.c.digest != digest, table.c.status == str(RoundStatus.PUBLISHED))
            .values(status=str(RoundStatus.SUPERSEDED))
        )
        with transaction(self.engine) as connection:
            if connection.execute(moved).rowcount != 1:
                raise StoreError(f"round lane {lane} seq {seq} digest {digest} was never saved")
            if status is RoundStatus.PUBLISHED:
                connection.execute(thrown_out)

    def rounds(self, lane: int, seq: int | None = None, limit: int = 100) -> list[RoundRecord]:
        """Rounds of a lane, newest first; all candidates of one sequence number where `seq` is given."""
        table = tables.rounds
        statement = select(table).where(table.c.lane == lane).order_by(table.c.seq.desc()).limit(limit)
        if seq is not None:
            statement = statement.where(table.c.seq == seq)
        return [RoundRecord(**{**row, "status": RoundStatus(row["status"])}) for row in self._rows(statement)]

    def newest_number(self, lane: int) -> int:
        """The highest sequence number of the lane's rounds, whatever became of them; 0 where there is none."""
        column = tables.rounds.c
        statement = select(func.max(column.seq).label("newest")).where(column.lane == lane)
        return int(self._rows(statement)[0]["newest"] or 0)

    def save_prices(self, snapshot: str, prices: Sequence[ConsensusPrice]) -> None:
        """Consensus prices of one round with every accepted and rejected source, at once or not at all."""
        with transaction(self.engine) as connection:
            for price in prices:
                values = {
                    "snapshot": snapshot,
                    "underlying": price.underlying,
                    "price": price.price,
                    "confidence": price.confidence,
                    "observed_at": price.observed_at,
                }
                added = self._insert_new(tables.prices, values).returning(tables.prices.c.snapshot)
                if connection.execute(added).first() is None:
                    continue
                sources = [*_accepted_rows(snapshot, price.accepted), *_rejected_rows(snapshot, price)]
                if sources:
                    connection.execute(insert(tables.sources), sources)

    def prices(self, snapshot: str) -> list[dict[str, Any]]:
        """Consensus prices of one round by underlying: price, confidence, observed_at."""
        table = tables.prices
        return self._rows(select(table).where(table.c.snapshot == snapshot).order_by(table.c.underlying))

    def sources(self, snapshot: str) -> list[dict[str, Any]]:
        """Accepted and rejected sources of one round: source, underlying, accepted, price, reason, ..."""
        table = tables.sources
        return self._rows(select(table).where(table.c.snapshot == snapshot).order_by(table.c.id))

    def index_evidence(self, bundle_hash: str, observed_at: int, compressed_bytes: int) -> None:
        """Notes that a bundle was written."""
        values = {"hash": bundle_hash, "observed_at": observed_at, "compressed_bytes": compressed_bytes}
        with transaction(self.engine) as connection:
            connection.execute(self._insert_new(tables.evidence, values))

    def evidence(self, since: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """Known bundles observed at or after `since`, oldest first: hash, observed_at, compressed_bytes."""
        table = tables.evidence
        statement = select(table).where(table.c.observed_at >= since)
        return self._rows(statement.order_by(table.c.observed_at, table.c.hash).limit(limit))

    def save_liquidations(self, records: Iterable[LiquidationRecord]) -> None:
        """Adds auction events; those already known are left as they are."""
        with transaction(self.engine) as connection:
            for record in records:
                connection.execute(self._insert_new(tables.liquidations, asdict(record)))

    def liquidations(self, account: int | None = None, limit: int = 1000) -> list[LiquidationRecord]:
        """Auction events in the contract's order."""
        table = tables.liquidations
        statement = select(table).order_by(table.c.seq).limit(limit)
        if account is not None:
            statement = statement.where(table.c.account == account)
        return [LiquidationRecord(**row) for row in self._rows(statement)]

    def set_meta(self, key: str, value: str) -> None:
        with transaction(self.engine) as connection:
            connection.execute(self._upsert(tables.meta, {"key": key, "value": value}, {"value": value}))

    def get_meta(self, key: str) -> str | None:
        rows = self._rows(select(tables.meta).where(tables.meta.c.key == key))
        return str(rows[0]["value"]) if rows else None

    def _rows(self, statement: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any select
        with transaction(self.engine) as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def _insert_new(self, table: Table, values: dict[str, Any]) -> Insert:
        return self._dialect_insert(table, values).on_conflict_do_nothing()

    def _upsert(self, table: Table, values: dict[str, Any], changes: dict[str, Any]) -> Insert:
        keys = list(table.primary_key.columns)
        return self._dialect_insert(table, values).on_conflict_do_update(index_elements=keys, set_=changes)

    def _dialect_insert(self, table: Table, values: dict[str, Any]) -> sqlite.Insert | postgresql.Insert:
        if self.engine.dialect.name == "postgresql":
            return postgresql.insert(table).values(**values)
        return sqlite.insert(table).values(**values)


def _accepted_rows(snapshot: str, quotes: Sequence[Quote]) -> list[dict[str, Any]]:
    return [_source_row(snapshot, quote.underlying, quote.source, quote) for quote in quotes]


def _rejected_rows(snapshot: str, price: ConsensusPrice) -> list[dict[str, Any]]:
    return [
        _source_row(snapshot, price.underlying, rejection.source, rejection.quote, rejection)
        for rejection in price.rejected
    ]


def _source_row(
    snapshot: str, underlying: int, source: str, quote: Quote | None, rejection: Rejection | None = None
) -> dict[str, Any]:
    return {
        "snapshot": snapshot,
        "underlying": underlying,
        "source": source,
        "accepted": rejection is None,
        "price": quote.price if quote else None,
        "half_spread": quote.half_spread if quote else None,
        "source_time": quote.source_time if quote else None,
        "reason": str(rejection.reason) if rejection else None,
        "detail": rejection.detail if rejection else None,
    }
