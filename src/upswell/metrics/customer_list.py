"""Customers as a list: what each pays now, what it expanded by, since when; searched, filtered, sorted, page by page.

    list_customers(connection, CustomerFilter(where="country = 'DE'", status="paying"), order="-mrr", ...)

MRR is that of the book's `as_of`, in the workspace's currency: at that day's rates, or where the policy gives movements
rates of their own the sum of their money, as `closing_mrr` is. Every customer that ever had an item is in the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from upswell.errors import UsageError
from upswell.ledger.paging import Page, require_page
from upswell.metrics.columns import Columns
from upswell.metrics.filter import Filter
from upswell.metrics.months import Month
from upswell.metrics.placing import place
from upswell.metrics.planner import filter_of, require_of_customers
from upswell.metrics.reading import Makes, Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.metrics.totals import no_rate
from upswell.policy.model import Policy

STATUSES: Final = ("paying", "former", "free")
_EXPANSION_MONTHS: Final = 12
_SEARCH_MAX: Final = 200

_AT_RATES_OF_NOW: Final = """
    select balances.customer_key,
        case when count(*) = count(rate_spans.rate)
            then cast(sum(balances.amount * rate_spans.rate) as decimal(38, 18)) end as mrr,
        bool_or(balances.amount <> 0) as pays,
        min(case when rate_spans.rate is null then balances.currency end) as unrated
    from (
        select customer_key, currency, cast(sum(amount) as decimal(24, 6)) as amount
        from booked_movements
        where not scheduled
        group by all
        having sum(amount) <> 0
    ) as balances
    left join rate_spans on rate_spans.currency = balances.currency and rate_spans.starts_on <= date '{day}'
        and (rate_spans.ends_on is null or rate_spans.ends_on > date '{day}')
    group by all
"""
_AT_OWN_RATES: Final = """
    select customer_key,
        case when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38, 18)) end as mrr,
        sum(amount) <> 0 as pays,
        min(case when rate is null then currency end) as unrated
    from booked_movements
    where not scheduled
    group by all
"""
_LIST: Final = """
select keys.customer_key, keys.customer_id, customers.name,
    case when worth.customer_key is null then cast(0 as decimal(38, 18)) else worth.mrr end as mrr,
    worth.unrated,
    case when coalesce(worth.pays, false) then 'paying' when moved.customer_key is null then 'free' else 'former' end
        as status,
    coalesce(moved.expansion_12m, 0) as expansion_12m,
    moved.expansion_unrated,
    moved.first_on, moved.last_on, coalesce(moved.movements, 0) as movements
from (select distinct customer_key, customer_id from item_keys) as keys
left join customers on customers.customer_key = keys.customer_key
left join ({worth}) as worth on worth.customer_key = keys.customer_key
left join (
    select customer_key, min(date) as first_on, max(date) as last_on, count(*) as movements,
        cast(sum(amount * rate) filter (where kind = 'expansion' and date >= date '{since}') as decimal(38, 18))
            as expansion_12m,
        min(currency) filter (where kind = 'expansion' and date >= date '{since}' and rate is null)
            as expansion_unrated
    from booked_movements
    where not scheduled
    group by all
) as moved on moved.customer_key = keys.customer_key
"""
_CHOSEN: Final = """
from {rows} as entry
left join customers as customer on customer.customer_key = entry.customer_key
where {filter}
    and ($status is null or entry.status = $status)
    and ($search is null or contains(lower(entry.customer_id), $search) or contains(lower(entry.name), $search))
