-- One row is a span of an item with its MRR under the policy, whether it counts (its MRR is in the balance, even at 0)
-- and whether it holds its product (a paused or unpaid span still does, a trial that does not count does not).
-- `mrr` is rounded once, here.
with judged_spans as (
    select
        item_spans.*,
        offer_keys.item_type,
        case item_spans.status
            when 'active' then true
            when 'trialing' then policy.trialing = 'counts'
            when 'paused' then policy.paused = 'counts'
            when 'unpaid' then policy.unpaid = 'counts'
            when 'past_due' then policy.past_due = 'counts'
            else false
        end as counts
    from item_spans
    inner join offer_keys on item_spans.offer_key = offer_keys.offer_key
    left join policy on true
    where policy.usage <> 'exclude' or offer_keys.item_type <> 'usage'
)

select
    judged_spans.span_id,
    judged_spans.item_key,
    judged_spans.subscription_key,
    judged_spans.customer_key,
    judged_spans.starts_at,
    judged_spans.starts_on,
    judged_spans.ends_at,
    judged_spans.ends_on,
    judged_spans.offer_key,
    judged_spans.terms_key,
    judged_spans.discounted,
    judged_spans.quantity,
    judged_spans.status,
    judged_spans.counts,
    judged_spans.counts or judged_spans.status in ('paused', 'unpaid') as holds,
    cast(case
        when not judged_spans.counts then 0
        when terms_keys.given_mrr is not null then divide_half_even(terms_keys.given_mrr, 1)
        else monthly_value(
            judged_spans.quantity,
            terms_keys.unit_amount,
            case when judged_spans.discounted then terms_keys.discount_percent else 0 end,
            case when judged_spans.discounted then terms_keys.discount_amount else 0 end,
            interval_factors.numerator,
            interval_factors.denominator * terms_keys.interval_count
        )
    end as decimal(24, 6)) as mrr
from judged_spans
inner join terms_keys on judged_spans.terms_key = terms_keys.terms_key
inner join interval_factors on terms_keys.billing_interval = interval_factors.billing_interval
