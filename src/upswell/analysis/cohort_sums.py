"""What the members of cohorts held, paid more, paid less and kept, summed by slice, first month and age.

Sums of balances are linear: what a cohort holds at age 3 is all that its customers' movements add up to by then, so one
scan grouped by age will do. How many of them pay, and what is retained of each, is not: one who went from 100.00 to
150.00 and one who went from 100.00 to 50.00 keep 100.00 + 50.00 of 200.00 gross. For those each customer's balance runs
over its own months (`_STATES`), and what changes in an age is added up as a step. Customers with money in another
currency are valued anew at each age (`_VALUED`), since rates move; the rules are those of `upswell.metrics.retention`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from upswell.analysis.members import Members
from upswell.metrics.figures import EXACT, ZERO, Figure, total
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.totals import CLOSING_RATES, no_rate
from upswell.metrics.view import fetch

# A slice (the plan or attribute that makes the cohort, else None) and the number of the customers' first month.
Start = tuple[str | None, int]

_AGE: Final = "cast(year(booked.date) * 12 + month(booked.date) - 1 - members.first_month as integer)"
_BOOKED: Final = """
    from booked_movements as booked
    inner join members on booked.customer_key = members.customer_key
    where not booked.scheduled and booked.date <= $last_day and booked.date < members.until"""

_SIZES: Final = "with {members} select slice, first_month, count(*) from members group by all"

_BALANCES: Final = """
with {members}
select {slice} as slice, members.first_month, {age} as age, booked.currency, sum(booked.amount) as native,
    sum(booked.amount * booked.rate) as money, sum(case when booked.rate is null then booked.amount end) as unvalued
{booked}
group by all
"""

_FLOWS: Final = """
with {members}
select {slice} as slice, members.first_month, {age} as age, {driver} as driver,
    sum(booked.amount * booked.rate) as money,
    min(case when booked.rate is null then booked.currency || strftime(booked.date, '%Y-%m-%d') end) as lacking
{booked} and list_contains($kinds, cast(booked.kind as varchar))
group by all
"""

# A customer's rows after the age in which it left are of no use to a figure that counts it 0 from then on.
_STATES: Final = """
with {members},
{departures}
{foreigners}
changes as (
    select {slice} as slice, members.first_month, members.customer_key, {age} as age, sum({amount}) as amount
    {booked} {at_home}
    group by all
),
states as (
    select changes.slice, changes.first_month, changes.age, changes.amount,
        first_value(changes.amount) over so_far as base, sum(changes.amount) over so_far as held,
        {gone} as gone
    from changes
    {departed}
    window so_far as (partition by changes.customer_key order by changes.age)
),
steps as (
    select slice, first_month, age, case when age = 0 then amount else 0 end as base,
        case when gone then 0 else {kept} end - case when age = 0 then 0 else {kept_before} end as kept
    from states
)
select slice, first_month, age, sum(base) as base, sum(kept) as kept, count(*) as customers
from steps
group by all
"""
_DEPARTURES: Final = """
departures as (
    select members.customer_key, min({age}) as age
    {booked} and booked.kind = 'churn' and booked.amount < 0 and {age} > 0
    group by members.customer_key
),
"""
# Where churn is decided for each subscription, a customer left on the day after which it held nothing at all.
_DEPARTURES_OF_SUBSCRIPTIONS: Final = """
customer_days as (
    select members.customer_key, {age} as age, bool_or(booked.kind = 'churn' and booked.amount < 0) as churned,
        sum(sum(booked.amount)) over (partition by members.customer_key order by booked.date) as held
    {booked}
    group by members.customer_key, members.first_month, booked.date
),
departures as (
    select customer_key, min(age) as age from customer_days where churned and held = 0 and age > 0 group by customer_key
),
"""
_DEPARTED: Final = """left join departures on departures.customer_key = {changes}.customer_key
    where {changes}.age <= coalesce(departures.age, {changes}.age)"""
_GONE: Final = "departures.age is not null and {changes}.age = departures.age"
_FOREIGNERS: Final = """
foreigners as (
    select distinct customer_key from booked_movements where not scheduled and {foreign}
),
"""
_AT_HOME: Final = "and not exists (from foreigners where foreigners.customer_key = booked.customer_key)"
_ABROAD: Final = "and exists (from foreigners where foreigners.customer_key = booked.customer_key)"

# By customer, age and currency there is a row for every age, so what comes out are levels and not steps.
_VALUED: Final = """
with {members},
{departures}
{foreigners}
{closing_rates},
changes as (
    select {slice} as slice, members.first_month, members.customer_key, {age} as age, {currency} as currency,
        sum({amount}) as amount
    {booked} {abroad}
    group by all
),
grid as (
    select distinct slice, first_month, customer_key, unnest(range(
        0, least($ages, $last_month - first_month) + 1)) as age, currency, 0 as amount
    from changes
),
balances as (
    select slice, first_month, customer_key, age, currency, sum(sum(amount)) over (
        partition by customer_key, currency order by age) as held
    from (select * from changes union all by name select * from grid)
    group by slice, first_month, customer_key, age, currency
),
worths as (
    select balances.slice, balances.first_month, balances.customer_key, balances.age, sum(balances.held) > 0 as pays,
        coalesce(sum(balances.held * {rate}), 0) as money,
        min(case when balances.held <> 0 and {rate} is null then balances.currency end) as lacking
    from balances
    left join closing_rates on closing_rates.month = balances.first_month + balances.age
        and closing_rates.currency = balances.currency
    group by all
),
shares as (
    select worths.slice, worths.first_month, worths.age, first_value(worths.pays) over from_start as member,
        first_value(worths.money) over from_start as base, first_value(worths.lacking) over from_start as lacking_then,
        {gone} as gone, worths.money as held, worths.lacking as lacking_now
    from worths
    {departed}
    window from_start as (partition by worths.customer_key order by worths.age)
)
select slice, first_month, age, sum(case when age = 0 then base else 0 end) as base,
    coalesce(sum(case when member and not gone then {kept} end), 0) as kept,
    count(case when age = 0 then 1 end) as customers,
    min(case when member then lacking_then end) as lacking_then,
    min(case when member and not gone then lacking_now end) as lacking_now
