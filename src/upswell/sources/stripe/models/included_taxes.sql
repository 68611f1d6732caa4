-- One row is an item and the percent of tax that is inside its price: as on its last line that shows a tax, and, where the
-- price includes tax and no line of the item shows it yet, as on the last such line of the subscription, or as the
-- subscription says that it is taxed.
with shown as (
    select
        item_id,
        subscription_id,
        inclusive_percent,
        (issued_at, place) as shown_at
    from lines
    where inclusive_percent > 0 and subscription_id is not null
),

of_item as (
    select item_id, arg_max(inclusive_percent, shown_at) as inclusive_percent
    from shown where item_id is not null group by item_id
),

of_subscription as (
    select subscription_id, arg_max(inclusive_percent, shown_at) as inclusive_percent
    from shown group by subscription_id
),

items as (
    select item_id, subscription_id, price_id from lines where item_id is not null
    union
    select item_id, subscription_id, price_id from subscription_items
)

select
    items.item_id,
    items.price_id,
    coalesce(
        any_value(of_item.inclusive_percent),
        any_value(of_subscription.inclusive_percent),
        any_value(versions.inclusive_percent)
    ) as inclusive_percent
from items
inner join prices on prices.price_id = items.price_id
left join of_item on of_item.item_id = items.item_id
left join of_subscription on of_subscription.subscription_id = items.subscription_id
left join subscription_versions as versions
    on versions.subscription_id = items.subscription_id and versions.latest
where prices.includes_tax
    and coalesce(of_item.inclusive_percent, of_subscription.inclusive_percent, versions.inclusive_percent) is not null
group by items.item_id, items.price_id
