-- One row is a subscription as it was at `seen_at`: every version that was ever landed. `latest` is the last of them.
with read as (
    select
        object_id as subscription_id,
        seen_no,
        seen_at,
        seen_in,
        from_json(raw, '{
            "customer": "JSON", "status": "VARCHAR", "currency": "VARCHAR", "created": "BIGINT", "start_date": "BIGINT",
            "ended_at": "BIGINT", "canceled_at": "BIGINT", "cancel_at": "BIGINT", "cancel_at_period_end": "BOOLEAN",
            "trial_start": "BIGINT", "trial_end": "BIGINT", "current_period_end": "BIGINT", "pause_collection": "JSON",
            "cancellation_details": {"reason": "VARCHAR"}, "schedule": "JSON",
            "default_tax_rates": [{"inclusive": "BOOLEAN", "percentage": "VARCHAR", "effective_percentage": "VARCHAR"}],
            "items": {"data": ["JSON"], "has_more": "BOOLEAN"}
        }') as subscription
    from objects
    where object_type = 'subscription' and not deleted
)

select
    subscription_id,
    seen_no,
    seen_at,
    seen_in,
    row_number() over (partition by subscription_id order by seen_at desc, seen_no desc) = 1 as latest,
    id_of(subscription.customer) as customer_id,
    subscription.status as status,
    upper(subscription.currency) as currency,
    moment_of(subscription.created) as created_at,
    moment_of(coalesce(subscription.start_date, subscription.created)) as started_at,
    moment_of(subscription.ended_at) as ended_at,
    moment_of(subscription.canceled_at) as canceled_at,
    moment_of(subscription.cancel_at) as cancel_at,
    coalesce(subscription.cancel_at_period_end, false) as cancel_at_period_end,
    moment_of(subscription.trial_start) as trial_start,
    moment_of(subscription.trial_end) as trial_end,
    moment_of(subscription.current_period_end) as current_period_end,
    coalesce(json_type(subscription.pause_collection) = 'OBJECT', false) as collection_paused,
    subscription.cancellation_details.reason as cancellation_reason,
    id_of(subscription.schedule) as schedule_id,
    list_sum([
        cast(coalesce(rate.effective_percentage, rate.percentage) as decimal(7, 4))
        for rate in subscription.default_tax_rates if rate.inclusive
    ]) as inclusive_percent,
    coalesce(subscription."items".has_more, false) as has_more_items,
    subscription."items".data as "items"
from read
