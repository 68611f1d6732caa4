"""MRR weighed by how sure it is: at risk, deeply discounted, or sold for one term alone.

At the close of a month 100.00 of MRR is plain, 100.00 belongs to a customer whose card failed and has not been charged
since, 100.00 is half price: with the weights 0.5 for risk and 0.75 for deep discounts quality MRR is 100 + 50 + 75 =
225.00. Of several weights of one item the lowest counts. The weights are nobody's standard: `[quality]` in upswell.toml
sets them, and every answer says which it used.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from upswell.metrics.figures import EXACT, MONEY_DECIMALS, ZERO, Figure, decimal_of
from upswell.metrics.months import Month
from upswell.metrics.quality_weights import QualityWeights
from upswell.metrics.reading import Readable
from upswell.metrics.totals import CLOSING_RATES, Slice, no_rate
from upswell.metrics.view import View, fetch
from upswell.policy.model import Policy

_VERSIONS: Final = """(
    select item_versions.*, item_keys.customer_id, item_keys.subscription_id, item_keys.item_id,
        contract_ends.cancel_requested_on, coalesce(contract_ends.one_term, false) as one_term,
        item_versions.quantity * item_versions.unit_amount as listed
    from item_versions
    inner join item_keys on item_keys.item_key = item_versions.item_key
    left join contract_ends on contract_ends.source_row = item_versions.source_row
    where item_versions.mrr > 0
)"""
# A discount of p percent and a amount, off a list price l, is more than the share s of it: l x p / 100 + a > l x s.
_WEIGHED: Final = """
with {closing_rates},
open_failures as (
    select distinct closing_days.month, failed_charges.customer_id
    from closing_days
    inner join failed_charges on failed_charges.failed_on <= closing_days.day
        and (failed_charges.recovered_on is null or failed_charges.recovered_on > closing_days.day)
),
held as (
    select versions.*, closing_days.month, closing_days.day
    from {versions} as versions
    inner join closing_days on versions.starts_at <= $as_of and versions.starts_on <= closing_days.day
        and (versions.ends_at is null or versions.ends_on > closing_days.day or versions.ends_at > $as_of)
    where closing_days.month >= $first_month
),
weighed as (
    select {dimensions} entry.month, entry.day, entry.currency,
        cast(sum(entry.mrr * least(
            1,
            case when entry.status in ('past_due', 'unpaid', 'lapsed') or open_failures.customer_id is not null
                or entry.cancel_requested_on <= entry.day then $at_risk else 1 end,
            case when entry.listed > 0 and cast(entry.listed * (100 * $deep_from - entry.discount_percent)
                as decimal(38, 20)) < 100 * entry.discount_amount then $deep_discount else 1 end,
            case when entry.one_term then $one_time else 1 end
        )) as decimal(38, 10)) as mrr
    from {rows}
    left join open_failures on open_failures.month = entry.month and open_failures.customer_id = entry.customer_id
    where {filter}
    group by all
)
select {slice} weighed.month, weighed.day, weighed.currency, weighed.mrr, closing_rates.rate
from weighed
left join closing_rates on closing_rates.month = weighed.month and closing_rates.currency = weighed.currency
order by weighed.currency
"""


def quality(
    connection: Readable, view: View, *, policy: Policy, weights: QualityWeights
) -> dict[tuple[Slice, int], Figure]:
    """Weighed MRR by slice and month number, at the rates of the close; absent where nothing is in force."""
    sql = _WEIGHED.format(
        closing_rates=CLOSING_RATES,
        dimensions=view.dimension_columns,
        versions=_VERSIONS,
        rows=view.cut(view.with_placed("held", "told.day")),
        filter=view.filter.sql,
        slice=view.slice_columns,
    )
    width = len(view.dimensions)
    found: dict[tuple[Slice, int], Figure] = {}
    for row in fetch(connection, sql, view.parameters() | _bound(weights) | {"one_rate": policy.fx == "fixed_rate"}):
        month, day, currency, mrr, rate = row[width:]
        so_far = found.get((row[:width], month), Figure(ZERO))
        if so_far.value is None:
            continue
        if rate is None:
            found[row[:width], month] = Figure.missing(no_rate(currency, day))
        else:
            found[row[:width], month] = Figure(EXACT.add(so_far.value, EXACT.multiply(mrr, rate)))
    return found


def quality_figure(found: Mapping[tuple[Slice, int], Figure], slice_: Slice, month: Month, note: str) -> Figure:
    """The figure of one slice and month, rounded once to 18 decimals, with the weights in its note."""
    figure = found.get((slice_, month.number), Figure(ZERO))
    if figure.value is None:
        return figure
    return Figure(decimal_of(Fraction(figure.value), decimals=MONEY_DECIMALS), note=note)


def _bound(weights: QualityWeights) -> dict[str, Any]:
    return {
        "at_risk": weights.at_risk,
        "deep_discount": weights.deep_discount,
        "deep_from": weights.deep_discount_from,
        "one_time": weights.one_time,
    }
