-- One row is an item: (customer, subscription, item) and the integers that stand for it in the models.
-- Keys follow the order of the texts, so that a tie broken by key is a tie broken by id.
-- `family_id` is the customer at the head of the customer's family: its parent's parent and so on, as known at as_of. Of
-- customers who are each other's parents the first by id is the head.
with recursive items as (
    select distinct customer_id, subscription_id, item_id
    from current_items
),

ranked_parents as (
    select
        current_customers.customer_id,
        current_customers.parent_id,
        row_number() over (
            partition by current_customers.customer_id
            order by current_customers.valid_from desc nulls last, current_customers.source_row desc
        ) as recency
    from current_customers
    left join clock on true
    where current_customers.parent_id is not null
        and (current_customers.valid_from is null or current_customers.valid_from <= clock.as_of_day)
),

parents as (
    select customer_id, parent_id
    from ranked_parents
    where recency = 1 and customer_id <> parent_id
),

lineages as (
    select customer_id, parent_id as ancestor_id
    from parents
    union
    select lineages.customer_id, parents.parent_id as ancestor_id
    from lineages
    inner join parents on lineages.ancestor_id = parents.customer_id
),

heads as (
    select
        lineages.customer_id,
        -- Without an end the lineage runs in a circle.
        coalesce(min(case when parents.customer_id is null then lineages.ancestor_id end), min(lineages.ancestor_id)) as head_id
    from lineages
    left join parents on lineages.ancestor_id = parents.customer_id
    group by lineages.customer_id
),

members as (
    select items.customer_id, items.subscription_id, items.item_id, coalesce(heads.head_id, items.customer_id) as family_id
    from items
    left join heads on items.customer_id = heads.customer_id
)

select
    cast(row_number() over (order by customer_id, subscription_id, item_id) as integer) as item_key,
    cast(dense_rank() over (order by customer_id, subscription_id) as integer) as subscription_key,
    cast(dense_rank() over (order by customer_id) as integer) as customer_key,
    customer_id,
    subscription_id,
    item_id,
    cast(dense_rank() over (order by family_id) as integer) as family_key,
    family_id
from members
