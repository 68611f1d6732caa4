"""Touches, each one time that one customer was made one offer, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from upswell.errors import NotFoundError
from upswell.state.base import Store, audit_line
from upswell.state.growth_records import OUTCOMES, Outcome, Touch, TouchOutcome
from upswell.state.requiring import require, require_day, require_percent
from upswell.state.tables import TouchOutcomeRow, TouchRow


class TouchStore(Store):
    """The recorded touches of one workspace."""

    def touches(self, customer_id: str | None = None) -> tuple[Touch, ...]:
        """Every touch (of one customer) with its outcomes, oldest first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            rows = session.query(TouchRow).order_by(TouchRow.at, TouchRow.id)
            told = session.query(TouchOutcomeRow).order_by(TouchOutcomeRow.id)
            if customer_id is not None:
                rows = rows.filter_by(customer_id=customer_id)
                told = told.join(TouchRow, TouchRow.id == TouchOutcomeRow.touch_id).filter(
                    TouchRow.customer_id == customer_id
                )
            outcomes: dict[int, list[TouchOutcome]] = {}
            for row in told:
                outcomes.setdefault(row.touch_id, []).append(_outcome(row))
            return tuple(_touch(row, outcomes.get(row.id, ())) for row in rows)

    def touch(self, number: int) -> Touch:
        """One touch with its outcomes; raises `NotFoundError` (unknown_touch)."""
        if not self._is_there():
            raise _no_touch(number)
        with self._session() as session:
            return _found(session, number)

    def add_touch(
        self,
        customer_id: str,
        *,
        offer: str,
        at: datetime,
        author: str,
        recorded_at: datetime,
        channel: str | None = None,
        discount_percent: Decimal | None = None,
    ) -> Touch:
        """Record that a customer was made an offer at `at`; the same once more is the one that is there.

        Raises `UsageError` for a time that is still to come, and for a discount that is none.
        """
        require(bool(offer.strip()), "offer", "the name of an offer", offer)
        require_day(at, "at")
        require(at <= recorded_at, "at", "a time that is past", at.isoformat())
        require_percent(discount_percent)
        with self._session(writes=True) as session:
            same = session.query(TouchRow).filter_by(customer_id=customer_id, offer=offer, at=at).first()
            if same is not None:
                return _found(session, same.id)
            row = TouchRow(
                customer_id=customer_id,
                at=at,
                offer=offer,
                channel=channel or None,
                discount_percent=discount_percent,
                author=author,
                recorded_at=recorded_at,
            )
            session.add(row)
            session.flush()
            details = {"touch": row.id, "offer": offer, "channel": channel, "at": at.isoformat()}
            audit_line(session, "touch", customer_id, author=author, at=recorded_at, details=details)
            session.flush()
            return _touch(row, ())

    def add_outcome(
        self,
        touch_id: int,
        outcome: Outcome,
        *,
        author: str,
        at: datetime,
        answered_at: datetime | None = None,
        reason: str | None = None,
    ) -> Touch:
        """Say at `at` what came of a touch: the last that is said rules, what was said before stays.

        `answered_at` is when the answer came (default: `at`). Raises `NotFoundError` (unknown_touch), `UsageError`
        where `outcome` is none, or the answer came before the touch or is still to come.
        """
        require(outcome in OUTCOMES, "outcome", f"one of: {', '.join(OUTCOMES)}", outcome)
        with self._session(writes=True) as session:
            touch = _found(session, touch_id)
            answered = at if answered_at is None else answered_at
            require_day(answered, "at")
            require(touch.at <= answered <= at, "at", f"a past time after {touch.at}", answered.isoformat())
            row = TouchOutcomeRow(touch_id=touch_id, outcome=outcome, reason=reason or None, at=answered, author=author)
            session.add(row)
            details = {"touch": touch_id, "outcome": outcome, "reason": reason, "former": touch.outcome}
            audit_line(session, "touch outcome", touch.customer_id, author=author, at=at, details=details)
            session.flush()
            return _found(session, touch_id)


def _found(session: Session, number: int) -> Touch:
    row = session.get(TouchRow, number)
    if row is None:
        raise _no_touch(number)
    told = session.query(TouchOutcomeRow).filter_by(touch_id=number).order_by(TouchOutcomeRow.id)
    return _touch(row, [_outcome(each) for each in told])


def _no_touch(number: int) -> NotFoundError:
    return NotFoundError(
        f"there is no touch {number}",
        code="unknown_touch",
        expected="the number of a recorded touch",
        found=str(number),
        remedy="`upswell touches` lists them; an imported touch has its outcome from its file",
    )


def _outcome(row: Any) -> TouchOutcome:
    return TouchOutcome(row.id, row.touch_id, row.outcome, row.reason, row.at, row.author)


def _touch(row: Any, outcomes: Sequence[TouchOutcome]) -> Touch:
    values = {each.name: getattr(row, each.name) for each in fields(Touch) if each.name != "outcomes"}
    return Touch(**values, outcomes=tuple(outcomes))
