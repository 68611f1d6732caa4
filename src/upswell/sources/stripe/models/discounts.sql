-- One row is a discount and the coupon it applies, from wherever Stripe shows it: on invoices, lines, subscriptions and
-- customers, in every version landed, since a discount that has ended is listed nowhere any more.
with held as (
    select unnest(json_extract(raw, '$.discounts[*]')) as discount from objects
    where object_type in ('invoice', 'subscription', 'line_item', 'subscription_item', 'invoiceitem')
    union all
    select raw -> '$.discount' as discount from objects
    where object_type in ('invoice', 'subscription', 'customer')
    union all
    select unnest(json_extract(line, '$.discounts[*]')) as discount from line_texts
    union all
    select unnest(json_extract(item, '$.discounts[*]')) as discount
    from (select unnest("items") as item from subscription_versions)
    union all
    select raw as discount from objects where object_type = 'discount'
),

read as (
    select
        discount ->> '$.id' as discount_id,
        coalesce(discount -> '$.source.coupon', discount -> '$.coupon') as coupon,
        moment_of(discount ->> '$.end') as ends_at,
        discount ->> '$.subscription' as subscription_id,
        discount ->> '$.subscription_item' as item_id
    from held
    where json_type(discount) = 'OBJECT'
),

sole as (
    select
        discount_id,
        coalesce(any_value(coupon) filter (where json_type(coupon) = 'OBJECT'), any_value(coupon)) as coupon,
        max(ends_at) as ends_at,
        max(item_id) as item_id
    from read
    where discount_id is not null
    group by discount_id
)

select
    sole.discount_id,
    sole.ends_at,
    sole.item_id,
    id_of(sole.coupon) as coupon_id,
    text ->> '$.duration' as duration,
    cast(text ->> '$.percent_off' as decimal(7, 4)) as percent,
    cast(text ->> '$.amount_off' as bigint) as amount
from (
    select
        sole.*,
        case json_type(sole.coupon) when 'OBJECT' then sole.coupon else coupons.raw end as text
    from sole
    left join latest_objects as coupons on coupons.object_type = 'coupon' and coupons.object_id = id_of(sole.coupon)
) as sole