"""
_ORDERS: Final = {
    "mrr": "entry.mrr nulls last",
    "expansion": "entry.expansion_12m nulls last",
    "name": "lower(coalesce(entry.name, entry.customer_id))",
    "since": "entry.first_on nulls last",
    "last": "entry.last_on nulls last",
    "customer": "entry.customer_id",
}
ORDERS: Final = tuple(each for name in _ORDERS for each in (name, f"-{name}"))
_SCHEMA: Final = pa.schema(
    [
        ("customer_id", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("mrr", pa.decimal128(38, 18)),
        ("reason", pa.string()),
        ("expansion_12m", pa.decimal128(38, 18)),
        ("first_on", pa.date32()),
        ("last_on", pa.date32()),
        ("movements", pa.int64()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """Which customers to list: a filter over attributes, a part of id or name, and paying, former or free."""

    where: str | None = None
    search: str | None = None
    status: str | None = None


def list_customers(
    connection: Readable,
    wanted: CustomerFilter,
    *,
    order: str = "-mrr",
    limit: int = 50,
    offset: int = 0,
    facts: BookFacts,
    policy: Policy,
) -> Page:
    """A page of customers: customer_id, name, status, mrr, reason (where it has no mrr), expansion_12m, first_on,
    last_on, movements. `order` is one of `ORDERS`; a minus turns it.

    Raises `UsageError` for an unknown order or status, a filter that is none, and a page that cannot be.
    """
    require_page(limit, offset)
    if order not in ORDERS:
        raise unknown_name("order", order, known=ORDERS, code="order_unknown")
    if wanted.status is not None and wanted.status not in STATUSES:
        raise unknown_name("status", wanted.status, known=STATUSES, code="status_unknown")
    columns = Columns.of(connection) if wanted.where is not None else Columns(())
    condition = filter_of(wanted.where, columns)
    rows = _list(connection, facts, policy)
    chosen = _CHOSEN.format(rows=_placed(connection, rows, condition, facts, policy), filter=condition.sql)
    values = {**condition.parameters, "status": wanted.status, "search": _search(wanted.search)}
    (total,) = connection.execute(f"select count(*) {chosen}", values).fetchone() or (0,)
    name = order.removeprefix("-")
    way = _ORDERS[name].replace(" nulls last", "") + (" desc" if order.startswith("-") else "") + " nulls last"
    found = connection.execute(
        "select entry.customer_id, entry.name, entry.status, entry.mrr, entry.unrated, entry.expansion_12m, "
        "entry.expansion_unrated, entry.first_on, entry.last_on, entry.movements "
        f"{chosen} order by {way}, entry.customer_id limit $limit offset $offset",
        {**values, "limit": limit, "offset": offset},
    ).fetchall()
    table = pa.Table.from_pylist([_row(row, facts) for row in found], schema=_SCHEMA)
    return Page(table, int(total), offset, limit)


def warm_list(connection: Readable, *, facts: BookFacts, policy: Policy) -> None:
    """Make what every list of this book reads, before anybody waits for it."""
    _list(connection, facts, policy)


def _list(connection: Readable, facts: BookFacts, policy: Policy) -> str:
    worth = _AT_RATES_OF_NOW if policy.fx == "separate" else _AT_OWN_RATES
    since = Month.of(facts.as_of_day).plus(-_EXPANSION_MONTHS).first_day.replace(day=1)
    sql = _LIST.format(worth=worth.format(day=facts.as_of_day.isoformat()), since=since.isoformat())
    return connection.make("customer_list", sql) if isinstance(connection, Makes) else f"({sql})"


def _placed(connection: Readable, rows: str, condition: Filter, facts: BookFacts, policy: Policy) -> str:
    """The list with the customers' places of the book's day, where the filter names what changes in time."""
    for column in condition.columns:
        require_of_customers(column)
    placed = [column for column in condition.columns if column.is_placed]
    if not placed:
        return rows
    day = f"date '{facts.as_of_day.isoformat()}'"
    placements = place(connection, placed, facts=facts, policy=policy).placements
    return f"""(
    select told.*, placements.placed
    from {rows} as told
    left join {placements} as placements on placements.customer_key = told.customer_key
        and placements.starts_on <= {day} and (placements.ends_on is null or placements.ends_on > {day})
)"""


def _search(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    if len(text) > _SEARCH_MAX:
        raise UsageError(
            f"the text to search for is longer than {_SEARCH_MAX} characters",
            code="search_too_long",
            expected=f"at most {_SEARCH_MAX} characters",
            found=f"{len(text)} characters",
            remedy="search for a part of an id or name",
        )
    return text.strip().lower()


def _row(row: tuple[Any, ...], facts: BookFacts) -> dict[str, Any]:
    customer_id, name, status, mrr, unrated, expansion, expansion_unrated, first_on, last_on, movements = row
    lacking = no_rate(unrated, facts.as_of_day) if mrr is None else None
    return {
        "customer_id": customer_id,
        "name": name,
        "status": status,
        "mrr": mrr,
        "reason": lacking,
        "expansion_12m": None if expansion_unrated else expansion,
        "first_on": first_on,
        "last_on": last_on,
        "movements": movements,
    }
