-- One row is a price (or a plan of the old kind): what it bills, how often, and which offer it belongs to. A price that
-- is no longer listed is known from the lines and items that hold it.
with texts as (
    select object_id as price_id, raw as price, case object_type when 'price' then 1 else 2 end as standing
    from latest_objects
    where object_type in ('price', 'plan')
    union all by name
    select price_id, any_value(price) as price, 3 as standing
    from (
        select price_id, price from subscription_items where json_type(price) = 'OBJECT'
        union all
        select price_id, price from lines where json_type(price) = 'OBJECT'
    )
    group by price_id
),

read as (
    select
        price_id,
        price,
        from_json(price, '{
            "product": "JSON", "currency": "VARCHAR", "type": "VARCHAR", "billing_scheme": "VARCHAR",
            "unit_amount": "VARCHAR", "unit_amount_decimal": "VARCHAR", "amount": "VARCHAR", "amount_decimal": "VARCHAR",
            "interval": "VARCHAR", "interval_count": "INTEGER", "usage_type": "VARCHAR",
            "recurring": {"interval": "VARCHAR", "interval_count": "INTEGER", "usage_type": "VARCHAR"},
            "tax_behavior": "VARCHAR", "tiers_mode": "VARCHAR", "tiers": "JSON", "currency_options": "JSON",
            "transform_quantity": {"divide_by": "BIGINT", "round": "VARCHAR"},
            "transform_usage": {"divide_by": "BIGINT", "round": "VARCHAR"},
            "metadata": {"upswell_plan": "VARCHAR", "upswell_product": "VARCHAR", "upswell_type": "VARCHAR"}
        }') as fields
    from texts
    qualify row_number() over (partition by price_id order by standing) = 1
),

products as (
    select
        object_id as product_id,
        raw ->> '$.metadata.upswell_plan' as plan,
        raw ->> '$.metadata.upswell_product' as product,
        raw ->> '$.metadata.upswell_type' as type
    from latest_objects
    where object_type = 'product'
),

offered as (
    select
        read.*,
        coalesce(of_price.plan_id, of_product.plan_id, fields.metadata.upswell_plan, products.plan, id_of(fields.product))
            as plan_id,
        coalesce(of_price.product_id, of_product.product_id, fields.metadata.upswell_product, products.product) as own_product_id,
        coalesce(of_price.item_type, of_product.item_type, fields.metadata.upswell_type, products.type, 'plan') as own_type
    from read
    left join products on products.product_id = id_of(read.fields.product)
    left join plan_settings as of_price on of_price.stripe_id = read.price_id
    left join plan_settings as of_product on of_product.stripe_id = id_of(read.fields.product)
)

select
    price_id,
    plan_id,
    coalesce(own_product_id, plan_id) as product_id,
    coalesce(coalesce(fields.recurring.usage_type, fields.usage_type) = 'metered', false) as metered,
    case when coalesce(fields.recurring.usage_type, fields.usage_type) = 'metered' then 'usage' else own_type end as item_type,
    upper(fields.currency) as currency,
    coalesce(fields.recurring."interval", fields."interval") as billing_interval,
    coalesce(fields.recurring.interval_count, fields.interval_count, 1) as interval_count,
    cast(coalesce(fields.unit_amount_decimal, fields.unit_amount, fields.amount_decimal, fields.amount) as decimal(24, 12))
        as unit_amount,
    coalesce(fields.tax_behavior = 'inclusive', false) as includes_tax,
    fields.tiers_mode as tiers_mode,
    fields.tiers as tiers,
    fields.currency_options as currency_options,
    coalesce(fields.transform_quantity.divide_by, fields.transform_usage.divide_by) as pack_size,
    coalesce(fields.transform_quantity."round", fields.transform_usage."round") as pack_rounding
from offered
