"""What was known before a day: the one place where the future is cut off, and all that signals may read.

As of 2025-06-01 a version of an item that ran from 2025-01-01 to 2025-07-15 is in force and has no end: nobody knew of
the end yet, unless the customer had asked for it before 2025-06-01. A charge that failed on 20 May and was paid on
3 June is open. A touch of 25 May has no outcome.

Each relation here is one of the book's, without the rows of `$day` and later, and without what later days brought to
earlier rows:

    known_versions    booked_versions: what ends on `$day` or later has no end
    known_items       those in force at the last instant before `$day`, with their texts; `place` 1 is the main one
    known_ends        ends of rows of items that were asked for before `$day`
    known_movements   booked_movements
    known_use         daily_usage of the last `USE_DAYS` days
    known_months      monthly_usage of the last complete months
    known_touches     touches: outcomes of the last `OUTCOME_DAYS` days are not in yet
    known_feedback    feedback
    known_charges     failed_charges: a later recovery has not come
    known_parents     the parents of customers, as they were
    known_rates       rate_spans: the rates of the day before
    known_limits      limits, which have no dates: today's

An outcome is imported without the day on which it came. A book that is asked as of its own day (`$is_now`) knows in
advance every end, of items and of discounts, that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from upswell.metrics.reading import Readable

USE_DAYS: Final = 130
USE_MONTHS: Final = 7
OUTCOME_DAYS: Final = 30

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Relation:
    """A named query; it may name other relations, and `$day`, `$is_now` and `$seat_metrics`."""

    name: str
    sql: str
    is_kept: bool = True  # worked out once, for all that read it


_VERSIONS: Final = """
select versions.customer_key, versions.item_key, versions.span_id, versions.span_id // 4 as source_row,
    versions.starts_at, versions.starts_on,
    case when versions.ends_on < $day then versions.ends_on end as ends_on,
    versions.offer_key, versions.terms_key, versions.discounted, versions.quantity,
    cast(versions.status as varchar) as status, versions.counts, versions.mrr
from booked_versions as versions
where versions.starts_on < $day and versions.customer_key is not null
"""
_ITEMS: Final = """
select versions.*, ends.cancel_requested_on, ends.known_end_on,
    case when versions.discounted and ends.discount_ends_on > versions.starts_on then ends.discount_ends_on end
        as discount_ends_on,
    offers.product_id, offers.plan_id, cast(offers.item_type as varchar) as item_type, offers.currency,
    cast(terms.billing_interval as varchar) as billing_interval, terms.interval_count, terms.unit_amount,
    case when versions.discounted then terms.discount_percent else 0 end as discount_percent,
    case when versions.discounted then terms.discount_amount else 0 end as discount_amount,
    case when versions.counts then versions.mrr * rates.rate end as worth,
    row_number() over (
        partition by versions.customer_key
        order by offers.item_type = 'plan' desc, versions.mrr * rates.rate desc nulls last, versions.item_key
    ) as place
from known_versions as versions
inner join offer_keys as offers on offers.offer_key = versions.offer_key
inner join terms_keys as terms on terms.terms_key = versions.terms_key
left join known_rates as rates on rates.currency = offers.currency
left join known_ends as ends on ends.source_row = versions.source_row
where versions.ends_on is null and versions.status <> 'lapsed'
"""
# A row of an item has several spans where its discount or trial ends within it: its own end is that of the last one,
# and none where the item's next row follows at once.
_ENDS: Final = """
select spans.span_id // 4 as source_row, any_value(asked.cancel_requested_on) as cancel_requested_on,
    case when count(*) = count(spans.ends_on) and not bool_or($is_now and spans.goes_on) then max(spans.ends_on) end
        as known_end_on,
    min(spans.starts_on) filter ($is_now and not spans.discounted) as discount_ends_on
