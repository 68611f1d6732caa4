-- One row is an invoice in one currency: its day, its lines and their tax, in its currency and in the workspace's.
select
    customer_id,
    invoice_id,
    currency,
    min(billed_on) as billed_on,
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(tax) as decimal(38, 6)) as tax,
    case when count(*) = count(rate) then cast(sum(amount * rate) as decimal(38, 18)) end as workspace_amount,
    case when count(*) = count(rate) then cast(sum(tax * rate) as decimal(38, 18)) end as workspace_tax,
    min(case when rate is null then billed_on end) as lacks_rate_on
from billed_lines
group by customer_id, invoice_id, currency
