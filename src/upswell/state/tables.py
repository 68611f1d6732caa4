"""The tables of the state as SQLAlchemy models, the same in SQLite and PostgreSQL.

A change here needs a migration beside it (`migrations/versions`): a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, DateTime, Dialect, ForeignKey, Index, MetaData, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Instant(TypeDecorator[datetime]):
    """An instant: stored in UTC without offset, read with it, the same in both engines."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware datetime as UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The stored time as an aware datetime."""
        return None if value is None else value.replace(tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal: stored as its text, since SQLite would make a binary float of it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """A decimal as it is written."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The stored text as a decimal."""
        return None if value is None else Decimal(value)


# Marks a column of text that no erasure of a customer writes over: names of users, hashes, words of ours. By chance a
# customer may be called like one of them.
KEPT: Final = {"is_kept": True}


class Base(DeclarativeBase):
    """Constraints have names of their own, so that a migration can speak of them in both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SegmentRow(Base):
    """A saved filter."""

    __tablename__ = "segments"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    expression: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class ClosingRow(Base):
    """A month closed or reopened."""

    __tablename__ = "closings"
    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(Text, index=True)
    action: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    record: Mapped[str] = mapped_column(Text)


class CorrectionRow(Base):
    """A correction, or the entry that undoes one; an entry is undone once."""

    __tablename__ = "corrections"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), unique=True)


class NoteRow(Base):
    """A note."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_subject", "subject_kind", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class AuditRow(Base):
    """What was done."""

    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text, index=True)
    subject: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)


class ErasureRow(Base):
    """A row is here while a name is erased, and at no other time: only then may entries be written over."""

    __tablename__ = "erasures_running"
    id: Mapped[int] = mapped_column(primary_key=True)


class UserRow(Base):
    """A person who may ask; `password` is a hash. Users are disabled and never removed: the log speaks of them."""

    __tablename__ = "users"
    name: Mapped[str] = mapped_column(Text, primary_key=True, info=KEPT)
    password: Mapped[str] = mapped_column(Text, info=KEPT)
    role: Mapped[str] = mapped_column(Text, info=KEPT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)


class SessionRow(Base):
    """A user logged in somewhere; `hash` is that of the secret which the browser has."""

    __tablename__ = "sessions"
    hash: Mapped[str] = mapped_column(Text, primary_key=True, info=KEPT)
    user_name: Mapped[str] = mapped_column(Text, ForeignKey("users.name"), index=True, info=KEPT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class TokenRow(Base):
    """A token with which a program asks for a user; its own name is what somebody wrote, and may name a customer."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    user_name: Mapped[str] = mapped_column(Text, ForeignKey("users.name"), index=True, info=KEPT)
    scope: Mapped[str] = mapped_column(Text, info=KEPT)
    hash: Mapped[str] = mapped_column(Text, unique=True, info=KEPT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class InvitationRow(Base):
    """The invitation of a first admin: there is one or none."""

    __tablename__ = "invitations"
    hash: Mapped[str] = mapped_column(Text, primary_key=True, info=KEPT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class OfferRow(Base):
    """An offer as data; former versions of it are in the audit log."""

    __tablename__ = "offers"
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text, info=KEPT)
    plan_id: Mapped[str | None] = mapped_column(Text)
    product_id: Mapped[str | None] = mapped_column(Text)
    eligibility: Mapped[str | None] = mapped_column(Text)
    channels: Mapped[str] = mapped_column(Text, info=KEPT)
    discount_percent: Mapped[Decimal | None] = mapped_column(Exact)
    owner: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    priority: Mapped[int]
    author: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class TouchRow(Base):
    """One time that one customer was made one offer."""

    __tablename__ = "touches"
    __table_args__ = (Index("ix_touches_customer_id", "customer_id", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    offer: Mapped[str] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(Text)
    discount_percent: Mapped[Decimal | None] = mapped_column(Exact)
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class TouchOutcomeRow(Base):
    """What came of a touch; the last of a touch rules."""

    __tablename__ = "touch_outcomes"
    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"), index=True)
    outcome: Mapped[str] = mapped_column(Text, info=KEPT)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Text)


class QuietRow(Base):
    """A time in which a customer, or everybody, is left alone."""

    __tablename__ = "quiet"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(Text, index=True)
    kind: Mapped[str] = mapped_column(Text, info=KEPT)
    reason: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    author: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Text)


class HandoverRow(Base):
    """A step of handing an opportunity to sales; the last of a customer rules."""

    __tablename__ = "handovers"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text, index=True)
    offer: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(Exact)
    currency: Mapped[str | None] = mapped_column(Text, info=KEPT)
    owner: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, info=KEPT)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Text)


class ListingRow(Base):
    """The day on which a customer first came on a list for a kind of offer, or would have but for the holdout.

    There is one of each arm where the draw was changed meanwhile.
    """

    __tablename__ = "listings"
    __table_args__ = (UniqueConstraint("customer_id", "offer", "arm"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text)
    family_id: Mapped[str] = mapped_column(Text)
    offer: Mapped[str] = mapped_column(Text)
    first_on: Mapped[date] = mapped_column(Date)
    arm: Mapped[str] = mapped_column(Text, info=KEPT)


class SuppressionRow(Base):
    """A day on which a guardrail kept an offer from a customer."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("day", "guardrail", "customer_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    guardrail: Mapped[str] = mapped_column(Text, info=KEPT)
    customer_id: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
