-- One row is a charge that failed: the day and the amount of its first failed payment, the day on which money first came in
-- for it after all, and how much of the amount has come in since. Where payments name neither invoice nor payment (named is
-- false) the customer's next such payment that succeeds stands for the recovery, and how much was recovered is not known.
with failures as (
    select
        customer_id,
        currency,
        named,
        charge_type,
        charge_id,
        paid_at,
        day,
        amount,
        rate,
        row_number() over (
            partition by customer_id, currency, charge_type, charge_id order by paid_at, amount
        ) as place
    from dated_payments
    where status = 'failed'
),

first_failures as (
    select *
    from failures
    where place = 1
),

recoveries as (
    select
        first_failures.customer_id,
        first_failures.currency,
        first_failures.charge_type,
        first_failures.charge_id,
        min(dated_payments.day) as recovered_on,
        sum(dated_payments.amount) as recovered
    from first_failures
    inner join dated_payments on dated_payments.customer_id = first_failures.customer_id
        and dated_payments.currency = first_failures.currency
        and dated_payments.charge_type = first_failures.charge_type
        and dated_payments.charge_id = first_failures.charge_id
        and dated_payments.status = 'succeeded'
        and dated_payments.paid_at > first_failures.paid_at
    group by first_failures.customer_id, first_failures.currency, first_failures.charge_type, first_failures.charge_id
)

select
    first_failures.customer_id,
    first_failures.currency,
    first_failures.named,
    first_failures.day as failed_on,
    first_failures.amount,
    recoveries.recovered_on,
    case
        when first_failures.named
        then cast(least(coalesce(recoveries.recovered, 0), first_failures.amount) as decimal(38, 6))
    end as recovered,
    first_failures.rate
from first_failures
left join recoveries on recoveries.customer_id = first_failures.customer_id
    and recoveries.currency = first_failures.currency
    and recoveries.charge_type = first_failures.charge_type
    and recoveries.charge_id = first_failures.charge_id
