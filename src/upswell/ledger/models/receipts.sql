-- One row is the money that came from a customer in a month and currency, by what it is for: an invoice of the same month,
-- of an earlier or a later one, no invoice that is there, or a refund, which is negative; and whether a payment of the same
-- charge had failed before. Money for an invoice is valued at the rate of the invoice's day, too.
with first_failures as (
    select customer_id, currency, charge_type, charge_id, min(paid_at) as failed_at
    from dated_payments
    where status = 'failed' and named
    group by customer_id, currency, charge_type, charge_id
),

receipts_of_days as (
    select
        cast(date_trunc('month', payments.day) as date) as month,
        payments.customer_id,
        payments.currency,
        case
            when payments.status = 'refunded' then 'refund'
            when billed_invoices.billed_on is null then 'no_invoice'
            when date_trunc('month', billed_invoices.billed_on) = date_trunc('month', payments.day) then 'same_month'
            when billed_invoices.billed_on < payments.day then 'earlier_invoice'
            else 'later_invoice'
        end as purpose,
        payments.status = 'succeeded' and coalesce(first_failures.failed_at < payments.paid_at, false) as recovered,
        payments.day,
        payments.received,
        payments.rate,
        case when payments.status = 'succeeded' then billed_invoices.billed_on end as billed_on,
        invoice_rates.rate as invoice_rate
    from dated_payments as payments
    left join billed_invoices on billed_invoices.customer_id = payments.customer_id
        and billed_invoices.invoice_id = payments.invoice_id
        and billed_invoices.currency = payments.currency
    left join rate_spans as invoice_rates on invoice_rates.currency = payments.currency
        and invoice_rates.starts_on <= billed_invoices.billed_on
        and (invoice_rates.ends_on is null or invoice_rates.ends_on > billed_invoices.billed_on)
    left join first_failures on first_failures.customer_id = payments.customer_id
        and first_failures.currency = payments.currency
        and first_failures.charge_type = payments.charge_type
        and first_failures.charge_id = payments.charge_id
    where payments.status <> 'failed'
)

select
    month,
    customer_id,
    currency,
    purpose,
    recovered,
    cast(sum(received) as decimal(38, 6)) as amount,
    case when count(*) = count(rate) then cast(sum(received * rate) as decimal(38, 18)) end as workspace_amount,
    min(case when rate is null then day end) as lacks_rate_on,
    case
        when count(billed_on) = count(case when billed_on is not null then invoice_rate end)
        then cast(coalesce(sum(case when billed_on is not null then received * invoice_rate end), 0) as decimal(38, 18))
    end as at_invoice_rate
from receipts_of_days
group by month, customer_id, currency, purpose, recovered
