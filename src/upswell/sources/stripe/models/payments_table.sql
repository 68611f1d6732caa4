-- One row is a row of the contract's `payments`.
select
    payments.payment_id,
    coalesce(payments.customer_id, invoices.customer_id) as customer_id,
    payments.invoice_id,
    strftime(payments.happened_at, '%Y-%m-%dT%H:%M:%SZ') as "at",
    cast(major_of(payments.amount, currencies.digits) as varchar) as amount,
    payments.currency,
    payments.status,
    payments.reason
from payments
left join invoices on invoices.invoice_id = payments.invoice_id
left join currency_digits as currencies on currencies.currency = payments.currency
order by payments.payment_id
