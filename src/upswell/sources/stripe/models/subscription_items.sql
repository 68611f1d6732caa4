-- One row is an item of a subscription version: what was sold, how many, paid up to when. Items past the first ten of a
-- subscription are listed by themselves and seen at a moment of their own.
with given as (
    select
        subscription_id,
        seen_no,
        seen_at,
        seen_in,
        unnest("items") as item
    from subscription_versions
    union all by name
    select
        coalesce(parent_id, id_of(raw -> '$.subscription')) as subscription_id,
        seen_no,
        seen_at,
        seen_in,
        raw as item
    from objects
    where object_type = 'subscription_item' and not deleted
),

read as (
    select
        *,
        from_json(item, '{
            "id": "VARCHAR", "price": "JSON", "plan": "JSON", "quantity": "VARCHAR", "created": "BIGINT",
            "current_period_end": "BIGINT", "discounts": ["JSON"]
        }') as fields
    from given
)

select
    read.subscription_id,
    read.seen_no,
    read.seen_at,
    read.seen_in,
    fields.id as item_id,
    coalesce(id_of(fields.price), id_of(fields.plan)) as price_id,
    case when json_type(fields.price) = 'OBJECT' then fields.price else fields.plan end as price,
    cast(fields.quantity as decimal(18, 4)) as quantity,
    moment_of(fields.created) as created_at,
    coalesce(moment_of(fields.current_period_end), versions.current_period_end) as current_period_end
from read
left join subscription_versions as versions
    on versions.subscription_id = read.subscription_id and versions.seen_no = read.seen_no
