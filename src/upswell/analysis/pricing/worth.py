"""What an amount billed per interval is worth a month: the rule of the ledger, for prices that nobody was billed.

3 seats at 9.99 a year less 37.5 % are 3 x 9.99 x 0.625 / 12 = 1.560936 a month: rounded once, half to even, to six
decimals. The review asks this of list prices, which are in no row of a book; of the prices that are, it gives what the
ledger booked.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from upswell.metrics.figures import decimal_of
from upswell.policy.model import Policy

MRR_DECIMALS: Final = 6
_MONTHS: Final = {"month": Fraction(1), "quarter": Fraction(1, 3), "year": Fraction(1, 12)}
_WEEKS: Final = {"52/12": Fraction(52, 12), "4": Fraction(4)}
_DAYS: Final = {"365/12": Fraction(365, 12), "30": Fraction(30)}


def months_factor(interval: str, count: int, *, policy: Policy) -> Fraction:
    """How many months' worth of MRR one amount per `count` intervals is: 1/12 for a year."""
    match interval:
        case "week":
            one = _WEEKS[policy.week]
        case "day":
            one = _DAYS[policy.day]
        case _:
            one = _MONTHS[interval]
    return one / count


# A company sells many items in few quantities at few prices.
@lru_cache(maxsize=100_000)
def monthly_worth(
    quantity: Decimal,
    unit_amount: Decimal,
    *,
    factor: Fraction,
    percent: Decimal = Decimal(0),
    amount: Decimal = Decimal(0),
) -> Decimal:
    """`quantity` x `unit_amount` less `percent`, then less `amount`, per month; never below 0."""
    exact = Fraction(quantity) * Fraction(unit_amount) * (1 - Fraction(percent) / 100) - Fraction(amount)
    return decimal_of(max(Fraction(0), exact * factor), decimals=MRR_DECIMALS)
