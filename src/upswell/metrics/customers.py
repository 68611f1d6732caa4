"""Counts of customers: how many pay at the close of a month, how many had a change of a kind.

A customer of a slice pays when its balance there is positive. Balances are never negative, so the
sum over currencies is above zero exactly when one of them is, and no rate is needed. Only months in
which a balance changes are looked at: a customer that starts in January and leaves in May is +1 in
January and -1 in May, and the count of a month is the sum of all steps up to it.

Where a policy nets a return into churn, its row is a positive one of kind churn: that customer came, and is not
counted among those that went.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice
from upswell.metrics.view import View, fetch

_PAYING_STEPS: Final = """
with {entries},
changes as (
    select {slice} customer_key, greatest(month, $base_month) as month, sum(amount) as amount
    from entries
    group by all
),
balances as (
    select {slice} customer_key, month, sum(amount) over (
        partition by {slice} customer_key order by month) > 0 as pays
    from changes
),
steps as (
    select {slice} month, cast(pays as bigint) - lag(cast(pays as bigint), 1, 0) over (
        partition by {slice} customer_key order by month) as step
    from balances
)
select {slice} month, sum(step) as step
from steps
where step <> 0
group by all
"""

# A few closes cost less as a sum each than as steps.
_PAYING_AT: Final = """
with {entries},
held as (
    select {slice} customer_key, {sums}
    from entries
    group by all
)
select {slice} {counts}
from held
group by all
"""
_CLOSES_AS_SUMS: Final = 6
_KIND_COUNTS: Final = """
with {entries}
select {slice} kind, month, count(distinct customer_key) as customers
from entries
where month > $base_month and (kind <> 'churn' or amount < 0)
group by all
"""
_LEAVERS: Final = """
with {entries},
leaving as (
    select distinct customer_key from entries where kind = 'churn' and amount < 0 and month > $base_month
),
changes as (
    select {slice} entries.customer_key, greatest(month, $base_month) as month, sum(amount) as amount,
        bool_or(kind = 'churn' and amount < 0) as churned
    from entries
    inner join leaving on leaving.customer_key = entries.customer_key
    group by all
),
openings as (
    select {slice} month, churned, sum(amount) over (
        partition by {slice} customer_key order by month) - amount as opening
    from changes
)
select {slice} month, count(*) as leavers
from openings
where churned and opening > 0 and month > $base_month
group by all
"""
_KINDS: Final = "list_contains($kinds, cast(entry.kind as varchar))"


def paying_steps(connection: Readable, view: View) -> dict[Slice, dict[int, int]]:
    """By slice and month number: customers that begin to pay less those that cease to."""
    closes = view.asked.last.number - view.base + 1
    if closes <= _CLOSES_AS_SUMS:
        return _paying_at(connection, view, closes)
    sql = _PAYING_STEPS.format(entries=view.entries("movements"), slice=view.slice_columns)
    width = len(view.dimensions)
    steps: dict[Slice, dict[int, int]] = {}
    for row in fetch(connection, sql, view.parameters()):
        month, step = row[width:]
        steps.setdefault(row[:width], {})[month] = int(step)
    return steps


def _paying_at(connection: Readable, view: View, closes: int) -> dict[Slice, dict[int, int]]:
    sql = _PAYING_AT.format(
        entries=view.entries("movements"),
        slice=view.slice_columns,
        sums=", ".join(
            f"sum(case when month <= $base_month + {number} then amount end) as held_{number}"
            for number in range(closes)
        ),
        counts=", ".join(f"count(case when held_{number} > 0 then 1 end)" for number in range(closes)),
    )
    width = len(view.dimensions)
    return {
        row[:width]: {
            view.base + number: count - before for number, (before, count) in enumerate(pairwise((0, *row[width:])))
        }
        for row in fetch(connection, sql, view.parameters())
    }


def kind_counts(connection: Readable, view: View, *, kinds: tuple[str, ...]) -> dict[tuple[Slice, int, str], int]:
    """By slice, month number and kind: distinct customers with such a movement in that month."""
    sql = _KIND_COUNTS.format(entries=view.entries("movements", extra=_KINDS), slice=view.slice_columns)
    width = len(view.dimensions)
    rows = fetch(connection, sql, {**view.parameters(), "kinds": list(kinds)})
    return {(row[:width], row[width + 1], row[width]): row[width + 2] for row in rows}


def leavers(connection: Readable, view: View) -> dict[Slice, dict[int, int]]:
    """By slice and month number: customers that paid at the month's opening and churned in it."""
    sql = _LEAVERS.format(entries=view.entries("movements"), slice=view.slice_columns)
    width = len(view.dimensions)
    counts: dict[Slice, dict[int, int]] = {}
    for row in fetch(connection, sql, view.parameters()):
        month, number = row[width:]
        counts.setdefault(row[:width], {})[month] = number
    return counts
