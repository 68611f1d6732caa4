-- One row is a line's JSON: as its invoice holds it, or, past the first ten, as its own list gave it, or an invoice item
-- that still waits for its invoice. `place` is its place on the invoice.
with held as (
    select
        invoice_id,
        unnest(lines) as line,
        generate_subscripts(lines, 1) as place
    from invoices
),

listed as (
    select
        latest_objects.parent_id as invoice_id,
        latest_objects.raw as line,
        row_number() over (partition by latest_objects.parent_id order by latest_objects.object_id) + 10 as place
    from latest_objects
    inner join invoices on invoices.invoice_id = latest_objects.parent_id and invoices.has_more_lines
    where latest_objects.object_type = 'line_item' and not latest_objects.deleted
),

waiting as (
    select
        null as invoice_id,
        raw as line,
        row_number() over (order by object_id) as place
    from latest_objects
    where object_type = 'invoiceitem' and not deleted and id_of(raw -> '$.invoice') is null
)

select
    line ->> '$.id' as line_id,
    invoice_id,
    place,
    line
from (
    select * from held
    union all by name
    select * from listed
    union all by name
    select * from waiting
)
qualify row_number() over (partition by line_id order by place desc) = 1
