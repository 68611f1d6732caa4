-- One row is a moment that is more than a change of a unit that pays before and after: the verdict is what its rows are
-- booked as (`new`, `churn`, or what the policy says of a return, which `is_return` tells apart), or `dropped` (of a life
-- that the policy does not count). Where a unit has no row here, each of its items is judged by itself; where it pays
-- neither before nor after, that books nothing.
with history as (
    select
        turning_points.*,
        max(case when turning_points.pays_after then 1 else 0 end) over (
            partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
            rows between unbounded preceding and 1 preceding
        ) as paid_earlier,
        max(case when turning_points.paid_before then turning_points.moment_on end) over (
            partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
            rows between unbounded preceding and 1 preceding
        ) as left_on
    from turning_points
    left join dropped_moments
        on turning_points.customer_key = dropped_moments.customer_key
        and turning_points.unit_key = dropped_moments.unit_key
        and turning_points.moment_at = dropped_moments.moment_at
    where dropped_moments.moment_at is null
)

select
    history.customer_key,
    history.unit_key,
    history.moment_at,
    case
        when history.paid_before then 'churn'
        when coalesce(history.paid_earlier, 0) = 0 then 'new'
        when policy.reactivation = 'separate' then 'reactivation'
        when policy.reactivation = 'new_after_days' then
            case
                when date_diff('day', history.left_on, history.moment_on) >= policy.reactivation_new_after_days then 'new'
                else 'reactivation'
            end
        else policy.reactivation
    end as verdict,
    not history.paid_before and coalesce(history.paid_earlier, 0) = 1 as is_return
from history
left join policy on true
union all
select customer_key, unit_key, moment_at, 'dropped' as verdict, false as is_return
from dropped_moments
