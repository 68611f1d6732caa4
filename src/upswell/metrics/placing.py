"""Where a customer stands at a time: attributes that change (`valid_from`), and bands that grade what it holds.

Acme is `SMB` until 2026-03-14 and `mid-market` from then on, and holds 500.00 that day. In a view of mid-market it
enters with 500.00 of `transfer_in`, in a view of SMB it leaves with 500.00 of `transfer_out`; no MRR moved, and each
view rolls forward by itself. Two relations say so:

    placements      person, customer_key, customer_id, starts_on, ends_on, placed: one row for each span
                    [starts_on, ends_on) in which nothing of `placed`, a struct of the columns asked for, changes;
                    the spans of a customer cover all of time
    movements       booked_movements with `placed`, and for each span that begins while MRR is held two rows of kind
                    `transfer`: the balance goes out of the former span and into the new one, at the opening of its day

A band is graded on the first day of a month by what the customer held at the close of the month before. In the month in
which a customer comes, or comes back, it is graded by what it holds at the end of the day it comes; who holds nothing
is in no band. MRR is graded at the rates of the book's day: an exchange rate alone moves nobody into another band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from upswell.metrics.reading import Makes, Readable

if TYPE_CHECKING:
    from upswell.metrics.columns import Column
    from upswell.metrics.request import BookFacts
    from upswell.policy.model import Policy

BEGINNING: Final = "date '0001-01-01'"
# Bands by their lower edges, in the workspace's currency, months, seats and products; docs/segments.md has them too.
MRR_EDGES: Final = ((0, "under 100"), (100, "100 to 500"), (500, "500 to 2000"), (2000, "2000 and over"))
TENURE_EDGES: Final = (
    (0, "under 3 months"), (3, "3 to 12 months"), (12, "1 to 3 years"), (36, "3 years and over"),
)  # fmt: skip
SEATS_EDGES: Final = ((0, "under 2"), (2, "2 to 9"), (10, "10 to 49"), (50, "50 and over"))
PRODUCTS_EDGES: Final = ((0, "1"), (2, "2"), (3, "3 and over"))
ONBOARDING_MONTHS: Final = 3
LOOK_BACK_MONTHS: Final = 3
_ARREARS: Final = "('past_due', 'unpaid', 'lapsed')"


@dataclass(frozen=True)
class Placing:
    """The two relations of one set of columns, by name; `columns` are in the struct `placed`."""

    placements: str
    movements: str
    columns: tuple[str, ...]


def place(connection: Readable, columns: Sequence[Column], *, facts: BookFacts, policy: Policy) -> Placing:
    """Make the relations that place customers by `columns` (attributes that change, and bands)."""
    names = tuple(sorted(column.attribute for column in columns))
    own_rates = policy.fx != "separate"
    placements = _make(connection, "placements", placements_sql(columns, facts.as_of_day, own_rates=own_rates))
    movements = _make(connection, "placed_movements", _movements_sql(placements, own_rates=own_rates))
    return Placing(placements, movements, names)


def _make(connection: Readable, prefix: str, sql: str) -> str:
    if isinstance(connection, Makes):
        return connection.make(prefix, sql)
    number = connection.execute("select count(*) from duckdb_tables() where internal = false").fetchone() or (0,)
    name = f"{prefix}_{number[0]}"
    connection.execute(f"create temp table {name} as {sql}")
    return name


def placements_sql(columns: Sequence[Column], as_of_day: date, *, own_rates: bool) -> str:
    """The query of `placements`; the text of `columns` is that of the book, quoted."""
    named = sorted(columns, key=lambda column: column.attribute)
    turns = [BANDS[column.attribute] if column.place == "bands" else _dated(column.attribute) for column in named]
    parts = [_ATTRIBUTE_TURNS.format(number=number, rows=rows) for number, rows in enumerate(turns)]
    fields = range(len(named))
    values = ", ".join(
        f"last_value(any_value(value_{number}) ignore nulls) over so_far as value_{number}" for number in fields
    )
    return _PLACEMENTS.format(
        day=f"date '{as_of_day.isoformat()}'",
        worth="booked.rate" if own_rates else "day_rates.rate",
        beginning=BEGINNING,
        turns="\n    union all by name\n    ".join(parts),
        values=values,
        placed=", ".join(f"{_quoted(column.attribute)} := value_{number}.value" for number, column in enumerate(named)),
    )


def _dated(attribute: str) -> str:
    """The spans of customers in whom the attribute changes; of all others there is one value."""
    text = f"cast({{}}.{_quoted(attribute)} as varchar)"
    return f"""
        select people.person, spans.starts_on, {text.format("spans")} as value
        from customer_spans as spans inner join people on people.customer_id = spans.customer_id
        union all
        select people.person, {BEGINNING}, {text.format("customers")}
        from customers inner join people on people.customer_id = customers.customer_id
        where customers.customer_id not in (select customer_id from customer_spans)"""


def _graded(level: str, edges: Sequence[tuple[int, str]]) -> str:
    """The label of the highest edge not above `level`."""
    cases = "".join(f" when {level} >= {edge} then '{label}'" for edge, label in reversed(edges))
    return f"case{cases} else '{edges[0][1]}' end"


# One row for each person; those who never paid have no key of the ledger. `points` are the days on which bands are
# graded: `day` is the close that is looked at, `starts_on` the day from which the grade holds.
_PLACEMENTS: Final = """
with people as materialized (
    select customer_key as person, customer_key, customer_id
    from (select distinct customer_key, customer_id from item_keys)
    union all
    select -row_number() over (order by customer_id), null, customer_id
    from (select distinct customer_id from customers where customer_key is null)
),
day_rates as (
    select currency, rate from rate_spans
    where starts_on <= {day} and (ends_on is null or ends_on > {day})
),
moved as materialized (
    select booked.customer_key, booked.date, booked.kind, booked.plan_key, booked.amount,
        booked.amount * {worth} as worth, {worth} is null as unvalued
    from booked_movements as booked
    left join day_rates on day_rates.currency = booked.currency
    where not booked.scheduled and booked.date <= {day}
),
days as materialized (
    select customer_key, date, sum(sum(amount)) over so_far as held,
        sum(coalesce(sum(worth), 0)) over so_far as worth,
        sum(coalesce(sum(amount) filter (unvalued), 0)) over so_far <> 0 as unvalued
    from moved
    group by customer_key, date
    window so_far as (partition by customer_key order by date)
),
comings as materialized (
    select customer_key, min(date) as day
    from (
        select customer_key, date, held, first_value(former) over (
            partition by customer_key, date_trunc('month', date) order by date) as opening
        from (
            select customer_key, date, held, lag(held, 1, 0) over (partition by customer_key order by date) as former
            from days
        )
    )
    where opening = 0 and held > 0
    group by customer_key, date_trunc('month', date)
),
closes as materialized (
    select distinct customer_key, last_day(date) as day from days
),
points as materialized (
    select customer_key, max(day) as day, starts_on
    from (
        select customer_key, day, day as starts_on from comings
        union all
        select customer_key, day, day + 1 from closes
    )
    group by customer_key, starts_on
),
turns as (
    {turns}
),
marked as (
    select person, starts_on, {values}
    from (
        select * from turns
        union all by name
        select person, {beginning} as starts_on from people
    )
    where starts_on <= {day}
    group by person, starts_on
    window so_far as (partition by person order by starts_on)
),
placed as (
    select person, starts_on, struct_pack({placed}) as placed from marked
),
changed as (
    select * from placed
    qualify starts_on = {beginning} or placed is distinct from lag(placed) over (partition by person order by starts_on)
)
select people.person, people.customer_key, people.customer_id, changed.starts_on,
    lead(changed.starts_on) over (partition by changed.person order by changed.starts_on) as ends_on, changed.placed
