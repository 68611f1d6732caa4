-- One row is a payment made, failed or refunded by as_of, with the charge that it belongs to (its invoice, else its own id)
-- and the rate of its day. Payments of a customer that name neither are one charge that is not named.
select
    payments.customer_id,
    payments.invoice_id,
    coalesce(payments.invoice_id, payments.payment_id) is not null as named,
    case when payments.invoice_id is null then 'payment' else 'invoice' end as charge_type,
    coalesce(payments.invoice_id, payments.payment_id, '') as charge_id,
    payments.at as paid_at,
    payments.day,
    payments.currency,
    payments.status,
    divide_half_even(payments.amount, 1) as amount,
    divide_half_even(payments.received, 1) as received,
    rate_spans.rate
from current_payments as payments
cross join clock
left join rate_spans on rate_spans.currency = payments.currency
    and rate_spans.starts_on <= payments.day
    and (rate_spans.ends_on is null or rate_spans.ends_on > payments.day)
where payments.at <= clock.as_of
