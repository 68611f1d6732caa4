"""Our side of a reconciliation: what the book says of one source's items at each month's end, and what it booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import duckdb

from upswell.metrics.months import Month

ItemKey = tuple[str, str, str]


@dataclass(frozen=True)
class Booked:
    """A movement in its own currency. `day_rate` is that currency's rate of its day, None where nobody imported one."""

    movement_id: str
    customer_id: str
    kind: str
    currency: str
    amount: Decimal
    day: date
    day_rate: Decimal | None


@dataclass(frozen=True)
class OurMonth:
    """What is in force at the end of a month by customer, subscription and item (its currency, its MRR in it), and the
    movements of the month.
    """

    items: Mapping[ItemKey, tuple[str, Decimal]]
    movements: Sequence[Booked]


def our_months(
    connection: duckdb.DuckDBPyConnection, ends: Mapping[Month, datetime], imports: Sequence[int]
) -> dict[Month, OurMonth]:
    """Every month of `ends` (month -> the instant at which it is over, UTC) as the imports of these numbers made it."""
    _month_ends(connection, ends)
    connection.execute("create or replace temp table reconciled_imports(import_no integer)")
    connection.executemany("insert into reconciled_imports values (?)", [[each] for each in imports])
    held: dict[Month, dict[ItemKey, tuple[str, Decimal]]] = {month: {} for month in ends}
    for number, customer, subscription, item, currency, mrr in connection.execute(_IN_FORCE).fetchall():
        held[Month(number)][customer, subscription, item] = (currency, mrr)
    moved: dict[Month, list[Booked]] = defaultdict(list)
    for number, *fields in connection.execute(_BOOKED).fetchall():
        moved[Month(number)].append(Booked(*fields))
    return {month: OurMonth(items=held[month], movements=moved[month]) for month in ends}


def _month_ends(connection: duckdb.DuckDBPyConnection, ends: Mapping[Month, datetime]) -> None:
    connection.execute("create or replace temp table month_ends(number integer, ends_at timestamp, day date)")
    connection.executemany(
        "insert into month_ends values (?, ?, ?)",
        [[month.number, instant, month.last_day] for month, instant in ends.items()],
    )


# Parts of one version in force at the last instant of a month are one: a part ends where the next begins.
_IN_FORCE: Final = """
select month_ends.number, item_keys.customer_id, item_keys.subscription_id, item_keys.item_id, versions.currency,
    sum(versions.mrr)
from item_versions as versions
inner join item_keys on item_keys.item_key = versions.item_key
semi join reconciled_imports on reconciled_imports.import_no = versions.source_row // 4294967296
inner join month_ends on versions.starts_at < month_ends.ends_at
    and (versions.ends_at is null or versions.ends_at >= month_ends.ends_at)
group by all
having sum(versions.mrr) <> 0
"""
_BOOKED: Final = """
with ours as (
    select distinct versions.item_key
    from item_versions as versions
    semi join reconciled_imports on reconciled_imports.import_no = versions.source_row // 4294967296
)
select month_ends.number, movements.movement_id, movements.customer_id, movements.kind, movements.currency,
    movements.amount, movements.date, movements.rate
from movements
inner join ours on ours.item_key = movements.item_key
inner join month_ends on date_trunc('month', movements.date) = date_trunc('month', month_ends.day)
where not movements.scheduled and movements.kind <> 'transfer'
order by movements.movement_id
"""
