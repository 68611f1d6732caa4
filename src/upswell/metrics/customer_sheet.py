"""One customer on one sheet: what it pays month by month, what it holds, uses and paid, and what is known of it.

    customer_sheet(connection, "acme", facts=facts, policy=policy)

MRR by month is `closing_mrr` of that customer, so it adds up with every other figure. Rows of payments are in their
own currency, as they were billed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Any, Final

from upswell.errors import NotFoundError
from upswell.metrics.columns import Columns, quoted
from upswell.metrics.customer_list import CustomerFilter, list_customers
from upswell.metrics.months import Month
from upswell.metrics.planner import run
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.trailing import MonthFigure
from upswell.policy.model import Policy

_USAGE_MONTHS: Final = 12
_ROWS_MAX: Final = 500

_HELD: Final = f"""
select subscription_id, item_versions.item_id, product_id, plan_id, item_type, quantity, item_versions.mrr,
    item_versions.currency, status, starts_on, ends_on, import_files.file, item_versions.source_row % 4294967296
from (
    select item_versions.*, item_keys.subscription_id, item_keys.item_id
    from item_versions
    inner join item_keys on item_keys.item_key = item_versions.item_key
    where item_keys.customer_id = $customer and item_versions.holds
        and item_versions.starts_at <= $as_of and (item_versions.ends_at is null or item_versions.ends_at > $as_of)
) as item_versions
left join import_files on import_files.import_no = item_versions.source_row // 4294967296
order by subscription_id, item_id, starts_on
limit {_ROWS_MAX}
"""
_USED: Final = """
select strftime(used.month, '%Y-%m'), used.metric, used.quantity, min(limits."limit")
from monthly_usage as used
inner join (select distinct customer_key from item_keys where customer_id = $customer) as who
    on who.customer_key = used.customer_key
left join limits on limits.metric = used.metric and list_contains($plans, limits.plan_id)
where used.month >= $since
group by all
order by 1 desc, 2
"""
_BILLED: Final = """
select strftime(month, '%Y-%m'), case when credit_note then 'credit notes' else 'invoiced' end, currency,
    cast(sum(amount) as decimal(38, 6))
from billings where customer_id = $customer
group by all
union all
select strftime(month, '%Y-%m'), case when recovered then 'received after a failure' else 'received' end, currency,
    cast(sum(amount) as decimal(38, 6))
from receipts where customer_id = $customer
group by all
union all
select strftime(failed_on, '%Y-%m'), 'failed charges', currency, cast(sum(amount) as decimal(38, 6))
from failed_charges where customer_id = $customer
group by all
order by 1 desc, 2, 3
"""


@dataclass(frozen=True)
class HeldItem:
    """An item in force at the book's `as_of`, and the row it was read from."""

    subscription_id: str
    item_id: str
    product_id: str
    plan_id: str
    item_type: str
    quantity: Decimal
    mrr: Decimal
    currency: str
    status: str
    starts_on: date
    ends_on: date | None
    file: str | None
    row: int | None


@dataclass(frozen=True)
class Used:
    """What was used of a metric in a month, and the lowest limit that a plan held now sets to it."""

    month: str
    metric: str
    quantity: Decimal
    limit: Decimal | None


@dataclass(frozen=True)
class Paid:
    """What was invoiced, credited, received or failed in a month, in its currency."""

    month: str
    what: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class CustomerSheet:
    """Everything a book tells of one customer; money is in `workspace_currency` unless it names its own."""

    customer_id: str
    name: str | None
    status: str
    mrr: Decimal | None
    reason: str | None
    expansion_12m: Decimal | None
    attributes: tuple[tuple[str, str], ...]
    months: tuple[MonthFigure, ...]
    running: tuple[str, ...]
    items: tuple[HeldItem, ...]
    usage: tuple[Used, ...]
    payments: tuple[Paid, ...]
    workspace_currency: str


def customer_sheet(connection: Readable, customer_id: str, *, facts: BookFacts, policy: Policy) -> CustomerSheet:
    """The sheet of a customer; raises `NotFoundError` for one that the book does not know."""
    row = _listed(connection, customer_id, facts, policy)
    values = {"customer": customer_id, "as_of": facts.as_of.astimezone(UTC).replace(tzinfo=None)}
    items = tuple(HeldItem(*each) for each in connection.execute(_HELD, values).fetchall())
    since = Month.of(facts.as_of_day).plus(-_USAGE_MONTHS).first_day
    plans = sorted({item.plan_id for item in items})
    used = connection.execute(_USED, {"customer": customer_id, "plans": plans, "since": since}).fetchall()
    months = _months(connection, customer_id, row["first_on"], facts, policy)
    return CustomerSheet(
        customer_id=customer_id,
        name=row["name"],
        status=row["status"],
        mrr=row["mrr"],
        reason=row["reason"],
        expansion_12m=row["expansion_12m"],
        attributes=_attributes(connection, customer_id),
        months=months,
        running=tuple(each.month for each in months if not Month.parse(each.month).complete(facts.as_of_day)),
        items=items,
        usage=tuple(Used(*each) for each in used),
        payments=tuple(Paid(*each) for each in connection.execute(_BILLED, {"customer": customer_id}).fetchall()),
        workspace_currency=facts.workspace_currency,
    )


def _listed(connection: Readable, customer_id: str, facts: BookFacts, policy: Policy) -> dict[str, Any]:
    condition = "customer = '" + customer_id.replace("'", "''") + "'"
    page = list_customers(connection, CustomerFilter(where=condition), limit=1, facts=facts, policy=policy)
    rows = page.rows.to_pylist()
    if rows:
        found: dict[str, Any] = rows[0]
        return found
    raise NotFoundError(
        f"there is no customer {customer_id}",
        code="unknown_customer",
        expected="the id of a customer that has or had an item",
        found=customer_id,
        remedy="the list of customers can be searched by a part of an id or name",
    )


def _attributes(connection: Readable, customer_id: str) -> tuple[tuple[str, str], ...]:
    names = [column.attribute for column in Columns.of(connection).columns if column.is_free_text]
    if not names:
        return ()
    shown = ", ".join(f"cast({quoted(name)} as varchar)" for name in names)
    sql = f"select {shown} from customers where customer_id = $customer limit 1"
    row = connection.execute(sql, {"customer": customer_id}).fetchone()
    pairs = zip(names, row or (), strict=False)
    return tuple((name, value) for name, value in pairs if value is not None and name != "name")


def _months(
    connection: Readable, customer_id: str, first_on: date | None, facts: BookFacts, policy: Policy
) -> tuple[MonthFigure, ...]:
    if first_on is None:
        return ()
    condition = "customer = '" + customer_id.replace("'", "''") + "'"
    request = MetricRequest(
        names=("closing_mrr",),
        month_from=str(Month.of(first_on)),
        month_to=str(max(Month.of(first_on), Month.of(facts.as_of_day))),
        where=condition,
    )
    rows = run(connection, request, facts=facts, policy=policy).to_pylist()
    return tuple(MonthFigure(row["month"], "closing_mrr", row["value"], row["reason"]) for row in rows)
