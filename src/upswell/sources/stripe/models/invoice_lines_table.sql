-- One row is a row of the contract's `invoice_lines`: what was invoiced, net of discounts and without tax, and what a credit
-- note took back. Drafts are not invoiced yet, and a void invoice never was.
-- A credit that claims a service period of its own is nothing that Stripe's billing makes: the contract holds it back.
with invoiced as (
    select
        lines.*,
        invoices.paid_at,
        coalesce(invoices.finalized_at, invoices.created_at) as finalized_at,
        prices.plan_id as plan,
        coalesce(prices.product_id, lines.product_id) as product,
        prices.metered,
        currencies.digits
    from lines
    inner join invoices on invoices.invoice_id = lines.invoice_id and invoices.status in ('open', 'paid', 'uncollectible')
    left join prices on prices.price_id = lines.price_id
    left join currency_digits as currencies on currencies.currency = lines.currency
),

credited as (
    select
        object_id as credit_note_id,
        id_of(raw -> '$.invoice') as invoice_id,
        id_of(raw -> '$.customer') as customer_id,
        upper(raw ->> '$.currency') as currency,
        moment_of(raw ->> '$.created') as issued_at,
        unnest(json_extract(raw, '$.lines.data[*]')) as line
    from latest_objects
    where object_type = 'credit_note' and raw ->> '$.status' <> 'void'
    union all by name
    select
        notes.object_id as credit_note_id,
        id_of(notes.raw -> '$.invoice') as invoice_id,
        id_of(notes.raw -> '$.customer') as customer_id,
        upper(notes.raw ->> '$.currency') as currency,
        moment_of(notes.raw ->> '$.created') as issued_at,
        further.raw as line
    from latest_objects as notes
    inner join latest_objects as further
        on further.object_type = 'credit_note_line_item' and further.parent_id = notes.object_id
    where notes.object_type = 'credit_note' and notes.raw ->> '$.status' <> 'void'
        and coalesce(cast(notes.raw ->> '$.lines.has_more' as boolean), false)
)

select
    invoice_id,
    line_id,
    customer_id,
    subscription_id,
    item_id,
    product as product_id,
    plan as plan_id,
    cast(major_of(amount - discount - inclusive_tax, digits) as varchar) as amount,
    currency,
    cast(quantity as varchar) as quantity,
    case
        when amount < 0 and not proration and item_id is null
            and (subscription_id is null or period_start is not distinct from period_end) then 'credit'
        when metered then 'usage'
        when item_id is not null or (subscription_id is not null and amount < 0) then 'subscription'
        else 'one_time'
    end as type,
    period_start,
    period_end,
    cast(proration as varchar) as proration,
    cast(major_of(discount, digits) as varchar) as discount,
    cast(major_of(inclusive_tax + exclusive_tax, digits) as varchar) as tax,
    finalized_at as issued_at,
    paid_at
from invoiced
union all by name
select distinct on (line_id)
    coalesce(credited.invoice_id, credit_note_id) as invoice_id,
    line ->> '$.id' as line_id,
    credited.customer_id,
    cast(
        -major_of(
            cast(line ->> '$.amount' as bigint) - coalesce(cast(line ->> '$.discount_amount' as bigint), 0), digits
        ) as varchar
    ) as amount,
    credited.currency,
    cast(cast(line ->> '$.quantity' as decimal(18, 4)) as varchar) as quantity,
    'credit' as type,
    'false' as proration,
    credited.issued_at
from credited
left join currency_digits on currency_digits.currency = credited.currency
order by invoice_id, line_id
