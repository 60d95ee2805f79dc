"""Rows of long rounds are written compressed; older ones stay, for either is read. Down: all in the clear."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from keeper.store.packed import unpacked

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROUNDS = sa.table("rounds", sa.column("digest", sa.String), sa.column("rows", sa.Text))


def upgrade() -> None:
    pass


def downgrade() -> None:
    connection = op.get_bind()
    long = sa.select(_ROUNDS.c.digest).where(_ROUNDS.c.rows.like("zstd:%"))
    for digest in connection.execute(long).scalars().all():  # one by one: a row may be a megabyte
        mine = _ROUNDS.c.digest == digest
        rows = connection.execute(sa.select(_ROUNDS.c.rows).where(mine)).scalars().first()
        connection.execute(sa.update(_ROUNDS).where(mine).values(rows=unpacked(str(rows))))
