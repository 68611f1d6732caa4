-- One row is an invoice as it was seen last. Amounts are in the currency's minor unit. In the old generation an invoice
-- names its subscription itself, in the newest its parent does.
with read as (
    select
        object_id as invoice_id,
        from_json(raw, '{
            "customer": "JSON", "subscription": "JSON", "status": "VARCHAR", "billing_reason": "VARCHAR",
            "created": "BIGINT", "due_date": "BIGINT", "currency": "VARCHAR",
            "subtotal": "BIGINT", "total": "BIGINT", "tax": "BIGINT", "amount_due": "BIGINT", "amount_paid": "BIGINT",
            "starting_balance": "BIGINT", "ending_balance": "BIGINT",
            "attempt_count": "BIGINT", "next_payment_attempt": "BIGINT",
            "charge": "JSON", "payment_intent": "JSON", "number": "VARCHAR",
            "status_transitions": {
                "finalized_at": "BIGINT", "paid_at": "BIGINT", "voided_at": "BIGINT", "marked_uncollectible_at": "BIGINT"
            },
            "parent": {"subscription_details": {"subscription": "JSON"}},
            "lines": {"data": ["JSON"], "has_more": "BOOLEAN"}
        }') as invoice
    from latest_objects
    where object_type = 'invoice' and not deleted
)

select
    invoice_id,
    id_of(invoice.customer) as customer_id,
    coalesce(id_of(invoice.parent.subscription_details.subscription), id_of(invoice.subscription)) as subscription_id,
    invoice.status as status,
    invoice.billing_reason as billing_reason,
    moment_of(invoice.created) as created_at,
    moment_of(invoice.status_transitions.finalized_at) as finalized_at,
    moment_of(invoice.status_transitions.paid_at) as paid_at,
    moment_of(invoice.status_transitions.voided_at) as voided_at,
    moment_of(invoice.status_transitions.marked_uncollectible_at) as uncollectible_at,
    moment_of(invoice.next_payment_attempt) as next_attempt_at,
    coalesce(invoice.attempt_count, 0) as attempt_count,
    upper(invoice.currency) as currency,
    invoice.subtotal as subtotal,
    invoice.total as total,
    invoice.amount_due as amount_due,
    invoice.amount_paid as amount_paid,
    coalesce(invoice.starting_balance, 0) as starting_balance,
    invoice.ending_balance as ending_balance,
    id_of(invoice.charge) as charge_id,
    id_of(invoice.payment_intent) as payment_intent_id,
    coalesce(invoice.lines.has_more, false) as has_more_lines,
    invoice.lines.data as lines
from read
