"""Whom to leave alone for a time, and who is with sales."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from upswell.errors import NotFoundError, UsageError
from upswell.state.base import Store, audit_line
from upswell.state.growth_records import HANDOVER_STATUSES, QUIET_KINDS, Handover, HandoverStatus, Quiet, QuietKind
from upswell.state.requiring import require, require_day
from upswell.state.tables import HandoverRow, QuietRow


class QuietStore(Store):
    """Quiet times and handovers of one workspace."""

    def quiet(self) -> tuple[Quiet, ...]:
        """Every quiet time, ended ones too, oldest first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            return tuple(map(_quiet, session.query(QuietRow).order_by(QuietRow.id)))

    def add_quiet(
        self,
        customer_id: str | None,
        kind: QuietKind,
        *,
        reason: str,
        starts_on: date,
        author: str,
        at: datetime,
        until: date | None = None,
    ) -> Quiet:
        """Leave a customer alone, or with None everybody; `until` is the first day on which that is over."""
        require(kind in QUIET_KINDS, "kind", f"one of: {', '.join(QUIET_KINDS)}", kind)
        require(bool(reason.strip()), "reason", "a reason in words", reason)
        require(customer_id is not None or kind != "opt_out", "customer", "the customer that opted out", "everybody")
        require_day(starts_on, "from")
        require_day(until, "until")
        require(until is None or until > starts_on, "until", f"a day after {starts_on}", str(until))
        with self._session(writes=True) as session:
            row = QuietRow(
                customer_id=customer_id,
                kind=kind,
                reason=reason,
                starts_on=starts_on,
                until=until,
                author=author,
                at=at,
                ended_at=None,
                ended_by=None,
            )
            session.add(row)
            session.flush()
            details = {"quiet": row.id, "kind": kind, "reason": reason, "from": str(starts_on), "until": _text(until)}
            audit_line(session, "quiet", customer_id or "everybody", author=author, at=at, details=details)
            session.flush()
            return _quiet(row)

    def end_quiet(self, number: int, *, author: str, at: datetime) -> Quiet:
        """End a quiet time; raises `NotFoundError` (unknown_quiet) where none of that number is left to end."""
        with self._session(writes=True) as session:
            row = session.get(QuietRow, number)
            if row is None or row.ended_at is not None:
                raise NotFoundError(
                    f"there is no quiet time {number} to end",
                    code="unknown_quiet",
                    expected="the number of a quiet time that nobody ended yet",
                    found=str(number),
                    remedy="`upswell touches quiet-list` lists them",
                )
            row.ended_at, row.ended_by = at, author
            details = {"quiet": number, "ended": True}
            audit_line(session, "quiet", row.customer_id or "everybody", author=author, at=at, details=details)
            session.flush()
            return _quiet(row)

    # -- handing over to sales -------------------------------------------------------------------

    def handovers(self, customer_id: str | None = None) -> tuple[Handover, ...]:
        """Every step of every handover (of one customer), oldest first; the last of a customer rules."""
        if not self._is_there():
            return ()
        with self._session() as session:
            rows = session.query(HandoverRow).order_by(HandoverRow.id)
            return tuple(map(_handover, rows if customer_id is None else rows.filter_by(customer_id=customer_id)))

    def hand_over(
        self,
        customer_id: str,
        *,
        offer: str,
        owner: str,
        author: str,
        at: datetime,
        amount: Decimal | None = None,
        currency: str | None = None,
    ) -> Handover:
        """Hand an opportunity to `owner`. Raises `UsageError` (handed_over_already) while the customer has an owner."""
        require(bool(owner.strip()), "owner", "who takes it over", owner)
        with self._session(writes=True) as session:
            last = _last_handover(session, customer_id)
            if last is not None and last.status == "open":
                raise UsageError(
                    f"{customer_id} is with {last.owner} already",
                    code="handed_over_already",
                    expected="a customer without an owner in sales: there is one at a time",
                    found=f"{last.offer}, open since {last.at:%Y-%m-%d}",
                    remedy="close that one as won, lost or returned, or give it to another owner",
                )
            row = HandoverRow(
                customer_id=customer_id, offer=offer, amount=amount, currency=currency, owner=owner, status="open",
                reason=None, at=at, author=author,
            )  # fmt: skip
            return _added(session, row)

    def move_handover(
        self,
        customer_id: str,
        *,
        author: str,
        at: datetime,
        status: HandoverStatus = "open",
        owner: str | None = None,
        reason: str | None = None,
    ) -> Handover:
        """Give the open handover of a customer to another owner, or close it with another status.

        Raises `NotFoundError` (no_open_handover) where there is none.
        """
        require(owner is None or bool(owner.strip()), "owner", "who takes it over", owner or "")
        require(status in HANDOVER_STATUSES, "status", f"one of: {', '.join(HANDOVER_STATUSES)}", status)
        with self._session(writes=True) as session:
            last = _last_handover(session, customer_id)
            if last is None or last.status != "open":
                raise NotFoundError(
                    f"{customer_id} is not with sales",
                    code="no_open_handover",
                    expected="a customer that was handed over and is still open",
                    found="none" if last is None else f"{last.status} since {last.at:%Y-%m-%d}",
                    remedy="hand it over first",
                )
            row = HandoverRow(
                customer_id=customer_id, offer=last.offer, amount=last.amount, currency=last.currency,
                owner=last.owner if owner is None else owner, status=status, reason=reason, at=at, author=author,
            )  # fmt: skip
            return _added(session, row)


def _added(session: Session, row: HandoverRow) -> Handover:
    session.add(row)
    session.flush()
    details = {"handover": row.id, "offer": row.offer, "owner": row.owner, "status": row.status, "reason": row.reason}
    audit_line(session, "handover", row.customer_id, author=row.author, at=row.at, details=details)
    session.flush()
    return _handover(row)


def _last_handover(session: Session, customer_id: str) -> HandoverRow | None:
    return session.query(HandoverRow).filter_by(customer_id=customer_id).order_by(HandoverRow.id.desc()).first()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _quiet(row: Any) -> Quiet:
    return Quiet(**{each.name: getattr(row, each.name) for each in fields(Quiet)})


def _handover(row: Any) -> Handover:
    return Handover(**{each.name: getattr(row, each.name) for each in fields(Handover)})
