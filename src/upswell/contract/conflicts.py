"""Conflicts: rows that are sound alone and impossible beside the other rows in force.

Two versions of one item cannot overlap. Of

    acme seat  2024-01-01 .. 2024-07-01   20.00
    acme seat  2024-05-01 ..              25.00

the second is held back: nobody can say which price held in May. And a version of less than a day
that is worth more than 100 times the customer's largest other is a slip, not a sale. Conflicts are
worked out anew over all rows in force after each import and undo, so a row comes back by itself
when its reason goes.
"""

from __future__ import annotations

from typing import Final

import duckdb

from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.contract.fold import count

# A rough monthly value, times 100, is enough to see a factor of 100: a month is 30 days or 4 weeks here, and it is
# months x worth that is compared, so nothing is divided. A line is below 10^12, so the casts cannot overflow.
_LINE: Final = "coalesce(mrr, quantity * unit_amount)::decimal(30,8)"
# An `mrr` is monthly already, whatever its interval columns say.
_INTERVAL: Final = """case when mrr is not null then 1 when "interval" = 'day' then 30
    when "interval" = 'week' then 4 else 1 end"""


def _rough_worth(discount_holds: str) -> str:
    """Rough monthly worth times months, net of a discount for which the SQL `discount_holds` is true."""
    return f"""(greatest(0,
        ({_LINE} * (100 - case when {discount_holds} then coalesce(discount_percent, 0) else 0 end))::decimal(32,8)
        - 100 * case when {discount_holds} then coalesce(discount_amount, 0) else 0 end::decimal(22,8)
    ) * {_INTERVAL})::decimal(32,8)"""


# A version's least is with any discount that touches it, its most without one that ends: only what exceeds the others'
# most at its own least is impossible.
_LEAST: Final = _rough_worth("discount_until is null or discount_until > starts_at")
_MOST: Final = _rough_worth("discount_until is null")
_ROUGH_MONTHS: Final = """
    case when mrr is not null then 1
    else interval_count * case "interval" when 'quarter' then 3 when 'year' then 12 else 1 end end"""


def find_conflicts(connection: duckdb.DuckDBPyConnection, items: str) -> str:
    """Make the temporary table `conflicts` over the item rows `items`, and return its name.

    A row is (source_row, column_name, code, found, raw), one for each row held back.
    """
    connection.execute("""
        create or replace temp table conflicts (
            source_row bigint, column_name varchar, code varchar, found varchar, raw varchar)""")
    _overlaps(connection, items)
    _impossible_amounts(connection, items)
    return "conflicts"


def _overlaps(connection: duckdb.DuckDBPyConnection, items: str) -> None:
    """The cheap pass looks at neighbours alone: where any two versions overlap, two neighbours do."""
    connection.execute(f"""
        create or replace temp table overlap_suspects as
        with following as (
            select hash(customer_id, subscription_id, item_id) as suspect,
                   lag(coalesce(ends_at, 'infinity'::timestamp)) over (
                       partition by hash(customer_id, subscription_id, item_id)
                       order by starts_at, source_row) > starts_at as in_conflict
            from {items} where ends_at is null or ends_at > starts_at
        )
        select distinct suspect from following where in_conflict""")
    if count(connection, "overlap_suspects"):
        connection.execute(f"""
            insert into conflicts
            with versions as materialized (
                select *, max(coalesce(ends_at, 'infinity'::timestamp)) over earlier as taken_until,
                       arg_max(source_row, coalesce(ends_at, 'infinity'::timestamp)) over earlier
                           as taken_by
                from {items}
                where (ends_at is null or ends_at > starts_at)
                  and hash(customer_id, subscription_id, item_id)
                      in (select suspect from overlap_suspects)
                window earlier as (
                    partition by customer_id, subscription_id, item_id
                    order by starts_at, source_row
                    rows between unbounded preceding and 1 preceding)
            )
            select source_row, 'starts_at', 'overlap',
                   starts_at::varchar || ', but row ' || (taken_by % {ROWS_PER_IMPORT})
                   || ' of ' || printf('i-%06d', taken_by // {ROWS_PER_IMPORT}) || case
                       when taken_until = 'infinity'::timestamp then ' has no end'
                       else ' ends ' || taken_until::varchar end,
                   {_raw("versions")}
            from versions where taken_until > starts_at""")
    connection.execute("drop table overlap_suspects")


def _impossible_amounts(connection: duckdb.DuckDBPyConnection, items: str) -> None:
    """Amounts are compared inside a currency: 1500 JPY beside 10 USD is no slip."""
    short = f"""select * from {items}
                where ends_at > starts_at and ends_at < starts_at + interval 24 hours"""
    if not count(connection, f"({short})"):
        return
    connection.execute(f"""
        insert into conflicts
        with short as materialized ({short}),
        versions as materialized (
            select *, {_LEAST} as least_worth, {_MOST} as most_worth, {_ROUGH_MONTHS} as months from {items}
            where (ends_at is null or ends_at > starts_at)
              and customer_id in (select customer_id from short)
        ),
        compared as (
            select one.source_row, count(*) filter (other.most_worth > 0) as others,
                   bool_and(one.least_worth * other.months > 100 * other.most_worth * one.months) as exceeds
            from versions as one
            join short using (source_row)
            join versions as other on other.customer_id = one.customer_id
             and other.currency = one.currency and other.source_row <> one.source_row
            group by one.source_row
        )
        select short.source_row, case when short.mrr is null then 'unit_amount' else 'mrr' end,
               'impossible_amount', coalesce(short.mrr, short.unit_amount)::varchar
               || ' from ' || short.starts_at::varchar || ' to ' || short.ends_at::varchar,
               {_raw("short")}
        from compared join short using (source_row)
        where others > 0 and exceeds
          and source_row not in (select source_row from conflicts)""")


def _raw(relation: str) -> str:
    return f"""json_object('customer_id', {relation}.customer_id, 'subscription_id',
        {relation}.subscription_id, 'item_id', {relation}.item_id, 'starts_at',
        {relation}.starts_at::varchar, 'ends_at', {relation}.ends_at::varchar)::varchar"""
