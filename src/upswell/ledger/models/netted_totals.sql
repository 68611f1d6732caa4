-- One row is the total by which a group of simultaneous changes is judged, for each currency in it. Only where a change
-- is not judged by its own difference: when the policy nets a customer's or a subscription's whole moment, and when an item
-- changes its currency. One currency whose total changed decides by itself; several are added at the rates that their
-- rows carry. If one of these is unknown, each currency judges itself. A currency whose changes cancel needs no rate.
with parts as (
    select
        shaped_changes.customer_key,
        shaped_changes.moment_at,
        shaped_changes.netting_key,
        coalesce(shaped_changes.after_currency, shaped_changes.before_currency) as currency,
        shaped_changes.rate_on,
        shaped_changes.after_mrr - shaped_changes.before_mrr as amount
    from shaped_changes
    left join policy on true
    where policy.netting <> 'item' and shaped_changes.shape <> 'currency'
    union all
    select customer_key, moment_at, netting_key, before_currency as currency, rate_on, -before_mrr as amount
    from shaped_changes
    where shape = 'currency'
    union all
    select customer_key, moment_at, netting_key, after_currency as currency, rate_on, after_mrr as amount
    from shaped_changes
    where shape = 'currency'
),

currency_totals as (
    select
        parts.customer_key,
        parts.moment_at,
        parts.netting_key,
        parts.currency,
        sum(parts.amount) as amount,
        count(*) as amounts,
        count(day_rates.rate) as rated_amounts,
        sum(parts.amount * day_rates.rate) as rated_amount
    from parts
    left join day_rates
        on parts.currency = day_rates.currency and parts.rate_on = day_rates.rate_day
    where parts.amount <> 0
    group by parts.customer_key, parts.moment_at, parts.netting_key, parts.currency
),

group_totals as (
    select
        customer_key,
        moment_at,
        netting_key,
        count(case when amount <> 0 then 1 end) as currencies,
        coalesce(sum(case when amount <> 0 then amounts - rated_amounts end), 0) as unrated_amounts,
        sum(case when amount <> 0 then amount end) as amount,
        sum(case when amount <> 0 then rated_amount end) as rated_amount
    from currency_totals
    group by customer_key, moment_at, netting_key
)

select
    currency_totals.customer_key,
    currency_totals.moment_at,
    currency_totals.netting_key,
    currency_totals.currency,
    case
        when group_totals.unrated_amounts > 0 then cast(currency_totals.amount as decimal(38, 18))
        when group_totals.currencies <= 1 then cast(coalesce(group_totals.amount, 0) as decimal(38, 18))
        else cast(group_totals.rated_amount as decimal(38, 18))
    end as total
from currency_totals
inner join group_totals
    on currency_totals.customer_key = group_totals.customer_key
    and currency_totals.moment_at = group_totals.moment_at
    and currency_totals.netting_key = group_totals.netting_key
