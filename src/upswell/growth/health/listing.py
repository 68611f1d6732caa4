"""The health of a book's customers as one answer: the card behind it, and a row for each, the worst first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from upswell.analysis.propensity.snapshots import Known
from upswell.growth.health.outcome import leaving
from upswell.growth.health.plainly import PlainSignal, plain_signals
from upswell.growth.health.report import Health
from upswell.growth.health.scoring import HealthPoints, health_points


@dataclass(frozen=True)
class CustomerHealth:
    """The health of one customer: points and band of the card, and the plain signals, which need no card."""

    points: HealthPoints
    signals: tuple[PlainSignal, ...]


@dataclass(frozen=True)
class HealthList:
    """Customers by health, the worst first, of equal ones the largest; those that are leaving anyway come last.

    `customers` is how many there are in all, `leaving` how many of them have asked to leave.
    `health` is the card that scored them, fitted on this book or on one shortly before (`health.day`).
    """

    health: Health
    book_id: str
    currency: str
    rows: tuple[CustomerHealth, ...]
    customers: int
    leaving: int
    unrated: int

    @property
    def policy(self) -> str:
        """The policy of the book."""
        return self.health.policy


def list_health(
    health: Health,
    known: Known,
    *,
    book_id: str,
    currency: str,
    only: Collection[str] | None = None,
    limit: int,
) -> HealthList:
    """The health of the customers of a day, of those in `only` if given, as many as `limit`."""
    if health.card is None:
        ids, mrr = (known.signals[name].to_pylist() for name in ("customer_id", "mrr"))
        found = [
            HealthPoints(each, pays, None, None, (), leaving=gone)
            for each, pays, gone in zip(ids, mrr, leaving(known).tolist(), strict=True)
        ]
    else:
        found = list(health_points(health.card, known).values())
    places = {each.customer_id: place for place, each in enumerate(found)}
    chosen = [each for each in found if only is None or each.customer_id in only]
    chosen.sort(key=lambda each: (each.leaving, each.points or 0, -(each.mrr or 0), each.customer_id))
    return HealthList(
        health=health,
        book_id=book_id,
        currency=currency,
        rows=tuple(CustomerHealth(each, plain_signals(known, places[each.customer_id])) for each in chosen[:limit]),
        customers=len(chosen),
        leaving=sum(each.leaving for each in chosen),
        unrated=known.unrated,
    )
