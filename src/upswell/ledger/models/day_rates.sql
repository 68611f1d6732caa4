-- One row is a day on which something moved and the rate of a currency on that day. A currency without a row for a day
-- had no rate then.
with moving_days as (
    select distinct moment_on as rate_day
    from item_changes
)

select moving_days.rate_day, rate_spans.currency, rate_spans.rate
from moving_days
inner join rate_spans
    on rate_spans.starts_on <= moving_days.rate_day
    and (rate_spans.ends_on is null or rate_spans.ends_on > moving_days.rate_day)
