"""What customers of a plan buy next: the first purchase within a year of their beginning, by the plan they began with.

Of 40 customers that began with Team at least a year before the close, 12 moved to Business first, 6 took the add-on
Reports first, 8 left before they bought anything, and 14 did neither:

    began with  next                     customers   share   95 %              median days
    Team        plan Business            12 of 40    0.300   0.181 to 0.454    131
    Team        addon Reports             6 of 40    0.150   0.071 to 0.291     54
    Team        left first                8 of 40    0.200
    Team        nothing within 365 days  14 of 40    0.350

**Censoring.** A share is of customers whose 365 days are over at the close, and of them alone: who began later is
counted apart (`not_yet`) and in no share, however early it bought. So nothing has to be assumed of those who are still
on their way, and the shares of a plan add up to 1. The price is that the last year's customers say nothing yet.

A purchase is a booked expansion by `plan` (upwards), `addon`, `cross_sell` or `subscription`; more seats, a price or a
discount is more of the same. Of several on one day the largest counts. Who reaches 0 before it buys has left first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close, Segment
from upswell.analysis.pricing.proportions import too_few, wilson
from upswell.analysis.pricing.tables import COUNT, DAYS, RATE, TEXT, rate, segment_columns, table_of
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

WITHIN_DAYS: Final = 365
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "began_with": TEXT,
    "next": TEXT,
    "plan_id": TEXT,
    "customers": COUNT,
    "of_customers": COUNT,
    "not_yet": COUNT,
    "share": RATE,
    "share_low": RATE,
    "share_high": RATE,
    "median_days": DAYS,
    "reason": TEXT,
}
LEFT: Final = "left first"
NOTHING: Final = "nothing"
_LAST: Final = (LEFT, NOTHING)

# One row a customer: when and with which plan it began, when it first bought more, when it first paid nothing.
_STORIES: Final = """
with booked as (
    select booked_movements.*, coalesce(amount * rate, amount) as money, plan_keys.plan_id
    from booked_movements
    inner join plan_keys on plan_keys.plan_key = booked_movements.plan_key
    where not scheduled and date <= $day
),
firsts as (
    select customer_key, min(date) as day, min(item_key) as item_key from booked group by customer_key
),
first_plans as (
    select booked.customer_key, booked.plan_id, sum(booked.money) as money
    from booked inner join firsts on firsts.customer_key = booked.customer_key and firsts.day = booked.date
    group by all
),
bought as (
    select booked.customer_key, booked.date, cast(booked.driver as varchar) as driver, booked.plan_id,
        sum(booked.money) as money
    from booked inner join firsts on firsts.customer_key = booked.customer_key and booked.date > firsts.day
    where cast(booked.kind as varchar) = 'expansion'
        and cast(booked.driver as varchar) in ('plan', 'addon', 'cross_sell', 'subscription')
    group by all
    having sum(booked.money) > 0
),
first_bought as (
    select * from bought
    qualify row_number() over (partition by customer_key order by date, money desc, driver, plan_id) = 1
),
balances as (
    select customer_key, date, sum(sum(amount)) over (partition by customer_key order by date) as held
    from booked group by customer_key, date
),
ends as (
    select balances.customer_key, min(balances.date) as day
    from balances inner join firsts on firsts.customer_key = balances.customer_key and balances.date > firsts.day
    where balances.held <= 0 group by balances.customer_key
),
beginners as (
    select firsts.customer_key, firsts.day, item_keys.customer_id
    from firsts inner join item_keys on item_keys.item_key = firsts.item_key
)
select {dimensions} entry.day, first_plans.plan_id, first_bought.date, first_bought.driver, first_bought.plan_id,
    ends.day
from {rows}
inner join (
    select customer_key, plan_id from first_plans
    qualify row_number() over (partition by customer_key order by money desc, plan_id) = 1
) as first_plans on first_plans.customer_key = entry.customer_key
left join first_bought on first_bought.customer_key = entry.customer_key
left join ends on ends.customer_key = entry.customer_key
where {filter}
order by entry.day, entry.customer_key
"""


@dataclass(frozen=True)
class Story:
    """How one customer began and what came first; days are days after it began."""

    segment: Segment
    began: date
    plan: str
    bought: tuple[str, str] | None
    bought_days: int | None
    left_days: int | None

    def next_within(self, days: int) -> tuple[str, str | None]:
        """What came first within `days` days: a purchase (its driver and plan), LEFT or NOTHING."""
        left = self.left_days if self.left_days is not None and self.left_days <= days else None
        if self.bought is None or self.bought_days is None or self.bought_days > days:
            return (NOTHING if left is None else LEFT), None
        # Who comes back and buys has left first; a purchase on the day of leaving is none.
        return self.bought if left is None or self.bought_days < left else (LEFT, None)


def stories(connection: Readable, close: Close) -> list[Story]:
    """Every customer that began up to the close, as seen from there."""
    view = close.view
    sql = _STORIES.format(
        dimensions=view.dimension_columns,
        rows=view.cut(view.with_placed("beginners", "told.day")),
        filter=view.filter.sql,
    )
    width = len(view.dimensions)
    found = []
    for row in fetch(connection, sql, close.parameters()):
        began, plan, bought_on, driver, bought, left_on = row[width:]
        found.append(
            Story(
                segment=row[:width],
                began=began,
                plan=plan,
                bought=None if bought_on is None else (driver, bought),
                bought_days=None if bought_on is None else (bought_on - began).days,
                left_days=None if left_on is None else (left_on - began).days,
            )
        )
    return found


def next_table(found: Sequence[Story], close: Close) -> pa.Table:
    """For each plan that customers began with, a row for each first purchase, the most frequent first, and for those
    that left first or did nothing.

    `customers` of `of_customers` took it; `not_yet` began too late to count. Shares and medians are null with a
    `reason` where fewer than 20 customers could be observed.
    """
    by_plan: dict[tuple[Segment, str], list[Story]] = defaultdict(list)
    for story in found:
        by_plan[story.segment, story.plan].append(story)
    order = sorted(by_plan, key=lambda key: ([(part is None, part or "") for part in key[0]], key[1]))
    rows = [row for key in order for row in _rows(key, by_plan[key], close)]
    return table_of(rows, {**segment_columns(close.names), **COLUMNS})


def _rows(key: tuple[Segment, str], found: Sequence[Story], close: Close) -> list[dict[str, Any]]:
    segment, plan = key
    observed = [story for story in found if (close.day - story.began).days >= WITHIN_DAYS]
    days: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for story in observed:
        days[story.next_within(WITHIN_DAYS)].append(story.bought_days or 0)
    order = sorted(days, key=lambda each: (each[0] in _LAST, -len(days[each]), each[0], each[1] or ""))
    reason = too_few(len(observed), f"customers began with {plan} {WITHIN_DAYS} days or more before the close")
    rows = [_row(what, days[what], len(observed), reason) for what in order or [(NOTHING, None)]]
    shared = {"began_with": plan, "of_customers": len(observed), "not_yet": len(found) - len(observed)}
    return [{**dict(zip(close.names, segment, strict=True)), **shared, **row} for row in rows]


def _row(what: tuple[str, str | None], days: Sequence[int], observed: int, reason: str | None) -> dict[str, Any]:
    driver, plan = what
    row: dict[str, Any] = {"next": driver, "plan_id": plan, "customers": len(days), "reason": reason}
    if reason is None:
        row["share"] = rate(len(days), observed)
        row["share_low"], row["share_high"] = wilson(len(days), observed)
        row["median_days"] = None if driver in _LAST else Decimal(median(days)).quantize(Decimal("0.1"))
    return row
