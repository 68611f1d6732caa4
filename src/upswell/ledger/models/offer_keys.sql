-- One row is an offer: a plan of a product in a currency and as a type of item, and the integers that stand for it.
-- Two spans of one offer_key differ in price, quantity and discount at most.
with offers as (
    select distinct product_id, plan_id, currency, item_type
    from current_items
)

select
    cast(row_number() over (order by product_id, plan_id, currency, item_type) as integer) as offer_key,
    cast(dense_rank() over (order by product_id, plan_id) as integer) as plan_key,
    cast(dense_rank() over (order by product_id) as integer) as product_key,
    product_id,
    plan_id,
    currency,
    item_type
from offers
