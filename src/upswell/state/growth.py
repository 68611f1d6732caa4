"""Offers, contacts and what came of them: what one may say of them, and what was listed, held out and suppressed.

    store = open_growth(state_url(folder))
    touch = store.add_touch("acme", offer="seats-10", at=now, channel="email", author="kim", recorded_at=now)
    store.add_outcome(touch.id, "declined", reason="budget", author="kim", at=later)

What people say has its line in the audit log, written in the same transaction. Listings and suppressions are logs of
their own, written by Upswell: rows of them are added once and never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite

from upswell.state.growth_records import Listing, RecordedSuppression
from upswell.state.leaving_alone import QuietStore
from upswell.state.offers import OfferStore
from upswell.state.tables import AuditRow, ListingRow, SuppressionRow
from upswell.state.touches import TouchStore

# Actions of the audit log after which an answer about offers and contacts may be another.
ACTIONS: Final = ("offer", "touch", "touch outcome", "quiet", "handover", "forget")
# So many keys are looked up one by one; of more all are read.
_FEW: Final = 500


class GrowthStore(OfferStore, TouchStore, QuietStore):
    """The offers and contacts of one workspace. Times are aware datetimes; raises what `StateStore` does."""

    def version(self) -> str:
        """A text that changes with every change of what this store holds; cheap to ask for."""
        if not self._is_there():
            return ""
        with self._session() as session:
            listed = session.query(func.max(ListingRow.id)).scalar()
            suppressed = session.query(func.max(SuppressionRow.id)).scalar()
            return f"{self.said_version()}-{listed or 0}-{suppressed or 0}"

    def said_version(self) -> int:
        """A number that grows with every change of what people said here; listings and suppressions leave it."""
        if not self._is_there():
            return 0
        with self._session() as session:
            return int(session.query(func.max(AuditRow.id)).filter(AuditRow.action.in_(ACTIONS)).scalar() or 0)

    def listings(self) -> tuple[Listing, ...]:
        """Who came on a list, or was held out, first when; oldest first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            rows = session.query(ListingRow).order_by(ListingRow.first_on, ListingRow.id)
            return tuple(
                Listing(row.customer_id, row.family_id, row.offer, row.first_on, row.arm)  # type: ignore[arg-type]
                for row in rows
            )

    def record_listings(self, listings: Iterable[Listing]) -> int:
        """Keep who was listed or held out; whoever is there for that offer and arm keeps its first day. How many were
        new.
        """
        given = {(each.customer_id, each.offer, each.arm): each for each in listings}
        return self._record(ListingRow, given, (ListingRow.customer_id, ListingRow.offer, ListingRow.arm))

    def suppressions(self, first: date, last: date) -> tuple[RecordedSuppression, ...]:
        """What guardrails kept back from `first` to `last`, oldest first."""
        if not self._is_there():
            return ()
        with self._session() as session:
            rows = session.query(SuppressionRow).filter(SuppressionRow.day.between(first, last))
            ordered = rows.order_by(SuppressionRow.day, SuppressionRow.id)
            return tuple(RecordedSuppression(row.customer_id, row.day, row.guardrail, row.reason) for row in ordered)

    def suppression_counts(self, first: date, last: date) -> dict[str, tuple[int, int]]:
        """By guardrail: how many customers it kept offers from between two days, and on how many customer-days."""
        if not self._is_there():
            return {}
        with self._session() as session:
            rows = (
                session.query(
                    SuppressionRow.guardrail, func.count(func.distinct(SuppressionRow.customer_id)), func.count()
                )
                .filter(SuppressionRow.day.between(first, last))
                .group_by(SuppressionRow.guardrail)
                .order_by(SuppressionRow.guardrail)
            )
            return {guardrail: (customers, days) for guardrail, customers, days in rows}

    def record_suppressions(self, suppressions: Iterable[RecordedSuppression]) -> int:
        """Keep what was suppressed, once for a customer, day and guardrail. How many were new."""
        given = {(each.customer_id, each.guardrail, each.day): each for each in suppressions}
        columns = (SuppressionRow.customer_id, SuppressionRow.guardrail, SuppressionRow.day)
        return self._record(SuppressionRow, given, columns, days={each.day for each in given.values()})

    def _record(self, table: Any, given: dict[Any, Any], columns: Sequence[Any], days: Iterable[date] = ()) -> int:
        """Insert the rows of `given` whose keys are new; nobody waits for the lock where none is."""
        if not given:
            return 0
        known = sa.select(*columns)
        if days:
            known = known.where(SuppressionRow.day.in_(list(days)))
        if len(given) <= _FEW:
            known = known.where(columns[0].in_([key[0] for key in given]))
        with self._session() as session:
            there = {tuple(row) for row in session.execute(known)}
        new = [asdict(each) for key, each in given.items() if key not in there]
        if not new:
            return 0
        with self._session(writes=True) as session:
            dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
            # Another may have written some of them meanwhile.
            session.execute(dialect.insert(table).on_conflict_do_nothing(), new)
        return len(new)
