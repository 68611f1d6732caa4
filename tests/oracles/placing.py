"""Where a customer stands on a day, by plain loops over its own movements: attributes that change, and bands.

Bands are worked out anew for every day asked, from what docs/segments.md says of them; nothing is carried along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

BANDS: Final = ("mrr_band", "tenure_band", "seats_band", "usage_band", "products_band", "stage")
ARREARS: Final = ("past_due", "unpaid", "lapsed")
ONE: Final = 10**18


@dataclass(frozen=True, slots=True)
class Moved:
    """A booked movement that has happened: amount in 10^-6, worth in 10^-18 at the rate by which bands grade."""

    day: date
    kind: str
    product: str
    plan: str
    amount: int
    worth: int


@dataclass(frozen=True, slots=True)
class Held:
    """A span of an item: `seats` where it counts and is a plan's."""

    starts_on: date
    ends_on: date | None
    status: str
    seats: Decimal

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or self.ends_on > day)


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def label(value: int | Decimal, edges: Sequence[tuple[int, str]]) -> str:
    return next((text for edge, text in reversed(edges) if value >= edge), edges[0][1])


class Customer:
    """One customer's life."""

    def __init__(
        self,
        moved: Iterable[Moved],
        held: Iterable[Held],
        usage: Mapping[tuple[int, str], Decimal],
        dated: Mapping[str, Sequence[tuple[date, str]]],
        limits: Mapping[tuple[str, str], Decimal],
    ) -> None:
        self.moved = sorted(moved, key=lambda each: each.day)
        self.items = list(held)
        self.used: dict[int, dict[str, Decimal]] = defaultdict(dict)
        for (number, metric), amount in usage.items():
            self.used[number][metric] = amount
        self.dated = dated
        self.limits = limits
        days = sorted({each.day for each in self.moved})
        self.comings = [day for day in days if self._comes(day)]
        self._kept: dict[date, dict[str, str | None]] = {}

    def held(self, day: date) -> int:
        return sum(each.amount for each in self.moved if each.day <= day)

    def _comes(self, day: date) -> bool:
        start = day.replace(day=1)
        if self.held(start - timedelta(1)) or not self.held(day):
            return False
        return not any(self.held(each.day) for each in self.moved if start <= each.day < day)

    def turning_days(self, last: date) -> list[date]:
        """Every day on which anything of `on` could change."""
        if not self.moved:
            return []
        firsts = range(month_number(self.moved[0].day), month_number(last) + 1)
        days = {first_of(number) for number in firsts} | set(self.comings)
        days |= {day for spans in self.dated.values() for day, _ in spans}
        return sorted(day for day in days if date.min < day <= last)

    def on(self, day: date) -> dict[str, str | None]:
        """Everything that can change, as it is on `day`."""
        if day not in self._kept:
            of_bands = {name: getattr(self, name)(day) for name in BANDS}
            self._kept[day] = {name: self._attribute(spans, day) for name, spans in self.dated.items()} | of_bands
        return self._kept[day]

    @staticmethod
    def _attribute(spans: Sequence[tuple[date, str]], day: date) -> str | None:
        """The last value given by then; before the first one, the first."""
        if not spans:
            return None
        given = [value for start, value in sorted(spans) if start <= day]
        return given[-1] if given else min(spans)[1]

    def _point(self, day: date) -> tuple[date, int] | None:
        """The close by which the customer is graded on `day`, and the month in which it is."""
        start = day.replace(day=1)
        if self.held(start - timedelta(1)):
            return start - timedelta(1), month_number(day)
        came = [each for each in self.comings if start <= each <= day]
        return (came[0], month_number(day)) if came else None

    def mrr_band(self, day: date) -> str | None:
        point = self._point(day)
        if point is None:
            return None
        worth = sum(each.worth for each in self.moved if each.day <= point[0])
        edges = ((0, "under 100"), (100 * ONE, "100 to 500"), (500 * ONE, "500 to 2000"), (2000 * ONE, "2000 and over"))
        return label(worth, edges)

    def tenure_band(self, day: date) -> str | None:
        if not self.comings or day < self.comings[0]:
            return None
        months = month_number(day) - month_number(self.comings[0])
        return label(
            months, ((0, "under 3 months"), (3, "3 to 12 months"), (12, "1 to 3 years"), (36, "3 years and over"))
        )

    def seats_band(self, day: date) -> str | None:
        point = self._point(day)
        if point is None:
            return None
        seats = sum((each.seats for each in self.items if each.holds(point[0])), Decimal(0))
        return label(seats, ((0, "under 2"), (2, "2 to 9"), (10, "10 to 49"), (50, "50 and over")))

    def products_band(self, day: date) -> str | None:
        point = self._point(day)
        if point is None:
            return None
        count = len(self._with_balance(point[0], lambda each: each.product))
        return label(count, ((0, "1"), (2, "2"), (3, "3 and over")))

    def _with_balance(self, day: date, of: Callable[[Moved], str]) -> set[str]:
        sums: dict[str, int] = defaultdict(int)
        for each in self.moved:
            if each.day <= day:
                sums[of(each)] += each.amount
        return {name for name, amount in sums.items() if amount > 0}

    def usage_band(self, day: date) -> str | None:
        point = self._point(day)
        if point is None:
            return None
        close, month = point
        used = self.used.get(month - 1, {})
        if close >= first_of(month) or not any(used.values()):
            return "no usage"
        plans = self._with_balance(close, lambda each: each.plan)
        ranks = []
        for metric, amount in used.items():
            limits = [limit for (plan, of), limit in self.limits.items() if plan in plans and of == metric]
            if limits:
                edges = ((0, 0), (Decimal("0.5"), 1), (Decimal("0.8"), 2))
                limit = max(limits)
                ranks.append(3 if amount > limit else max(rank for edge, rank in edges if amount >= edge * limit))
        texts = ("under 50 % of limit", "50 to 80 % of limit", "80 to 100 % of limit", "over the limit")
        return texts[max(ranks)] if ranks else "no limit"

    def stage(self, day: date) -> str | None:
        if not self.comings or day < self.comings[0]:
            return None
        point = self._point(day)
        if point is None:
            # Between coming and going within one month a customer keeps its stage until the month is over.
            return "churned" if self.comings[0] < day.replace(day=1) else None
        close, month = point
        if month - month_number(self.comings[0]) < 3:
            return "onboarding"
        net = sum(
            each.worth
            for each in self.moved
            if each.kind in ("expansion", "contraction") and month - 3 <= month_number(each.day) < month
        )
        if net < 0 or any(each.status in ARREARS and each.holds(close) for each in self.items):
            return "at risk"
        return "expanding" if net > 0 else "active"


def held_of(versions: Iterable[Mapping[str, Any]], as_of: datetime) -> list[Held]:
    """Spans begun by `as_of`."""
    return [
        Held(
            version["starts_on"],
            version["ends_on"],
            version["status"],
            version["quantity"] if version["counts"] and version["item_type"] == "plan" else Decimal(0),
        )
        for version in versions
        if version["starts_at"] <= as_of
    ]
