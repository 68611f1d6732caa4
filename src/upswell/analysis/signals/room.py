"""Headroom: what of the company's own list a customer could still buy.

Acme is on Team and holds Single-Sign-On. New or changed items of the last year at two customers or more were of Team,
Business and Enterprise, of Single-Sign-On and Audit-Log, and of Insights: left to buy are Business (the tier above: the
plan of the same product with the next higher price), Audit-Log and Insights. Headroom is 3.
"""

from __future__ import annotations

from typing import Final

from upswell.analysis.signals.known import Relation

SALE_DAYS: Final = 365
SALE_CUSTOMERS: Final = 2

# What is on sale, with what one of it is worth a month: the median of what began in the last year.
ON_SALE: Final = Relation(
    "on_sale",
    f"""
    select offers.product_id, offers.plan_id, cast(offers.item_type as varchar) as item_type,
        median(cast(versions.mrr * rates.rate as double) / cast(versions.quantity as double))
            filter (versions.mrr > 0 and versions.quantity > 0) as price
    from known_versions as versions
    inner join offer_keys as offers on offers.offer_key = versions.offer_key
    left join known_rates as rates on rates.currency = offers.currency
    where versions.starts_on >= cast($day as date) - {SALE_DAYS} and offers.item_type in ('plan', 'addon')
        and versions.status in ('active', 'trialing', 'past_due')
    group by all
    having count(distinct versions.customer_key) >= {SALE_CUSTOMERS}
    """,
)
TIERS: Final = Relation(
    "tiers",
    """
    select main.customer_key, min_by(dearer.plan_id, (dearer.price, dearer.plan_id)) as tier_above,
        any_value(main.price) is null as unpriced
    from (
        -- What does not count, a trial or a pause, has a price per unit that is not booked.
        select main.customer_key, main.product_id, main.plan_id, coalesce(
                own.price, cast(main.worth as double) / nullif(cast(main.quantity as double), 0),
                case when main.unit_amount = 0 then 0 end,
                cast(main.unit_amount * rates.rate as double) / (main.interval_count * case main.billing_interval
                    when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end)) as price
        from main_items as main
        left join known_rates as rates on rates.currency = main.currency
        left join on_sale as own on own.plan_id = main.plan_id and own.product_id = main.product_id
            and own.item_type = main.item_type
        where main.item_type = 'plan'
    ) as main
    left join on_sale as dearer on dearer.product_id = main.product_id and dearer.item_type = 'plan'
        and dearer.plan_id <> main.plan_id and dearer.price > main.price
        and not exists (
            select 1 from known_items as held
            where held.customer_key = main.customer_key and held.plan_id = dearer.plan_id)
    group by main.customer_key
    """,
)
LEFT: Final = Relation(
    "left_to_buy",
    """
    select held.customer_key, list_filter(sold.addons, lambda each: not list_contains(held.addons, each)) as addons,
        list_filter(sold.products, lambda each: not list_contains(held.products, each)) as products
    from (
        select customer_key, coalesce(list(plan_id) filter (item_type = 'addon'), []) as addons,
            coalesce(list(product_id) filter (item_type = 'plan'), []) as products
        from known_items
        group by customer_key
    ) as held
    cross join (
        select coalesce(list(distinct plan_id order by plan_id) filter (item_type = 'addon'), []) as addons,
            coalesce(list(distinct product_id order by product_id) filter (item_type = 'plan'), []) as products
        from on_sale
    ) as sold
    """,
)
HEADROOM: Final = Relation(
    "headroom",
    """
    select *, headroom = 0 as no_headroom
    from (
        select left_to_buy.customer_key, tiers.tier_above,
            nullif(array_to_string(left_to_buy.addons, ', '), '') as addons_left,
            nullif(array_to_string(left_to_buy.products, ', '), '') as products_left,
            case when not coalesce(tiers.unpriced, false)
                then cast(tiers.tier_above is not null as integer) + len(left_to_buy.addons) + len(left_to_buy.products)
            end as headroom,
            case when tiers.unpriced then 'no price of its own plan is known' end as tier_above_reason,
            tier_above_reason as headroom_reason, tier_above_reason as no_headroom_reason
        from left_to_buy
        left join tiers on tiers.customer_key = left_to_buy.customer_key
    )
    """,
)
RELATIONS: Final = (ON_SALE, TIERS, LEFT, HEADROOM)
