-- One row is an item version that is past due for too long: from the local midnight `lapses_at` on it counts no more.
-- The days run from the day on which the item became past due, over all its versions that follow one another past due.
-- Past due since 3 March under a policy of 30 days: 0 from the midnight that begins 2 April.
with past_due_versions as (
    select
        timed_versions.customer_id,
        timed_versions.subscription_id,
        timed_versions.item_id,
        timed_versions.source_row,
        case when timed_versions.trial_until > timed_versions.starts_at
            then timed_versions.trial_until else timed_versions.starts_at end as due_at,
        case when timed_versions.trial_until > timed_versions.starts_at
            then timed_versions.trial_until_on else timed_versions.starts_on end as due_on,
        timed_versions.ends_at,
        policy.past_due_churn_days
    from timed_versions
    left join policy on true
    where timed_versions.status = 'past_due'
        and policy.past_due = 'counts'
        and policy.past_due_churn_days is not null
        and (timed_versions.ends_at is null or timed_versions.ends_at > timed_versions.starts_at)
        and (timed_versions.ends_at is null or timed_versions.trial_until is null
            or timed_versions.trial_until < timed_versions.ends_at)
),

versions_after_others as (
    select
        *,
        case
            when lag(ends_at) over (partition by customer_id, subscription_id, item_id order by due_at) = due_at then 0
            else 1
        end as begins
    from past_due_versions
),

numbered_runs as (
    select
        *,
        sum(begins) over (
            partition by customer_id, subscription_id, item_id order by due_at
            rows between unbounded preceding and current row
        ) as run_number
    from versions_after_others
),

dated_runs as (
    select
        source_row,
        ends_at,
        min(due_on) over (partition by customer_id, subscription_id, item_id, run_number) + past_due_churn_days as lapses_on
    from numbered_runs
)

select dated_runs.source_row, local_days.starts_at as lapses_at, dated_runs.lapses_on
from dated_runs
inner join local_days on dated_runs.lapses_on = local_days.day
where dated_runs.ends_at is null or local_days.starts_at < dated_runs.ends_at
