-- One row is a customer's product in a moment and whether the customer held it just before and just after. Only for
-- customers of whom, while they paid, an item appeared or went unpaired: nobody else's driver depends on it.
with customers_in_question as (
    select distinct customer_key
    from changes
    where verdict = 'change' and (before_span is null or after_span is null)
),

hold_changes as (
    select item_changes.customer_key, item_changes.moment_on, item_changes.scheduled, item_versions.product_id, -1 as held_items_change
    from item_changes
    inner join customers_in_question on item_changes.customer_key = customers_in_question.customer_key
    inner join item_versions on item_changes.before_span = item_versions.span_id
    where item_changes.before_holds
    union all
    select item_changes.customer_key, item_changes.moment_on, item_changes.scheduled, item_versions.product_id, 1 as held_items_change
    from item_changes
    inner join customers_in_question on item_changes.customer_key = customers_in_question.customer_key
    inner join item_versions on item_changes.after_span = item_versions.span_id
    where item_changes.after_holds
),

turns as (
    select customer_key, moment_on, scheduled, product_id, sum(held_items_change) as held_items_change
    from hold_changes
    group by customer_key, moment_on, scheduled, product_id
),

running_counts as (
    select
        *,
        sum(held_items_change) over (
            partition by customer_key, product_id order by moment_on, scheduled
            rows between unbounded preceding and current row
        ) as held_items_after
    from turns
)

select
    customer_key,
    moment_on,
    scheduled,
    product_id,
    held_items_after - held_items_change > 0 as held_before,
    held_items_after > 0 as held_after
from running_counts
