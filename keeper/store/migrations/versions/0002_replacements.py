"""Replaced transactions, what a message may cost, when it was last broadcast, and which block has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("most_cost_wei", sa.Text))
    op.add_column("outbox", sa.Column("broadcast_at", sa.BigInteger))
    op.add_column("outbox", sa.Column("block_hash", sa.String(66)))
    op.add_column("outbox", sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "replaced",
        sa.Column("transaction_hash", sa.String(66), nullable=False),
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", name="pk_replaced"),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"], name="fk_replaced_outbox"),
    )
    op.create_index("ix_replaced_message_id", "replaced", ["message_id"])


def downgrade() -> None:
    op.drop_table("replaced")
    for column in ("confirmed", "block_hash", "broadcast_at", "most_cost_wei"):
        op.drop_column("outbox", column)
