"""The running billing period of an item, and what a change of it costs for the rest of the period.

Acme pays 100.00 a month since 31 January 2024 and moves to 175.00 on 10 March:

    periods    31 January - 29 February - 31 March - 30 April
    running    29 February to 31 March: 31 days, of which 21 are left on 10 March
    due today  (175.00 - 100.00) x 21 / 31 = 50.806... = 50.81

A period begins k intervals after the anchor, the first day on which the item was billed in this interval; a month that
lacks the anchor's day of the month ends on its last one, and the next goes back to the anchor's day. The day of the
change is billed at the new price: days left are those from the day on to the end of the period, and an amount due is

    (new amount - old amount, both per interval) x days left / days of the period

rounded once, half to even, to the minor unit of its currency. Where the change is of the term itself, a new period
begins with it: the new amount in full, less the old amount x days left / days of the old period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.metrics.figures import decimal_of
from upswell.metrics.months import Month
from upswell.money.currency import minor_units

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Period:
    """A billing period, from `starts_on` up to and without `ends_on`."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """Its length in days."""
        return (self.ends_on - self.starts_on).days

    def left(self, day: date) -> Fraction:
        """The share of it that is left on `day`, the day counted; 0 to 1."""
        return Fraction(min(max((self.ends_on - day).days, 0), self.days), self.days)


def running_period(anchor: date, interval: str, count: int, *, day: date) -> Period:
    """The period that `day` lies in, of those that begin every `count` intervals from `anchor` on.

    Raises `ValueError` for a day before the anchor, `OverflowError` for a period that ends after the year 9999.
    """
    if day < anchor:
        raise ValueError(f"no period is running on {day}: the first begins on {anchor}")
    if interval in _DAYS:
        length = _DAYS[interval] * count
        starts_on = anchor + timedelta(days=(day - anchor).days // length * length)
        return Period(starts_on, starts_on + timedelta(days=length))
    length = _MONTHS[interval] * count
    if Month.of(day).number + length > Month.of(date.max).number:
        raise OverflowError(f"a period of {length} months has no end that could be told")
    number = (Month.of(day).number - Month.of(anchor).number) // length
    # In the month of the change of periods it is still the former one until the anchor's day.
    if _months_after(anchor, number * length) > day:
        number -= 1
    return Period(_months_after(anchor, number * length), _months_after(anchor, (number + 1) * length))


def prorated(change: Fraction, period: Period, *, day: date, currency: str) -> Decimal:
    """What a `change` of the amount per interval costs for the rest of the period; a credit is negative."""
    return decimal_of(change * period.left(day), decimals=minor_units(currency))


def new_term(amount: Fraction, former: Fraction, period: Period, *, day: date, currency: str) -> Decimal:
    """What a new term costs that begins on `day`: `amount` in full less the unused rest of the `former` amount."""
    return decimal_of(amount - former * period.left(day), decimals=minor_units(currency))


def _months_after(anchor: date, months: int) -> date:
    month = Month.of(anchor).plus(months)
    return month.first_day.replace(day=min(anchor.day, month.days))
