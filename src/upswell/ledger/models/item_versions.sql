-- One row is a span of an item with the MRR that is booked for it: its own, or for usage the mean that the policy asks for.
select
    valued_spans.span_id,
    valued_spans.item_key,
    valued_spans.subscription_key,
    valued_spans.customer_key,
    valued_spans.starts_at,
    valued_spans.starts_on,
    valued_spans.ends_at,
    valued_spans.ends_on,
    valued_spans.offer_key,
    valued_spans.terms_key,
    valued_spans.discounted,
    valued_spans.quantity,
    valued_spans.status,
    valued_spans.counts,
    valued_spans.holds,
    cast(coalesce(usage_means.mean_mrr, valued_spans.mrr) as decimal(24, 6)) as mrr
from valued_spans
left join usage_means on valued_spans.span_id = usage_means.span_id
