"""Who pays at the start of a day, on which plan, how much: the customers that the past is asked about.

Acme paid 360.00 a month for Team and 40.00 for an add-on before 2026-01-01: it pays 400.00, on Team, and is of the
segment `Team, 256 and more`. A size is the power of four below MRR, so that no row of a later month moves an edge.
What was booked before the day alone is read, and the rates of the day before.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pyarrow as pa

from upswell.metrics.reading import GivesTables

_PAYING: Final = """
with balances as (
    select customer_key, plan_key, currency, sum(amount) as amount
    from booked_movements
    where not scheduled and date < $day
    group by customer_key, plan_key, currency
    having sum(amount) <> 0
),
rated as (
    select balances.customer_key, balances.plan_key,
        cast(balances.amount as double) * cast(rate_spans.rate as double) as mrr
    from balances
    left join rate_spans on rate_spans.currency = balances.currency and rate_spans.starts_on < $day
        and (rate_spans.ends_on is null or rate_spans.ends_on >= $day)
),
paying as (
    -- A sum of floats depends on the order of rows: rounded, it falls on the same side of an edge each time.
    select customer_key, case when count(mrr) = count(*) then round(sum(mrr), 6) end as mrr,
        arg_max(plan_key, (mrr, -plan_key)) as plan_key
    from rated
    group by customer_key
    having sum(mrr) > 0 or count(mrr) < count(*)
),
names as (select distinct customer_key, customer_id from item_keys)
select paying.customer_key, names.customer_id, paying.mrr, plan_keys.plan_id,
    coalesce(plan_keys.plan_id, '?') || ', '
        || format('{:,}', cast(pow(4, greatest(0, floor(ln(greatest(paying.mrr, 1e-6)) / ln(4.0)))) as bigint))
        || ' and more' as segment
from paying
left join names using (customer_key)
left join plan_keys on plan_keys.plan_key = paying.plan_key
order by paying.customer_key
"""


def read_paying(connection: GivesTables, day: date) -> pa.Table:
    """A row for each customer paying at the start of `day`: customer_key, customer_id, mrr, plan_id, segment.

    `mrr` is a float in the workspace's currency, null where a rate is not known.
    """
    return connection.table(_PAYING, {"day": day})
