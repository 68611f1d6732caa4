"""What a step is: one thing that could be offered to a customer, what it changes, and what is known of the customer.

Step(what="upgrade", plan_id="Business", quantity=5, term="month", ...).title    Business
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from upswell.analysis.pricing.realised import Priced
from upswell.growth.billing import Billing
from upswell.growth.changes import Amounts, Change
from upswell.growth.shelf import Liked

# As offers say what they are of (state/growth_records.py).
What = Literal["seats", "upgrade", "addon", "cross_sell", "yearly"]


@dataclass(frozen=True, slots=True)
class Pressure:
    """Use of a metric in a month against the limit of `plan_id`, and as projected 90 days on (growth/pressing.py)."""

    plan_id: str
    metric: str
    used: Decimal
    projected: Decimal
    limit: Decimal
    crosses_on: date | None = None

    @property
    def presses(self) -> bool:
        """Whether the limit is reached, or will be by what is projected."""
        return self.used >= self.limit or self.projected > self.limit


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of one customer: its items, since when and how each one is billed, its use, and how many
    people work with its seats.
    """

    customer_id: str
    rows: Sequence[Priced]
    billing: Mapping[int, Billing]
    pressures: Sequence[Pressure] = ()
    people: Decimal | None = None

    def seats_of(self, product_id: str) -> Decimal:
        """The seats of all its items of one product."""
        of = (each.holding for each in self.rows if each.holding.is_seats and each.holding.product_id == product_id)
        return sum((each.quantity for each in of), Decimal(0))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to offer, of `term` and in `currency`, and what it changes at list price.

    `change` and `amounts` are None with a `reason` where the list price is not known.
    """

    what: What
    plan_id: str
    product_id: str
    quantity: Decimal
    term: str
    currency: str
    from_plan_id: str
    from_quantity: Decimal
    change: Change | None
    amounts: Amounts | None
    reason: str | None = None
    discount_ends: bool = False
    liked: Liked | None = None
    relieves: bool = False

    @property
    def worth(self) -> Decimal | None:
        """What it changes a month in the workspace's currency, if that is known."""
        return None if self.amounts is None else self.amounts.worth.value

    @property
    def why_no_worth(self) -> str | None:
        """Why `worth` is not known."""
        return self.reason if self.amounts is None else self.amounts.worth.reason

    @property
    def could_raise(self) -> bool:
        """Whether it raises MRR as far as is known; a year is mostly cheaper, and must be known not to be."""
        return self.what != "yearly" if self.amounts is None else self.amounts.mrr > 0

    @property
    def title(self) -> str:
        """The step in a few words: `Business`, `12 seats of Team`, `add-on Reports`."""
        match self.what:
            case "upgrade":
                return self.plan_id
            case "seats":
                return f"{self.quantity.normalize():f} seats of {self.plan_id}"
            case "addon":
                return f"add-on {self.plan_id}"
            case "cross_sell":
                seats = f"{self.quantity.normalize():f} seat{'' if self.quantity == 1 else 's'} of "
                return seats + self.plan_id
            case "yearly":
                return f"{self.plan_id} per {self.term}"
