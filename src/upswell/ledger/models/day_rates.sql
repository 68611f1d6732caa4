-- One row is a day on which something moved or began, or the day of as_of, and the rate of a currency on that day.
-- A currency without a row for a day had no rate then.
with days as (
    select moment_on as rate_day from item_changes
    union
    select starts_on as rate_day from item_versions
    union
    select as_of_day as rate_day from clock
)

select days.rate_day, rate_spans.currency, rate_spans.rate
from days
inner join rate_spans
    on rate_spans.starts_on <= days.rate_day
    and (rate_spans.ends_on is null or rate_spans.ends_on > days.rate_day)
