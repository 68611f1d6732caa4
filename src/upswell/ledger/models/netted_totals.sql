-- One row is the total by which a group of simultaneous changes is judged, for each currency in it. Only where a change
-- is not judged by its own difference: when the policy nets a customer's or a subscription's whole moment, and when an item
-- changes its currency. One currency whose amount changed decides by itself; several are added at the rates that their
-- rows carry, and if one of these is unknown, each currency judges itself. A currency whose changes cancel needs no rate.
with legs as (
    select
        shaped_changes.customer_key,
        shaped_changes.moment_at,
        shaped_changes.netting_key,
        shaped_changes.before_currency as currency,
        shaped_changes.rate_on,
        -shaped_changes.before_mrr as amount
    from shaped_changes
    left join policy on true
    where shaped_changes.before_span is not null and (policy.netting <> 'item' or shaped_changes.shape = 'currency')
    union all
    select
        shaped_changes.customer_key,
        shaped_changes.moment_at,
        shaped_changes.netting_key,
        shaped_changes.after_currency as currency,
        shaped_changes.rate_on,
        shaped_changes.after_mrr as amount
    from shaped_changes
    left join policy on true
    where shaped_changes.after_span is not null and (policy.netting <> 'item' or shaped_changes.shape = 'currency')
),

day_totals as (
    select customer_key, moment_at, netting_key, currency, rate_on, sum(amount) as amount
    from legs
    group by customer_key, moment_at, netting_key, currency, rate_on
),

currency_totals as (
    select
        day_totals.customer_key,
        day_totals.moment_at,
        day_totals.netting_key,
        day_totals.currency,
        sum(day_totals.amount) as amount,
        case
            when count(case when day_totals.amount <> 0 then 1 end)
                = count(case when day_totals.amount <> 0 then day_rates.rate end)
                then sum(case when day_totals.amount <> 0 then day_totals.amount * day_rates.rate end)
        end as rated_amount
    from day_totals
    left join day_rates
        on day_totals.currency = day_rates.currency and day_totals.rate_on = day_rates.rate_day
    group by day_totals.customer_key, day_totals.moment_at, day_totals.netting_key, day_totals.currency
),

group_totals as (
    select
        customer_key,
        moment_at,
        netting_key,
        count(case when amount <> 0 then 1 end) as currencies,
        count(case when amount <> 0 then rated_amount end) as rated_currencies,
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
        when group_totals.currencies <= 1 then cast(coalesce(group_totals.amount, 0) as decimal(38, 18))
        when group_totals.rated_currencies = group_totals.currencies then cast(group_totals.rated_amount as decimal(38, 18))
        else cast(currency_totals.amount as decimal(38, 18))
    end as total
from currency_totals
inner join group_totals
    on currency_totals.customer_key = group_totals.customer_key
    and currency_totals.moment_at = group_totals.moment_at
    and currency_totals.netting_key = group_totals.netting_key
