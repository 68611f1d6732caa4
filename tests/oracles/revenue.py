"""Revenue from invoice lines and payments by plain loops: a line is spread by day, a charge is a list of payments.

A line of 100.00 for three days is worth 33.33, 66.67 and 100.00 after one, two and three of them, so the days are
33.33, 33.34 and 33.33. Shares no code with the program. Money is whole numbers of 10^-18.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

RateOf = Callable[[str, date], int]  # in 10^-12


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice line; `ends_on` is exclusive, and nothing where it has no period."""

    customer: str
    kind: str
    amount: Decimal
    currency: str
    billed_on: date
    starts_on: date
    ends_on: date | None
    facts: Mapping[str, str | None]

    def days(self) -> Iterator[tuple[date, Decimal]]:
        """What is earned on each day."""
        last = max(self.ends_on or self.starts_on, self.starts_on + timedelta(days=1))
        count, before = (last - self.starts_on).days, Decimal(0)
        for number in range(1, count + 1):
            so_far = (self.amount * number / count).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
            so_far = self.amount if number == count else so_far
            yield self.starts_on + timedelta(days=number - 1), so_far - before
            before = so_far


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of a charge, which is its invoice."""

    customer: str
    charge: str
    at: datetime
    amount: Decimal
    currency: str
    status: str
    facts: Mapping[str, str | None]


def earned_by_month(line: Line, before: date) -> dict[str, Decimal]:
    """What of a line is earned in each month, of the days before `before`."""
    months: dict[str, Decimal] = {}
    for day, amount in line.days():
        if day < before:
            months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", Decimal(0)) + amount
    return months


def units(amount: Decimal) -> int:
    """An amount in 10^-6."""
    return int(amount * 10**6)


class MoneyOracle:
    """The lines and payments of one slice, up to an instant."""

    def __init__(self, lines: Iterable[Line], payments: Iterable[Payment], *, as_of: datetime, rate: RateOf) -> None:
        self._as_of, self._rate = as_of, rate
        begun = as_of.date() + timedelta(days=1 if as_of.time() > time.min else 0)
        self._earned: list[tuple[Line, dict[str, Decimal]]] = [
            (line, earned_by_month(line, begun)) for line in lines if line.billed_on < begun
        ]
        self._payments = [payment for payment in payments if payment.at <= as_of]
        self._charges: dict[tuple[str, str], list[Payment]] = {}
        for payment in sorted(self._payments, key=lambda payment: payment.at):
            self._charges.setdefault((payment.customer, payment.charge), []).append(payment)

    def earned(self, month: str, kinds: Sequence[str] | None = None) -> int:
        """What is earned in a month of lines of `kinds`."""
        return sum(
            units(months.get(month, Decimal(0))) * self._rate(line.currency, line.billed_on)
            for line, months in self._earned
            if kinds is None or line.kind in kinds
        )

    def received(self, month: str, *, recovered: bool = False) -> int:
        """Money in a month, or the part of it that had failed before."""
        money = 0
        for payment in self._payments:
            if f"{payment.at:%Y-%m}" != month or payment.status == "failed":
                continue
            sign = -1 if payment.status == "refunded" else 1
            if recovered and (sign < 0 or not self._had_failed(payment)):
                continue
            money += sign * units(payment.amount) * self._rate(payment.currency, payment.at.date())
        return money

    def _had_failed(self, payment: Payment) -> bool:
        charge = self._charges[payment.customer, payment.charge]
        return any(other.status == "failed" and other.at < payment.at for other in charge)

    def recovery(self, month: str) -> tuple[int, int]:
        """What failed first in a month, and what has come in since."""
        failed = recovered = 0
        for charge in self._charges.values():
            first = next((payment for payment in charge if payment.status == "failed"), None)
            if first is None or f"{first.at:%Y-%m}" != month:
                continue
            since = sum((p.amount for p in charge if p.status == "succeeded" and p.at > first.at), Decimal(0))
            rate = self._rate(first.currency, first.at.date())
            failed += units(first.amount) * rate
            recovered += units(min(since, first.amount)) * rate
        return failed, recovered

    def has_open_failure(self, customer: str, day: date) -> bool:
        """Whether at the end of a day a charge of the customer had failed and nothing had come in for it."""
        for (of, _), charge in self._charges.items():
            failed = [payment for payment in charge if payment.status == "failed"]
            if of != customer or not failed or failed[0].at.date() > day:
                continue
            paid = [p for p in charge if p.status == "succeeded" and p.at > failed[0].at and p.at.date() <= day]
            if not paid:
                return True
        return False


def weight(*, at_risk: bool, discount: Fraction, one_term: bool) -> Fraction:
    """The share of an item's MRR that counts as quality MRR, by the weights that hold where none are set."""
    lowest = Fraction(1)
    if at_risk:
        lowest = min(lowest, Fraction(1, 2))
    if discount > Fraction(3, 10):
        lowest = min(lowest, Fraction(3, 4))
    if one_term:
        lowest = min(lowest, Fraction(1, 4))
    return lowest
