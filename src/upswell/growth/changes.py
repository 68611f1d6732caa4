"""What a change of price comes to: per month, per billing interval, and today.

Acme pays 90.00 a month for 5 seats of Team and would have them on Business at 35.00; of its period 21 of 31 days are
left. At list price, and with 20 % off what is offered:

    change per interval    175.00 - 90.00        85.00        140.00 - 90.00    50.00
    due today              85.00 x 21 / 31       57.58                          33.87
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from upswell.growth.proration import Period, new_term, prorated
from upswell.metrics.figures import EXACT, Figure, decimal_of

DECIMALS: Final = 6
_NOT_BOOKED: Final = "the policy leaves discounts out, and so what is billed today is not in its book"
_NO_PERIOD: Final = "it is not known since when the item is billed"


@dataclass(frozen=True, slots=True)
class Amounts:
    """A change in `currency`: `mrr` a month, `interval` each billing interval, `due_today` for the running period.

    `worth` is `mrr` in the workspace's currency. All have six decimals but `due_today`, which is in minor units, and
    None where it is not known since when the item is billed. `interval` and `due_today` are None where what is paid is
    not known: under a policy that leaves discounts out. `reason` says why one of them is None.
    """

    mrr: Decimal
    interval: Decimal | None
    due_today: Decimal | None
    worth: Figure
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Amounts per interval before and after: `paid` becomes `kept` and `offered`, on which a discount may be given.

    `is_paid_known` says whether `paid` is what is billed, its discount subtracted. `factor` and `former_factor` make an
    amount per interval one per month, after and before; `mrr` is what `paid` is booked as. `begins_anew` says that a
    new period begins with the change. `rate` turns money into the workspace's.
    """

    offered: Fraction
    kept: Fraction
    paid: Fraction
    mrr: Decimal
    factor: Fraction
    former_factor: Fraction
    currency: str
    period: Period | None
    day: date
    begins_anew: bool
    rate: Decimal | None
    why_no_rate: str
    is_paid_known: bool = True

    def amounts(self, *, percent: Decimal = Decimal(0)) -> Amounts:
        """What the change comes to with `percent` off what is offered."""
        new = self.kept + self.offered * (1 - Fraction(percent) / 100)
        mrr = EXACT.subtract(decimal_of(new * self.factor, decimals=DECIMALS), self.mrr)
        worth = Figure.missing(self.why_no_rate) if self.rate is None else Figure(EXACT.multiply(mrr, self.rate))
        if not self.is_paid_known:
            return Amounts(mrr, None, None, worth, _NOT_BOOKED)
        change = new - self.paid * (self.former_factor / self.factor)
        due = None
        if self.period is not None and self.begins_anew:
            due = new_term(new, self.paid, self.period, day=self.day, currency=self.currency)
        elif self.period is not None:
            due = prorated(change, self.period, day=self.day, currency=self.currency)
        reason = _NO_PERIOD if due is None else None
        return Amounts(mrr, decimal_of(change, decimals=DECIMALS), due, worth, reason)
