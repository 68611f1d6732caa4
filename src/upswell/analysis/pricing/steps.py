"""How far each customer is from its next step up: the next plan of its product, the next tier, the limit of its plan.

Acme holds 5 seats of Team at 20.00, of which Business is the next plan at 35.00 a seat. Team allows 10,000 calls a
month, of which Acme used 9,200 in the last complete month:

    step_list_mrr   5 x (35.00 - 20.00)     75.00
    share_used      9,200 / 10,000           0.92

**The next plan.** The plans of a product are in order of their list MRR per seat: the median over all items of the
plan in force at the close, in the workspace's currency; an item without a list price counts at its own price before
discounts. The next plan of a customer is the one above the plan on which it pays most. Its price is that of the same
term, currency and quantity, and absent where that has no list price.

**Limits.** Of several metrics the fullest counts. Use is that of the last complete month up to the close.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close, Holding
from upswell.analysis.pricing.lists import PriceList
from upswell.analysis.pricing.realised import Priced
from upswell.analysis.pricing.review import Review
from upswell.analysis.pricing.tables import MONEY, QUANTITY, RATE, TEXT, rate, segment_columns, table_of
from upswell.analysis.pricing.worth import monthly_worth, months_factor
from upswell.metrics.figures import EXACT, ZERO
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "customer_id": TEXT,
    "product_id": TEXT,
    "plan_id": TEXT,
    "term": TEXT,
    "quantity": QUANTITY,
    "mrr": MONEY,
    "next_plan_id": TEXT,
    "next_list_mrr": MONEY,
    "step_list_mrr": MONEY,
    "step_mrr": MONEY,
    "to_next_tier": QUANTITY,
    "metric": TEXT,
    "used": QUANTITY,
    "limit": QUANTITY,
    "share_used": RATE,
    "next_limit": QUANTITY,
    "reason": TEXT,
    "usage_reason": TEXT,
}
_LIMITS: Final = 'select plan_id, metric, "limit" from limits'
_USED: Final = """
select customer_key, metric, quantity from monthly_usage where customer_key is not null and month = $used_month
"""

Ladder = Mapping[str, Sequence[str]]
_Key = tuple[str, str]


@dataclass(frozen=True)
class Usage:
    """What plans allow, and what customers used in the month `month` (YYYY-MM)."""

    month: str
    limits: Mapping[str, Mapping[str, Decimal]]
    used: Mapping[int, Mapping[str, Decimal]]


def ladder(rows: Iterable[Priced], close: Close) -> dict[str, list[str]]:
    """The plans of each product from the cheapest up, by the median list MRR of a seat; of equals by name."""
    seats: dict[_Key, list[Fraction]] = defaultdict(list)
    for each in rows:
        holding = each.holding
        listed = each.full if each.gap is None else each.gap.listed
        if listed is None or not holding.is_seats or not holding.quantity:
            continue
        worth = close.worth(listed, holding).value
        if worth is not None:
            seats[holding.product_id, holding.offer.plan_id].append(Fraction(worth) / Fraction(holding.quantity))
    found: dict[str, list[str]] = defaultdict(list)
    for product, plan in sorted(seats, key=lambda key: (median(seats[key]), key)):
        found[product].append(plan)
    return found


def usage_at(connection: Readable, close: Close) -> Usage:
    """The limits of plans, and what was used in the last complete month up to the close."""
    month = close.month if close.is_over else close.month.plus(-1)
    limits: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for plan, metric, limit in fetch(connection, _LIMITS, {}):
        limits[plan][metric] = limit
    used: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for customer, metric, quantity in fetch(connection, _USED, {"used_month": month.first_day}):
        used[customer][metric] = quantity
    return Usage(str(month), limits, used)


def step_table(review: Review, steps: Ladder, usage: Usage) -> pa.Table:
    """A row for each customer and product it holds a plan of, the fullest limit first, then the cheapest step.

    `next_list_mrr` is the list MRR of the next plan, `step_list_mrr` that less the list MRR of today's, `step_mrr` that
    less what is paid today. `to_next_tier` is how many more units reach the next tier of today's plan. What is not
    known is null: of the step the `reason`, of limits the `usage_reason`.
    """
    rows = [_row(each, review, steps, usage) for each in _main_plans(review.rows)]
    rows.sort(
        key=lambda row: (
            row["share_used"] is None,
            -(row["share_used"] or ZERO),
            row["step_mrr"] is None,
            row["step_mrr"] or ZERO,
            row["customer_id"],
        )
    )
    return table_of(rows, {**segment_columns(review.close.names), **COLUMNS})


def _main_plans(rows: Iterable[Priced]) -> list[Priced]:
    """Of each customer and product the plan item that is paid most for."""
    found: dict[tuple[int, str], Priced] = {}
    for each in rows:
        if not each.holding.is_seats:
            continue
        key = each.holding.customer_key, each.holding.product_id
        if key not in found or each.holding.mrr > found[key].holding.mrr:
            found[key] = each
    return list(found.values())


def _row(each: Priced, review: Review, steps: Ladder, usage: Usage) -> dict[str, Any]:
    holding, close = each.holding, review.close
    higher, reason = _next_plan(holding, steps)
    listed = None
    if higher is not None:
        listed, reason = _list_mrr(holding, higher, review.prices, close)
    own = None if each.gap is None else each.gap.listed
    if reason is None and holding.rate is None:
        reason = close.worth(ZERO, holding).reason
    return {
        **dict(zip(close.names, holding.segment, strict=True)),
        "customer_id": holding.customer_id,
        "product_id": holding.product_id,
        "plan_id": holding.offer.plan_id,
        "term": holding.offer.term,
        "quantity": holding.quantity,
        "mrr": close.worth(holding.mrr, holding).value,
        "next_plan_id": higher,
        "next_list_mrr": _worth(listed, ZERO, holding, close),
        "step_list_mrr": _worth(listed, own, holding, close),
        "step_mrr": _worth(listed, holding.mrr, holding, close),
        "to_next_tier": _to_next_tier(holding, review.prices),
        "reason": reason,
        **_fullest(holding, higher, usage),
    }


def _worth(listed: Decimal | None, less: Decimal | None, holding: Holding, close: Close) -> Decimal | None:
    if listed is None or less is None:
        return None
    return close.worth(EXACT.subtract(listed, less), holding).value


def _next_plan(holding: Holding, steps: Ladder) -> tuple[str | None, str | None]:
    plans = steps.get(holding.product_id, ())
    plan = holding.offer.plan_id
    if plan not in plans:
        return (
            None,
            f"no price of a seat of {plan} is known, so its place among the plans of {holding.product_id} is not",
        )
    place = plans.index(plan) + 1
    if place == len(plans):
        return None, f"{plan} is the highest plan of {holding.product_id}"
    return plans[place], None


def _list_mrr(holding: Holding, plan: str, prices: PriceList, close: Close) -> tuple[Decimal, None] | tuple[None, str]:
    """What the holding would cost a month at the list price of another plan, in its own currency, or why not known."""
    offer = replace(holding.offer, plan_id=plan)
    price = prices.of(offer)
    tier = price.tier_for(holding.quantity)
    if tier is None:
        return None, f"{plan} per {offer.term} in {offer.currency}: {price.why_not(holding.quantity)}"
    factor = months_factor(offer.interval, offer.count, policy=close.policy)
    return monthly_worth(holding.quantity, tier.amount, factor=factor), None


def _to_next_tier(holding: Holding, prices: PriceList) -> Decimal | None:
    edges = [tier.low for tier in prices.of(holding.offer).tiers if tier.low > holding.quantity]
    return min(edges) - holding.quantity if edges else None


def _fullest(holding: Holding, higher: str | None, usage: Usage) -> dict[str, Any]:
    """The metric of which most of the plan's limit was used."""
    plan = holding.offer.plan_id
    limits = usage.limits.get(plan, {})
    used = usage.used.get(holding.customer_key, {})
    shares = {metric: rate(used[metric], limit) for metric, limit in limits.items() if metric in used and limit}
    if not shares:
        why = f"no use in {usage.month} of what {plan} limits" if limits else f"no limit of {plan} is imported"
        return {"share_used": None, "usage_reason": why}
    metric = max(shares, key=lambda name: (shares[name], name))
    return {
        "metric": metric,
        "used": used[metric],
        "limit": limits[metric],
        "share_used": shares[metric],
        "next_limit": None if higher is None else usage.limits.get(higher, {}).get(metric),
    }
