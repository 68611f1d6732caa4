"""One query that counts a book's customers by month and cell, in the database: rows are cells, never customers.

Ann pays 40.00 a month at the close of January, and 55.00 at the close of February; Bob pays 30.00 in January and left
in February. Both have paid for their first month, by a monthly term. January's rows are

    state   2026-01  term 1, age 0, size 2   customers 2   mrr 70.00   left 1   left_mrr 30.00   churned 30.00
                                             expanded 1    expansion 15.00

that is: who paid at a close, and what these customers did in the month after. `age` counts months since the customer
began to pay by its term without a gap; `size` is the power of four below its MRR, so that no row of a later month moves
the edge of a band. `lead` is in how many months a customer leaves that had said so by that close (0: nothing was said).
An end that nobody asked for is a renewal like others: most contracts that end are made anew.
"""

from __future__ import annotations

from typing import Final

from upswell.metrics.totals import CLOSING_RATES

AGES: Final = 36
LAGS: Final = 24
LEADS: Final = 18

_MONTH: Final = "year({day}) * 12 + month({day}) - 1"
# From the third year on a customer is as old as one of the third: only the month of its term matters.
_AGE: Final = f"case when {{age}} < {AGES} then {{age}} else {AGES - 12} + ({{age}} - {AGES - 12}) % 12 end"
_SIZE: Final = "greatest(0, cast(floor(ln(greatest({mrr}, 1e-6)) / ln(4.0)) as integer))"

_BOOKED: Final = f"""
booked as (
    select entry.customer_key, {_MONTH.format(day="entry.date")} as month, entry.currency,
        cast(entry.kind as varchar) as kind, cast(entry.amount as double) as amount,
        cast(entry.amount as double) * cast(entry.rate as double) as money
    from {{source}}
    where not entry.scheduled and entry.date <= $last_day and {{condition}}
),
changes as (
    select customer_key, month, currency, sum(amount) as native, sum(money) as money from booked group by all
),
balances as (
    select customer_key, currency, month, sum(native) over so_far as native, sum(money) over so_far as money,
        lead(month, 1, $last_month + 1) over so_far as until
    from changes
    window so_far as (partition by customer_key, currency order by month)
),
-- The times in which a customer pays without a gap, and when the next one begins.
touching as (
    select customer_key, currency, native, money, month as first_month, until,
        max(until) over (
            partition by customer_key order by month, until rows between unbounded preceding and 1 preceding
        ) as reached
    from balances
    where native > 0.0000005
),
held as (
    select *, count(*) filter (reached is null or first_month > reached) over (
        partition by customer_key order by first_month, until rows unbounded preceding) as spell
    from touching
),
spells as (
    select customer_key, spell, min(first_month) as stays_since, max(until) as until,
        lead(min(first_month)) over (partition by customer_key order by spell) as back
    from held
    group by customer_key, spell
),
closes as (
    select held.customer_key, held.month, any_value(held.spell) as spell, sum({{balance}}) as mrr
    from (select *, unnest(range(first_month, until)) as month from held) as held
    left join closing_rates on closing_rates.month = held.month and closing_rates.currency = held.currency
    group by held.customer_key, held.month
),
flows as (
    select customer_key, month,
        coalesce(sum(money) filter (kind = 'new'), 0) as new,
        coalesce(sum(money) filter (kind = 'expansion'), 0) as expansion,
        -coalesce(sum(money) filter (kind = 'contraction'), 0) as contraction,
        -coalesce(sum(money) filter (kind = 'churn'), 0) as churned,
        coalesce(sum(money) filter (kind = 'reactivation'), 0) as reactivation
    from booked
    group by all
),
-- Of a customer that stays, what left and was back within the month cancels out; what is left over is a part that came
-- or went, as where a policy decides for each subscription what is new and what is churn.
moved as (
    select *, least(churned, new + reactivation) as back,
        expansion + greatest(new + reactivation - churned, 0) as up,
        contraction + greatest(churned - new - reactivation, 0) as down
    from flows
)"""

_INTERVAL: Final = (
    "terms_keys.interval_count * case terms_keys.billing_interval when 'year' then 12 when 'quarter' then 3 else 1 end"
)
# The term of a customer is that of its largest item. It has said that it leaves once every item has an end asked for.
_TERMS: Final = f"""
spans as (
    select versions.customer_key, versions.mrr, contract_ends.cancel_requested_on as asked_on, versions.ends_on,
        case when {_INTERVAL} >= 7 then 12 when {_INTERVAL} >= 2 then 3 else 1 end as term,
        {_MONTH.format(day="versions.starts_on")} as first_month,
        coalesce({_MONTH.format(day="versions.ends_on")}, $last_month + 1) as until
    from booked_versions as versions
    inner join terms_keys on terms_keys.terms_key = versions.terms_key
    left join contract_ends on contract_ends.source_row = versions.span_id // 4
    where versions.counts and versions.mrr > 0 and versions.starts_on <= $last_day
),
-- Most customers have one term for good and never ask to leave: nothing of them changes from month to month.
alike as (
    select customer_key, min(term) as term
    from spans
    group by customer_key
    having min(term) = max(term) and count(asked_on) = 0
),
in_force as (
    select *, unnest(range(first_month, least(until, $last_month + 1))) as month
    from spans
    where customer_key not in (select customer_key from alike)
),
terms as (
    select customer_key, month, arg_max(term, mrr) as term,
        bool_and(asked_on is not null and {_MONTH.format(day="asked_on")} <= month) as leaves,
        max({_MONTH.format(day="ends_on")}) as ends
    from in_force
    group by all
)"""

