-- One row is a part of an item version in which status and discount do not change, over [starts_at, ends_at).
-- A version is cut at the end of its trial and at the end of its discount, where these lie inside it.
-- A part before the end of the trial is `trialing` (a paused or unpaid version stays so); after it, active.
-- span_id is the source row times 4 plus the part's number, so it names the same part in every rebuild.
with cut_versions as (
    select
        *,
        case when trial_until > starts_at and (ends_at is null or trial_until < ends_at) then trial_until end
            as trial_cut_at,
        case when trial_until > starts_at and (ends_at is null or trial_until < ends_at) then trial_until_on end
            as trial_cut_on,
        case when discount_until > starts_at and (ends_at is null or discount_until < ends_at) then discount_until end
            as discount_cut_at,
        case when discount_until > starts_at and (ends_at is null or discount_until < ends_at) then discount_until_on end
            as discount_cut_on
    from current_items
    where ends_at is null or ends_at > starts_at
),

versions_with_ordered_cuts as (
    select
        *,
        least(trial_cut_at, discount_cut_at) as first_cut_at,
        least(trial_cut_on, discount_cut_on) as first_cut_on,
        case when trial_cut_at <> discount_cut_at then greatest(trial_cut_at, discount_cut_at) end as second_cut_at,
        case when trial_cut_at <> discount_cut_at then greatest(trial_cut_on, discount_cut_on) end as second_cut_on
    from cut_versions
),

first_parts as (
    select
        0 as part,
        starts_at as part_starts_at,
        starts_on as part_starts_on,
        coalesce(first_cut_at, ends_at) as part_ends_at,
        coalesce(first_cut_on, ends_on) as part_ends_on,
        *
    from versions_with_ordered_cuts
),

second_parts as (
    select
        1 as part,
        first_cut_at as part_starts_at,
        first_cut_on as part_starts_on,
        coalesce(second_cut_at, ends_at) as part_ends_at,
        coalesce(second_cut_on, ends_on) as part_ends_on,
        *
    from versions_with_ordered_cuts
    where first_cut_at is not null
),

third_parts as (
    select
        2 as part,
        second_cut_at as part_starts_at,
        second_cut_on as part_starts_on,
        ends_at as part_ends_at,
        ends_on as part_ends_on,
        *
    from versions_with_ordered_cuts
    where second_cut_at is not null
),

parts as (
    select * from first_parts
    union all
    select * from second_parts
    union all
    select * from third_parts
)

select
    parts.source_row * 4 + parts.part as span_id,
    item_keys.item_key,
    item_keys.subscription_key,
    item_keys.customer_key,
    parts.part_starts_at as starts_at,
    parts.part_starts_on as starts_on,
    parts.part_ends_at as ends_at,
    parts.part_ends_on as ends_on,
    parts.product_id,
    parts.plan_id,
    parts.price_id,
    parts.item_type,
    case
        when parts.status in ('paused', 'unpaid') then parts.status
        when parts.part_starts_at < parts.trial_until then 'trialing'
        when parts.status = 'trialing' and parts.trial_until is not null then 'active'
        else parts.status
    end as status,
    parts.currency,
    parts.quantity,
    parts.unit_amount,
    parts.mrr as given_mrr,
    case
        when parts.discount_until is null or parts.part_starts_at < parts.discount_until
            then coalesce(parts.discount_percent, 0)
        else 0
    end as discount_percent,
    case
        when parts.discount_until is null or parts.part_starts_at < parts.discount_until
            then coalesce(parts.discount_amount, 0)
        else 0
    end as discount_amount,
    parts.interval as billing_interval,
    parts.interval_count,
    parts.source_row
from parts
inner join item_keys
    on parts.customer_id = item_keys.customer_id
    and parts.subscription_id = item_keys.subscription_id
    and parts.item_id = item_keys.item_id
