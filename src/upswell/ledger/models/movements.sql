-- One row is a booked change of MRR: one branch for what happens to a unit as a whole, one for each driver, one for
-- each side of a transfer. Amounts are in the item's own currency; `rate` turns them into the workspace currency (null
-- where none is known), so that the workspace amount is amount * rate, exact. Items and plans are named in item_keys
-- and plan_keys.
with whole_unit_rows as (
    select
        changes.moment_at,
        changes.moment_on,
        changes.customer_key,
        case when changes.verdict = 'churn' and not changes.is_return then changes.before_item_key else changes.after_item_key end
            as item_key,
        offer_keys.plan_key,
        cast(null as integer) as from_plan_key,
        changes.verdict as kind,
        case
            when changes.verdict <> 'expansion' then null
            when offer_keys.item_type in ('usage', 'addon') then offer_keys.item_type
            when product_turns.held_before = false then 'cross_sell'
            else 'subscription'
        end as driver,
        changes.after_mrr - changes.before_mrr as amount,
        offer_keys.currency,
        case
            when changes.is_return then 'return'
            when changes.verdict = 'churn' then 'nothing_left'
            else 'first_payment'
        end as rule,
        changes.scheduled,
        changes.before_span,
        changes.after_span
    from changes
    inner join offer_keys
        on case when changes.verdict = 'churn' and not changes.is_return then changes.before_offer_key else changes.after_offer_key end
            = offer_keys.offer_key
    left join product_turns
        on changes.customer_key = product_turns.customer_key
        and changes.moment_at = product_turns.moment_at
        and offer_keys.product_key = product_turns.product_key
    where changes.verdict <> 'change'
),

transfers_out as (
    select
        moment_at, moment_on, customer_key, before_item_key as item_key, before_plan_key as plan_key,
        cast(null as integer) as from_plan_key, 'transfer' as kind, cast(null as varchar) as driver,
        -before_mrr as amount, before_currency as currency, 'plan_moved' as rule,
        scheduled, before_span, after_span
    from named_steps
    where plan_changed
),

transfers_in as (
    select
        moment_at, moment_on, customer_key, after_item_key as item_key, after_plan_key as plan_key,
        before_plan_key as from_plan_key, 'transfer' as kind, cast(null as varchar) as driver,
        before_mrr as amount, before_currency as currency, 'plan_moved' as rule,
        scheduled, before_span, after_span
    from named_steps
    where plan_changed
),

currency_out as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key,
        kind_out as kind, case when kind_out <> 'transfer' then driver end as driver,
        -before_mrr as amount, before_currency as currency,
        case kind_out when 'transfer' then 'netted_to_zero' else rule end as rule,
        scheduled, before_span, after_span
    from named_steps
    where shape = 'currency'
),

currency_in as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key,
        kind_in as kind, case when kind_in <> 'transfer' then driver end as driver,
        after_mrr as amount, currency,
        case kind_in when 'transfer' then 'netted_to_zero' else rule end as rule,
        scheduled, before_span, after_span
    from named_steps
    where shape = 'currency'
),

netted_to_zero as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key, kind_in as kind, cast(null as varchar) as driver,
        after_mrr - before_mrr as amount, currency, 'netted_to_zero' as rule, scheduled, before_span, after_span
    from named_steps
    where shape <> 'currency' and kind_in = 'transfer'
),

whole_item_rows as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key, kind_in as kind, driver,
        after_mrr - before_mrr as amount,
        currency, rule, scheduled, before_span, after_span
    from named_steps
    where kind_in <> 'transfer' and shape in ('appeared', 'gone', 'usage')
),

seats_rows as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key, kind_in as kind, 'seats' as driver,
        case shape when 'tiered' then price_mrr else quantity_mrr end - before_mrr as amount,
        currency, rule, scheduled, before_span, after_span
    from named_steps
    where kind_in <> 'transfer' and shape in ('steps', 'tiered')
),

price_rows as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key, kind_in as kind, driver,
        price_mrr - case shape when 'plan_swap' then before_mrr else quantity_mrr end as amount,
        currency, rule, scheduled, before_span, after_span
    from named_steps
    where kind_in <> 'transfer' and shape in ('steps', 'plan_swap')
),

discount_rows as (
    select
        moment_at, moment_on, customer_key, item_key, plan_key, from_plan_key, kind_in as kind, 'discount' as driver,
        after_mrr - price_mrr as amount,
        currency, rule, scheduled, before_span, after_span
    from named_steps
    where kind_in <> 'transfer' and shape in ('steps', 'tiered', 'plan_swap')
),

all_rows as (
    select * from whole_unit_rows
    union all
    select * from transfers_out
    union all
    select * from transfers_in
    union all
    select * from currency_out
    union all
    select * from currency_in
    union all
    select * from netted_to_zero
    union all
    select * from whole_item_rows
    union all
    select * from seats_rows
    union all
    select * from price_rows
    union all
    select * from discount_rows
)

select
    all_rows.moment_on as date,
    case when policy.grouping in ('none', '60min') then all_rows.moment_at end as moment_at,
    all_rows.customer_key,
    all_rows.item_key,
    all_rows.plan_key,
    all_rows.from_plan_key,
    all_rows.kind,
    all_rows.driver,
    cast(all_rows.amount as decimal(24, 6)) as amount,
    all_rows.currency,
    day_rates.rate,
    all_rows.rule,
    all_rows.scheduled,
    all_rows.before_span,
    all_rows.after_span
from all_rows
left join policy on true
left join clock on true
left join first_days on all_rows.item_key = first_days.item_key
left join day_rates
    on all_rows.currency = day_rates.currency
    and case policy.fx
        when 'fixed_rate' then clock.as_of_day
        when 'item_start' then first_days.first_on
        else all_rows.moment_on
    end = day_rates.rate_day
where all_rows.amount <> 0
