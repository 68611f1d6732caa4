"""Corrections applied: the views `current_*` say what the rows in force are once people have had their word.

Each step takes the views as the steps before it left them and puts views of the same names over them. Corrections of
one kind that have nothing to do with each other are one step: a thousand of them are a few views. Without any, nothing
is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from upswell.errors import UsageError
from upswell.ledger.corrections.model import CorrectionInForce, Exclude, Link, Merge, Reclassify, Redate
from upswell.ledger.corrections.reclassify import prepare_reclassification

_OF_CUSTOMERS: Final = ("items", "invoice_lines", "payments", "usage", "touches", "feedback", "price_answers")
_WHO: Final = """
    select rows.* replace (coalesce(who.becomes, rows.customer_id) as customer_id)
    from {before} as rows
    left join {who} as who on who.customer_id = rows.customer_id
    where who.customer_id is null or who.becomes is not null
"""
# Who is merged into somebody known takes over the other's attributes; into somebody without a row, the first keeps its
# own.
_KEEPERS: Final = """
create temp table {keepers} as
select min(who.customer_id) as customer_id
from {who} as who
inner join (select distinct customer_id from current_customers) as known on known.customer_id = who.customer_id
where who.becomes is not null and not exists (
    select 1 from current_customers as others
    where others.customer_id = who.becomes and others.customer_id not in (select customer_id from {who})
)
group by who.becomes
"""
# Nobody is the parent of itself.
_WHO_OF_CUSTOMERS: Final = """
    select rows.* replace (
        coalesce(who.becomes, rows.customer_id) as customer_id,
        nullif(coalesce(parents.becomes, rows.parent_id), coalesce(who.becomes, rows.customer_id)) as parent_id
    )
    from {before} as rows
    left join {who} as who on who.customer_id = rows.customer_id
    left join {who} as parents on parents.customer_id = rows.parent_id
    where who.customer_id is null or rows.customer_id in (select customer_id from {keepers})
"""
_MOVES: Final = """
create temp table {links} as
select pairs.*, moves.moves_at, moves.moves_on, ends.last_end_on, ends.is_running, ends.first_start_at
from (
    select unnest($customers) as customer_id, unnest($subscriptions) as subscription_id,
        unnest($successor_customers) as successor_customer, unnest($successors) as successor,
        unnest($corrections) as correction, unnest($max_gap_days) as max_gap_days
) as pairs
left join (
    select customer_id, subscription_id, min(starts_at) as moves_at, min(starts_on) as moves_on
    from current_items group by all
) as moves on moves.customer_id = pairs.successor_customer and moves.subscription_id = pairs.successor
left join (
    select customer_id, subscription_id, max(ends_on) as last_end_on, bool_or(ends_at is null) as is_running,
        min(starts_at) as first_start_at
    from current_items group by all
) as ends on ends.customer_id = pairs.customer_id and ends.subscription_id = pairs.subscription_id
"""
_UNLINKABLE: Final = """
select correction, max_gap_days, subscription_id, successor, last_end_on, moves_on, first_start_at
from {links}
where first_start_at is not null and moves_at is not null
    and (moves_at <= first_start_at or (not is_running and last_end_on < moves_on - max_gap_days))
order by correction, subscription_id limit 1
"""
_LINKED_ITEMS: Final = """
    select rows.* replace (
        coalesce(later.subscription_id, rows.subscription_id) as subscription_id,
        coalesce(plans.becomes, rows.plan_id) as plan_id,
        coalesce(products.becomes, rows.product_id) as product_id,
        case when {ends_with_move} then former.moves_at else rows.ends_at end as ends_at,
        case when {ends_with_move} then former.moves_on else rows.ends_on end as ends_on,
        case when {ends_with_move} then null else rows.cancel_requested_at end as cancel_requested_at,
        case when {ends_with_move} then null else rows.cancel_requested_on end as cancel_requested_on
    )
    from {before} as rows
    left join {links} as later
        on later.successor_customer = rows.customer_id and later.successor = rows.subscription_id
    left join {links} as former
        on former.customer_id = rows.customer_id and former.subscription_id = rows.subscription_id
    left join {plans} as plans on plans.correction = later.correction and plans.name = rows.plan_id
    left join {products} as products on products.correction = later.correction and products.name = rows.product_id
    where former.moves_at is null or rows.starts_at < former.moves_at
