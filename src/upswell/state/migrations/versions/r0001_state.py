"""Segments, closings, corrections, notes and the audit log, with the triggers that let nobody rewrite history."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from upswell.state.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Entries of these are written once. They may be written over only while a row of erasures_running says that a name is
# being erased; they are never removed.
APPEND_ONLY: Final = ("audit_log", "closings", "corrections")
_NO_UPDATE: Final = "entries of {table} are never changed"
_NO_DELETE: Final = "entries of {table} are never removed"


def upgrade() -> None:
    """Create the tables and their triggers."""
    op.create_table(
        "segments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_segments"),
    )
    op.create_table(
        "closings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closings"),
    )
    op.create_index("ix_closings_month", "closings", ["month"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undoes", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["undoes"], ["corrections.id"], name="fk_corrections_undoes"),
        sa.UniqueConstraint("undoes", name="uq_corrections_undoes"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_subject", "notes", ["subject_kind", "subject"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_action", "audit_log", ["action"])
    op.create_table(
        "erasures_running",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures_running"),
    )
    for table in APPEND_ONLY:
        guard(table)


def guard(table: str) -> None:
    """Let nobody change or remove a row of `table`, but for an erasure."""
    if op.get_bind().dialect.name == "postgresql":
        _guard_in_postgresql(table)
    else:
        _guard_in_sqlite(table)


def _guard_in_sqlite(table: str) -> None:
    op.execute(
        f"create trigger {table}_no_update before update on {table} "
        "when not exists (select 1 from erasures_running) "
        f"begin select raise(abort, '{_NO_UPDATE.format(table=table)}'); end"
    )
    op.execute(
        f"create trigger {table}_no_delete before delete on {table} "
        f"begin select raise(abort, '{_NO_DELETE.format(table=table)}'); end"
    )


def _guard_in_postgresql(table: str) -> None:
    op.execute(
        f"""create function {table}_guard() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and exists (select 1 from erasures_running) then return new; end if;
            if tg_op = 'UPDATE' then raise exception '{_NO_UPDATE.format(table=table)}'; end if;
            raise exception '{_NO_DELETE.format(table=table)}';
        end $$"""
    )
    op.execute(
        f"create trigger {table}_rows before update or delete on {table} for each row execute function {table}_guard()"
    )
    op.execute(
        f"create trigger {table}_truncate before truncate on {table} "
        f"for each statement execute function {table}_guard()"
    )
