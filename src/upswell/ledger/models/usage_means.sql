-- One row is a span of a usage item under a policy that books the mean of three periods: the mean MRR of the span and
-- the two before it of the same item and currency, of those that count. 30.00, 60.00, 120.00 are booked as 30, 45, 70.
with counted_periods as (
    select
        valued_spans.span_id,
        sum(valued_spans.mrr) over last_three as total,
        count(*) over last_three as periods
    from valued_spans
    inner join offer_keys on valued_spans.offer_key = offer_keys.offer_key
    left join policy on true
    where policy.usage = 'trailing_3' and offer_keys.item_type = 'usage' and valued_spans.counts
    window last_three as (
        partition by valued_spans.item_key, offer_keys.currency order by valued_spans.starts_at
        rows between 2 preceding and current row
    )
)

select span_id, divide_half_even(total, periods) as mean_mrr
from counted_periods
