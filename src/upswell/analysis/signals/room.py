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
    select customer_key, min_by(plan_id, (price, plan_id)) as tier_above
    from (
        select main.customer_key, dearer.plan_id, dearer.price
        from main_items as main
        left join on_sale as own on own.plan_id = main.plan_id and own.product_id = main.product_id
            and own.item_type = main.item_type
        inner join on_sale as dearer on dearer.product_id = main.product_id and dearer.item_type = 'plan'
            and dearer.plan_id <> main.plan_id
            and dearer.price > coalesce(
                own.price, cast(main.worth as double) / nullif(cast(main.quantity as double), 0), 0)
        where main.item_type = 'plan'
            and dearer.plan_id not in (select plan_id from known_items where customer_key = main.customer_key)
    )
    group by customer_key
    """,
)
_LEFT: Final = """
    select people.customer_key, string_agg(sold.name, ', ' order by sold.name) as names, count(*) as number
    from people
    cross join (select distinct {name} as name from on_sale where item_type = '{kind}') as sold
    left join (select distinct customer_key, {name} as name from known_items where item_type = '{kind}') as held
        on held.customer_key = people.customer_key and held.name = sold.name
    where held.name is null
    group by people.customer_key
"""
HEADROOM: Final = Relation(
    "headroom",
    f"""
    select people.customer_key, tiers.tier_above, addons.names as addons_left, products.names as products_left,
        cast(tiers.tier_above is not null as integer) + coalesce(addons.number, 0) + coalesce(products.number, 0)
            as headroom,
        tiers.tier_above is null and addons.number is null and products.number is null as no_headroom
    from people
    left join tiers on tiers.customer_key = people.customer_key
    left join ({_LEFT.format(name="plan_id", kind="addon")}) as addons on addons.customer_key = people.customer_key
    left join ({_LEFT.format(name="product_id", kind="plan")}) as products
        on products.customer_key = people.customer_key
    """,
)
RELATIONS: Final = (ON_SALE, TIERS, HEADROOM)