"""
_ENDS_WITH_MOVE: Final = """former.moves_at is not null and (
            rows.ends_at is null or rows.ends_at > former.moves_at
            or (not former.is_running and rows.ends_on = former.last_end_on)
        )"""
_LINKED_LINES: Final = """
    select rows.* replace (
        coalesce(later.subscription_id, rows.subscription_id) as subscription_id,
        coalesce(plans.becomes, rows.plan_id) as plan_id,
        coalesce(products.becomes, rows.product_id) as product_id
    )
    from {before} as rows
    left join {links} as later
        on later.successor_customer = rows.customer_id and later.successor = rows.subscription_id
    left join {plans} as plans on plans.correction = later.correction and plans.name = rows.plan_id
    left join {products} as products on products.correction = later.correction and products.name = rows.product_id
"""
_REDATED: Final = """
    select rows.* replace (
        coalesce(starts.to_at, rows.starts_at) as starts_at,
        coalesce(starts.to_on, rows.starts_on) as starts_on,
        coalesce(ends.to_at, rows.ends_at) as ends_at,
        coalesce(ends.to_on, rows.ends_on) as ends_on
    )
    from {before} as rows
    left join {redated} as starts on {same_starts} and rows.starts_at >= starts.from_at
        and rows.starts_at < starts.until_at
    left join {redated} as ends on {same_ends} and rows.ends_at >= ends.from_at and rows.ends_at < ends.until_at