from shares
group by all
"""


@dataclass(frozen=True)
class Kept:
    """What is kept at each age of those of one start; with `lacking` a figure is not known, and why."""

    customers: int
    base: Figure
    levels: tuple[Figure, ...]


class _Held(NamedTuple):
    """A balance, or its change: in its own currency, in the workspace's, and the part that has no rate of its own."""

    native: Decimal
    money: Decimal
    unvalued: Decimal


@dataclass
class _Changes:
    by_age: dict[int, _Held] = field(default_factory=dict)

    def running(self, reached: int) -> list[_Held]:
        """The balance at each age up to `reached`."""
        parts = (
            _sums({age: change[place] for age, change in self.by_age.items()}, reached)
            for place in range(len(_Held._fields))
        )
        return [_Held(*each) for each in zip(*parts, strict=True)]


class CohortSums:
    """The sums over the members of cohorts in one book under one policy; each is asked when it is needed."""

    def __init__(self, connection: Readable, members: Members) -> None:
        self._connection = connection
        self._members = members
        self._policy = members.policy
        self._own_rates = members.policy.fx != "separate"

    @property
    def at_home(self) -> bool:
        """Whether all money of the book is in the workspace's currency."""
        query = (
            "select count(*) from (select distinct currency from monthly_totals) where currency <> $workspace_currency"
        )
        ((foreign,),) = fetch(self._connection, query, self._members.parameters())
        return not foreign

    def sizes(self) -> dict[Start, int]:
        """Customers by start."""
        return {(slice_, first): count for slice_, first, count in self._rows(_SIZES)}

    def balances(self, *, ages: int) -> dict[Start, tuple[Figure, ...]]:
        """MRR at the close of each age up to `ages`, at that close's rates."""
        held: dict[Start, dict[str, _Changes]] = {}
        for slice_, first, age, currency, native, money, unvalued in self._rows(_BALANCES, ages=ages):
            changes = held.setdefault((slice_, first), {}).setdefault(currency, _Changes())
            changes.by_age[age] = _Held(native, money or ZERO, unvalued or ZERO)
        return {
            start: tuple(self._closings(start[1], changes, min(ages, self._reached(start))))
            for start, changes in held.items()
        }

    def flows(self, *kinds: str, by_driver: bool = False) -> dict[Start, dict[str, dict[int, Figure]]]:
        """Movements of `kinds` in each age at the rates of their days, by driver if asked (else under one name)."""
        driver = "coalesce(cast(booked.driver as varchar), '(none)')" if by_driver else "''"
        found: dict[Start, dict[str, dict[int, Figure]]] = defaultdict(lambda: defaultdict(dict))
        for slice_, first, age, name, money, lacking in self._rows(_FLOWS, driver=driver, kinds=list(kinds)):
            figure = Figure(money) if lacking is None else Figure.missing(_no_rate_on(lacking))
            found[slice_, first][name][age] = figure
        return found

    def paying(self) -> dict[Start, Kept]:
        """Customers with a positive balance at the close of each age."""
        counted = {"kept": "(held > 0)::integer", "kept_before": "(held - amount > 0)::integer"}
        return self._from_steps(self._rows(_STATES, **self._state_parts(leavers=False), **counted))

    def retained(self, *, gross: bool) -> dict[Start, Kept]:
        """What customers of the start pay at each age, with `gross` no more than at age 0; by the policy's cohort."""
        leavers = self._policy.retention_cohort == "reactivated_zero"
        kept = _capped("held", gross=gross), _capped("held - amount", gross=gross)
        parts = self._state_parts(leavers=leavers, money=self._own_rates)
        if self.at_home:
            return self._from_steps(self._rows(_STATES, kept=kept[0], kept_before=kept[1], **parts))
        abroad = self._abroad
        parts |= {"foreigners": _FOREIGNERS.format(foreign=abroad), "at_home": _AT_HOME}
        found = self._from_steps(self._rows(_STATES, kept=kept[0], kept_before=kept[1], **parts))
        for start, valued in self._valued(leavers=leavers, gross=gross).items():
            known = found.get(start)
            found[start] = valued if known is None else _together(known, valued)
        return found

    @property
    def _abroad(self) -> str:
        return "rate is null" if self._own_rates else "currency <> $workspace_currency"

    def _valued(self, *, leavers: bool, gross: bool) -> dict[Start, Kept]:
        own = self._own_rates
        rows = self._rows(
            _VALUED,
            **self._departures(leavers=leavers, changes="worths"),
            foreigners=_FOREIGNERS.format(foreign=self._abroad),
            abroad=_ABROAD,
            closing_rates=CLOSING_RATES,
            currency="case when booked.rate is null then booked.currency else $workspace_currency end"
            if own
            else "booked.currency",
            amount="coalesce(booked.amount * booked.rate, booked.amount)" if own else "booked.amount",
            rate="case when balances.currency = $workspace_currency then 1 end" if own else "closing_rates.rate",
            kept="least(base, held)" if gross else "held",
        )
        levels: dict[Start, dict[int, Figure]] = defaultdict(dict)
        bases: dict[Start, Figure] = {}
        sizes: dict[Start, int] = {}
        for slice_, first, age, base, kept, customers, lacking_then, lacking_now in rows:
            start = (slice_, first)
            then = None if lacking_then is None else self._lacking(lacking_then, first)
            now = None if lacking_now is None else self._lacking(lacking_now, first + age)
            levels[start][age] = Figure.missing(then or now or "") if then or now else Figure(Decimal(kept))
            if age == 0:
                bases[start] = Figure.missing(then) if then else Figure(Decimal(base))
                sizes[start] = customers
        return {
            # Where every customer has left there is no row.
            start: Kept(
                sizes[start],
                bases[start],
                tuple(by_age.get(age, Figure(ZERO)) for age in range(self._reached(start) + 1)),
            )
            for start, by_age in levels.items()
        }

    def _state_parts(self, *, leavers: bool, money: bool = False) -> dict[str, str]:
        amount = "booked.amount * booked.rate" if money else "booked.amount"
        return {
            "foreigners": "",
            "at_home": "",
            "amount": amount,
            **self._departures(leavers=leavers, changes="changes"),
        }

    def _departures(self, *, leavers: bool, changes: str) -> dict[str, str]:
        if not leavers:
            return {"departures": "", "departed": "", "gone": "false"}
        text = _DEPARTURES if self._policy.level == "customer" else _DEPARTURES_OF_SUBSCRIPTIONS
        return {
            "departures": text.format(age=_AGE, booked=_BOOKED),
            "departed": _DEPARTED.format(changes=changes),
            "gone": _GONE.format(changes=changes),
        }

    def _from_steps(self, rows: list[tuple[Any, ...]]) -> dict[Start, Kept]:
        steps: dict[Start, dict[int, Decimal]] = defaultdict(dict)
        bases: dict[Start, Figure] = {}
        sizes: dict[Start, int] = {}
        for slice_, first, age, base, kept, customers in rows:
            steps[slice_, first][age] = Decimal(kept)
            if age == 0:
                bases[slice_, first] = Figure(Decimal(base))
                sizes[slice_, first] = customers
        return {
            start: Kept(sizes[start], bases[start], tuple(map(Figure, _sums(by_age, self._reached(start)))))
            for start, by_age in steps.items()
        }

    def _reached(self, start: Start) -> int:
        """The oldest age of a start that lies in a complete month, -1 if there is none."""
        return min(self._members.ages, self._members.last_month - start[1])

    def _closings(self, first: int, held: Mapping[str, _Changes], reached: int) -> Iterator[Figure]:
        rates = self._rates()
        running = {currency: held[currency].running(reached) for currency in sorted(held)}
        for age in range(reached + 1):
            yield total(*(self._worth(c, first + age, balances[age], rates) for c, balances in running.items()))

    def _worth(self, currency: str, month: int, held: _Held, rates: Mapping[tuple[str, int], Decimal]) -> Figure:
        rate = rates.get((currency, month))
        if self._own_rates:
            return Figure.missing(self._lacking(currency, month)) if held.unvalued else Figure(held.money)
        if held.native and rate is None:
            return Figure.missing(self._lacking(currency, month))
        return Figure(EXACT.multiply(held.native, rate or ZERO))

    def _lacking(self, currency: str, month: int) -> str:
        if self._own_rates:
            return f"movements in {currency} have no rate; import rates"
        return no_rate(currency, Month(month).last_day)

    def _rates(self) -> dict[tuple[str, int], Decimal]:
        query = f"with {CLOSING_RATES} select currency, month, rate from closing_rates"
        rows = fetch(self._connection, query, self._members.parameters())
        return {(currency, month): rate for currency, month, rate in rows}

    def _rows(self, sql: str, **parts: Any) -> list[tuple[Any, ...]]:
        values = {name: parts.pop(name) for name in ("ages", "kinds") if name in parts}
        text = sql.format(
            members=self._members.relation, slice=self._members.slice_column, age=_AGE, booked=_BOOKED, **parts
        )
        last_day = Month(self._members.last_month).last_day
        return list(fetch(self._connection, text, self._members.parameters(last_day=last_day, **values)))


def _capped(held: str, *, gross: bool) -> str:
    return f"case when base > 0 then {f'least(base, {held})' if gross else held} else 0 end"


def _sums(changes: Mapping[int, Decimal], reached: int) -> Iterator[Decimal]:
    so_far = ZERO
    for age in range(reached + 1):
        so_far = EXACT.add(so_far, changes.get(age, ZERO))
        yield so_far


def _together(one: Kept, other: Kept) -> Kept:
    return Kept(
        one.customers + other.customers,
        total(one.base, other.base),
        tuple(total(*pair) for pair in zip(one.levels, other.levels, strict=True)),
    )


def _no_rate_on(lacking: str) -> str:
    return f"no rate for {lacking[:3]} on {lacking[3:]}; import rates"
