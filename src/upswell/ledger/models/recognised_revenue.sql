-- One row is what is earned in a month of invoice lines that share customer, plan, currency, type and the month they were
-- billed in. A month that still runs is two rows, before and after as_of. Each line is spread over its days: what is earned
-- up to a day is its amount x days so far / days of its period, half to even in the currency's minor unit, and a month is
-- the difference of two such sums, so that the months of a line add up to its amount. A line without any date is in no month.
-- level_amount is what would be earned if all months were of one length: of a period of whole months amount / months for each
-- month that it covers, by the days where it covers a part of one.
with first_day_to_come as (
    select
        clock.as_of_day,
        case when local_days.starts_at < clock.as_of then 1 else 0 end as begun
    from clock
    inner join local_days on local_days.day = clock.as_of_day
),

days_of_months as (
    select
        cast(date_trunc('month', local_days.day) as date) as month,
        date_diff('day', first_day_to_come.as_of_day, local_days.day) >= first_day_to_come.begun as scheduled,
        local_days.day
    from local_days
    cross join first_day_to_come
),

parts as (
    select month, scheduled, min(day) as first_day, max(day) as last_day
    from days_of_months
    group by month, scheduled
),

-- Many lines share few spans of days: those are laid over the months, not each line.
spans as (
    select starts_on, days, max(ends_by) as ends_by
    from billed_lines
    group by starts_on, days
),

spans_in_parts as (
    select
        spans.starts_on,
        spans.days,
        parts.month,
        parts.scheduled,
        greatest(date_diff('day', spans.starts_on, parts.first_day), 0) as days_before,
        least(date_diff('day', spans.starts_on, parts.last_day) + 1, spans.days) as days_until
    from spans
    inner join parts on parts.last_day >= spans.starts_on and parts.first_day <= spans.ends_by
),

lines_in_parts as (
    select
        billed_lines.customer_id,
        billed_lines.product_id,
        billed_lines.plan_id,
        billed_lines.currency,
        billed_lines.line_type,
        billed_lines.billed_on,
        billed_lines.billed_month,
        billed_lines.amount,
        billed_lines.days,
        billed_lines.whole_months,
        billed_lines.rate,
        minor_units.digits,
        spans_in_parts.month,
        spans_in_parts.scheduled,
        spans_in_parts.days_before,
        spans_in_parts.days_until
    from billed_lines
    inner join minor_units on minor_units.currency = billed_lines.currency
    left join spans_in_parts on spans_in_parts.starts_on = billed_lines.starts_on
        and spans_in_parts.days = billed_lines.days
        and spans_in_parts.days_before < spans_in_parts.days_until
),

earned_parts as (
    select
        *,
        case
            when whole_months is not null then divide_half_even(
                amount * (days_until - days_before), whole_months * extract(day from last_day(month))
            )
        end as level,
        case
            when month is null then amount
            else share_half_even(amount, days_until, days, digits) - share_half_even(amount, days_before, days, digits)
        end as earned
    from lines_in_parts
)

select
    month,
    billed_month,
    coalesce(scheduled, false) as scheduled,
    customer_id,
    product_id,
    plan_id,
    currency,
    line_type,
    count(*) as lines,
    cast(sum(earned) as decimal(38, 6)) as amount,
    cast(sum(coalesce(level, earned)) as decimal(38, 6)) as level_amount,
    case when count(*) = count(rate) then cast(sum(earned * rate) as decimal(38, 18)) end as workspace_amount,
    min(case when rate is null then billed_on end) as lacks_rate_on
from earned_parts
group by month, billed_month, scheduled, customer_id, product_id, plan_id, currency, line_type
