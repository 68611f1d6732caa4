-- One row is a customer's product in a moment in which the customer's hold on it may have changed, and whether the
-- customer held it just before and just after. Only for customers of whom an item appeared or went unpaired while they
-- paid, or that came back (which a policy may book as expansion): nobody else's driver depends on it. An item that holds one product
-- before and after changes nothing here.
with customers_in_question as (
    select distinct customer_key
    from changes
    where (verdict = 'change' and (before_span is null or after_span is null)) or is_return
),

hold_turns as (
    select
        item_changes.customer_key,
        item_changes.moment_at,
        item_changes.before_holds,
        item_changes.after_holds,
        before_offers.product_key as before_product_key,
        after_offers.product_key as after_product_key
    from item_changes
    inner join customers_in_question on item_changes.customer_key = customers_in_question.customer_key
    left join offer_keys as before_offers on item_changes.before_offer_key = before_offers.offer_key
    left join offer_keys as after_offers on item_changes.after_offer_key = after_offers.offer_key
    -- The test names a customer to come after the join: before it, a planner would take the changes for few and build its
    -- table on them instead of on the customers.
    where case
        when item_changes.before_holds <> item_changes.after_holds then true
        else item_changes.before_holds and before_offers.product_key <> after_offers.product_key
    end = (customers_in_question.customer_key > 0)
),

hold_changes as (
    select customer_key, moment_at, before_product_key as product_key, -1 as held_items_change
    from hold_turns
    where before_holds
    union all
    select customer_key, moment_at, after_product_key as product_key, 1 as held_items_change
    from hold_turns
    where after_holds
),

turns as (
    select customer_key, moment_at, product_key, sum(held_items_change) as held_items_change
    from hold_changes
    group by customer_key, moment_at, product_key
),

running_counts as (
    select
        *,
        sum(held_items_change) over (
            partition by customer_key, product_key order by moment_at
            rows between unbounded preceding and current row
        ) as held_items_after
    from turns
)

select
    customer_key,
    moment_at,
    product_key,
    held_items_after - held_items_change > 0 as held_before,
    held_items_after > 0 as held_after
from running_counts
