-- One row is a part of an item version in which status and discount do not change, over [starts_at, ends_at).
-- A version is cut at the end of its trial and at the end of its discount, where these lie inside it.
-- A part before the end of the trial is `trialing` (a paused or unpaid version stays so); after it, active.
-- span_id is the source row times 4 plus the part's number, so it names the same part in every rebuild.
with versions_with_cuts as (
    select
        *,
        trial_until > starts_at and (ends_at is null or trial_until < ends_at) as trial_cuts,
        discount_until > starts_at and (ends_at is null or discount_until < ends_at) as discount_cuts
    from current_items
    where ends_at is null or ends_at > starts_at
),

uncut_versions as (
    select
        *,
        0 as part,
        starts_at as part_starts_at,
        starts_on as part_starts_on,
        ends_at as part_ends_at,
        ends_on as part_ends_on
    from versions_with_cuts
    where coalesce(trial_cuts, false) = false and coalesce(discount_cuts, false) = false
),

cut_versions as (
    select
        *,
        least(case when trial_cuts then trial_until end, case when discount_cuts then discount_until end) as first_cut_at,
        least(case when trial_cuts then trial_until_on end, case when discount_cuts then discount_until_on end)
            as first_cut_on,
        case when trial_cuts and discount_cuts and trial_until <> discount_until then greatest(trial_until, discount_until) end
            as second_cut_at,
        case
            when trial_cuts and discount_cuts and trial_until <> discount_until
                then greatest(trial_until_on, discount_until_on)
        end as second_cut_on
    from versions_with_cuts
    where trial_cuts or discount_cuts
),

numbered_parts as (
    select 0 as part
    union all
    select 1 as part
    union all
    select 2 as part
),

parts_of_cut_versions as (
    select
        cut_versions.*,
        numbered_parts.part,
        case numbered_parts.part
            when 0 then cut_versions.starts_at
            when 1 then cut_versions.first_cut_at
            else cut_versions.second_cut_at
        end as part_starts_at,
        case numbered_parts.part
            when 0 then cut_versions.starts_on
            when 1 then cut_versions.first_cut_on
            else cut_versions.second_cut_on
        end as part_starts_on,
        case numbered_parts.part
            when 0 then cut_versions.first_cut_at
            when 1 then coalesce(cut_versions.second_cut_at, cut_versions.ends_at)
            else cut_versions.ends_at
        end as part_ends_at,
        case numbered_parts.part
            when 0 then cut_versions.first_cut_on
            when 1 then coalesce(cut_versions.second_cut_on, cut_versions.ends_on)
            else cut_versions.ends_on
        end as part_ends_on
    from cut_versions
    cross join numbered_parts
    where numbered_parts.part < 2 or cut_versions.second_cut_at is not null
),

parts as (
    select
        part, part_starts_at, part_starts_on, part_ends_at, part_ends_on,
        customer_id, subscription_id, item_id, product_id, plan_id, price_id, item_type, status, trial_until,
        currency, quantity, unit_amount, mrr, discount_percent, discount_amount, discount_until,
        interval, interval_count, source_row
    from uncut_versions
    union all
    select
        part, part_starts_at, part_starts_on, part_ends_at, part_ends_on,
        customer_id, subscription_id, item_id, product_id, plan_id, price_id, item_type, status, trial_until,
        currency, quantity, unit_amount, mrr, discount_percent, discount_amount, discount_until,
        interval, interval_count, source_row
    from parts_of_cut_versions
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
    product_keys.product_key,
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
inner join product_keys on parts.product_id = product_keys.product_id
