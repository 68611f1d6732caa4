-- One row is an item: (customer, subscription, item) and the integers that stand for it in the models.
-- Keys follow the order of the texts, so that a tie broken by key is a tie broken by id.
with items as (
    select distinct customer_id, subscription_id, item_id
    from current_items
)

select
    cast(row_number() over (order by customer_id, subscription_id, item_id) as integer) as item_key,
    cast(dense_rank() over (order by customer_id, subscription_id) as integer) as subscription_key,
    cast(dense_rank() over (order by customer_id) as integer) as customer_key,
    customer_id,
    subscription_id,
    item_id
from items
