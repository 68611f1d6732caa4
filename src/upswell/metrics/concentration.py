"""How much of a month's expansion comes from few customers, for expansion_concentration.

Of twelve customers that expand by 100.00 each and one by 800.00, the ten that expand most have 800.00 + 9 x 100.00 =
1,700.00 of 2,000.00: 0.85. Which of the equal ones are among the ten changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice
from upswell.metrics.view import View, fetch

CUSTOMERS: Final = 10
_LARGEST: Final = """
with {entries},
expansions as (
    select {slice} month, customer_key, sum(workspace_amount) as money
    from entries
    where month >= $first_month
    group by all
),
ranked as (
    select *, row_number() over (partition by {slice} month order by money desc nulls last) as place
    from expansions
)
select {slice} month, sum(money) from ranked where place <= $places group by all
"""


def largest_expansions(connection: Readable, view: View) -> dict[tuple[Slice, int], Decimal]:
    """By slice and month number: expansion of the `CUSTOMERS` that expanded most, each at the rates of its days."""
    sql = _LARGEST.format(entries=view.entries("movements", extra="entry.kind = 'expansion'"), slice=view.slice_columns)
    width = len(view.dimensions)
    rows = fetch(connection, sql, {**view.parameters(), "places": CUSTOMERS})
    return {(row[:width], row[width]): row[width + 1] for row in rows if row[width + 1] is not None}
