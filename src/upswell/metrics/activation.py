"""Customers created in a month, and those of them that were activated within 30 days.

Of four customers created in March one was activated after 2 days, one after 29, one after 40, one never: 2 / 4.
Thirty days are 30 x 24 hours; the month is the one of created_at in the workspace's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice
from upswell.metrics.view import View, fetch

DAYS: Final = 30
_ROWS: Final = """(
    select customer_id, created_at, activated_at,
        cast(timezone($timezone, make_timestamptz(epoch_us(created_at))) as date) as created_on
    from customers
    where created_at is not null
)"""
_CREATED: Final = f"""
select {{dimensions}} year(entry.created_on) * 12 + month(entry.created_on) - 1 as month, count(*) as created,
    count(*) filter (entry.activated_at <= entry.created_at + interval {DAYS} day) as activated
from {{rows}}
where {{filter}} and created_on <= $last_day
group by all
"""
_ANY: Final = """
select exists (from customers where created_at is not null), exists (from customers where activated_at is not null)
"""


@dataclass(frozen=True)
class Created:
    """Customers created in a month and how many of them were activated in time."""

    created: int = 0
    activated: int = 0


@dataclass(frozen=True)
class Activations:
    """By slice and month number; `lacking` is the column that the imports never gave, if there is one."""

    lacking: str | None = None
    months: dict[tuple[Slice, int], Created] | None = None

    def of(self, slice_: Slice, month: int) -> Created:
        """The customers created in one slice and month."""
        return (self.months or {}).get((slice_, month), Created())


def activations(connection: Readable, view: View) -> Activations:
    """The customers of the view by the month they were created in."""
    told = connection.execute(_ANY).fetchone() or (False, False)
    for column, given in zip(("created_at", "activated_at"), told, strict=True):
        if not given:
            return Activations(lacking=column)
    sql = _CREATED.format(
        dimensions=view.dimension_columns,
        rows=view.cut(view.with_placed(_ROWS, "told.created_on", key="customer_id"), key="customer_id"),
        filter=view.filter.sql,
    )
    width = len(view.dimensions)
    rows = fetch(connection, sql, view.parameters())
    return Activations(months={(row[:width], row[width]): Created(*row[width + 1 :]) for row in rows})
