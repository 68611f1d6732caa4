-- One row is an exchange rate to the workspace currency and the days [starts_on, ends_on) for which it holds: until the
-- next date given for its currency. The workspace currency itself is 1 on every day. Where two sources give a rate for one
-- day, the later import rules.
with ranked_rates as (
    select
        currency,
        date as starts_on,
        rate,
        row_number() over (partition by currency, date order by source_row desc) as recency
    from current_rates
    where currency not in (select workspace_currency from clock)
)

select
    currency,
    starts_on,
    lead(starts_on) over (partition by currency order by starts_on) as ends_on,
    rate
from ranked_rates
where recency = 1
union all
select workspace_currency as currency, cast('0001-01-01' as date) as starts_on, cast(null as date) as ends_on, 1 as rate
from clock
