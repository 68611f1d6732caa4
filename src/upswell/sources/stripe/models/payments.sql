-- One row is money that moved or should have: a charge that succeeded or failed, a refund, a dispute that took money back.
-- Amounts are in the currency's minor unit. In the newest generation a charge finds its invoice through the invoice payment
-- of its payment intent.
with invoice_of_intent as (
    select payment_intent_id, min(invoice_id) as invoice_id
    from (
        select
            coalesce(id_of(raw -> '$.payment.payment_intent'), id_of(raw -> '$.payment.charge')) as payment_intent_id,
            id_of(raw -> '$.invoice') as invoice_id
        from latest_objects
        where object_type = 'invoice_payment'
        union all
        select payment_intent_id, invoice_id from invoices
        union all
        select charge_id as payment_intent_id, invoice_id from invoices
    )
    where payment_intent_id is not null
    group by payment_intent_id
),

charges as (
    select
        object_id as charge_id,
        id_of(charge.customer) as customer_id,
        coalesce(id_of(charge.invoice), by_intent.invoice_id, by_charge.invoice_id) as invoice_id,
        id_of(charge.payment_intent) as payment_intent_id,
        charge.amount as amount,
        upper(charge.currency) as currency,
        moment_of(charge.created) as happened_at,
        charge.status as status,
        coalesce(charge.failure_code, charge.failure_message) as reason
    from (
        select
            object_id,
            from_json(raw, '{
                "customer": "JSON", "invoice": "JSON", "payment_intent": "JSON", "amount": "BIGINT", "currency": "VARCHAR",
                "created": "BIGINT", "status": "VARCHAR", "failure_code": "VARCHAR", "failure_message": "VARCHAR"
            }') as charge
        from latest_objects
        where object_type = 'charge'
    )
    left join invoice_of_intent as by_intent on by_intent.payment_intent_id = id_of(charge.payment_intent)
    left join invoice_of_intent as by_charge on by_charge.payment_intent_id = object_id
),

failed_intents as (
    select
        object_id as payment_id,
        id_of(raw -> '$.customer') as customer_id,
        coalesce(id_of(raw -> '$.invoice'), invoice_of_intent.invoice_id) as invoice_id,
        cast(raw ->> '$.amount' as bigint) as amount,
        upper(raw ->> '$.currency') as currency,
        moment_of(raw ->> '$.created') as happened_at,
        'failed' as status,
        coalesce(raw ->> '$.last_payment_error.code', 'failed') as reason
    from latest_objects
    left join invoice_of_intent on invoice_of_intent.payment_intent_id = object_id
    left join charges on charges.payment_intent_id = object_id
    where object_type = 'payment_intent' and json_type(raw -> '$.last_payment_error') = 'OBJECT'
        and raw ->> '$.status' in ('requires_payment_method', 'canceled') and charges.charge_id is null
),

given_back as (
    select
        object_id as payment_id,
        object_type,
        coalesce(id_of(raw -> '$.charge'), '') as charge_id,
        id_of(raw -> '$.payment_intent') as payment_intent_id,
        cast(raw ->> '$.amount' as bigint) as amount,
        upper(raw ->> '$.currency') as currency,
        moment_of(raw ->> '$.created') as happened_at,
        raw ->> '$.reason' as reason
    from latest_objects
    where not deleted and (
        (object_type = 'refund' and raw ->> '$.status' in ('succeeded', 'pending'))
        -- The bank takes disputed money at once; it comes back with a dispute that is won.
        or (object_type = 'dispute' and raw ->> '$.status' in ('lost', 'needs_response', 'under_review', 'charge_refunded'))
    )
)

select charge_id as payment_id, 'charge' as payment_type, customer_id, invoice_id, happened_at, amount, currency, status, reason
from charges
where status in ('succeeded', 'failed')
union all by name
select payment_id, 'payment_intent' as payment_type, customer_id, invoice_id, happened_at, amount, currency, status, reason
from failed_intents
union all by name
select
    given_back.payment_id,
    given_back.object_type as payment_type,
    charges.customer_id,
    charges.invoice_id,
    given_back.happened_at,
    given_back.amount,
    given_back.currency,
    'refunded' as status,
    case given_back.object_type when 'dispute' then 'dispute: ' || coalesce(given_back.reason, 'unknown')
        else given_back.reason end as reason
from given_back
left join charges
    on charges.charge_id = given_back.charge_id
        or (given_back.charge_id = '' and charges.payment_intent_id = given_back.payment_intent_id
            and charges.status = 'succeeded')