# A customer is as old as its time without a gap, or as the last change of its term in it: few ever change it.
_STATES: Final = """
paying as materialized (
    select closes.customer_key, closes.month, closes.mrr, closes.spell,
        coalesce(alike.term, terms.term, 1) as term,
        case when terms.leaves and terms.ends > closes.month then terms.ends end as leaves_in
    from closes
    left join alike on alike.customer_key = closes.customer_key
    left join terms on terms.customer_key = closes.customer_key and terms.month = closes.month
),
turning as (
    select customer_key, month, lag(month, 1, -1) over own <> month - 1 or lag(term) over own <> term as turns
    from paying
    where customer_key in (select customer_key from paying group by customer_key having min(term) <> max(term))
    window own as (partition by customer_key order by month)
),
turned as (
    select customer_key, month,
        max(case when turns then month end) over (partition by customer_key order by month) as term_since
    from turning
),
states as materialized (
    select paying.*, spells.stays_since, spells.back, spells.spell > 1 as returned,
        paying.month = spells.stays_since as starts, paying.month + 1 = spells.until as ends,
        paying.month - coalesce(turned.term_since, spells.stays_since) as age
    from paying
    inner join spells on spells.customer_key = paying.customer_key and spells.spell = paying.spell
    left join turned on turned.customer_key = paying.customer_key and turned.month = paying.month
)"""

_CELLS: Final = f"""
select 'state' as part, states.month, states.term, states.returned, {_AGE.format(age="states.age")} as age,
    {_SIZE.format(mrr="states.mrr")} as size,
    case when states.leaves_in is null then 0 else least(states.leaves_in - states.month, {LEADS}) end as lead,
    count(*) as customers, sum(states.mrr) as mrr, sum(states.mrr * states.mrr) as mrr_squares,
    max(states.mrr) as mrr_largest,
    count(*) filter (gone) as left_, coalesce(sum(states.mrr) filter (gone), 0) as left_mrr,
    coalesce(sum(states.mrr * states.mrr) filter (gone), 0) as left_squares,
    coalesce(sum(flows.churned), 0) as churned,
    count(*) filter (flows.up > 0 and not gone) as expanded,
    coalesce(sum(flows.up) filter (not gone), 0) as expansion,
    coalesce(sum(flows.up * flows.up) filter (not gone), 0) as expansion_squares,
    count(*) filter (flows.down > 0 and not gone) as contracted,
    coalesce(sum(flows.down) filter (not gone), 0) as contraction,
    coalesce(sum(flows.down * flows.down) filter (not gone), 0) as contraction_squares,
    coalesce(sum(flows.back) filter (not gone), 0) as back,
    coalesce(sum(flows.up - flows.expansion) filter (not gone), 0) as new_parts,
    coalesce(sum(flows.down - flows.contraction) filter (not gone), 0) as lost_parts,
    coalesce(sum(flows.new), 0) as new
from (
    select *, month < $last_month and ends as gone from states
) as states
left join moved as flows on flows.customer_key = states.customer_key and flows.month = states.month + 1
group by all
union all by name
select 'lapsed' as part, month, term, true as returned, lag as age, size, 0 as lead, count(*) as customers,
    sum(mrr) as mrr, count(*) filter (back = month + 1) as left_,
    coalesce(sum(mrr) filter (back = month + 1), 0) as left_mrr
from (
    select term, mrr, {_SIZE.format(mrr="mrr")} as size, back,
        unnest(range(month + 1, least(coalesce(back, $last_month + 1), month + {LAGS} + 1))) as month,
        unnest(range(1, least(coalesce(back, $last_month + 1) - month, {LAGS} + 1))) as lag
    from states
    where ends and month < $last_month
)
group by all
union all by name
select 'entrant' as part, month, term, returned, 0 as age, {_SIZE.format(mrr="mrr")} as size, 0 as lead,
    count(*) as customers, sum(mrr) as mrr, sum(mrr * mrr) as mrr_squares
from states
where starts
group by all
union all by name
select 'total' as part, flows.month, sum(new) as mrr, sum(expansion) as expansion, sum(contraction) as contraction,
    sum(churned) as churned, sum(reactivation) as reactivation
from flows
group by all
union all by name
select 'kept' as part, month, sum(mrr) as mrr
from states
where stays_since <= month - 12
group by all
union all by name
select 'lacking' as part, month, count(*) as customers
from (
    select month from booked where money is null
    union all
    select held.month
    from (select currency, unnest(range(first_month, until)) as month from held) as held
    left join closing_rates on closing_rates.month = held.month and closing_rates.currency = held.currency
    where closing_rates.rate is null and {{rates_needed}}
)
group by all
"""


def cells_query(*, source: str, condition: str, own_rates: bool) -> str:
    """The text of the query; `source` and `condition` say whose movements, under the name `entry`.

    With `own_rates` (a policy that gives each movement a rate) a balance is the sum of its movements' money; otherwise
    it is worth what the rate of each month's end says.
    """
    balance = "held.money" if own_rates else "held.native * cast(closing_rates.rate as double)"
    booked = _BOOKED.format(source=source, condition=condition, balance=balance)
    cells = _CELLS.format(rates_needed="false" if own_rates else "true")
    return f"with {CLOSING_RATES},{booked},{_TERMS},{_STATES}{cells}"
