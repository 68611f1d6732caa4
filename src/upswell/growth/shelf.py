"""What a company can sell to the customers it has: plans in order, their limits, and what is held beside them.

Of 40 customers whose main plan is Team, 14 hold the add-on Reports and 6 the product Insights, of which the lower
median holder has 3 seats: to a customer of Team without both, Reports is offered before Insights.

    liked of Team    Reports   14 of 40   quantity 1
                     Insights   6 of 40   quantity 3

A customer's **main plan** is that of the plan item it pays most for. Customers are **like** one another when their main
plans are the same; where fewer than 20 are, all customers are compared. An add-on or product is offered when at least
one in twenty of them holds it: what hardly anybody wants is no sensible step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median_low
from typing import Final, Literal

from upswell.analysis.pricing.holdings import Close, Holding
from upswell.analysis.pricing.lists import GivenPrice, PriceList
from upswell.analysis.pricing.proportions import LEAST
from upswell.analysis.pricing.realised import Priced
from upswell.analysis.pricing.review import review_of
from upswell.analysis.pricing.steps import Ladder, ladder
from upswell.metrics.figures import ZERO
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.view import fetch
from upswell.policy.model import Policy

HELD_BY_LEAST: Final = 20  # one in so many
_LIMITS: Final = 'select plan_id, metric, "limit" from limits'


@dataclass(frozen=True, slots=True)
class Liked:
    """An add-on or a product, and how many customers alike hold it; `quantity` is the lower median of theirs."""

    kind: Literal["addon", "product"]
    name: str
    product_id: str
    holders: int
    customers: int
    quantity: Decimal
    alike: str


@dataclass(frozen=True)
class Shelf:
    """What is sold as of a close: prices, the order of plans, the limits of each, and what is liked with each.

    `paid_for` are the plans that anybody pays for, `by_seats` those of which anybody has more than one: of all others
    the quantity says nothing of people.
    """

    close: Close
    prices: PriceList
    plans: Ladder
    limits: Mapping[str, Mapping[str, Decimal]]
    liked: Mapping[str, Sequence[Liked]]
    liked_by_all: Sequence[Liked]
    paid_for: frozenset[str]
    by_seats: frozenset[str]

    def liked_with(self, plan: str) -> Sequence[Liked]:
        """What customers of a plan hold beside it, the most frequent first."""
        return self.liked.get(plan, self.liked_by_all)


def shelf_of(
    connection: Readable,
    *,
    given: Sequence[GivenPrice] = (),
    facts: BookFacts,
    policy: Policy,
    month: str,
) -> tuple[Shelf, dict[str, list[Priced]]]:
    """The shelf as of the book's instant in `month`, and what each customer holds, by its id."""
    review = review_of(connection, month, given=given, facts=facts, policy=policy)
    limits: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for plan, metric, limit in fetch(connection, _LIMITS, {}):
        limits[plan][metric] = limit
    held: dict[str, list[Priced]] = defaultdict(list)
    for row in review.rows:
        held[row.holding.customer_id].append(row)
    by_plan: dict[str, list[list[Priced]]] = defaultdict(list)
    for rows in held.values():
        main = main_plan(rows, review.close)
        if main is not None:
            by_plan[main.holding.offer.plan_id].append(rows)
    liked = {
        plan: _liked(those, f"customers whose main plan is {plan}")
        for plan, those in by_plan.items()
        if len(those) >= LEAST
    }
    of_all = _liked(list(held.values()), "customers")
    plans = ladder(review.rows, review.close)
    of_plans = [row.holding for row in review.rows if row.holding.is_seats]
    shelf = Shelf(
        close=review.close,
        prices=review.prices,
        plans=plans,
        limits=dict(limits),
        liked=liked,
        liked_by_all=of_all,
        paid_for=frozenset(each.offer.plan_id for each in of_plans if each.mrr > 0),
        by_seats=frozenset(each.offer.plan_id for each in of_plans if each.quantity > 1),
    )
    return shelf, dict(held)


def main_plan(rows: Iterable[Priced], close: Close) -> Priced | None:
    """The plan item that a customer pays most for; of equals the first of the ledger, as signals have it."""
    plans = [each for each in rows if each.holding.is_seats]
    return min(
        plans,
        key=lambda each: (-(close.worth(each.holding.mrr, each.holding).value or ZERO), each.holding.item_key),
        default=None,
    )


def _liked(customers: Sequence[Sequence[Priced]], alike: str) -> list[Liked]:
    quantities: dict[tuple[Literal["addon", "product"], str, str], list[Decimal]] = defaultdict(list)
    for rows in customers:
        own: dict[tuple[Literal["addon", "product"], str, str], Decimal] = defaultdict(Decimal)
        for each in rows:
            key = _thing(each.holding)
            if key is not None:
                own[key] += each.holding.quantity
        for key, quantity in own.items():
            quantities[key].append(quantity)
    found = [
        Liked(kind, name, product, len(of_each), len(customers), median_low(of_each), alike)
        for (kind, name, product), of_each in quantities.items()
        if len(of_each) * HELD_BY_LEAST >= len(customers)
    ]
    return sorted(found, key=lambda each: (-each.holders, each.kind, each.name))


def _thing(holding: Holding) -> tuple[Literal["addon", "product"], str, str] | None:
    """Plans of one product exclude each other, so of plans it is the product that is held; use is not sold ahead."""
    match holding.offer.item_type:
        case "plan":
            return "product", holding.product_id, holding.product_id
        case "addon":
            return "addon", holding.offer.plan_id, holding.product_id
        case _:
            return None
