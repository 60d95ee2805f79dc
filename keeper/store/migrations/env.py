"""Alembic's entry: runs on the connection handed over by `keeper.store.migrate`, in its transaction."""

from __future__ import annotations

from alembic import context

from keeper.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
