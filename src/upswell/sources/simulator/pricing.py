"""List prices: exact decimals, by plan, tier, currency and term, and how they rose.

The plan team costs 39.00 a seat and month below 25 seats. A year of a seat in EUR after a rise of 4 % costs
39.00 x 12 x 0.90 (yearly) x 0.95 (EUR) x 1.04 = 416.15. A customer keeps the list of the day of its last renewal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from upswell.sources.simulator.preset import Addon, Plan, Preset
from upswell.sources.simulator.window import Window, plus_months

TERM_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_CENT: Final = Decimal("0.01")
_WHOLE: Final = Decimal(100)


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to two decimals."""
    return amount.quantize(_CENT, ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Price:
    """A price as an export names it: its id, and the amount of one unit for one term."""

    id: str
    amount: Decimal


class PriceList:
    """The list prices of a company over time."""

    def __init__(self, preset: Preset, window: Window) -> None:
        self._preset = preset
        self._rises = tuple((plus_months(window.end, -each.months_before_end), each.percent) for each in preset.rises)

    def rises_between(self, after: date, until: date) -> bool:
        """Whether list prices rose after one day and on or before another."""
        return any(after < day <= until for day, _ in self._rises)

    def of_plan(self, plan: Plan, *, seats: int, currency: str, term: str, list_day: date) -> Price:
        """The price of one seat of a plan, at the tier of `seats`, from the list of `list_day`."""
        amount = self._for_term(plan.amount_at(seats), currency=currency, term=term, list_day=list_day)
        return Price(self._id(plan.id, term, list_day), amount)

    def of_addon(self, addon: Addon, *, currency: str, term: str, list_day: date) -> Price:
        """The price of an add-on."""
        amount = self._for_term(addon.amount, currency=currency, term=term, list_day=list_day)
        return Price(self._id(addon.id, term, list_day), amount)

    def of_overage(self, *, currency: str) -> Price:
        """The price of a thousand calls beyond the plan's."""
        return Price("overage-month", cents(self._preset.using.overage_amount * self._preset.price_factors[currency]))

    def _id(self, offer: str, term: str, list_day: date) -> str:
        """Tiers share a price, lists do not."""
        return f"{offer}-{term}-v{1 + sum(day <= list_day for day, _ in self._rises)}"

    def _for_term(self, monthly: Decimal, *, currency: str, term: str, list_day: date) -> Decimal:
        amount = monthly * TERM_MONTHS[term] * self._preset.price_factors[currency]
        if term == "year":
            amount = amount * (100 - self._preset.yearly_discount) / _WHOLE
        for day, percent in self._rises:
            if day <= list_day:
                amount = amount * (100 + percent) / _WHOLE
        return cents(amount)
