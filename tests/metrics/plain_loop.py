"""The oracle of this room: customers' balances kept in dictionaries, one movement after another.

It shares no code with `upswell.metrics`: no SQL, no steps, no months as numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.metrics.book import Move, SmallBook

Keep = Callable[[Move], bool]


def month_end(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    following = date(year + number // 12, number % 12 + 1, 1)
    return following - timedelta(days=1)


def months_before(month: str, count: int) -> str:
    year, number = int(month[:4]), int(month[5:])
    for _ in range(count):
        year, number = (year - 1, 12) if number == 1 else (year, number - 1)
    return f"{year:04d}-{number:02d}"


@dataclass(frozen=True)
class Oracle:
    """The figures of one slice: the movements that `keep` lets through."""

    book: SmallBook
    keep: Keep

    def balances(self, close: date) -> dict[str, dict[str, Fraction]]:
        held: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for move in self.book.moves:
            if self.keep(move) and not move.scheduled and date.fromisoformat(move.day) <= close:
                held[move.customer][move.currency] += Fraction(move.amount)
        return held

    def worth(self, held: dict[str, Fraction], close: date) -> Fraction:
        money = Fraction(0)
        for currency, amount in held.items():
            if amount:
                rate = self.book.rate(currency, close)
                assert rate is not None
                money += amount * Fraction(rate)
        return money

    def closing(self, month: str) -> Fraction:
        close = month_end(month)
        return sum((self.worth(h, close) for h in self.balances(close).values()), Fraction(0))

    def flow(self, kind: str, month: str) -> Fraction:
        money = Fraction(0)
        for move in self.book.moves:
            if self.keep(move) and move.kind == kind and move.day[:7] == month:
                rate = self.book.rate(move.currency, date.fromisoformat(move.day))
                assert rate is not None
                money += Fraction(move.amount) * Fraction(rate)
        return money

    def customers(self, month: str) -> int:
        held = self.balances(month_end(month))
        return sum(1 for amounts in held.values() if any(amounts.values()))

    def customers_with(self, kind: str, month: str) -> int:
        moves = [m for m in self.book.moves if self.keep(m) and m.day[:7] == month]
        return len({move.customer for move in moves if move.kind == kind})

    def retention(self, month: str, lag: int, *, leavers_zero: bool) -> tuple[Fraction, Fraction] | None:
        """nrr and grr, or None for an empty cohort."""
        start, end = month_end(months_before(month, lag)), month_end(month)
        then_held, now_held = self.balances(start), self.balances(end)
        then_sum = now_sum = kept_sum = Fraction(0)
        for customer, held in then_held.items():
            then = self.worth(held, start)
            if not then:
                continue
            now = self.worth(now_held[customer], end)
            if leavers_zero and self._left(customer, start, end):
                now = Fraction(0)
            then_sum, now_sum, kept_sum = then_sum + then, now_sum + now, kept_sum + min(then, now)
        return (now_sum / then_sum, kept_sum / then_sum) if then_sum else None

    def _left(self, customer: str, start: date, end: date) -> bool:
        return any(
            move.customer == customer
            and move.kind == "churn"
            and not move.scheduled
            and start < date.fromisoformat(move.day) <= end
            for move in self.book.moves
        )


def to_twelve_decimals(value: Fraction) -> Decimal:
    return Decimal(round(value * 10**12)).scaleb(-12)
