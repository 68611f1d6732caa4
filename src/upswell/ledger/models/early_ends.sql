-- One row is an item version that counts as ended before its paid period is over: at the request to cancel, under a policy
-- that dates churn so. A request was withdrawn when another version of the item follows at once. Paid until 15 March,
-- cancelled on 2 March: the version ends on 2 March.
select
    requested.source_row,
    greatest(requested.starts_at, requested.cancel_requested_at) as ends_at,
    greatest(requested.starts_on, requested.cancel_requested_on) as ends_on
from current_items as requested
left join policy on true
left join current_items as following
    on requested.customer_id = following.customer_id
    and requested.subscription_id = following.subscription_id
    and requested.item_id = following.item_id
    and requested.ends_at = following.starts_at
    and (following.ends_at is null or following.ends_at > following.starts_at)
where policy.churn_date = 'cancel_request'
    and requested.cancel_requested_at is not null
    and (requested.ends_at is null or requested.cancel_requested_at < requested.ends_at)
    and following.source_row is null
