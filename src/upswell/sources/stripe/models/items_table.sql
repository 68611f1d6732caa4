-- One row is a row of the contract's `items`: an item version and, under `evidence`, what shows it. Subscriptions whose
-- first payment never came are none. What a schedule has planned follows what is sold today.
with counted as (
    select
        history.*,
        row_number() over (partition by history.item_id order by history.starts_at desc) = 1 as is_last,
        versions.canceled_at,
        versions.ended_at as subscription_ended_at,
        case when versions.ended_at is not null or versions.cancel_at_period_end or versions.cancel_at is not null
            then versions.canceled_at end as cancel_requested_at,
        versions.trial_end
    from item_history as history
    left join subscription_versions as versions
        on versions.subscription_id = history.subscription_id and versions.latest
    where versions.status is null or versions.status not in ('incomplete', 'incomplete_expired')
),

planned as (
    select subscription_id, min(starts_at) as first_at from phase_items group by subscription_id
),

rows_of_items as (
    select
        counted.customer_id,
        counted.subscription_id,
        counted.item_id,
        counted.price_id,
        counted.starts_at,
        least(
            counted.ends_at,
            case when counted.is_last and counted.subscription_ended_at is null then planned.first_at end
        ) as ends_at,
        counted.quantity,
        counted.unit_amount,
        counted.currency,
        counted.discount_percent,
        counted.discount_amount,
        counted.discount_until,
        counted.status,
        case when counted.status = 'trialing' then counted.trial_end end as trial_until,
        case when counted.is_last and counted.end_evidence in ('subscription ended', 'running')
            then counted.cancel_requested_at end as cancel_requested_at,
        case counted.evidence
            when 'line' then 'invoice line ' || counted.line_id
            when 'proration' then 'proration ' || counted.line_id
            when 'event' then 'event of ' || strftime(counted.starts_at, '%Y-%m-%dT%H:%M:%SZ')
            when 'observed' then 'seen at ' || strftime(counted.starts_at, '%Y-%m-%dT%H:%M:%SZ')
            when 'created' then 'created at ' || strftime(counted.starts_at, '%Y-%m-%dT%H:%M:%SZ')
            else 'inferred: changed without proration, booked at the next period'
        end
        || case when counted.is_last and counted.end_evidence not in ('running') then
            case counted.end_evidence
                when 'inferred' then '; end inferred: gone without proration, booked when its paid period ended'
                else '; ' || counted.end_evidence
            end
            else '' end as evidence
    from counted
    left join planned on planned.subscription_id = counted.subscription_id
    union all by name
    select
        versions.customer_id,
        phases.subscription_id,
        coalesce(phases.item_id, phases.schedule_id || ':' || phases.price_id) as item_id,
        phases.price_id,
        phases.starts_at,
        -- The last phase goes on with the subscription.
        case when exists (
            select 1 from phase_items as later
            where later.schedule_id = phases.schedule_id and later.starts_at >= phases.ends_at
        ) then phases.ends_at end as ends_at,
        phases.quantity,
        case when totals.plain or phases.quantity = 0 then major_of(totals.unit_amount, digits)
            else share_of(major_of(totals.total, digits), phases.quantity) end as unit_amount,
        phases.currency,
        'active' as status,
        'schedule ' || phases.schedule_id as evidence
    from phase_items as phases
    inner join subscription_versions as versions
        on versions.subscription_id = phases.subscription_id and versions.latest
            and versions.status not in ('incomplete', 'incomplete_expired')
    left join price_totals as totals
        on totals.price_id = phases.price_id and totals.currency = phases.currency and totals.quantity = phases.quantity
    left join currency_digits on currency_digits.currency = phases.currency
)

select
    rows_of_items.customer_id,
    rows_of_items.subscription_id,
    rows_of_items.item_id,
    prices.product_id,
    prices.plan_id,
    rows_of_items.price_id,
    strftime(starts_at, '%Y-%m-%dT%H:%M:%SZ') as starts_at,
    strftime(ends_at, '%Y-%m-%dT%H:%M:%SZ') as ends_at,
    cast(quantity as varchar) as quantity,
    cast(rows_of_items.unit_amount as varchar) as unit_amount,
    rows_of_items.currency,
    prices.billing_interval as "interval",
    cast(prices.interval_count as varchar) as interval_count,
    cast(discount_percent as varchar) as discount_percent,
    cast(discount_amount as varchar) as discount_amount,
    strftime(discount_until, '%Y-%m-%dT%H:%M:%SZ') as discount_until,
    prices.item_type,
    status,
    strftime(trial_until, '%Y-%m-%dT%H:%M:%SZ') as trial_until,
    strftime(cancel_requested_at, '%Y-%m-%dT%H:%M:%SZ') as cancel_requested_at,
    evidence
from rows_of_items
left join prices on prices.price_id = rows_of_items.price_id
where rows_of_items.starts_at < coalesce(rows_of_items.ends_at, timestamp '9999-01-01')
order by customer_id, subscription_id, item_id, rows_of_items.starts_at
