"""In which order proposals are looked at: by what they are expected to be worth, or by rules.

With a fitted model each customer has a likelihood of expanding within 90 days and its part of the forecast's dollars:
its expected value. The largest comes first.

    Acme   12.0 %   310.00        Bolt   31.0 %   120.00          Acme before Bolt

Without one, and of equals, rules decide: what a customer outgrows before what it might like, the sooner the first, then
the larger amount a month, then the customer's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from upswell.growth.proposals import Proposal
from upswell.metrics.figures import ZERO

Basis = Literal["model", "rules"]
BY_MODEL: Final = "by expected value: the customer's part of the forecast's expansion in 90 days"
BY_RULES: Final = "by rules: what a customer outgrows first, the sooner the first, then the larger amount a month"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of one customer within 90 days: a likelihood (0 to 1) of expanding, by which driver, and its
    part of the forecast's dollars, in the workspace's currency; `base_rate` is that of its segment.
    """

    likelihood: Decimal | None = None
    driver: str | None = None
    value: Decimal | None = None
    base_rate: Decimal | None = None


@dataclass(frozen=True)
class Outlooks:
    """What is expected of every customer, by its id, and what that stands on: a model, or nothing but rules.

    `base_rate` is the share of all customers that expand within 90 days; None where no history tells.
    """

    basis: Basis = "rules"
    customers: Mapping[str, Outlook] = field(default_factory=dict)
    base_rate: Decimal | None = None
    how_sure: tuple[str, ...] = ()

    def of(self, customer_id: str) -> Outlook:
        """What is expected of one customer."""
        return self.customers.get(customer_id, Outlook())

    @property
    def ranking(self) -> str:
        """How proposals are ranked, in words."""
        return BY_MODEL if self.basis == "model" else BY_RULES


def ranked(proposals: Iterable[Proposal], outlooks: Outlooks) -> list[Proposal]:
    """The proposals, the better ones first."""

    def key(each: Proposal) -> tuple[object, ...]:
        value = outlooks.of(each.customer_id).value if outlooks.basis == "model" else None
        by_value = (value is None, -(value or ZERO))
        by_rules = (not each.step.relieves, each.when.by, each.step.worth is None, -(each.step.worth or ZERO))
        return (*by_value, *by_rules, each.customer_id)

    return sorted(proposals, key=key)
