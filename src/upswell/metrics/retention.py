"""Net and gross retention over one or twelve months, without a table of customers by months.

Of three customers who paid 100, 50 and 20 at the former close, one pays 130 now, one 40, one has
left. nrr = (130 + 40 + 0) / 170 = 1.00; grr = (100 + 40 + 0) / 170 = 0.823529411765, because a
customer counts for no more than it paid then. A fourth who came since counts in neither.

For one customer "then" and "now" change only in the months of its movements and `lag` months after
them. So each movement is a step of "now" in its month and of "then" in the month + lag; the sums
after these steps, less the sums before, added up over customers, give every month of the answer.
Customers with money in another currency are valued anew in each month, since the rates move; the
others are not. Where the policy gives each movement a rate of its own, money does not move with the rates: the steps
are money then, and a movement without a rate is one in a currency that has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from upswell.metrics.figures import EXACT, ZERO
from upswell.metrics.months import MonthRange
from upswell.metrics.reading import Readable
from upswell.metrics.totals import CLOSING_RATES, Slice
from upswell.metrics.view import View, fetch
from upswell.policy.model import Policy

_QUERY: Final = """
with {entries},
{closing_rates},
changes as (
    select {slice} customer_key, {currency} as currency, {amount} as amount, case
            when month <= $first_month - $lag then $first_month - $lag
            when month > $last_month - $lag then greatest(month, $first_month)
            else month
        end as month
    from entries
    group by all
),
holders as (
    select distinct {slice} customer_key, currency from changes
),
{turns}
deltas as (
    select {slice} customer_key, currency, greatest(month, $first_month) as month,
        amount as now_step, cast(0 as {amount_type}) as then_step, 0 as churn_step
    from changes
    union all
    select {slice} customer_key, currency, greatest(month + $lag, $first_month), 0, amount, 0
    from changes where month + $lag <= $last_month
    {more}
),
moments as (
    select {slice} customer_key, currency, month, sum(now_step) as now_step,
        sum(then_step) as then_step, sum(churn_step) as churn_step
    from deltas
    group by all
),
states as (
    select {slice} customer_key, currency, month, sum(now_step) over so_far as now_amount,
        sum(then_step) over so_far as then_amount, sum(churn_step) over so_far as churns
    from moments
    window so_far as (partition by {slice} customer_key, currency order by month)
),
worths as (
    select {states_slice} states.customer_key, states.month,
        sum(states.then_amount) > 0 as member, max(states.churns) > 0 as left_between,
        coalesce(sum({then_worth}), 0) as then_money,
        coalesce(sum({now_worth}), 0) as now_money,
        bool_or(states.then_amount <> 0 and then_rates.rate is null) as then_unknown,
        bool_or(states.now_amount <> 0 and now_rates.rate is null) as now_unknown
    from states
    left join closing_rates as then_rates on then_rates.month = states.month - $lag
        and then_rates.currency = states.currency
    left join closing_rates as now_rates on now_rates.month = states.month
        and now_rates.currency = states.currency
    group by all
),
shares as (
    select {slice} customer_key, month,
        case when member then then_money else 0 end as then_money,
        case when member and not left_between then now_money else 0 end as now_money,
        case when member and not left_between then least(then_money, now_money) else 0 end
            as kept_money,
        case when member and (then_unknown or (now_unknown and not left_between))
            then 1 else 0 end as unknown,
        case when member then 1 else 0 end as members
    from worths
),
steps as (
    select {slice} month,
        then_money - lag(then_money, 1, 0) over before as then_money,
        now_money - lag(now_money, 1, 0) over before as now_money,
        kept_money - lag(kept_money, 1, 0) over before as kept_money,
        unknown - lag(unknown, 1, 0) over before as unknown,
        members - lag(members, 1, 0) over before as members
    from shares
    window before as (partition by {slice} customer_key order by month)
)
select {slice} month, sum(then_money), sum(now_money), sum(kept_money),
    cast(sum(unknown) as bigint), cast(sum(members) as bigint)
