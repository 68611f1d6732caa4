-- One row is an item and its first day, under a policy that values an item at the rate of its first day. An item that came
-- to count by taking the place of another carries on from that one's first day, as far back as such pairs lead. A pair
-- later in its life, after it went and came back, changes nothing: the past keeps its rates.
with recursive counted_firsts as (
    select item_changes.item_key, min(item_changes.moment_at) as moment_at
    from item_changes
    left join policy on true
    where policy.fx = 'item_start' and item_changes.after_counts
    group by item_changes.item_key
),

lineages as (
    select item_key, item_key as ancestor_item_key
    from counted_firsts
    union all
    select lineages.item_key, pairs.ended_item_key as ancestor_item_key
    from lineages
    inner join counted_firsts on lineages.ancestor_item_key = counted_firsts.item_key
    inner join pairs
        on counted_firsts.item_key = pairs.started_item_key
        and counted_firsts.moment_at = pairs.moment_at
),

own_first_days as (
    select item_versions.item_key, min(item_versions.starts_on) as first_on
    from item_versions
    left join policy on true
    where policy.fx = 'item_start'
    group by item_versions.item_key
),

roots as (
    select lineages.item_key, lineages.ancestor_item_key
    from lineages
    inner join counted_firsts on lineages.ancestor_item_key = counted_firsts.item_key
    left join pairs
        on counted_firsts.item_key = pairs.started_item_key
        and counted_firsts.moment_at = pairs.moment_at
    where pairs.started_item_key is null
)

select own_first_days.item_key, coalesce(ancestors.first_on, own_first_days.first_on) as first_on
from own_first_days
left join roots on own_first_days.item_key = roots.item_key
left join own_first_days as ancestors on roots.ancestor_item_key = ancestors.item_key
