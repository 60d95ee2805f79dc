"""Rounds, prices with their sources, outbox, evidence index, liquidations, meta."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_rounds()
    _create_prices()
    _create_outbox()
    _create_records()


def downgrade() -> None:
    for table in ("meta", "liquidations", "evidence", "outbox", "sources", "prices", "rounds"):
        op.drop_table(table)


def _create_rounds() -> None:
    op.create_table(
        "rounds",
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(66), nullable=False),
        sa.Column("header", sa.Text, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("snapshot", sa.String(66), nullable=False),
        sa.Column("observed_at", sa.BigInteger, nullable=False),
        sa.Column("transaction_hash", sa.String(66)),
        sa.PrimaryKeyConstraint("lane", "seq", "digest", name="pk_rounds"),
    )
    op.create_index("ix_rounds_snapshot", "rounds", ["snapshot"])


def _create_prices() -> None:
    op.create_table(
        "prices",
        sa.Column("snapshot", sa.String(66), nullable=False),
        sa.Column("underlying", sa.Integer, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("confidence", sa.Text, nullable=False),
        sa.Column("observed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("snapshot", "underlying", name="pk_prices"),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.String(66), nullable=False),
        sa.Column("underlying", sa.Integer, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("price", sa.Text),
        sa.Column("half_spread", sa.Text),
        sa.Column("source_time", sa.BigInteger),
        sa.Column("reason", sa.String(32)),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.ForeignKeyConstraint(
            ["snapshot", "underlying"], ["prices.snapshot", "prices.underlying"], name="fk_sources_prices"
        ),
    )
    op.create_index("ix_sources_snapshot_underlying", "sources", ["snapshot", "underlying"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.String(42), nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("intent_key", sa.String(128), nullable=False),
        sa.Column("target", sa.String(42), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("transaction_hash", sa.String(66)),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("gas_used", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("chain_id", "sender", "nonce", name="uq_outbox_chain_id_sender_nonce"),
        sa.UniqueConstraint("intent_key", name="uq_outbox_intent_key"),
        sa.UniqueConstraint("transaction_hash", name="uq_outbox_transaction_hash"),
    )
    op.create_index("ix_outbox_status", "outbox", ["status"])


def _create_records() -> None:
    op.create_table(
        "evidence",
        sa.Column("hash", sa.String(66), nullable=False),
        sa.Column("observed_at", sa.BigInteger, nullable=False),
        sa.Column("compressed_bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_evidence"),
    )
    op.create_index("ix_evidence_observed_at", "evidence", ["observed_at"])
    op.create_table(
        "liquidations",
        sa.Column("auction_id", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("transaction_hash", sa.String(66), nullable=False),
        sa.PrimaryKeyConstraint("auction_id", "seq", name="pk_liquidations"),
    )
    op.create_index("ix_liquidations_account", "liquidations", ["account"])
    op.create_table(
        "meta",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
