-- One row is the sum of the movements of a month that share everything but customer and item. The workspace amount is
-- null as soon as one of them had no rate: a sum with a hole is not a sum.
with totals as (
    select
        cast(date_trunc('month', date) as date) as month,
        plan_key,
        kind,
        driver,
        currency,
        scheduled,
        cast(sum(amount) as decimal(38, 6)) as amount,
        case
            when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38, 18))
        end as workspace_amount
    from movements
    group by date_trunc('month', date), plan_key, kind, driver, currency, scheduled
)

select
    totals.month,
    plan_keys.product_id,
    plan_keys.plan_id,
    totals.kind,
    totals.driver,
    totals.currency,
    totals.scheduled,
    totals.amount,
    totals.workspace_amount
from totals
inner join plan_keys on totals.plan_key = plan_keys.plan_key