from steps
group by all
"""

# One month needs no steps: what each customer held then and now is two sums over its movements. Money that is all in
# the workspace's currency needs no rates either.
_ONE_MONTH: Final = """
with {entries},
{closing_rates},
held as (
    select {slice} customer_key, {currency} as currency, {then_sum} as then_amount, {amount} as now_amount
    from entries
    group by all
),
worths as (
    {worths}
),
gone as (
    select distinct customer_key from ({gone})
)
select {slice} cast($last_month as integer) as month, coalesce(sum(worths.then_money), 0),
    coalesce(sum(case when gone.customer_key is null then worths.now_money else 0 end), 0),
    coalesce(sum(case when gone.customer_key is null then least(worths.then_money, worths.now_money) else 0 end), 0),
    count(case when worths.then_unknown or (worths.now_unknown and gone.customer_key is null) then 1 end),
    count(*)
from worths
left join gone on gone.customer_key = worths.customer_key
where worths.member
group by all
"""
_AT_HOME: Final = """
    select {slice} customer_key, then_amount > 0 as member, then_amount as then_money, now_amount as now_money,
        false as then_unknown, false as now_unknown
    from held"""
_AT_RATES: Final = """
    select {states_slice} states.customer_key, sum(states.then_amount) > 0 as member,
        coalesce(sum({then_worth}), 0) as then_money, coalesce(sum({now_worth}), 0) as now_money,
        bool_or(states.then_amount <> 0 and then_rates.rate is null) as then_unknown,
        bool_or(states.now_amount <> 0 and now_rates.rate is null) as now_unknown
    from held as states
    left join closing_rates as then_rates on then_rates.month = $last_month - $lag
        and then_rates.currency = states.currency
    left join closing_rates as now_rates on now_rates.month = $last_month and now_rates.currency = states.currency
    group by all"""

# One who left and came back is not retained, wherever in the book it left: the slice is not asked. A positive row of
# kind churn is one who came back, netted into churn.
_CHURNS: Final = """
churns as (
    select customer_key, year(date) * 12 + month(date) - 1 as month, count(*) as times
    from booked_movements
    where kind = 'churn' and amount < 0 and not scheduled and date <= $last_day
    group by all
),
"""
# Where churn is decided for each subscription, a customer left on the day after which it held nothing at all.
_CHURNS_OF_SUBSCRIPTIONS: Final = """
customer_days as (
    select customer_key, date, bool_or(kind = 'churn' and amount < 0) as churned,
        sum(sum(amount)) over (partition by customer_key order by date) as held
    from booked_movements
    where not scheduled and date <= $last_day
    group by customer_key, date
),
churns as (
    select customer_key, year(date) * 12 + month(date) - 1 as month, count(*) as times
    from customer_days
    where churned and held = 0
    group by all
),
"""
# At its own rate a movement is money of the workspace's currency; without one, of a currency that has no rate.
_NOBODY_GONE: Final = "select 0 as customer_key where false"
_NATIVE: Final = {
    "currency": "currency",
    "amount": "sum(amount)",
    "amount_type": "decimal(38,6)",
    "then_worth": "states.then_amount * then_rates.rate",
    "now_worth": "states.now_amount * now_rates.rate",
}
_MONEY: Final = {
    "currency": "case when rate is null then '' else $workspace_currency end",
    "amount": "sum(coalesce(workspace_amount, amount))",
    "amount_type": "decimal(38,18)",
    "then_worth": "case when then_rates.rate is not null then states.then_amount end",
    "now_worth": "case when now_rates.rate is not null then states.now_amount end",
}
_CHURN_STEPS: Final = """
    union all
    select {holders_slice} holders.customer_key, holders.currency,
        greatest(churns.month, $first_month), 0, 0, churns.times
    from holders inner join churns on churns.customer_key = holders.customer_key
    union all
    select {holders_slice} holders.customer_key, holders.currency,
        greatest(churns.month + $lag, $first_month), 0, 0, -churns.times
    from holders inner join churns on churns.customer_key = holders.customer_key
    where churns.month + $lag <= $last_month
"""

_FOREIGNERS: Final = """
foreigners as (
    select {slice} customer_key, currency, bool_or(currency <> $workspace_currency) over (
        partition by {slice} customer_key) as foreign
    from holders
),
"""
_FOREIGN_STEPS: Final = """
    union all
    select {foreigners_slice} foreigners.customer_key, foreigners.currency, asked.month, 0, 0, 0
    from foreigners
    cross join (select unnest(range($first_month, $last_month + 1)) as month) as asked
    where foreigners.foreign
