-- One row is a booked change of MRR: one branch for what happens to a customer as a whole, one for each driver, one for
-- each side of a transfer. Amounts are in the item's own currency; `rate` is the day's rate to the workspace currency
-- (null where none is known), so that the workspace amount is amount * rate, exact.
with whole_customer_rows as (
    select
        changes.moment_on,
        changes.customer_key,
        case changes.verdict when 'churn' then changes.before_item_key else changes.after_item_key end as item_key,
        spans.product_id,
        spans.plan_id,
        cast(null as varchar) as from_plan_id,
        changes.verdict as kind,
        cast(null as varchar) as driver,
        changes.after_mrr - changes.before_mrr as amount,
        spans.currency,
        case changes.verdict
            when 'new' then 'first_payment'
            when 'reactivation' then 'return'
            else 'nothing_left'
        end as rule,
        changes.scheduled,
        changes.before_span,
        changes.after_span
    from changes
    inner join item_versions as spans
        on case changes.verdict when 'churn' then changes.before_span else changes.after_span end = spans.span_id
    where changes.verdict in ('new', 'reactivation', 'churn')
),

transfers_out as (
    select
        moment_on, customer_key, before_item_key as item_key, before_product_id as product_id, before_plan_id as plan_id,
        cast(null as varchar) as from_plan_id, 'transfer' as kind, cast(null as varchar) as driver,
        -before_mrr as amount, before_currency as currency, 'plan_moved' as rule, scheduled, before_span, after_span
    from judged_steps
    where plan_changed
),

transfers_in as (
    select
        moment_on, customer_key, after_item_key as item_key, after_product_id as product_id, after_plan_id as plan_id,
        before_plan_id as from_plan_id, 'transfer' as kind, cast(null as varchar) as driver,
        before_mrr as amount, before_currency as currency, 'plan_moved' as rule, scheduled, before_span, after_span
    from judged_steps
    where plan_changed
),

currency_out as (
    select
        moment_on, customer_key, after_item_key as item_key, after_product_id as product_id, after_plan_id as plan_id,
        case when plan_changed then before_plan_id end as from_plan_id,
        kind_out as kind, case when kind_out <> 'transfer' then second_driver end as driver,
        -before_mrr as amount, before_currency as currency,
        case kind_out when 'transfer' then 'netted_to_zero' else rule end as rule, scheduled, before_span, after_span
    from judged_steps
    where shape = 'currency'
),

currency_in as (
    select
        moment_on, customer_key, after_item_key as item_key, after_product_id as product_id, after_plan_id as plan_id,
        case when plan_changed then before_plan_id end as from_plan_id,
        kind_in as kind, case when kind_in <> 'transfer' then second_driver end as driver,
        after_mrr as amount, after_currency as currency,
        case kind_in when 'transfer' then 'netted_to_zero' else rule end as rule, scheduled, before_span, after_span
    from judged_steps
    where shape = 'currency'
),

one_currency_changes as (
    select
        moment_on, customer_key, scheduled, before_span, after_span, shape, second_driver, rule,
        before_mrr, quantity_mrr, price_mrr, after_mrr,
        kind_in as kind,
        case when shape = 'gone' then before_item_key else after_item_key end as item_key,
        coalesce(after_product_id, before_product_id) as product_id,
        coalesce(after_plan_id, before_plan_id) as plan_id,
        case when plan_changed then before_plan_id end as from_plan_id,
        coalesce(after_currency, before_currency) as currency
    from judged_steps
    where shape <> 'currency' and kind_in is not null
),

netted_to_zero as (
    select
        moment_on, customer_key, item_key, product_id, plan_id, from_plan_id, kind, cast(null as varchar) as driver,
        after_mrr - before_mrr as amount, currency, 'netted_to_zero' as rule, scheduled, before_span, after_span
    from one_currency_changes
    where kind = 'transfer'
),

whole_item_rows as (
    select
        moment_on, customer_key, item_key, product_id, plan_id, from_plan_id, kind, second_driver as driver,
        after_mrr - before_mrr as amount, currency, rule, scheduled, before_span, after_span
    from one_currency_changes
    where kind <> 'transfer' and shape in ('appeared', 'gone', 'usage')
),

seats_rows as (
    select
        moment_on, customer_key, item_key, product_id, plan_id, from_plan_id, kind, 'seats' as driver,
        case shape when 'tiered' then price_mrr else quantity_mrr end - before_mrr as amount,
        currency, rule, scheduled, before_span, after_span
    from one_currency_changes
    where kind <> 'transfer' and shape in ('steps', 'tiered')
),

price_rows as (
    select
        moment_on, customer_key, item_key, product_id, plan_id, from_plan_id, kind, second_driver as driver,
        price_mrr - case shape when 'plan_swap' then before_mrr else quantity_mrr end as amount,
        currency, rule, scheduled, before_span, after_span
    from one_currency_changes
    where kind <> 'transfer' and shape in ('steps', 'plan_swap')
),

discount_rows as (
    select
        moment_on, customer_key, item_key, product_id, plan_id, from_plan_id, kind, 'discount' as driver,
        after_mrr - price_mrr as amount, currency, rule, scheduled, before_span, after_span
    from one_currency_changes
    where kind <> 'transfer' and shape in ('steps', 'tiered', 'plan_swap')
),

all_rows as (
    select * from whole_customer_rows
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
    all_rows.customer_key,
    item_keys.customer_id,
    item_keys.subscription_id,
    item_keys.item_id,
    all_rows.product_id,
    all_rows.plan_id,
    all_rows.from_plan_id,
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
inner join item_keys on all_rows.item_key = item_keys.item_key
left join day_rates
    on all_rows.currency = day_rates.currency and all_rows.moment_on = day_rates.rate_day
where all_rows.amount <> 0
