-- One row is the total by which a group of simultaneous changes is judged, for each currency in it. Only where a change
-- is not judged by its own difference: when the policy nets a customer's whole moment, and when an item changes its
-- currency. Several currencies whose amounts changed are added at the day's rates; if one of these is unknown, each
-- currency judges itself. A currency whose changes cancel needs no rate.
with legs as (
    select
        change_steps.customer_key,
        change_steps.moment_on,
        change_steps.scheduled,
        case policy.netting when 'customer' then 0 else change_steps.after_item_key end as netted_item_key,
        change_steps.before_currency as currency,
        -change_steps.before_mrr as amount
    from change_steps
    left join policy on true
    where change_steps.before_span is not null and (policy.netting = 'customer' or change_steps.currency_changed)
    union all
    select
        change_steps.customer_key,
        change_steps.moment_on,
        change_steps.scheduled,
        case policy.netting when 'customer' then 0 else change_steps.after_item_key end as netted_item_key,
        change_steps.after_currency as currency,
        change_steps.after_mrr as amount
    from change_steps
    left join policy on true
    where change_steps.after_span is not null and (policy.netting = 'customer' or change_steps.currency_changed)
),

currency_totals as (
    select customer_key, moment_on, scheduled, netted_item_key, currency, sum(amount) as amount
    from legs
    group by customer_key, moment_on, scheduled, netted_item_key, currency
),

rated_totals as (
    select currency_totals.*, currency_totals.amount * day_rates.rate as rated_amount
    from currency_totals
    left join day_rates
        on currency_totals.currency = day_rates.currency and currency_totals.moment_on = day_rates.rate_day
),

group_totals as (
    select
        customer_key,
        moment_on,
        scheduled,
        netted_item_key,
        count(case when amount <> 0 then 1 end) as currencies,
        count(case when amount <> 0 then rated_amount end) as rated_currencies,
        sum(case when amount <> 0 then rated_amount end) as rated_amount
    from rated_totals
    group by customer_key, moment_on, scheduled, netted_item_key
)

select
    rated_totals.customer_key,
    rated_totals.moment_on,
    rated_totals.scheduled,
    rated_totals.netted_item_key,
    rated_totals.currency,
    case
        when group_totals.rated_currencies = group_totals.currencies
            then cast(coalesce(group_totals.rated_amount, 0) as decimal(38, 18))
        else cast(rated_totals.amount as decimal(38, 18))
    end as total
from rated_totals
inner join group_totals
    on rated_totals.customer_key = group_totals.customer_key
    and rated_totals.moment_on = group_totals.moment_on
    and rated_totals.scheduled = group_totals.scheduled
    and rated_totals.netted_item_key = group_totals.netted_item_key