from (
    select span_id, starts_on, ends_on, discounted,
        coalesce(lead(span_id // 4) over versions <> span_id // 4 and lead(starts_on) over versions <= ends_on, false)
            as goes_on
    from booked_versions
    window versions as (partition by item_key order by starts_at, span_id)
) as spans
left join contract_ends as asked on asked.source_row = spans.span_id // 4 and asked.cancel_requested_on < $day
where $is_now or asked.cancel_requested_on is not null
group by all
"""
_RATES: Final = """
select currency, rate from rate_spans where starts_on < $day and (ends_on is null or ends_on >= $day)
"""
_MOVEMENTS: Final = """
select customer_key, date, cast(kind as varchar) as kind, cast(driver as varchar) as driver, currency, amount,
    amount * rate as worth
from booked_movements
where date < $day and not scheduled
"""
_USE: Final = f"""
select customer_key, day, metric, quantity
from daily_usage
where day < $day and day >= cast($day as date) - {USE_DAYS} and customer_key is not null
"""
_MONTHS: Final = f"""
select customer_key, month, metric, quantity
from monthly_usage
where month < cast(date_trunc('month', cast($day as date)) as date) and customer_key is not null
    and month >= cast(date_trunc('month', cast($day as date)) - interval {USE_MONTHS} month as date)
"""
_TOUCHES: Final = f"""
select customer_key, "at", touched_on, offer, channel, discount_percent,
    case when touched_on < cast($day as date) - {OUTCOME_DAYS} then cast(outcome as varchar) end as outcome
from touches
where touched_on < $day and customer_key is not null
"""
_FEEDBACK: Final = """
select customer_key, "at", answered_on, cast(kind as varchar) as kind, respondent, score, open_to_more
from feedback
where answered_on < $day and customer_key is not null
"""
_CHARGES: Final = """
select keys.customer_key, charges.failed_on,
    case when charges.recovered_on < $day then charges.recovered_on end as recovered_on
from failed_charges as charges
inner join (select distinct customer_key, customer_id from item_keys) as keys on keys.customer_id = charges.customer_id
where charges.failed_on < $day
"""
_LIMITS: Final = """
select plan_id, metric, cast("limit" as double) as allowed from limits where "limit" > 0
"""
_PARENTS: Final = "select customer_id, parent_id from customers where parent_id <> customer_id"
_DATED_PARENTS: Final = """
select customers.customer_id, case when dated.customer_id is null then customers.parent_id else spans.parent_id end
    as parent_id
from customers
left join (select distinct customer_id from customer_spans) as dated on dated.customer_id = customers.customer_id
left join customer_spans as spans on spans.customer_id = customers.customer_id
    and spans.starts_on < $day and (spans.ends_on is null or spans.ends_on >= $day)
where case when dated.customer_id is null then customers.parent_id else spans.parent_id end <> customers.customer_id
"""


def known(connection: Readable) -> tuple[Relation, ...]:
    """The relations of what was known before `$day`, as the columns of this book want them."""
    spans = connection.execute("select * from customer_spans limit 0").description or ()
    is_dated = "parent_id" in {str(column[0]) for column in spans}
    return (
        Relation("known_versions", _VERSIONS),
        Relation("known_items", _ITEMS),
        Relation("known_rates", _RATES),
        Relation("known_movements", _MOVEMENTS, is_kept=False),
        Relation("known_use", _USE, is_kept=False),
        Relation("known_months", _MONTHS, is_kept=False),
        Relation("known_touches", _TOUCHES),
        Relation("known_feedback", _FEEDBACK),
        Relation("known_charges", _CHARGES),
        Relation("known_ends", _ENDS, is_kept=False),
        Relation("known_limits", _LIMITS),
        Relation("known_parents", _DATED_PARENTS if is_dated else _PARENTS),
    )


def with_clause(asked: Iterable[Relation], there: Mapping[str, Relation]) -> str:
    """`with recursive a as (...), b as (...)`: `asked` and all of `there` that they stand on, each after its own."""
    ordered: dict[str, Relation] = {}

    def add(relation: Relation) -> None:
        if relation.name in ordered:
            return
        for word in dict.fromkeys(_WORD.findall(relation.sql)):
            if word in there and word != relation.name:
                add(there[word])
        ordered[relation.name] = relation

    for each in asked:
        add(each)
    parts = [f"{each.name} as {'' if not each.is_kept else 'materialized '}({each.sql})" for each in ordered.values()]
    return "with recursive " + ",\n".join(parts)
