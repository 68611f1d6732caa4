-- One row is a line of an invoice, or an invoice item that waits for one (`invoice_id` is null). Amounts are in the
-- currency's minor unit, before discounts; `inclusive_tax` is part of the amount, `exclusive_tax` comes on top.
-- The old generation names price, subscription and item on the line, the newest under `pricing` and `parent`.
with read as (
    select
        line_id,
        invoice_id,
        place,
        from_json(line, '{
            "amount": "BIGINT", "currency": "VARCHAR", "description": "VARCHAR", "customer": "JSON", "date": "BIGINT",
            "discount_amounts": [{"amount": "BIGINT", "discount": "JSON"}],
            "period": {"start": "BIGINT", "end": "BIGINT"},
            "proration": "BOOLEAN", "quantity": "VARCHAR", "quantity_decimal": "VARCHAR",
            "price": "JSON", "plan": "JSON", "type": "VARCHAR",
            "subscription": "JSON", "subscription_item": "JSON", "invoice_item": "JSON",
            "tax_amounts": [{"amount": "BIGINT", "inclusive": "BOOLEAN", "tax_rate": "JSON"}],
            "taxes": [{"amount": "BIGINT", "tax_behavior": "VARCHAR", "tax_rate_details": {"tax_rate": "JSON"}}],
            "pricing": {"price_details": {"price": "JSON", "product": "JSON"}, "unit_amount_decimal": "VARCHAR"},
            "parent": {
                "type": "VARCHAR",
                "subscription_item_details": {
                    "subscription": "JSON", "subscription_item": "JSON", "proration": "BOOLEAN", "invoice_item": "JSON"
                },
                "invoice_item_details": {"subscription": "JSON", "proration": "BOOLEAN", "invoice_item": "JSON"},
                "subscription_details": {"subscription": "JSON", "subscription_item": "JSON"}
            }
        }') as line
    from line_texts
),

placed as (
    select
        line_id,
        invoice_id,
        place,
        line,
        case line.parent.type
            when 'subscription_item_details' then line.parent.subscription_item_details.proration
            when 'invoice_item_details' then line.parent.invoice_item_details.proration
            else line.proration
        end as proration,
        coalesce(
            case line.parent.type
                when 'subscription_item_details' then id_of(line.parent.subscription_item_details.subscription)
                when 'invoice_item_details' then id_of(line.parent.invoice_item_details.subscription)
                when 'subscription_details' then id_of(line.parent.subscription_details.subscription)
            end,
            id_of(line.subscription)
        ) as subscription_id,
        coalesce(
            case line.parent.type
                when 'subscription_item_details' then id_of(line.parent.subscription_item_details.subscription_item)
                when 'subscription_details' then id_of(line.parent.subscription_details.subscription_item)
            end,
            id_of(line.subscription_item)
        ) as item_id,
        coalesce(
            case line.parent.type
                when 'subscription_item_details' then id_of(line.parent.subscription_item_details.invoice_item)
                when 'invoice_item_details' then id_of(line.parent.invoice_item_details.invoice_item)
            end,
            id_of(line.invoice_item)
        ) as invoice_item_id,
        coalesce(id_of(line.pricing.price_details.price), id_of(line.price), id_of(line.plan)) as price_id,
        id_of(line.pricing.price_details.product) as product_id,
        case json_type(line.price) when 'OBJECT' then line.price else line.plan end as price
    from read
),

-- An item that the line does not name: the invoice item may, or it is the subscription's only item on that price.
named_by_invoice_item as (
    select
        object_id as invoice_item_id,
        coalesce(id_of(raw -> '$.parent.subscription_details.subscription_item'), id_of(raw -> '$.subscription_item')) as item_id
    from latest_objects
    where object_type = 'invoiceitem'
),

sole_on_price as (
    select subscription_id, price_id, min(item_id) as item_id
    from subscription_items
    group by subscription_id, price_id
    having min(item_id) = max(item_id)
),

taxed as (
    select
        line_id,
        sum(amount) filter (where inclusive) as inclusive_tax,
        sum(amount) filter (where not inclusive) as exclusive_tax,
        list(tax_rate_id) filter (where inclusive) as inclusive_rates
    from (
        select
            line_id,
            tax.amount as amount,
            tax.inclusive as inclusive,
            id_of(tax.tax_rate) as tax_rate_id
        from (select line_id, unnest(line.tax_amounts) as tax from read)
        union all by name
        select
            line_id,
            tax.amount as amount,
            tax.tax_behavior = 'inclusive' as inclusive,
            id_of(tax.tax_rate_details.tax_rate) as tax_rate_id
        from (select line_id, unnest(line.taxes) as tax from read)
    )
    group by line_id
),

tax_rates as (
    select
        object_id as tax_rate_id,
        cast(coalesce(raw ->> '$.effective_percentage', raw ->> '$.percentage') as decimal(7, 4)) as percent
    from latest_objects
    where object_type = 'tax_rate'
),

inclusive_percents as (
    select line_id, sum(percent) as percent
    from (select line_id, unnest(inclusive_rates) as tax_rate_id from taxed)
    left join tax_rates using (tax_rate_id)
    group by line_id
    having count(*) = count(percent)
)

select
    placed.line_id,
    placed.invoice_id,
    placed.place,
    coalesce(invoices.customer_id, id_of(placed.line.customer)) as customer_id,
    coalesce(placed.subscription_id, case when placed.invoice_item_id is null then invoices.subscription_id end)
        as subscription_id,
    coalesce(placed.item_id, named_by_invoice_item.item_id, sole_on_price.item_id) as item_id,
    placed.price_id,
    placed.product_id,
    placed.price,
    placed.invoice_item_id,
    coalesce(placed.proration, false) as proration,
    placed.line.description as description,
    placed.line.amount as amount,
    upper(placed.line.currency) as currency,
    cast(coalesce(placed.line.quantity_decimal, placed.line.quantity) as decimal(18, 4)) as quantity,
    cast(coalesce(placed.line.pricing.unit_amount_decimal, placed.price ->> '$.unit_amount_decimal') as decimal(24, 12))
        as unit_amount,
    moment_of(placed.line.period."start") as period_start,
    moment_of(placed.line.period."end") as period_end,
    list_filter(placed.line.discount_amounts, lambda discounted: discounted.amount > 0) as discounts,
    coalesce(list_sum([discounted.amount for discounted in placed.line.discount_amounts]), 0) as discount,
    coalesce(taxed.inclusive_tax, 0) as inclusive_tax,
    coalesce(taxed.exclusive_tax, 0) as exclusive_tax,
    coalesce(
        inclusive_percents.percent,
        case when taxed.inclusive_tax <> 0
            then share_of(100 * taxed.inclusive_tax, placed.line.amount - taxed.inclusive_tax) end,
        0
    ) as inclusive_percent,
    coalesce(invoices.created_at, moment_of(placed.line.date)) as issued_at,
    invoices.status as invoice_status
from placed
left join invoices on placed.invoice_id = invoices.invoice_id
left join named_by_invoice_item on placed.invoice_item_id = named_by_invoice_item.invoice_item_id
left join sole_on_price on placed.subscription_id = sole_on_price.subscription_id and placed.price_id = sole_on_price.price_id
left join taxed on placed.line_id = taxed.line_id
left join inclusive_percents on placed.line_id = inclusive_percents.line_id