"""
_SAME: Final = """{side}.customer_id = rows.customer_id
        and ({side}.subscription_id is null or {side}.subscription_id = rows.subscription_id)
        and ({side}.item_id is null or {side}.item_id = rows.item_id)"""
# Rows that are imported as empty spans count nowhere and contradict nothing.
_EMPTY: Final = "create temp table empty_before as select source_row from current_items where ends_at = starts_at"
_CONTRADICTIONS: Final = """
select customer_id, item_id, starts_on, ends_on
from (
    select customer_id, item_id, starts_at, starts_on, ends_at, ends_on,
        lead(starts_at) over (partition by customer_id, subscription_id, item_id order by starts_at) as next_at
    from current_items
    where customer_id in (select unnest($touched))
        and not (ends_at = starts_at and source_row in (select source_row from empty_before))
)
where ends_at <= starts_at or next_at < coalesce(ends_at, timestamp '9999-12-31') or next_at = starts_at
order by customer_id, item_id, starts_at limit 1
"""


def apply(connection: duckdb.DuckDBPyConnection, corrections: Sequence[CorrectionInForce], *, timezone: str) -> None:
    """Put the corrections, oldest first, over the `current_*` views of `connection`.

    Reclassifications are about booked rows: they are written down for `reclassify`. Raises `UsageError` where what is
    corrected contradicts itself: a span that ends before it starts, two versions of one item at one time, a link over a
    gap.
    """
    prepare_reclassification(connection, corrections)
    rows = [each for each in corrections if not isinstance(each.change, Reclassify)]
    if not rows:
        return
    connection.execute(_EMPTY)
    for number, step in enumerate(steps(rows)):
        put(connection, number, step, timezone=timezone)
        if step[0].kind == "link":
            _require_linkable(connection, number)
    _require_no_contradiction(connection, rows, {name for each in rows for name in each.change.touched()})


def steps(corrections: Sequence[CorrectionInForce]) -> Iterator[list[CorrectionInForce]]:
    """Corrections of rows that are one step: who is who, in order; dates, or links, of different customers."""
    step: list[CorrectionInForce] = []
    touched: set[str] = set()
    for each in corrections:
        names = each.change.touched()
        joins = step and (
            (_says_who(step[0]) and _says_who(each))
            or (step[0].kind == each.kind and each.kind in ("redate", "link") and not names & touched)
        )
        if not joins and step:
            yield step
            step, touched = [], set()
        step.append(each)
        touched |= names
    if step:
        yield step


def put(
    connection: duckdb.DuckDBPyConnection, number: int, step: Sequence[CorrectionInForce], *, timezone: str
) -> None:
    """Put one of `steps`, the `number`th, over the views."""
    if _says_who(step[0]):
        _rename(connection, number, _who_is_who(step))
    redates = [each.change for each in step if isinstance(each.change, Redate)]
    if redates:
        _redate(connection, number, redates, timezone)
    links = {each.id: each.change for each in step if isinstance(each.change, Link)}
    if links:
        _link(connection, number, links)


def _says_who(each: CorrectionInForce) -> bool:
    return isinstance(each.change, Merge | Exclude)


def _who_is_who(batch: Sequence[CorrectionInForce]) -> dict[str, str | None]:
    """Whom each customer is in the end, None who is left out; each correction speaks of what those before it left."""
    becomes: dict[str, str | None] = {}
    for each in batch:
        if isinstance(each.change, Merge):
            changes: dict[str, str | None] = dict(each.change.customers)
        else:
            changes = dict.fromkeys(each.change.touched())
        now = {former: changes[name] for former, name in becomes.items() if name in changes}
        becomes |= {former: into for former, into in changes.items() if former not in becomes} | now
    return becomes


def _rename(connection: duckdb.DuckDBPyConnection, number: int, becomes: Mapping[str, str | None]) -> None:
    who, keepers, layer = f"who_{number}", f"keepers_{number}", f"who_{number}"
    _table(connection, who, "customer_id", "becomes", becomes)
    connection.execute(_KEEPERS.format(keepers=keepers, who=who))
    for table in _OF_CUSTOMERS:
        _over(connection, table, layer, lambda before: _WHO.format(before=before, who=who))
    _over(
        connection,
        "customers",
        layer,
        lambda before: _WHO_OF_CUSTOMERS.format(before=before, who=who, keepers=keepers),
    )


def _redate(connection: duckdb.DuckDBPyConnection, number: int, changes: Sequence[Redate], timezone: str) -> None:
    redated, zone = f"redated_{number}", ZoneInfo(timezone)
    connection.execute(
        f"""create temp table {redated} (customer_id varchar, subscription_id varchar, item_id varchar,
            from_at timestamp, until_at timestamp, to_at timestamp, to_on date)"""
    )
    for change in changes:
        from_at, until_at = span_of(change.at, zone)
        to_at, _ = span_of(change.to, zone)
        to_on = to_at.replace(tzinfo=UTC).astimezone(zone).date()
        row = [change.customer, change.subscription, change.item, from_at, until_at, to_at, to_on]
        connection.execute(f"insert into {redated} values (?, ?, ?, ?, ?, ?, ?)", row)
    same = {side: _SAME.format(side=side) for side in ("starts", "ends")}
    _over(
        connection,
        "items",
        f"redate_{number}",
        lambda before: _REDATED.format(
            before=before, redated=redated, same_starts=same["starts"], same_ends=same["ends"]
        ),
    )


def _link(connection: duckdb.DuckDBPyConnection, number: int, changes: Mapping[int, Link]) -> None:
    links, layer = f"links_{number}", f"link_{number}"
    pairs = [(correction, change.max_gap_days, each) for correction, change in changes.items() for each in change.links]
    connection.execute(
        _MOVES.format(links=links),
        {
            "corrections": [correction for correction, _, _ in pairs],
            "max_gap_days": [days for _, days, _ in pairs],
            "customers": [each.customer for _, _, each in pairs],
            "subscriptions": [each.subscription for _, _, each in pairs],
            "successor_customers": [each.successor_customer for _, _, each in pairs],
            "successors": [each.successor for _, _, each in pairs],
        },
    )
    names = {
        "links": links,
        "plans": _names(connection, f"plans_{number}", {each: change.plans for each, change in changes.items()}),
        "products": _names(
            connection, f"products_{number}", {each: change.products for each, change in changes.items()}
        ),
    }
    _over(
        connection,
        "items",
        layer,
        lambda before: _LINKED_ITEMS.format(before=before, ends_with_move=_ENDS_WITH_MOVE, **names),
    )
    _over(connection, "invoice_lines", layer, lambda before: _LINKED_LINES.format(before=before, **names))
    merged = {former: into for change in changes.values() for former, into in change.merged().items()}
    if merged:
        _rename(connection, number, merged)


def _over(connection: duckdb.DuckDBPyConnection, table: str, layer: str, query: Callable[[str], str]) -> None:
    """Put a view over `current_TABLE`; `query(before)` is its text over the view as it was.

    A view over a view is planned as one query, in which each expression stands as often as the next step reads it: so
    the second step goes over rows that are written down.
    """
    before = f"{table}_before_{layer}"
    if _is_corrected(connection, table):
        connection.execute(f"create temp table {before} as select * from current_{table}")
        connection.execute(f"create or replace temp view current_{table} as {query(before)}")
    else:
        connection.execute(f"alter view current_{table} rename to {before}")
        connection.execute(f"create temp view current_{table} as {query(before)}")


def _is_corrected(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    query = "select 1 from duckdb_views() where temporary and starts_with(view_name, ?)"
    return connection.execute(query, [f"{table}_before_"]).fetchone() is not None


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, value: str, names: Mapping[str, str | None]
) -> str:
    connection.execute(
        f"create temp table {table} as select unnest($k::varchar[]) as {key}, unnest($v::varchar[]) as {value}",
        {"k": list(names.keys()), "v": list(names.values())},
    )
    return table


def _names(connection: duckdb.DuckDBPyConnection, table: str, names: Mapping[int, Mapping[str, str]]) -> str:
    """What each correction calls the new system's names, as `table`."""
    rows = [(correction, *pair) for correction, given in names.items() for pair in given.items()]
    connection.execute(
        f"""create temp table {table} as
            select unnest($corrections::integer[]) as correction, unnest($names::varchar[]) as name,
                unnest($becomes::varchar[]) as becomes""",
        {
            "corrections": [correction for correction, _, _ in rows],
            "names": [name for _, name, _ in rows],
            "becomes": [becomes for _, _, becomes in rows],
        },
    )
    return table


