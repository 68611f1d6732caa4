-- One row is a span of an item with its MRR under the policy, whether it counts (its MRR is in the balance, even at 0)
-- and whether it holds its product (a paused or unpaid span still does, a trial that does not count does not).
-- numerator / denominator is the months factor of its price; `mrr` is rounded once, here.
with judged_spans as (
    select
        item_spans.*,
        interval_factors.numerator,
        interval_factors.denominator * item_spans.interval_count as denominator,
        case item_spans.status
            when 'active' then true
            when 'trialing' then policy.trialing = 'counts'
            when 'paused' then policy.paused = 'counts'
            when 'unpaid' then policy.unpaid = 'counts'
            when 'past_due' then policy.past_due = 'counts'
        end as counts
    from item_spans
    inner join interval_factors on item_spans.billing_interval = interval_factors.billing_interval
    left join policy on true
    where policy.usage = 'include' or item_spans.item_type <> 'usage'
)

select
    *,
    counts or status in ('paused', 'unpaid') as holds,
    case
        when not counts then cast(0 as decimal(24, 6))
        when given_mrr is not null then divide_half_even(given_mrr, 1)
        else monthly_value(quantity, unit_amount, discount_percent, discount_amount, numerator, denominator)
    end as mrr
from judged_spans
