"""What customers hold on terms of a year or longer at the close of a month, for acv.

Of two customers, one on a plan billed 1,200.00 a year (100.00 of MRR) and one on 12 x 50.00 a month, billed monthly,
only the first is on a yearly term: acv = 12 x 100.00 / 1. Twelve months, four quarters, 52 weeks or 365 days are a
year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from upswell.metrics.figures import Figure
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.totals import CLOSING_RATES, Slice, no_rate
from upswell.metrics.view import View, fetch
from upswell.policy.model import Policy

_VERSIONS: Final = """(
    select *
    from {versions}
    where mrr > 0 and interval_count >= case billing_interval
        when 'day' then 365 when 'week' then 52 when 'month' then 12 when 'quarter' then 4 else 1 end
)"""
# In force at the last instant of a month, or at the book's own in the month that still runs.
_TERMS: Final = """
with {closing_rates},
held as (
    select versions.*, closing_days.month, closing_days.day
    from {versions} as versions
    inner join closing_days on versions.starts_at <= $as_of and versions.starts_on <= closing_days.day
        and (versions.ends_at is null or versions.ends_on > closing_days.day or versions.ends_at > $as_of)
    where closing_days.month >= $first_month
),
terms as (
    select {dimensions} entry.month, entry.day, entry.customer_key, entry.currency, sum(entry.mrr) as mrr
    from {rows}
    where {filter}
    group by all
)
select {slice} terms.month, sum(terms.mrr * closing_rates.rate) as money,
    count(distinct terms.customer_key) as customers,
    min(case when closing_rates.rate is null then terms.currency end) as lacking_currency
from terms
left join closing_rates on closing_rates.month = terms.month and closing_rates.currency = terms.currency
group by all
"""


@dataclass(frozen=True)
class YearlyTerms:
    """MRR on terms of a year or longer at a close, and the customers that hold some."""

    mrr: Figure
    customers: int


def yearly_terms(connection: Readable, view: View, *, policy: Policy) -> dict[tuple[Slice, int], YearlyTerms]:
    """By slice and month number, at the rates of the close (of the book's day where the policy fixes one rate)."""
    sql = _TERMS.format(
        closing_rates=CLOSING_RATES,
        dimensions=view.dimension_columns,
        versions=_VERSIONS.format(versions=view.with_texts("item_versions", "item_keys")),
        rows=view.cut(view.with_placed("held", "told.day")),
        filter=view.filter.sql,
        slice=view.slice_columns,
    )
    width = len(view.dimensions)
    found: dict[tuple[Slice, int], YearlyTerms] = {}
    for row in fetch(connection, sql, view.parameters() | {"one_rate": policy.fx == "fixed_rate"}):
        month, money, customers, currency = row[width:]
        figure = Figure(Decimal(money)) if currency is None else _missing(view, currency, Month(month))
        found[row[:width], month] = YearlyTerms(figure, customers)
    return found


def _missing(view: View, currency: str, month: Month) -> Figure:
    return Figure.missing(no_rate(currency, min(month.last_day, view.facts.as_of_day)))
