-- One row is an invoice line that was issued by as_of: its day, the days from starts_on on over which it is earned, and
-- the rate of the day its invoice was billed. A line without a period is earned on one day; one without any date has no days.
-- whole_months counts the months of a period that begins and ends on one day of the month, or on the last days of two.
with dated_lines as (
    select
        invoice_id,
        customer_id,
        coalesce(product_id, plan_id) as product_id,
        plan_id,
        currency,
        type as line_type,
        divide_half_even(amount, 1) as amount,
        divide_half_even(coalesce(tax, 0), 1) as tax,
        min(coalesce(issued_on, period_start, period_end)) over (
            partition by customer_id, invoice_id, currency
        ) as billed_on,
        coalesce(period_start, issued_on, period_end) as starts_on,
        case
            when period_end > period_start then period_end else coalesce(period_start, issued_on, period_end)
        end as ends_by,
        case
            when period_end > period_start then date_diff('day', period_start, period_end)
            else 1
        end as days,
        case
            when extract(day from period_start) = extract(day from period_end)
                or (
                    period_end = last_day(period_end)
                    and (period_start = last_day(period_start) or extract(day from period_start) > extract(day from period_end))
                )
            then nullif(
                (extract(year from period_end) - extract(year from period_start)) * 12
                + extract(month from period_end) - extract(month from period_start),
                0
            )
        end as whole_months
    from current_invoice_lines
    cross join clock
    where issued_at is null or issued_at <= clock.as_of
)

select
    dated_lines.invoice_id,
    dated_lines.customer_id,
    dated_lines.product_id,
    dated_lines.plan_id,
    dated_lines.currency,
    dated_lines.line_type,
    dated_lines.amount,
    dated_lines.tax,
    dated_lines.billed_on,
    cast(date_trunc('month', dated_lines.billed_on) as date) as billed_month,
    dated_lines.starts_on,
    dated_lines.ends_by,
    cast(dated_lines.days as bigint) as days,
    cast(dated_lines.whole_months as bigint) as whole_months,
    rate_spans.rate
from dated_lines
left join rate_spans on rate_spans.currency = dated_lines.currency
    and rate_spans.starts_on <= dated_lines.billed_on
    and (rate_spans.ends_on is null or rate_spans.ends_on > dated_lines.billed_on)
