-- One row is a customer's moment and what it was for the customer as a whole: `new`, `reactivation`, `churn`,
-- `change` (paying before and after: each item is judged by itself) or `nothing` (paying neither before nor after).
-- Paying items are counted, not summed: every MRR is 0 or more, so the balance is 0 exactly when no item pays.
with turns as (
    select
        customer_key,
        moment_on,
        scheduled,
        sum(case when after_mrr > 0 then 1 else 0 end - case when before_mrr > 0 then 1 else 0 end) as paying_items_change
    from item_changes
    group by customer_key, moment_on, scheduled
),

running_counts as (
    select
        *,
        sum(paying_items_change) over (
            partition by customer_key order by moment_on, scheduled
            rows between unbounded preceding and current row
        ) as paying_items_after
    from turns
),

history as (
    select
        *,
        paying_items_after - paying_items_change as paying_items_before,
        coalesce(max(paying_items_after) over (
            partition by customer_key order by moment_on, scheduled
            rows between unbounded preceding and 1 preceding
        ), 0) as most_paying_items_earlier
    from running_counts
)

select
    customer_key,
    moment_on,
    scheduled,
    case
        when paying_items_before = 0 and paying_items_after = 0 then 'nothing'
        when paying_items_before = 0 and most_paying_items_earlier = 0 then 'new'
        when paying_items_before = 0 then 'reactivation'
        when paying_items_after = 0 then 'churn'
        else 'change'
    end as verdict
from history
