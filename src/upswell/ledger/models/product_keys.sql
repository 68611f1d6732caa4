-- One row is a product and the integer that stands for it while items are followed through their changes.
with products as (
    select distinct product_id
    from current_items
)

select
    row_number() over (order by product_id) as product_key,
    product_id
from products
