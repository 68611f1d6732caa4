"""Offers, what came of them, whom to leave alone, and what was listed, held out and suppressed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from upswell.state.migrations.versions.r0001_state import guard
from upswell.state.tables import Exact, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written once, as the entries of the first revision are; an offer has versions, and a quiet time an end.
APPEND_ONLY: Final = ("touches", "touch_outcomes", "handovers", "listings", "suppressions")


def upgrade() -> None:
    """Create the tables and their triggers."""
    _offers_and_touches()
    op.create_table(
        "quiet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_quiet"),
    )
    op.create_index("ix_quiet_customer_id", "quiet", ["customer_id"])
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("amount", Exact()),
        sa.Column("currency", sa.Text()),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
    )
    op.create_index("ix_handovers_customer_id", "handovers", ["customer_id"])
    op.create_table(
        "listings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listings"),
        sa.UniqueConstraint("customer_id", "offer", "arm", name="uq_listings_customer_id"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("guardrail", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppressions"),
        sa.UniqueConstraint("day", "guardrail", "customer_id", name="uq_suppressions_day"),
    )
    for table in APPEND_ONLY:
        guard(table)


def _offers_and_touches() -> None:
    op.create_table(
        "offers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text()),
        sa.Column("product_id", sa.Text()),
        sa.Column("eligibility", sa.Text()),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("discount_percent", Exact()),
        sa.Column("owner", sa.Text()),
        sa.Column("starts_on", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant()),
        sa.PrimaryKeyConstraint("name", name="pk_offers"),
    )
    op.create_table(
        "touches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("discount_percent", Exact()),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_touches"),
    )
    op.create_index("ix_touches_customer_id", "touches", ["customer_id", "at"])
    op.create_table(
        "touch_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("touch_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_touch_outcomes"),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name="fk_touch_outcomes_touch_id"),
    )
    op.create_index("ix_touch_outcomes_touch_id", "touch_outcomes", ["touch_id"])
