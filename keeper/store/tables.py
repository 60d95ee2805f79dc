"""The keeper's tables: money and prices as decimal strings, hashes and addresses 0x-hex, unix seconds."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeDecorator

from keeper.store.packed import PackedText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


class DecimalText(TypeDecorator[Decimal]):
    """A `Decimal` kept as its exact plain-notation string."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else Decimal(value)


rounds = Table(
    "rounds",
    metadata,
    Column("lane", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("digest", String(66), primary_key=True),
    Column("header", Text, nullable=False),
    Column("rows", PackedText, nullable=False),
    Column("status", String(16), nullable=False),
    Column("snapshot", String(66), nullable=False, index=True),
    Column("observed_at", BigInteger, nullable=False),
    Column("transaction_hash", String(66)),
)

# Block hash and round number of an observation. SQLite keeps no lengths, so its declaration stays what it was.
_OBSERVATION = String(66).with_variant(String(96), "postgresql")

prices = Table(
    "prices",
    metadata,
    Column("snapshot", _OBSERVATION, primary_key=True),
    Column("underlying", Integer, primary_key=True),
    Column("price", DecimalText, nullable=False),
    Column("confidence", DecimalText, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("snapshot", _OBSERVATION, nullable=False),
    Column("underlying", Integer, nullable=False),
    Column("source", String(64), nullable=False),
    Column("accepted", Boolean(create_constraint=False), nullable=False),
    Column("price", DecimalText),
    Column("half_spread", DecimalText),
    Column("source_time", BigInteger),
    Column("reason", String(32)),
    Column("detail", Text),
    ForeignKeyConstraint(["snapshot", "underlying"], ["prices.snapshot", "prices.underlying"]),
    Index(None, "snapshot", "underlying"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("intent_key", String(128), nullable=False),
    Column("target", String(42), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("raw", LargeBinary),
    Column("transaction_hash", String(66), unique=True),
    Column("block_number", BigInteger),
    Column("gas_used", BigInteger),
    Column("error", Text),
    Column("most_cost_wei", DecimalText),
    Column("broadcast_at", BigInteger),
    Column("block_hash", String(66)),
    Column("confirmed", Boolean(create_constraint=False), nullable=False, server_default=false()),
    UniqueConstraint("chain_id", "sender", "nonce"),
    UniqueConstraint("intent_key"),
)

replaced = Table(
    "replaced",
    metadata,
    Column("transaction_hash", String(66), primary_key=True),
    Column("message_id", Integer, nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False),
    ForeignKeyConstraint(["message_id"], ["outbox.id"]),
)

evidence = Table(
    "evidence",
    metadata,
    Column("hash", String(66), primary_key=True),
    Column("observed_at", BigInteger, nullable=False, index=True),
    Column("compressed_bytes", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("contract", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("running_hash", String(50), nullable=False),
    Column("block_number", BigInteger, nullable=False, index=True),
    Column("log_index", Integer, nullable=False),
    Column("transaction_hash", String(66), nullable=False),
)

indexed_blocks = Table(
    "indexed_blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(66), nullable=False),
)

liquidations = Table(
    "liquidations",
    metadata,
    Column("auction_id", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("account", BigInteger, nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("transaction_hash", String(66), nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
