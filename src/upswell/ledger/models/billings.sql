-- One row is what was billed to a customer in a month and currency, without tax and the tax; credit notes, invoices whose
-- total is not above 0, apart.
select
    cast(date_trunc('month', billed_on) as date) as month,
    customer_id,
    currency,
    amount + tax <= 0 as credit_note,
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(tax) as decimal(38, 6)) as tax,
    case when count(*) = count(workspace_amount) then cast(sum(workspace_amount) as decimal(38, 18)) end as workspace_amount,
    case when count(*) = count(workspace_tax) then cast(sum(workspace_tax) as decimal(38, 18)) end as workspace_tax,
    min(lacks_rate_on) as lacks_rate_on
from billed_invoices
group by date_trunc('month', billed_on), customer_id, currency, amount + tax <= 0
