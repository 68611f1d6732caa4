-- One row is a moment that is more than a change of a unit that pays before and after: the verdict is what its rows are
-- booked as (`new`, `churn`, or what the policy says of a return, which `is_return` tells apart), or `dropped` (of a life
-- that the policy does not count). Where a unit has no row here, each of its items is judged by itself; where it pays
-- neither before nor after, that books nothing.
-- A unit's turning points alternate, so the one before it begins to pay again is the one at which it ceased.
with history as (
    select
        turning_points.*,
        lag(turning_points.moment_on) over (
            partition by turning_points.customer_key, turning_points.unit_key order by turning_points.moment_at
        ) as former_on
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
        when history.former_on is null then 'new'
        when policy.reactivation = 'separate' then 'reactivation'
        when policy.reactivation = 'new_after_days' then
            case
                when date_diff('day', history.former_on, history.moment_on) >= policy.reactivation_new_after_days then 'new'
                else 'reactivation'
            end
        else policy.reactivation
    end as verdict,
    not history.paid_before and history.former_on is not null as is_return
from history
left join policy on true
union all
select customer_key, unit_key, moment_at, 'dropped' as verdict, false as is_return
from dropped_moments
