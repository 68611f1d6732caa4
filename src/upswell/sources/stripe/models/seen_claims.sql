-- One row is what a subscription was seen to hold of an item. An event tells the moment of a change; a sync that follows
-- another within 26 hours tells the day. Otherwise nobody knows when the change was: it is booked where the next period
-- starts and marked `inferred`. Of several such sightings before one such start, the last rules.
with seen as (
    select
        items.*,
        versions.customer_id,
        coalesce(versions.currency, prices.currency) as currency,
        readings.former_started_at
    from subscription_items as items
    inner join prices on prices.price_id = items.price_id
    left join subscription_versions as versions
        on versions.subscription_id = items.subscription_id and versions.latest
    asof left join readings on items.seen_at >= readings.started_at
    where not prices.metered
),

dated as (
    select
        *,
        case
            when seen_in in ('event', 'webhook') then 'event'
            when seen_at - former_started_at <= interval 26 hours then 'observed'
            else 'inferred'
        end as evidence
    from seen
)

select
    customer_id,
    subscription_id,
    item_id,
    price_id,
    quantity,
    currency,
    evidence,
    seen_at,
    seen_no,
    case when evidence = 'inferred' then current_period_end else seen_at end as starts_at,
    current_period_end as paid_until
from dated
where evidence <> 'inferred' or current_period_end is not null
qualify row_number() over (
    partition by item_id, evidence = 'inferred', case when evidence = 'inferred' then current_period_end else seen_at end
    order by seen_at desc, seen_no desc
) = 1
