-- One row is a plan of a product and the integer by which movements name it.
select distinct plan_key, product_id, plan_id
from offer_keys
