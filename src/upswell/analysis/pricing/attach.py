"""Attach rates: which share of the customers of a cohort hold an add-on, month by month since they began.

Of the 30 customers that first paid in the first quarter of 2025, 24 still pay six months on, and 6 of these hold
Reports: the attach rate of the cohort at age 6 is 6 / 24 = 0.25, with a 95 % interval (Wilson 1927) of 0.120 to 0.449.

Age 0 is the month of a customer's own first payment, age k is k months later, at its close. As in a cohort table, a
cell has a value once every customer of the cohort has reached its age in a month that is over, and waits until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.members import CALENDAR, Calendar
from upswell.analysis.pricing.holdings import Close
from upswell.analysis.pricing.proportions import wilson
from upswell.analysis.pricing.tables import COUNT, RATE, TEXT, rate, table_of
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.suggest import unknown_name
from upswell.metrics.view import fetch

AGES: Final = 12
ALL_COHORTS: Final = "all cohorts"
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "cohort": TEXT,
    "addon": TEXT,
    "age": COUNT,
    "customers_at_start": COUNT,
    "paying": COUNT,
    "attached": COUNT,
    "rate": RATE,
    "rate_low": RATE,
    "rate_high": RATE,
    "reason": TEXT,
}

_MEMBERS: Final = """
firsts as (
    select customer_key, min(date) as day, min(item_key) as item_key
    from booked_movements where not scheduled group by customer_key
),
beginners as (
    select firsts.customer_key, firsts.day, item_keys.customer_id
    from firsts inner join item_keys on item_keys.item_key = firsts.item_key
),
members as (
    select entry.customer_key, year(entry.day) * 12 + month(entry.day) - 1 as first_month
    from {rows}
    where {filter}
)"""
_SIZES: Final = """
with {members}
select first_month, count(*) from members group by first_month
"""
# At the close of each age: who pays, and who of them holds each add-on.
_HELD: Final = """
with {members},
closes as (
    select customer_key, first_month, age, last_day(make_date(
        cast((first_month + age) // 12 as bigint), cast((first_month + age) % 12 + 1 as bigint), 1)) as day
    from members, (select unnest(range(0, cast($ages as bigint) + 1)) as age)
    where first_month + age <= $latest
),
held as (
    select closes.*, item_versions.plan_id, cast(item_versions.item_type as varchar) as item_type, item_versions.mrr
    from closes
    inner join item_versions on item_versions.customer_key = closes.customer_key and item_versions.counts
        and item_versions.starts_at <= $as_of and item_versions.starts_on <= closes.day
        and (item_versions.ends_on is null or item_versions.ends_on > closes.day)
),
paying as (
    select distinct customer_key, age, first_month from held where mrr > 0
)
select first_month, age, null as addon, count(*) as customers from paying group by all
union all
select held.first_month, held.age, held.plan_id, count(distinct held.customer_key)
from held inner join paying on paying.customer_key = held.customer_key and paying.age = held.age
where held.item_type = 'addon'
group by all
"""


@dataclass
class _Counts:
    """What the book says, by first month: customers, and by age who pays and who holds each add-on."""

    sizes: Mapping[int, int]
    paying: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    attached: dict[tuple[int, int, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def addons(self) -> list[str]:
        return sorted({addon for _, _, addon in self.attached})


def attach_table(connection: Readable, close: Close, *, cohort: str, ages: int) -> pa.Table:
    """A row for each cohort, add-on and age up to `ages`; the last cohort is `all cohorts`: those of the age, together.

    `rate` = `attached` / `paying`. It is null with a `reason` where the cohort has not reached the age or nobody of it
    pays. Add-ons that nobody of these customers ever held are left out. Raises `UsageError` for a `cohort` that is not
    month, quarter or year.
    """
    if cohort not in CALENDAR:
        raise unknown_name("cohort", cohort, known=CALENDAR, code="unknown_cohort")
    latest = close.month if close.is_over else close.month.plus(-1)
    counts = _counts(connection, close, latest, ages)
    starts: dict[str, list[int]] = defaultdict(list)
    for first in sorted(counts.sizes):
        starts[_name(Month(first), cohort)].append(first)
    rows = []
    for addon in counts.addons:
        for name, firsts in starts.items():
            rows += list(_rows(name, firsts, addon, counts, latest, ages))
        rows += list(_together(starts, addon, counts, latest, ages))
    return table_of(rows, COLUMNS)


def _counts(connection: Readable, close: Close, latest: Month, ages: int) -> _Counts:
    view = close.view
    members = _MEMBERS.format(rows=view.cut(view.with_placed("beginners", "told.day")), filter=view.filter.sql)
    bound = close.parameters() | {"ages": ages, "latest": latest.number}
    sizes = fetch(connection, _SIZES.format(members=members), bound)
    counts = _Counts({first: size for first, size in sizes if first <= latest.number})
    for first, age, addon, customers in fetch(connection, _HELD.format(members=members), bound):
        if addon is None:
            counts.paying[first, age] = customers
        else:
            counts.attached[first, age, addon] = customers
    return counts


def _name(month: Month, cohort: Calendar | str) -> str:
    match cohort:
        case "quarter":
            return month.quarter
        case "year":
            return str(month)[:4]
        case _:
            return str(month)


def _rows(
    name: str, firsts: list[int], addon: str, counts: _Counts, latest: Month, ages: int
) -> Iterator[dict[str, Any]]:
    youngest = max(firsts)
    for age in range(ages + 1):
        waits = None
        if youngest + age > latest.number:
            waits = f"customers of {Month(youngest)} reach age {age} in {Month(youngest + age)}, after {latest}"
        yield _row(name, addon, age, firsts, counts, waits)


def _together(
    starts: Mapping[str, list[int]], addon: str, counts: _Counts, latest: Month, ages: int
) -> Iterator[dict[str, Any]]:
    for age in range(ages + 1):
        there = [firsts for firsts in starts.values() if max(firsts) + age <= latest.number]
        waits = None if there else f"no cohort is of age {age}"
        yield _row(ALL_COHORTS, addon, age, [first for firsts in there for first in firsts], counts, waits)


def _row(name: str, addon: str, age: int, firsts: list[int], counts: _Counts, waits: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "cohort": name,
        "addon": addon,
        "age": age,
        "customers_at_start": sum(counts.sizes[first] for first in firsts),
    }
    if waits is not None:
        return row | {"reason": waits}
    paying = sum(counts.paying.get((first, age), 0) for first in firsts)
    attached = sum(counts.attached.get((first, age, addon), 0) for first in firsts)
    row |= {"paying": paying, "attached": attached}
    if not paying:
        return row | {"reason": "nobody of the cohort pays any more"}
    low, high = wilson(attached, paying)
    return row | {"rate": rate(attached, paying), "rate_low": low, "rate_high": high}
