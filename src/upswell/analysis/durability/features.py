"""What tells lots apart: a dimension of the expansion, or its term, its price, the offer before it, its cohort.

Acme's 60.00 of seats of 1 March are of plan Team, of a customer of Ada's, on a monthly term, at full price, and follow
the offer `spring` that Acme had accepted on 20 February: an offer counts where it was accepted in the 30 days up to the
expansion, the last one if there are several. What changes in time (an owner) is what it was on the expansion's day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from upswell.metrics.lots import Lot
from upswell.metrics.planner import asked_view
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.view import fetch
from upswell.policy.model import Policy

OF_LOTS: Final = ("term", "price", "offer", "cohort")
OFFER_DAYS: Final = 30
NO_OFFER: Final = "no offer"

_SPANS: Final = """
select span_id, billing_interval, interval_count, discounted and (discount_percent > 0 or discount_amount > 0)
from item_versions
where span_id in (select after_span from booked_movements where kind = 'expansion' and not scheduled)
"""
_OFFERS: Final = """
select customer_key, touched_on, offer from touches
where outcome = 'accepted' and customer_key is not null
order by customer_key, touched_on, "at", offer
"""
_COHORTS: Final = """
select customer_key, cast(year(min(date)) as varchar) from booked_movements where not scheduled group by customer_key
"""
_EXPANSIONS: Final = """
select {dimensions} entry.customer_key, entry.item_key, entry.plan_key, entry.date, cast(entry.driver as varchar),
    entry.currency
from {rows}
where entry.kind = 'expansion' and not entry.scheduled and {filter}
"""

Label = Callable[[Lot], str | None]


def label(connection: Readable, by: str) -> Label | None:
    """What a lot is called under `by`, one of `OF_LOTS`; None for another name, which `Chosen` may know."""
    match by:
        case "term" | "price":
            spans = {span: tuple(terms) for span, *terms in connection.execute(_SPANS).fetchall()}
            told = _term if by == "term" else _price
            return lambda lot: told(spans.get(lot.span))
        case "offer":
            return _Offers.of(connection).before
        case "cohort":
            firsts = dict(connection.execute(_COHORTS).fetchall())
            return lambda lot: firsts[lot.customer_key]
        case _:
            return None


@dataclass(frozen=True)
class Chosen:
    """The expansions that a filter lets through, each with the value of a dimension on its day."""

    values: Mapping[tuple[object, ...], str | None]

    @classmethod
    def of(cls, connection: Readable, *, by: str | None, where: str | None, facts: BookFacts, policy: Policy) -> Chosen:
        """Read them. Raises `UsageError` for a name or a filter that is none of this book."""
        asked = MetricRequest(names=("expansion_mrr",), by=() if by is None else (by,), where=where)
        view = asked_view(connection, asked, facts=facts, policy=policy)
        rows = view.with_texts(view.with_placed("booked_movements", "told.date"), "plan_keys", "item_keys")
        sql = _EXPANSIONS.format(dimensions=view.dimension_columns, rows=view.cut(rows), filter=view.filter.sql)
        width = len(view.dimensions)
        found = fetch(connection, sql, view.parameters())
        return cls({row[width:]: row[0] if width else None for row in found})

    def has(self, lot: Lot) -> bool:
        """Whether the filter lets a lot through."""
        return _key(lot) in self.values

    def value(self, lot: Lot) -> str | None:
        """What it is called."""
        return self.values[_key(lot)]


def _key(lot: Lot) -> tuple[object, ...]:
    return (lot.customer_key, lot.item_key, lot.plan_key, lot.day, lot.driver, lot.currency)


def _term(terms: tuple[Any, ...] | None) -> str | None:
    if terms is None or terms[0] is None:
        return None
    interval, count, _ = terms
    return str(interval) if count == 1 else f"{count} {interval}s"


def _price(terms: tuple[Any, ...] | None) -> str | None:
    if terms is None:
        return None
    return "discounted" if terms[2] else "full price"


@dataclass(frozen=True)
class _Offers:
    """The offers that each customer accepted, by day."""

    days: Mapping[int, Sequence[date]]
    names: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, connection: Readable) -> _Offers:
        days: dict[int, list[date]] = {}
        names: dict[int, list[str]] = {}
        for customer_key, day, offer in connection.execute(_OFFERS).fetchall():
            days.setdefault(customer_key, []).append(day)
            names.setdefault(customer_key, []).append(offer)
        return cls(days, names)

    def before(self, lot: Lot) -> str:
        days = self.days.get(lot.customer_key, ())
        place = bisect_right(days, lot.day) - 1
        if place < 0 or (lot.day - days[place]).days > OFFER_DAYS:
            return NO_OFFER
        return self.names[lot.customer_key][place]
