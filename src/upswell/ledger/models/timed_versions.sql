-- One row is an imported item version over the time [starts_at, ends_at) that the policy lets it have: none, where it ends
-- as it begins.
select
    current_items.source_row,
    current_items.customer_id,
    current_items.subscription_id,
    current_items.item_id,
    current_items.product_id,
    current_items.plan_id,
    current_items.price_id,
    current_items.item_type,
    current_items.status,
    current_items.starts_at,
    current_items.starts_on,
    case when early_ends.source_row is null then current_items.ends_at else early_ends.ends_at end as ends_at,
    case when early_ends.source_row is null then current_items.ends_on else early_ends.ends_on end as ends_on,
    current_items.trial_until,
    current_items.trial_until_on,
    current_items.currency,
    current_items.quantity,
    current_items.unit_amount,
    current_items.mrr as given_mrr,
    current_items.interval as billing_interval,
    current_items.interval_count,
    current_items.discount_percent,
    current_items.discount_amount,
    current_items.discount_until,
    current_items.discount_until_on
from current_items
left join early_ends on current_items.source_row = early_ends.source_row
