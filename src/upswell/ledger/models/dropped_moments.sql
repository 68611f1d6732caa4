-- One row is a moment of a life that the policy does not count: new and churned in one month. Lives are looked at from a
-- unit's first on, as long as each was over in the calendar month in which it began; none of their movements is booked.
with lives as (
    select
        turning_points.customer_key,
        turning_points.unit_key,
        turning_points.pays_after as begins,
        turning_points.moment_at as begins_at,
        lead(turning_points.moment_at) over (
            partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
        ) as ends_at,
        coalesce(
            date_trunc('month', turning_points.moment_on) = date_trunc('month', lead(turning_points.moment_on) over (
                partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
            ))
            and turning_points.scheduled = lead(turning_points.scheduled) over (
                partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
            ),
            false
        ) as ends_in_its_month
    from turning_points
    left join policy on true
    where policy.new_and_churned = 'neither'
),

lives_with_longer_ones_before as (
    select
        *,
        sum(case when ends_in_its_month then 0 else 1 end) over (
            partition by customer_key, unit_key order by begins_at
            rows between unbounded preceding and current row
        ) as longer_lives
    from lives
    where begins
),

dropped_lives as (
    select customer_key, unit_key, begins_at, ends_at
    from lives_with_longer_ones_before
    where longer_lives = 0
)

select distinct item_changes.customer_key, dropped_lives.unit_key, item_changes.moment_at
from item_changes
left join policy on true
inner join dropped_lives
    on item_changes.customer_key = dropped_lives.customer_key
    and case policy.level when 'subscription' then item_changes.subscription_key else 0 end = dropped_lives.unit_key
    and item_changes.moment_at >= dropped_lives.begins_at
    and item_changes.moment_at <= dropped_lives.ends_at
