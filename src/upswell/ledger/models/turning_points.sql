-- One row is a moment in which a unit begins to pay or ceases to. A unit is what the policy says is new or
-- churned: a customer (unit_key 0) or each of its subscriptions.
-- Paying items are counted, not summed: every MRR is 0 or more, so the balance is 0 exactly when no item pays.
with turns as (
    select
        item_changes.customer_key,
        case policy.level when 'subscription' then item_changes.subscription_key else 0 end as unit_key,
        item_changes.moment_at,
        max(item_changes.moment_on) as moment_on,
        bool_or(item_changes.scheduled) as scheduled,
        count(case when item_changes.after_mrr > 0 then 1 end) - count(case when item_changes.before_mrr > 0 then 1 end)
            as paying_items_change
    from item_changes
    left join policy on true
    where (item_changes.after_mrr > 0) <> (item_changes.before_mrr > 0)
    group by
        item_changes.customer_key,
        case policy.level when 'subscription' then item_changes.subscription_key else 0 end,
        item_changes.moment_at
),

running_counts as (
    select
        *,
        sum(paying_items_change) over (
            partition by customer_key, unit_key order by moment_at
            rows between unbounded preceding and current row
        ) as paying_items_after
    from turns
)

select
    customer_key,
    unit_key,
    moment_at,
    moment_on,
    scheduled,
    paying_items_after - paying_items_change > 0 as paid_before,
    paying_items_after > 0 as pays_after
from running_counts
where paying_items_change <> 0 and (paying_items_after = 0 or paying_items_after = paying_items_change)
