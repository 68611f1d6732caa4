"""Cohorts by walking each customer's movements: dictionaries and Fractions, no SQL and no steps.

    CohortOracle(moves, rate=..., ...).cells("nrr", cohort=by_month)     # {("2025-01", 0): Fraction(1), ...}

A move has day (ISO text), customer, kind, amount (text), driver, plan, currency and scheduled. Months are counted as
year x 12 + month. A cell is None where the definition gives it no value: not every customer of the cohort has reached
the age in a month that is over, or there is nothing to divide by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Protocol

KINDS: Final = {"expansion": "expansion", "contraction": "contraction", "churned": "churn"}


class Movement(Protocol):
    """What the oracle reads of a movement."""

    @property
    def day(self) -> str: ...
    @property
    def customer(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> str: ...
    @property
    def driver(self) -> str | None: ...
    @property
    def plan(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def scheduled(self) -> bool: ...


Cells = dict[tuple[str | None, int], Fraction | None]
Naming = Callable[["CohortOracle", str], str | None]


def number_of(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7])


def close_of(month: int) -> date:
    year, number = (month - 1) // 12, (month - 1) % 12 + 1
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def by_month(oracle: CohortOracle, customer: str) -> str:
    return f"{close_of(oracle.start(customer)):%Y-%m}"


def by_quarter(oracle: CohortOracle, customer: str) -> str:
    close = close_of(oracle.start(customer))
    return f"{close.year}-Q{(close.month + 2) // 3}"


def by_year(oracle: CohortOracle, customer: str) -> str:
    return f"{close_of(oracle.start(customer)).year}"


def by_plan(oracle: CohortOracle, customer: str) -> str:
    """The plan with the most at the end of the first day; of equal ones the first by name."""
    moves = oracle.moves[customer]
    held: dict[str, Fraction] = defaultdict(Fraction)
    for move in moves:
        if move.day == moves[0].day:
            held[move.plan] += Fraction(move.amount) * (oracle.rate(move.currency, date.fromisoformat(move.day)) or 1)
    return min(held, key=lambda plan: (-held[plan], plan))


@dataclass
class CohortOracle:
    """The customers of a book; `retention` and `own_rates` are the policy's, `last` the last complete month."""

    every_move: Iterable[Movement]
    rate: Callable[[str, date], Fraction | None]
    last: int
    retention: str = "reactivated_zero"
    own_rates: bool = False
    by_subscription: bool = False

    def __post_init__(self) -> None:
        self.moves: dict[str, list[Movement]] = defaultdict(list)
        for move in sorted(self.every_move, key=lambda move: move.day):
            if not move.scheduled:
                self.moves[move.customer].append(move)

    def start(self, customer: str) -> int:
        return number_of(self.moves[customer][0].day)

    def cells(self, measure: str, *, cohort: Naming, ages: int, driver: str | None = None) -> Cells:
        """The figures of each cohort (None: who has no name) at each age."""
        members: dict[str | None, list[str]] = defaultdict(list)
        for customer in self.moves:
            members[cohort(self, customer)].append(customer)
        return {
            (name, age): self._cell(measure, customers, age, driver)
            for name, customers in members.items()
            for age in range(ages + 1)
        }

    def _cell(self, measure: str, customers: list[str], age: int, driver: str | None) -> Fraction | None:
        if any(self.start(customer) + age > self.last for customer in customers):
            return None
        if measure in KINDS:
            return sum((self._flow(c, KINDS[measure], self.start(c) + age, driver) for c in customers), Fraction(0))
        if measure == "mrr":
            return sum((self._worth(c, self.start(c) + age) for c in customers), Fraction(0))
        if measure == "customers":
            return Fraction(sum(any(self._held(c, self.start(c) + age).values()) for c in customers))
        base = sum((self._worth(c, self.start(c)) for c in customers), Fraction(0))
        kept = sum((self._kept(c, age, gross=measure == "grr") for c in customers), Fraction(0))
        return kept / base if base else None

    def _kept(self, customer: str, age: int, *, gross: bool) -> Fraction:
        start = self.start(customer)
        then, now = self._worth(customer, start), self._worth(customer, start + age)
        if self.retention == "movements":
            kinds = ("contraction", "churn") if gross else ("contraction", "churn", "expansion")
            months = range(start + 1, start + age + 1)
            return then + sum(self._flow(customer, kind, month, None) for kind in kinds for month in months)
        if not any(self._held(customer, start).values()):
            return Fraction(0)
        if self.retention == "reactivated_zero" and self._left(customer, start, start + age):
            return Fraction(0)
        return min(then, now) if gross else now

    def _flow(self, customer: str, kind: str, month: int, driver: str | None) -> Fraction:
        money = Fraction(0)
        for move in self.moves[customer]:
            if move.kind == kind and number_of(move.day) == month and driver in (None, move.driver):
                money += Fraction(move.amount) * self._known_rate(move.currency, date.fromisoformat(move.day))
        return money

    def _held(self, customer: str, month: int) -> Mapping[str, Fraction]:
        held: dict[str, Fraction] = defaultdict(Fraction)
        for move in self.moves[customer]:
            if number_of(move.day) <= month:
                held[move.currency] += Fraction(move.amount)
        return held

    def _worth(self, customer: str, month: int) -> Fraction:
        if self.own_rates:
            return sum(
                (
                    Fraction(move.amount) * self._known_rate(move.currency, date.fromisoformat(move.day))
                    for move in self.moves[customer]
                    if number_of(move.day) <= month
                ),
                Fraction(0),
            )
        held = self._held(customer, month)
        return sum((a * self._known_rate(c, close_of(month)) for c, a in held.items() if a), Fraction(0))

    def _known_rate(self, currency: str, day: date) -> Fraction:
        rate = self.rate(currency, day)
        assert rate is not None
        return rate

    def _left(self, customer: str, start: int, month: int) -> bool:
        held = Fraction(0)
        moves = self.moves[customer]
        for place, move in enumerate(moves):
            held += Fraction(move.amount)
            day_ends = place + 1 == len(moves) or moves[place + 1].day != move.day
            churned = any(each.kind == "churn" and Fraction(each.amount) < 0 for each in moves if each.day == move.day)
            if (
                day_ends
                and churned
                and start < number_of(move.day) <= month
                and (held == 0 or not self.by_subscription)
            ):
                return True
        return False
