"""Room for an observation's name: a block hash with the round's number. SQLite keeps no lengths and stays as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _resize(66, 96)


def downgrade() -> None:
    _resize(96, 66)


def _resize(before: int, after: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("prices", "sources"):
        op.alter_column(
            table,
            "snapshot",
            existing_type=sa.String(before),
            type_=sa.String(after),
            existing_nullable=False,
        )