"""


@dataclass(frozen=True)
class CohortStep:
    """How a slice's cohort figures change in a month; the sums up to a month are its figures."""

    then_money: Decimal
    now_money: Decimal
    kept_money: Decimal
    unknown: int
    members: int

    def less(self, other: CohortStep) -> CohortStep:
        """What is to be added to `other` to have this."""
        return CohortStep(
            EXACT.subtract(self.then_money, other.then_money),
            EXACT.subtract(self.now_money, other.now_money),
            EXACT.subtract(self.kept_money, other.kept_money),
            self.unknown - other.unknown,
            self.members - other.members,
        )


NOBODY: Final = CohortStep(ZERO, ZERO, ZERO, 0, 0)


def cohort_steps(
    connection: Readable, view: View, *, lag: int, policy: Policy, foreign: bool
) -> dict[Slice, dict[int, CohortStep]]:
    """Steps by slice and month number for the cohorts of `lag` months before.

    `foreign`: whether the view has money in a currency other than the workspace's.
    """
    if view.placing is not None and view.placed_at is None:
        return _placed_steps(connection, view, lag=lag, policy=policy, foreign=foreign)
    parameters = {**view.parameters(), "lag": lag, "one_rate": False}
    width = len(view.dimensions)
    steps: dict[Slice, dict[int, CohortStep]] = {}
    for row in fetch(connection, _sql(view, policy=policy, foreign=foreign), parameters):
        steps.setdefault(row[:width], {})[row[width]] = CohortStep(*row[width + 1 :])
    return steps


def _placed_steps(
    connection: Readable, view: View, *, lag: int, policy: Policy, foreign: bool
) -> dict[Slice, dict[int, CohortStep]]:
    """The steps where customers pass from slice to slice: who stood in one at the start belongs to it in every month.

    A customer that grew out of `SMB` since is retained, not lost, and counts for SMB with all it pays now. Each month
    has a start of its own, and so a question of its own.
    """
    steps: dict[Slice, dict[int, CohortStep]] = {}
    former: dict[Slice, CohortStep] = {}
    for month in view.asked:
        one = replace(view, asked=MonthRange(month, month), placed_at=month.plus(-lag))
        found = {
            slice_: by_month[month.number]
            for slice_, by_month in cohort_steps(connection, one, lag=lag, policy=policy, foreign=foreign).items()
        }
        for slice_ in former.keys() | found.keys():
            step = found.get(slice_, NOBODY).less(former.get(slice_, NOBODY))
            steps.setdefault(slice_, {})[month.number] = step
        former = found
    return steps


def _sql(view: View, *, policy: Policy, foreign: bool) -> str:
    leavers_count_zero = policy.retention_cohort == "reactivated_zero"
    own_rates = policy.fx != "separate"
    churns = _CHURNS_OF_SUBSCRIPTIONS if policy.level == "subscription" else _CHURNS
    names = view.slice_columns
    values = _MONEY if own_rates else _NATIVE
    parts = {
        "entries": view.entries("movements"),
        "closing_rates": CLOSING_RATES,
        "slice": names,
        "states_slice": names.replace("slice_", "states.slice_"),
    }
    if view.asked.first == view.asked.last:
        at_home = not foreign and not own_rates
        since = "select customer_key from churns where month > $last_month - $lag"
        return _ONE_MONTH.format(
            **parts,
            **values,
            then_sum=f"coalesce({values['amount']} filter (where month <= $last_month - $lag), 0)",
            worths=(_AT_HOME if at_home else _AT_RATES).format(**parts, **values),
            gone=f"with {churns.strip().removesuffix(',')} {since}" if leavers_count_zero else _NOBODY_GONE,
        )
    turns = (churns if leavers_count_zero else "") + (_FOREIGNERS if foreign and not own_rates else "")
    more = (_CHURN_STEPS if leavers_count_zero else "") + (_FOREIGN_STEPS if foreign and not own_rates else "")
    return _QUERY.format(
        **parts,
        **values,
        turns=turns.format(slice=names),
        more=more.format(
            holders_slice=names.replace("slice_", "holders.slice_"),
            foreigners_slice=names.replace("slice_", "foreigners.slice_"),
        ),
    )
