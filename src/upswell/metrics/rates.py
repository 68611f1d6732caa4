"""Exchange rates as they were imported, and the days that lack one.

    2025-02-01  EUR  1.09  rates.csv row 3, until 2025-02-28
    lacking     EUR  2025-01-10  a movement; 2025-01-31  the close of 2025-01

A rate is needed on the day of every movement and at the close of every month in which something is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

_GIVEN: Final = """
select rates.currency, rates.date as starts_on,
    lead(rates.date) over (partition by rates.currency order by rates.date) as ends_on,
    rates.rate, import_files.import_id, import_files.file,
    cast(rates.source_row % $rows_per_import as bigint) as row
from current_rates as rates
inner join import_files on import_files.import_no = rates.source_row // $rows_per_import
where $currency is null or rates.currency = $currency
order by rates.currency, rates.date
"""
_LACKING: Final = """
with recursive changes as (
    select movements.currency, movements.date, movements.amount, movements.rate
    from booked_movements as movements, clock
    where not movements.scheduled and movements.currency <> clock.workspace_currency
        and ($currency is null or movements.currency = $currency)
),

months as (
    select currency, cast(date_trunc('month', min(date)) as date) as month from changes group by currency
    union all
    select currency, cast(month + interval 1 month as date)
    from months, clock
    where month + interval 1 month <= clock.as_of_day
),

closes as (
    select months.currency, least(last_day(months.month), clock.as_of_day) as day, months.month
    from months, clock
),

held as (
    select closes.currency, closes.day, closes.month
    from closes
    inner join changes on changes.currency = closes.currency and changes.date <= closes.day
    group by all
    having sum(changes.amount) <> 0
)

select held.currency, held.day,
    case when held.day = last_day(held.month) then 'the close of ' || strftime(held.month, '%Y-%m')
        else 'the book''s own day' end as needed_for
from held
left join rate_spans as spans on spans.currency = held.currency and spans.starts_on <= held.day
    and (spans.ends_on is null or spans.ends_on > held.day)
where spans.rate is null
union
select currency, date as day, 'a movement' as needed_for from changes where rate is null
order by 1, 2, 3
"""


@dataclass(frozen=True)
class LackingRate:
    """A day on which a currency needs a rate that is not there, and what for."""

    currency: str
    day: date
    needed_for: str


@dataclass(frozen=True)
class Rates:
    """The rates in force with their sources, and the days of the current book that lack one.

    `given` has currency, starts_on, ends_on (exclusive, None: until another is given), rate (to the workspace's
    currency), import_id, file and row.
    """

    given: pa.Table
    lacking: tuple[LackingRate, ...]


def given_rates(connection: duckdb.DuckDBPyConnection, currency: str | None) -> pa.Table:
    """The rates in force (of one currency) on a connection with the views of what is imported."""
    parameters = {"currency": currency, "rows_per_import": ROWS_PER_IMPORT}
    return connection.sql(_GIVEN, params=parameters).to_arrow_table()


def lacking_rates(connection: Readable, currency: str | None) -> tuple[LackingRate, ...]:
    """The days of a book that need a rate and have none."""
    return tuple(LackingRate(*row) for row in fetch(connection, _LACKING, {"currency": currency}))