def span_of(moment: date | datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when, in UTC without offset: an instant, or all of a day."""
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        start = aware.astimezone(UTC).replace(tzinfo=None)
        return start, start + timedelta(microseconds=1)
    days = (moment, moment + timedelta(days=1))
    first, following = (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in days)
    return first.replace(tzinfo=None), following.replace(tzinfo=None)


def _require_linkable(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    found = connection.execute(_UNLINKABLE.format(links=f"links_{number}")).fetchone()
    if found is None:
        return
    correction, max_gap_days, subscription, successor, last_end_on, moves_on, first_start = found
    gap = "" if last_end_on is None else f"{subscription} ends on {last_end_on}, "
    raise UsageError(
        f"{successor} cannot be the successor of {subscription}",
        code="link_impossible",
        where=f"correction {correction}" if correction else "the correction to be entered",
        expected=f"a successor that starts after {first_start:%Y-%m-%d}, at most {max_gap_days} days after the end",
        found=f"{gap}{successor} starts on {moves_on}",
        remedy="a customer that was gone for longer did leave; --max-gap-days allows for a longer move",
    )


def _require_no_contradiction(
    connection: duckdb.DuckDBPyConnection, corrections: Sequence[CorrectionInForce], touched: set[str]
) -> None:
    found = connection.execute(_CONTRADICTIONS, {"touched": sorted(touched)}).fetchone()
    if found is None:
        return
    customer, item, starts_on, ends_on = found
    about = [str(each.id) for each in corrections if each.id and customer in each.change.touched()]
    undo = f"undo one of corrections {', '.join(about)}" if about else "give another date or another customer"
    raise UsageError(
        "the corrections contradict the rows that they correct",
        code="correction_contradiction",
        where=f"customer {customer}, item {item}",
        expected="versions of one item that follow each other, each ending after it starts",
        found=f"a version from {starts_on} to {ends_on or 'now'} that ends before it starts, or overlaps the next",
        remedy=f"{undo} (`upswell correct undo NUMBER`)" if about else undo,
    )
