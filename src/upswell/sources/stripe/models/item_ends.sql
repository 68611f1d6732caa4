-- One row is an item and when it ends, if it does, and how that is known. An item that its subscription still lists ends
-- with the subscription; one that is gone ended where the rest of its period was given back, or when it was first seen to be
-- gone, and else with what was paid for.
with claimed as (
    select
        item_id,
        any_value(subscription_id) as subscription_id,
        bool_or(metered) as metered,
        max(starts_at) filter (where evidence <> 'inferred') as last_claim_at,
        max(paid_until) filter (where evidence in ('line', 'proration')) as paid_until,
        max(coalesce(paid_until, starts_at)) as claimed_until
    from item_claims
    group by item_id
),

given_back as (
    select lines.item_id, max(lines.period_start) as ended_at, arg_max(lines.line_id, lines.period_start) as line_id
    from lines
    inner join claimed on claimed.item_id = lines.item_id and lines.period_start >= claimed.last_claim_at
    left join item_claims as next on next.item_id = lines.item_id and next.starts_at = lines.period_start
    where lines.proration and (lines.amount < 0 or lines.description ilike 'unused time%') and next.item_id is null
    group by lines.item_id
),

last_seen as (
    select item_id, max((seen_at, seen_no)) as seen
    from subscription_items group by item_id
),

-- When a subscription was first seen, to the day, without an item that was on it or on its invoices before.
gone as (
    select
        claimed.item_id,
        min(versions.seen_at) filter (
            where versions.seen_in in ('event', 'webhook')
                or versions.seen_at - versions.former_started_at <= interval 26 hours
        ) as ended_at
    from claimed
    left join last_seen on last_seen.item_id = claimed.item_id
    inner join (
        select subscription_versions.*, readings.former_started_at
        from subscription_versions
        asof left join readings on subscription_versions.seen_at >= readings.started_at
    ) as versions
        on versions.subscription_id = claimed.subscription_id
            and versions.seen_at > claimed.last_claim_at
            and coalesce((versions.seen_at, versions.seen_no) > last_seen.seen, true) and not versions.has_more_items
    group by claimed.item_id
),

standing as (
    select
        claimed.*,
        versions.ended_at as subscription_ended_at,
        items.item_id is not null or (versions.has_more_items and listed.object_id is not null) as held,
        coalesce(
            versions.cancel_at,
            case when versions.cancel_at_period_end then coalesce(items.current_period_end, claimed.paid_until) end
        ) as planned_end
    from claimed
    left join subscription_versions as versions
        on versions.subscription_id = claimed.subscription_id and versions.latest
    left join subscription_items as items
        on items.subscription_id = versions.subscription_id and items.seen_no = versions.seen_no
            and items.item_id = claimed.item_id
    left join latest_objects as listed
        on listed.object_type = 'subscription_item' and listed.object_id = claimed.item_id and not listed.deleted
)

select
    standing.item_id,
    standing.subscription_id,
    case
        when subscription_ended_at is not null and held then subscription_ended_at
        when held then planned_end
        else least(
            coalesce(given_back.ended_at, claimed_until),
            coalesce(gone.ended_at, claimed_until),
            coalesce(subscription_ended_at, claimed_until)
        )
    end as ends_at,
    case
        when subscription_ended_at is not null and held then 'subscription ended'
        when held then 'running'
        when given_back.ended_at is not null then 'given back by ' || given_back.line_id
        when gone.ended_at < claimed_until then 'removed'
        else 'inferred'
    end as evidence
from standing
left join given_back on given_back.item_id = standing.item_id
left join gone on gone.item_id = standing.item_id
