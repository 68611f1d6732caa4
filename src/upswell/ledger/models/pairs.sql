-- One row is an item that ended and the item that took its place in the same moment of a customer. Largest meets largest,
-- ties by id, in four stages, each over what the former left: inside a subscription the same type and product, then plan
-- with plan; across subscriptions the same type and product, then a sole ended plan with a sole started plan. A policy that
-- decides what is new by subscription pairs inside subscriptions only.
-- A pause neither ends nor starts an item: what ends must hold nothing after, what starts must have held nothing before.
with ended_and_started as (
    select
        customer_key,
        subscription_key,
        moment_at,
        moment_on,
        item_key,
        before_counts as ends,
        case when before_counts then before_offer_key else after_offer_key end as offer_key,
        case when before_counts then before_mrr else after_mrr end as mrr
    from item_changes
    where (before_counts and not after_holds) or (after_counts and not before_holds)
),

moments_with_both_sides as (
    select customer_key, moment_at
    from ended_and_started
    where ends
    intersect
    select customer_key, moment_at
    from ended_and_started
    where not ends
),

candidates as (
    select
        ended_and_started.customer_key,
        ended_and_started.subscription_key,
        ended_and_started.moment_at,
        ended_and_started.item_key,
        ended_and_started.ends,
        offer_keys.item_type,
        offer_keys.product_key,
        ended_and_started.mrr * coalesce(day_rates.rate, 1) as size
    from ended_and_started
    inner join moments_with_both_sides
        on ended_and_started.customer_key = moments_with_both_sides.customer_key
        and ended_and_started.moment_at = moments_with_both_sides.moment_at
    inner join offer_keys on ended_and_started.offer_key = offer_keys.offer_key
    left join day_rates
        on offer_keys.currency = day_rates.currency
        and ended_and_started.moment_on = day_rates.rate_day
),

ranked_by_product_in_subscription as (
    select
        *,
        row_number() over (
            partition by customer_key, moment_at, subscription_key, item_type, product_key, ends
            order by size desc, item_key
        ) as size_rank
    from candidates
),

product_pairs_in_subscription as (
    select ended.customer_key, ended.moment_at, ended.item_key as ended_item_key, started.item_key as started_item_key
    from ranked_by_product_in_subscription as ended
    inner join ranked_by_product_in_subscription as started
        on ended.customer_key = started.customer_key
        and ended.moment_at = started.moment_at
        and ended.subscription_key = started.subscription_key
        and ended.item_type = started.item_type
        and ended.product_key = started.product_key
        and ended.size_rank = started.size_rank
    where ended.ends and not started.ends
),

plans_left_in_subscription as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.customer_key, candidates.moment_at,
                candidates.subscription_key, candidates.ends
            order by candidates.size desc, candidates.item_key
        ) as size_rank
    from candidates
    left join product_pairs_in_subscription as former
        on candidates.customer_key = former.customer_key
        and candidates.moment_at = former.moment_at
        and candidates.item_key in (former.ended_item_key, former.started_item_key)
    where former.customer_key is null and candidates.item_type = 'plan'
),

plan_pairs_in_subscription as (
    select ended.customer_key, ended.moment_at, ended.item_key as ended_item_key, started.item_key as started_item_key
    from plans_left_in_subscription as ended
    inner join plans_left_in_subscription as started
        on ended.customer_key = started.customer_key
        and ended.moment_at = started.moment_at
        and ended.subscription_key = started.subscription_key
        and ended.size_rank = started.size_rank
    where ended.ends and not started.ends
),

pairs_in_subscriptions as (
    select * from product_pairs_in_subscription
    union all
    select * from plan_pairs_in_subscription
),

left_across_subscriptions as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.customer_key, candidates.moment_at,
                candidates.item_type, candidates.product_key, candidates.ends
            order by candidates.size desc, candidates.item_key
        ) as size_rank
    from candidates
    left join pairs_in_subscriptions as former
        on candidates.customer_key = former.customer_key
        and candidates.moment_at = former.moment_at
        and candidates.item_key in (former.ended_item_key, former.started_item_key)
    left join policy on true
    where former.customer_key is null and policy.level <> 'subscription'
),

product_pairs_across_subscriptions as (
    select ended.customer_key, ended.moment_at, ended.item_key as ended_item_key, started.item_key as started_item_key
    from left_across_subscriptions as ended
    inner join left_across_subscriptions as started
        on ended.customer_key = started.customer_key
        and ended.moment_at = started.moment_at
        and ended.item_type = started.item_type
        and ended.product_key = started.product_key
        and ended.size_rank = started.size_rank
    where ended.ends and not started.ends
),

plans_left_last as (
    select
        left_across_subscriptions.customer_key,
        left_across_subscriptions.moment_at,
        left_across_subscriptions.ends,
        left_across_subscriptions.item_key
    from left_across_subscriptions
    left join product_pairs_across_subscriptions as former
        on left_across_subscriptions.customer_key = former.customer_key
        and left_across_subscriptions.moment_at = former.moment_at
        and left_across_subscriptions.item_key in (former.ended_item_key, former.started_item_key)
    where former.customer_key is null and left_across_subscriptions.item_type = 'plan'
),

sole_plan_pairs as (
    select
        customer_key,
        moment_at,
        max(case when ends then item_key end) as ended_item_key,
        max(case when not ends then item_key end) as started_item_key
    from plans_left_last
    group by customer_key, moment_at
    having count(*) = 2 and bool_or(ends) and bool_or(not ends)
)

select * from pairs_in_subscriptions
union all
select * from product_pairs_across_subscriptions
union all
select * from sole_plan_pairs
