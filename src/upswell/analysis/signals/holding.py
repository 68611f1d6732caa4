"""What a customer holds: MRR, the main item with its term, seats, products, discount, and when the term renews.

Acme holds 12 seats of Team at 40.00 a month, billed yearly since 2024-03-15, and 5 seats of Insights. As of 2025-06-01
its main item is Team (the largest plan), its seats are 12 (one person may use both), and it renews on 2026-03-15: the
first anniversary of the term, from 2024-03-15 on, that is not over.
"""

from __future__ import annotations

from typing import Final

from upswell.analysis.signals.known import Relation

MAIN: Final = Relation("main_items", "select * from known_items where place = 1")
# Since when a customer has had something without a break, and since when it has paid: one that came back pays since
# long, and did not use less while it was away.
SINCE: Final = Relation(
    "since",
    """
    select customer_key, max(starts_on) filter (is_start) as since,
        min(starts_on) filter (counts and mrr > 0) as paid_since
    from (
        select *, coalesce(starts_on > max(coalesce(ends_on, date '9999-12-31')) over (
                partition by customer_key order by starts_on, ends_on nulls last
                rows between unbounded preceding and 1 preceding), true) as is_start
        from known_versions
    )
    group by customer_key
    """,
)
HOLDING: Final = Relation(
    "holding",
    """
    select held.customer_key,
        case when count(*) filter (held.mrr > 0 and held.worth is null) = 0
            then cast(coalesce(sum(held.worth), 0) as decimal(38, 6)) end as mrr,
        'no rate for ' || min(held.currency) filter (held.mrr > 0 and held.worth is null) || ' on the day before'
            as mrr_reason,
        any_value(held.plan_id) filter (held.place = 1) as plan,
        any_value(held.product_id) filter (held.place = 1) as product,
        any_value(held.currency) filter (held.place = 1) as currency,
        any_value(case when held.interval_count = 1 then held.billing_interval
            else held.interval_count || ' ' || held.billing_interval || 's' end) filter (held.place = 1) as term,
        count(distinct held.product_id) filter (held.item_type = 'plan') as products_held,
        count(distinct held.plan_id) filter (held.item_type = 'addon') as addons_held,
        case when count(*) filter (held.mrr > 0 and held.worth is null and held.item_type = 'usage') = 0
            then cast(coalesce(sum(held.worth) filter (held.item_type = 'usage'), 0) as decimal(38, 6)) end
            as overage_mrr,
        bool_and(held.status = 'trialing') as is_trial,
        coalesce(sum(held.mrr), 0) > 0 as is_paying,
        bool_or(held.status in ('past_due', 'unpaid')) as in_arrears,
        coalesce(bool_or(held.cancel_requested_on is not null and held.item_type = 'plan'), false) as cancel_requested,
        min(held.known_end_on) filter (held.item_type = 'plan') as known_end_on
    from known_items as held
    group by held.customer_key
    """,
)
_SEATS: Final = """
select customer_key, max(seats) as seats
from (
    select versions.customer_key, offers.product_id, sum(versions.quantity) as seats
    from known_versions as versions
    inner join offer_keys as offers on offers.offer_key = versions.offer_key
    where offers.item_type = 'plan' and versions.status <> 'lapsed'
        and versions.starts_on < cast($day as date) - {back}
        and (versions.ends_on is null or versions.ends_on >= cast($day as date) - {back})
    group by versions.customer_key, offers.product_id
)
group by customer_key
"""
SEATS_NOW: Final = Relation("seats_now", _SEATS.format(back=0))
SEATS_90: Final = Relation("seats_90", _SEATS.format(back=90))
SEATS_365: Final = Relation("seats_365", _SEATS.format(back=365))
SEATS: Final = Relation(
    "seating",
    """
    select seats_now.customer_key, cast(seats_now.seats as double) as seats,
        cast(seats_now.seats as double) / nullif(cast(seats_90.seats as double), 0) - 1 as seat_growth_90d,
        cast(seats_now.seats as double) / nullif(cast(seats_365.seats as double), 0) - 1 as seat_growth_365d
    from seats_now
    left join seats_90 on seats_90.customer_key = seats_now.customer_key
    left join seats_365 on seats_365.customer_key = seats_now.customer_key
    """,
)
# A term runs since its interval last changed, the item began anew, or its trial ended.
RENEWAL: Final = Relation(
    "renewal",
    """
    select customer_key, renewal_on, date_diff('day', cast($day as date), renewal_on) as days_to_renewal, term_months
    from (
        select customer_key, term_months,
            case
                when term_months is null
                then began_on + cast(ceil(date_diff('day', began_on, cast($day as date)) / term_days) as integer)
                    * term_days
                when began_on + to_months(whole_terms * term_months) >= $day
                then cast(began_on + to_months(whole_terms * term_months) as date)
                else cast(began_on + to_months((whole_terms + 1) * term_months) as date)
            end as renewal_on
        from (
            select *, cast(date_diff('month', began_on, cast($day as date)) // term_months as integer) as whole_terms
            from (
                select customer_key, interval_count * case billing_interval
                        when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end as term_months,
                    interval_count * case billing_interval when 'day' then 1 when 'week' then 7 end as term_days,
                    max(starts_on) as began_on
                from (
                    select main.customer_key, main.billing_interval, main.interval_count, versions.starts_on,
                        lag(versions.ends_on) over runs < versions.starts_on
                        or lag(terms.billing_interval) over runs is distinct from terms.billing_interval
                        or lag(terms.interval_count) over runs is distinct from terms.interval_count
                        or (lag(versions.status) over runs = 'trialing' and versions.status <> 'trialing') as is_start
                    from main_items as main
                    inner join known_versions as versions on versions.item_key = main.item_key
                    inner join terms_keys as terms on terms.terms_key = versions.terms_key
                    window runs as (partition by versions.item_key order by versions.starts_at)
                )
                where is_start
                group by all
            )
        )
    )
    """,
)
DISCOUNT: Final = Relation(
    "discount",
    """
    select main.customer_key,
        case
            when main.unit_amount is null or main.unit_amount * main.quantity = 0 then null
            else least(1.0, cast(main.discount_percent as double) / 100 + cast(main.discount_amount as double)
                / (cast(main.quantity as double) * cast(main.unit_amount as double)))
        end as discount_depth,
        main.discount_ends_on, date_diff('day', cast($day as date), main.discount_ends_on) as days_to_discount_end,
        case when $is_now then 'it has no discount that ends' else 'known only as of the day of the book' end
            as discount_ends_on_reason,
        discount_ends_on_reason as days_to_discount_end_reason
    from main_items as main
    """,
)
LINEAGES: Final = Relation(
    "lineages",
    """
    select customer_id, parent_id as ancestor_id from known_parents
    union
    select lineages.customer_id, parents.parent_id
    from lineages inner join known_parents as parents on parents.customer_id = lineages.ancestor_id
    """,
    is_kept=False,
)
# Customers that are each other's parents have no head: the first of them by id stands for one.
FAMILY: Final = Relation(
    "family",
    """
    select customer_key,
        case when (select level from policy) = 'family' then null
            else count(*) over (partition by head_id) end as family_size
    from (
        select people.customer_key, coalesce(heads.head_id, people.customer_id) as head_id
        from people
        left join (
            select lineages.customer_id, coalesce(
                min(lineages.ancestor_id) filter (parents.customer_id is null), min(lineages.ancestor_id)) as head_id
            from lineages
            left join known_parents as parents on parents.customer_id = lineages.ancestor_id
            group by lineages.customer_id
        ) as heads on heads.customer_id = people.customer_id
    )
    """,
)
PEOPLE: Final = Relation(
    "people",
    """
    select main.customer_key, keys.customer_id, keys.subscription_id, keys.item_id, main.plan_id, main.product_id,
        main.currency
    from main_items as main
    inner join item_keys as keys on keys.item_key = main.item_key
    """,
)
RELATIONS: Final = (
    MAIN, SINCE, HOLDING, SEATS_NOW, SEATS_90, SEATS_365, SEATS, RENEWAL, DISCOUNT, LINEAGES, FAMILY, PEOPLE,
)  # fmt: skip
