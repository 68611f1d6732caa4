-- One row is the terms of an item: its price and interval, or its MRR as given, and its discount; and the integer that
-- stands for them. A company sells millions of item versions on a few terms.
with terms as (
    select distinct
        price_id,
        unit_amount,
        mrr as given_mrr,
        interval as billing_interval,
        interval_count,
        coalesce(discount_percent, 0) as discount_percent,
        coalesce(discount_amount, 0) as discount_amount
    from current_items
)

select
    cast(row_number() over (
        order by price_id, unit_amount, given_mrr, billing_interval, interval_count, discount_percent, discount_amount
    ) as integer) as terms_key,
    price_id,
    unit_amount,
    given_mrr,
    billing_interval,
    interval_count,
    discount_percent,
    discount_amount
from terms