from changed inner join people on people.person = changed.person
"""
_ATTRIBUTE_TURNS: Final = "select person, starts_on, struct_pack(value := value) as value_{number} from ({rows})"
_NOBODY_YET: Final = (
    f"select distinct customer_key as person, {BEGINNING} as starts_on, cast(null as varchar) as value from comings"
)


def _by_level(levels: str, grade: str, points: str = "points") -> str:
    """Turns at `points` by `levels` (customer_key, date, level: what holds from the end of that day on)."""
    return f"""
        select graded.customer_key as person, graded.starts_on,
            case when days.held > 0 then {grade} end as value
        from (
            select points.*, levels.level
            from {points} as points
            asof left join ({levels}) as levels
                on levels.customer_key = points.customer_key and levels.date <= points.day
        ) as graded
        asof left join days on days.customer_key = graded.customer_key and days.date <= graded.day
        union all
        {_NOBODY_YET}"""


def _running(events: str) -> str:
    """Levels of the events (customer_key, date, step)."""
    return f"""
        select customer_key, date, sum(sum(step)) over (partition by customer_key order by date) as level
        from ({events}) group by customer_key, date"""


def _with_closes_of(events: str, *, after: int = 1) -> str:
    """The points, and the `after` months that begin after each event."""
    return f"""(
        select customer_key, max(day) as day, starts_on
        from (
            select customer_key, day, starts_on from points
            union all
            select customer_key, cast(first as date) - 1, cast(first as date)
            from (
                select customer_key, date_trunc('month', date) + to_months(cast(months as integer)) as first
                from ({events}), (select unnest(range(1, {after + 1})) as months)
            )
        )
        group by customer_key, starts_on
    )"""


# Seats are what a plan's items are counted in; an add-on's or a usage item's quantity is another thing.
_SEATS: Final = """
    select versions.customer_key, turn.day as date, turn.step
    from booked_versions as versions
    inner join offer_keys on offer_keys.offer_key = versions.offer_key,
        lateral (
            values (versions.starts_on, versions.quantity), (versions.ends_on, -versions.quantity)
        ) as turn(day, step)
    where versions.counts and offer_keys.item_type = 'plan' and turn.day is not null
        and versions.starts_at <= (select as_of from clock)"""
_IN_ARREARS: Final = f"""
    select versions.customer_key, turn.day as date, turn.step
    from booked_versions as versions,
        lateral (values (versions.starts_on, 1), (versions.ends_on, -1)) as turn(day, step)
    where versions.status in {_ARREARS} and turn.day is not null and versions.starts_at <= (select as_of from clock)"""
_PRODUCTS: Final = """
    select customer_key, date, cast(held > 0 as integer) - cast(held - moved > 0 as integer) as step
    from (
        select customer_key, product_id, date, sum(amount) as moved,
            sum(sum(amount)) over (partition by customer_key, product_id order by date) as held
        from moved inner join plan_keys on plan_keys.plan_key = moved.plan_key
        group by customer_key, product_id, date
    )"""
_FIRST_DAYS: Final = "select customer_key, min(day) as date from comings group by customer_key"
_TENURE: Final = f"""
    select customer_key as person, starts_on, value from (
        select firsts.customer_key, edges.label as value,
            case when edges.months = 0 then firsts.date
                else cast(date_trunc('month', firsts.date) + to_months(cast(edges.months as integer)) as date) end
                as starts_on
        from ({_FIRST_DAYS}) as firsts,
            (values {", ".join(f"({months}, '{label}')" for months, label in TENURE_EDGES)}) as edges(months, label)
    )
    union all
    {_NOBODY_YET}"""
# A limit is that of a plan held at the close, the largest where plans differ; of several metrics the fullest counts.
_USAGE: Final = f"""
    select graded.customer_key as person, graded.starts_on,
        case
            when coalesce(days.held, 0) <= 0 then null
            when coalesce(graded.used, 0) = 0 then 'no usage'
            when graded.fullness is null then 'no limit'
            when graded.fullness = 1 then 'under 50 % of limit'
            when graded.fullness = 2 then '50 to 80 % of limit'
            when graded.fullness = 3 then '80 to 100 % of limit'
            else 'over the limit'
        end as value
    from (
        select points.customer_key, points.day, points.starts_on, max(usage.quantity) as used,
            max(case
                when usage.allowed is null then null
                when usage.quantity > usage.allowed then 4
                when usage.quantity * 10 >= usage.allowed * 8 then 3
                when usage.quantity * 2 >= usage.allowed then 2
                else 1
            end) as fullness
        from {{points}} as points
        left join (
            select closing.customer_key, closing.starts_on, used.metric, used.quantity, max(limits."limit") as allowed
            from monthly_usage as used
            inner join {{points}} as closing on closing.customer_key = used.customer_key
                and cast(date_trunc('month', closing.day) as date) = used.month and closing.day < closing.starts_on
            left join (
                select customer_key, plan_key, date as from_day, held,
                    lead(date) over (partition by customer_key, plan_key order by date) as to_day
                from (
                    select customer_key, plan_key, date,
                        sum(sum(amount)) over (partition by customer_key, plan_key order by date) as held
                    from moved group by customer_key, plan_key, date
                )
            ) as holding on holding.customer_key = used.customer_key and holding.held > 0
                and holding.from_day <= closing.day and (holding.to_day is null or holding.to_day > closing.day)
            left join plan_keys on plan_keys.plan_key = holding.plan_key
            left join limits on limits.plan_id = plan_keys.plan_id and limits.metric = used.metric
            group by all
        ) as usage on usage.customer_key = points.customer_key and usage.starts_on = points.starts_on
        group by all
    ) as graded
    asof left join days on days.customer_key = graded.customer_key and days.date <= graded.day
    union all
    {_NOBODY_YET}"""
_USAGE_MONTHS: Final = "select customer_key, month as date from monthly_usage where customer_key is not null"
_CHANGE_MONTHS: Final = "select customer_key, date from moved where kind in ('expansion', 'contraction')"
_STAGE: Final = f"""
    select graded.customer_key as person, graded.starts_on,
        case
            when days.held = 0 then 'churned'
            when days.held is null then null
            when graded.starts_on < graded.settled_on then 'onboarding'
            when graded.in_arrears > 0 then 'at risk'
            when graded.net < 0 then 'at risk'
            when graded.net > 0 then 'expanding'
            else 'active'
        end as value
    from (
        select points.customer_key, points.day, points.starts_on, firsts.settled_on, arrears.level as in_arrears,
            coalesce(sum(changes.worth), 0) as net
        from {{points}} as points
        inner join (
            select customer_key, date_trunc('month', date) + interval {ONBOARDING_MONTHS} month as settled_on
            from ({_FIRST_DAYS})
        ) as firsts on firsts.customer_key = points.customer_key
        asof left join ({{arrears}}) as arrears
            on arrears.customer_key = points.customer_key and arrears.date <= points.day
        left join (
            select customer_key, date_trunc('month', date) as month, sum(worth) as worth
            from moved where kind in ('expansion', 'contraction')
            group by all
        ) as changes on changes.customer_key = points.customer_key
            and changes.month < date_trunc('month', points.starts_on)
            and changes.month >= date_trunc('month', points.starts_on) - interval {LOOK_BACK_MONTHS} month
        group by all
    ) as graded
    asof left join days on days.customer_key = graded.customer_key and days.date <= graded.day
    union all
    {_NOBODY_YET}"""

# The query of each band's turns; a name here is a column of every view.
BANDS: Final = {
    "mrr_band": _by_level(
        "select customer_key, date, case when not unvalued then worth end as level from days",
        f"case when graded.level is not null then {_graded('graded.level', MRR_EDGES)} end",
    ),
    "tenure_band": _TENURE,
    "seats_band": _by_level(
        _running(_SEATS), _graded("coalesce(graded.level, 0)", SEATS_EDGES), _with_closes_of(_SEATS)
    ),
    "usage_band": _USAGE.format(points=_with_closes_of(_USAGE_MONTHS, after=2)),
    "products_band": _by_level(_running(_PRODUCTS), _graded("coalesce(graded.level, 0)", PRODUCTS_EDGES)),
    "stage": _STAGE.format(
        arrears=_running(_IN_ARREARS),
        points=_with_closes_of(
            f"{_CHANGE_MONTHS} union all {_IN_ARREARS.replace(', turn.step', '')} union all {_FIRST_DAYS}",
            after=LOOK_BACK_MONTHS + 1,
        ),
    ),
}

# Rows of kind transfer where a customer's balance passes from one span to the next. Under a policy that values each
# movement at a rate of its own, what passes keeps these rates; otherwise it passes at the rate of the day.
_MOVEMENTS: Final = """
with crossings as (
    select former.customer_key, former.ends_on as day, former.placed as former_placed, later.placed as later_placed
    from {placements} as former
    inner join {placements} as later on later.person = former.person and later.starts_on = former.ends_on
    where former.customer_key is not null
),
balances as (
    select crossings.*, booked.item_key, booked.plan_key, booked.currency, {own_rate} sum(booked.amount) as amount
    from crossings
    inner join booked_movements as booked on booked.customer_key = crossings.customer_key
        and booked.date < crossings.day and not booked.scheduled
    group by all
    having sum(booked.amount) <> 0
),
passing as (
    select balances.*{day_rate} from balances{day_rates}
)
select booked.date, booked.customer_key, booked.item_key, booked.plan_key, cast(booked.kind as varchar) as kind,
    cast(booked.driver as varchar) as driver, booked.amount, booked.currency, booked.rate, booked.scheduled,
    booked.before_span, placements.placed
from booked_movements as booked
asof left join {placements} as placements
    on placements.customer_key = booked.customer_key and placements.starts_on <= booked.date
union all
select day, customer_key, item_key, plan_key, 'transfer', null, cast(side.sign * amount as decimal(24, 6)), currency,
    rate, false, null, case when side.sign < 0 then former_placed else later_placed end
from passing, (values (-1), (1)) as side(sign)
"""


def _movements_sql(placements: str, *, own_rates: bool) -> str:
    return _MOVEMENTS.format(
        placements=placements,
        own_rate="booked.rate," if own_rates else "",
        day_rate="" if own_rates else ", rate_spans.rate",
        day_rates=""
        if own_rates
        else """
    left join rate_spans on rate_spans.currency = balances.currency and rate_spans.starts_on <= balances.day
        and (rate_spans.ends_on is null or rate_spans.ends_on > balances.day)""",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
