"""What is in force at a close: one row for each item, with its price, its discount and the segment of its customer.

    Acme  Team, 5 seats at 18.00 a month less 10 %   81.00    since 2024-02-01, discount until 2026-02-01

The sum of the rows is `closing_mrr` of the month (under a policy that values each movement at a rate of its own, up to
rates: here every row is at the rate of the close). Nothing that begins after the book's instant is in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from upswell.errors import UsageError
from upswell.metrics import planner
from upswell.metrics.figures import EXACT, Figure
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.totals import CLOSING_RATES, no_rate
from upswell.metrics.view import View, fetch
from upswell.policy.model import Policy

Segment = tuple[str | None, ...]

_HELD: Final = """
with {closing_rates},
discount_ends as (
    select source_row, min(starts_on) as ends_on from item_versions where not discounted group by source_row
),
versions as (
    select item_versions.*, item_keys.customer_id, item_keys.subscription_id, item_keys.item_id
    from item_versions
    inner join item_keys on item_keys.item_key = item_versions.item_key
    where item_versions.counts
),
held as (
    select versions.*, closing_days.day
    from versions
    inner join closing_days on versions.starts_at <= $as_of and versions.starts_on <= closing_days.day
        and (versions.ends_at is null or versions.ends_on > closing_days.day or versions.ends_at > $as_of)
    where closing_days.month = $last_month
),
priced_since as (
    select customer_key, offer_key, unit_amount, billing_interval, interval_count, min(starts_on) as day
    from item_versions
    where counts and starts_at <= $as_of
    group by all
)
select {dimensions} entry.customer_key, entry.customer_id, entry.item_key, entry.product_id, entry.plan_id,
    cast(entry.item_type as varchar), entry.price_id, entry.currency, cast(entry.billing_interval as varchar),
    entry.interval_count, entry.quantity, entry.unit_amount, entry.discount_percent, entry.discount_amount, entry.mrr,
    closing_rates.rate, priced_since.day,
    case when entry.discounted and discount_ends.ends_on > entry.starts_on then discount_ends.ends_on end
from {rows}
left join closing_rates on closing_rates.month = $last_month and closing_rates.currency = entry.currency
left join priced_since on priced_since.customer_key = entry.customer_key and priced_since.offer_key = entry.offer_key
    and priced_since.unit_amount is not distinct from entry.unit_amount
    and priced_since.billing_interval = entry.billing_interval and priced_since.interval_count = entry.interval_count
left join discount_ends on discount_ends.source_row = entry.source_row
where {filter}
order by entry.customer_id, entry.item_key, entry.span_id
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What has a list price: a plan (or add-on) in a currency, billed per `count` intervals."""

    plan_id: str
    item_type: str
    currency: str
    interval: str
    count: int

    @property
    def term(self) -> str:
        """`month`, `year`, `3 months`."""
        return self.interval if self.count == 1 else f"{self.count} {self.interval}s"


@dataclass(frozen=True, slots=True)
class Holding:
    """One item in force. Money is in `offer.currency`, `mrr` as booked; `unit_amount` is None where a row gave MRR.

    `priced_since`: the first day on which the customer had this price of this offer; `discount_ends_on`: the day on
    which the discount ends, None where there is none in sight.
    """

    segment: Segment
    customer_key: int
    customer_id: str
    item_key: int
    product_id: str
    offer: Offer
    price_id: str | None
    quantity: Decimal
    unit_amount: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal
    mrr: Decimal
    rate: Decimal | None
    priced_since: date
    discount_ends_on: date | None

    @property
    def is_seats(self) -> bool:
        """Whether its quantity counts seats: an add-on's or a usage item's is another thing."""
        return self.offer.item_type == "plan"


@dataclass(frozen=True)
class Close:
    """The close that a review is about: its view (dimensions and filter) and its day."""

    view: View
    month: Month
    day: date
    policy: Policy

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dimensions."""
        return tuple(column.name for column in self.view.dimensions)

    @property
    def is_over(self) -> bool:
        """Whether the month is complete in the book."""
        return self.month.complete(self.view.facts.as_of_day)

    def parameters(self) -> dict[str, object]:
        """The values that queries about the close may use."""
        return self.view.parameters() | {"one_rate": self.policy.fx == "fixed_rate", "day": self.day}

    def worth(self, amount: Decimal, holding: Holding) -> Figure:
        """`amount` of the holding's currency in the workspace's, exact; without a value where there is no rate."""
        if holding.rate is None:
            return Figure.missing(no_rate(holding.offer.currency, self.day))
        return Figure(EXACT.multiply(amount, holding.rate))


def asked_close(
    connection: Readable,
    month: str | None,
    *,
    by: tuple[str, ...] = (),
    where: str | None = None,
    facts: BookFacts,
    policy: Policy,
) -> Close:
    """The close of `month` (default: the last complete one; of the month that runs: as of the book's instant).

    Raises `UsageError` for a month that has not begun and for names and filters that cannot cut a balance.
    """
    latest = Month.of(facts.as_of_day)
    asked = latest.plus(-1) if month is None else Month.parse(month)
    if asked > latest:
        raise UsageError(
            f"{asked} has not begun",
            code="month_not_begun",
            expected=f"a month up to {latest}",
            found=str(asked),
            remedy="ask for a month that the book has seen; it is as of " + facts.as_of_day.isoformat(),
        )
    request = MetricRequest(("closing_mrr",), month_from=str(asked), month_to=str(asked), by=by, where=where)
    view = planner.asked_view(connection, request, facts=facts, policy=policy)
    return Close(view, asked, min(asked.last_day, facts.as_of_day), policy)


def holdings(connection: Readable, close: Close) -> list[Holding]:
    """Every item that counts in the balance of the close, also at 0, by customer."""
    view = close.view
    sql = _HELD.format(
        closing_rates=CLOSING_RATES,
        dimensions=view.dimension_columns,
        rows=view.cut(view.with_placed("held", "told.day")),
        filter=view.filter.sql,
    )
    width = len(view.dimensions)
    found = []
    for row in fetch(connection, sql, close.parameters()):
        key, customer, item, product, plan, kind, price, currency, interval, count, *terms = row[width:]
        offer = Offer(plan, kind, currency, interval, count)
        found.append(Holding(row[:width], key, customer, item, product, offer, price, *terms))
    return found
