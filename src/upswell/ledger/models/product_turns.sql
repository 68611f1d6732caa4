-- One row is a customer's product in a moment in which the customer's hold on it may have changed, and whether the
-- customer held it just before and just after. Only for customers of whom, while they paid, an item appeared or went
-- unpaired: nobody else's driver depends on it. An item that holds one product before and after changes nothing here.
with customers_in_question as (
    select distinct customer_key
    from changes
    where verdict = 'change' and (before_span is null or after_span is null)
),

hold_turns as (
    select item_changes.*
    from item_changes
    inner join customers_in_question on item_changes.customer_key = customers_in_question.customer_key
    where item_changes.before_holds <> item_changes.after_holds
        or (item_changes.before_holds and item_changes.before_product_key <> item_changes.after_product_key)
),

hold_changes as (
    select customer_key, moment_on, scheduled, before_product_key as product_key, -1 as held_items_change
    from hold_turns
    where before_holds
    union all
    select customer_key, moment_on, scheduled, after_product_key as product_key, 1 as held_items_change
    from hold_turns
    where after_holds
),

turns as (
    select customer_key, moment_on, scheduled, product_key, sum(held_items_change) as held_items_change
    from hold_changes
    group by customer_key, moment_on, scheduled, product_key
),

running_counts as (
    select
        *,
        sum(held_items_change) over (
            partition by customer_key, product_key order by moment_on, scheduled
            rows between unbounded preceding and current row
        ) as held_items_after
    from turns
)

select
    customer_key,
    moment_on,
    scheduled,
    product_key,
    held_items_after - held_items_change > 0 as held_before,
    held_items_after > 0 as held_after
from running_counts
