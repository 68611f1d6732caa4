"""What Alembic runs for every migration: the connection comes from the store, which holds the lock."""

from __future__ import annotations

from alembic import context

from upswell.state.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
