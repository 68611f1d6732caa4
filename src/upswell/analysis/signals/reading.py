"""Reading signals: those of every customer of a day, in one query over what was known before it.

    read_signals(connection, date(2025, 6, 1), facts=facts, names=("mrr", "seats_used_share"))

    customer_key  customer_id  mrr         seats_used_share
    17            Acme         570.000000  0.92

Whoever has an item in force at the last instant before the day has a row. A value that cannot be known is null; why is
in the catalogue (`absent`), or, with `reasons`, in a column `<name>_reason`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pyarrow as pa

from upswell.analysis.signals.catalogue import PARTS, SIGNALS, Signal, chosen
from upswell.analysis.signals.known import known, with_clause
from upswell.errors import UsageError
from upswell.metrics import planner
from upswell.metrics.reading import GivesTables, Makes
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.view import View
from upswell.policy.model import Policy

# Beside the first so many customers: how many there are.
TOTAL: Final = "total__"
_PARAMETER: Final = re.compile(r"\$(\w+)")
_TOLD: Final = """
{with_clause}
select people.*, {columns}
from people
{joins}
"""
_ASKED: Final = """
select {attributes}entry.customer_key, entry.customer_id, {names}{total}
from {rows}{called}
where {filter}
order by {order}entry.customer_id
{limit}
"""
_CALLED: Final = " left join customers as called on called.customer_key = entry.customer_key"


@dataclass(frozen=True)
class Chosen:
    """Which of the customers: one of them, or the first `limit` after `offset` by a signal (`-name`: largest first).

    `with_names` has their names beside their ids, as known today: a label, and no signal.
    """

    customer: str | None = None
    order: str | None = None
    limit: int | None = None
    offset: int = 0
    with_names: bool = False


def first_unknown_day(facts: BookFacts) -> date:
    """The first day of which the book knows nothing: what is asked as of it is asked as of now."""
    is_midnight = facts.days_begun < facts.as_of_day.day
    return facts.as_of_day if is_midnight else facts.as_of_day + timedelta(days=1)


def read_signals(
    connection: GivesTables,
    day: date,
    *,
    facts: BookFacts,
    names: Sequence[str] = (),
    where: str | None = None,
    policy: Policy | None = None,
    attributes: Sequence[str] = (),
    signals: Sequence[Signal] = SIGNALS,
    reasons: bool = False,
    which: Chosen | None = None,
    kept: bool = False,
) -> pa.Table:
    """One row for each customer with an item in force, made only of what was known before `day`, by customer.

    Columns: `attributes` (dimensions of metrics such as owner or mrr_band, each as it was on the day before and called
    as asked for; plan, product and currency are those of the main item), customer_key, customer_id, then the signals
    called `names` (all of `signals` if none is), typed by their kind: number float64, money decimal128(38, 6) in the
    workspace's currency, flag bool, category and names string, day date32. `where` filters by the same columns as
    `attributes`; both need the `policy` of the book. With `kept` every signal of the day is worked out once and kept by
    a reader that can: for who asks again and again. Raises `UsageError` for a name or filter that is none, and for a
    day after the first that the book knows nothing of.
    """
    latest = first_unknown_day(facts)
    if day > latest:
        raise UsageError(
            f"the book knows nothing of {latest} and later",
            code="day_not_reached",
            expected=f"a day up to {latest}",
            found=day.isoformat(),
            remedy="ask for an earlier day, or import newer rows and build",
        )
    asked, which = chosen(names, signals), which or Chosen()
    given = {"day": day, "is_now": day == latest, "seat_metrics": list(facts.seat_metrics)}
    if kept and isinstance(connection, Makes):
        rows = connection.make("signals", _written_out(_told(connection, signals, reasons=True), given))
    else:
        ordered = chosen([which.order.removeprefix("-")], signals) if which.order else ()
        needed = {each.name: each for each in (*asked, *ordered)}
        rows = f"({_told(connection, tuple(needed.values()), reasons=reasons)})"
    view = _view(connection, where, attributes, facts, policy)
    sql = _asked(rows, asked, view, day, reasons=reasons, which=which, signals=signals)
    values = {**given, "customer": which.customer, **({} if view is None else view.parameters())}
    used = set(_PARAMETER.findall(sql))
    table = connection.table(sql, {name: value for name, value in values.items() if name in used})
    called = {f"slice_{number}": name for number, name in enumerate(dict.fromkeys(attributes), 1)}
    return _typed(table.rename_columns([called.get(name, name) for name in table.column_names]), asked)


def _view(
    connection: GivesTables, where: str | None, attributes: Sequence[str], facts: BookFacts, policy: Policy | None
) -> View | None:
    if where is None and not attributes:
        return None
    if policy is None:
        raise ValueError("a filter and attributes need the policy of the book")
    request = MetricRequest(("closing_mrr",), by=tuple(attributes), where=where)
    return planner.asked_view(connection, request, facts=facts, policy=policy)


def _told(connection: GivesTables, signals: Sequence[Signal], *, reasons: bool) -> str:
    """The query that works signals out."""
    there = {each.name: each for each in (*known(connection), *PARTS.values())}
    parts = {each.relation.name: each.relation for each in signals}
    columns = []
    for each in signals:
        columns.append(f'cast({each.relation.name}."{each.name}" as {each.sql_type}) as "{each.name}"')
        if reasons and each.tells_why_absent:
            columns.append(f'{each.relation.name}."{each.name}_reason" as "{each.name}_reason"')
    return _TOLD.format(
        with_clause=with_clause((there["people"], *parts.values()), there),
        columns=", ".join(columns),
        joins="\n".join(f"left join {name} on {name}.customer_key = people.customer_key" for name in parts),
    )


def _asked(
    rows: str,
    asked: Sequence[Signal],
    view: View | None,
    day: date,
    *,
    reasons: bool,
    which: Chosen,
    signals: Sequence[Signal],
) -> str:
    names = ["called.name"] if which.with_names else []
    for each in asked:
        names.append(f'entry."{each.name}"')
        if reasons and each.tells_why_absent:
            names.append(f'entry."{each.name}_reason"')
    # Before the first day there is, nothing is known, whichever day is asked.
    eve = f"date '{max(day, date.min + timedelta(days=1)) - timedelta(days=1)}'"
    conditions = ["true" if view is None else view.filter.sql]
    if which.customer is not None:
        conditions.append("entry.customer_id = $customer")
    order = ""
    if which.order is not None:
        [by] = chosen([which.order.removeprefix("-")], signals)
        order = f'entry."{by.name}" {"desc" if which.order.startswith("-") else "asc"} nulls last, '
    return _ASKED.format(
        attributes="" if view is None else view.dimension_columns,
        names=", ".join(names),
        total="" if which.limit is None else f", count(*) over () as {TOTAL}",
        called=_CALLED if which.with_names else "",
        rows=f"{rows} as entry" if view is None else view.cut(view.with_placed(rows, eve)),
        filter=" and ".join(conditions),
        order=order,
        limit="" if which.limit is None else f"limit {which.limit:d} offset {which.offset:d}",
    )


def _written_out(sql: str, given: Mapping[str, object]) -> str:
    """The query with its values in its text: what is kept is named by its query, and takes none."""
    return _PARAMETER.sub(lambda found: _literal(given[found.group(1)]), sql)


def _literal(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return f"date '{value.isoformat()}'"
        case list():
            return f"[{', '.join(_literal(each) for each in value)}]"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def _typed(table: pa.Table, asked: Sequence[Signal]) -> pa.Table:
    """DuckDB gives a column of nulls a type of its own: the schema is the catalogue's, whatever the values."""
    types = {each.name: each.type for each in asked}
    fields = [field.with_type(types.get(field.name, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))
