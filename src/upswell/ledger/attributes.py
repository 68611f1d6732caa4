"""The attributes of customers in a book: what holds at as_of, and the spans of those that changed.

`customers` has one row a customer. A row with a later `valid_from` replaces what it gives; what it leaves empty stays
as the rows before it said. `customer_spans` has one row for each span [starts_on, ends_on) of a customer in whom an
attribute changed, with the columns that change in anybody; the first value known of an attribute reaches back to the
beginning. A `valid_from` after as_of has not come yet and is in neither.
"""

from __future__ import annotations

from typing import Final

import duckdb

# The key comes first, so that of two columns called customer_key it is the attribute that is given another name.
_CUSTOMERS: Final = """
    select * exclude (recency__, source_row)
    from (
        select
            keys.customer_key,
            {rows}.*,
            row_number() over (
                partition by {rows}.customer_id order by valid_from desc nulls last, source_row desc
            ) as recency__
        from {rows}
        inner join clock on valid_from is null or valid_from <= clock.as_of_day
        left join (select distinct customer_key, customer_id from item_keys) as keys
            on {rows}.customer_id = keys.customer_id
    )
    where recency__ = 1
"""
_SPANS: Final = """
    select keys.customer_key, spans.customer_id, spans.starts_on, spans.ends_on{columns}
    from (
        select customer_id{columns},
            case when row_number() over so_far = 1 then date '0001-01-01' else valid_from end as starts_on,
            lead(valid_from) over so_far as ends_on
        from customer_states
        where customer_id in (select customer_id from changing_customers)
        window so_far as (partition by customer_id order by valid_from nulls first)
    ) as spans
    left join (select distinct customer_key, customer_id from item_keys) as keys using (customer_id)
    order by spans.customer_id, spans.starts_on
"""
_NOT_DATED: Final = frozenset({"customer_id", "created_at", "activated_at", "valid_from", "source_row"})


def customer_relations(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The queries of `customers` and `customer_spans`, over `current_customers`, `item_keys` and `clock`."""
    if not _anybody_changes(connection):
        nobody = _SPANS.format(columns="").replace("customer_states", "current_customers")
        return {
            "customers": _CUSTOMERS.format(rows="current_customers"),
            "customer_spans": nobody.replace("(select customer_id from changing_customers)", "(null)"),
        }
    attributes = [name for name in _columns(connection) if name not in _NOT_DATED]
    _create_states(connection, attributes)
    changing = _changing(connection, attributes)
    return {
        "customers": _CUSTOMERS.format(rows="customer_states"),
        "customer_spans": _SPANS.format(columns="".join(f", {_quoted(name)}" for name in changing)),
    }


def _anybody_changes(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "select exists (select 1 from current_customers group by customer_id having count(*) > 1)"
    (found,) = connection.execute(query).fetchone() or (False,)
    return bool(found)


def _columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(row[0]) for row in connection.execute("select * from current_customers limit 0").description or ()]


def _create_states(connection: duckdb.DuckDBPyConnection, attributes: list[str]) -> None:
    """Rows that have come by as_of, each with what the rows before it said where it says nothing itself."""
    known = ", ".join(
        f"coalesce(last_value({_quoted(name)} ignore nulls) over so_far, first_value({_quoted(name)} ignore nulls) "
        f"over ever) as {_quoted(name)}"
        for name in (*attributes, "created_at", "activated_at")
    )
    connection.execute(
        f"""create or replace temp table customer_states as
            select current_customers.* replace ({known})
            from current_customers inner join clock on valid_from is null or valid_from <= clock.as_of_day
            window so_far as (partition by customer_id order by valid_from nulls first, source_row),
                ever as (partition by customer_id order by valid_from nulls first, source_row
                    rows between unbounded preceding and unbounded following)"""
    )


def _changing(connection: duckdb.DuckDBPyConnection, attributes: list[str]) -> list[str]:
    """The attributes that change in some customer; those customers are in `changing_customers` afterwards."""
    different = ", ".join(f"count(distinct {_quoted(name)}) > 1 as {_quoted(name)}" for name in attributes)
    anywhere = " or ".join(_quoted(name) for name in attributes)
    connection.execute(
        f"""create or replace temp table changing_customers as
            select * from (select customer_id, {different} from customer_states group by customer_id)
            where {anywhere}"""
    )
    flags = ", ".join(f"coalesce(bool_or({_quoted(name)}), false)" for name in attributes)
    found = connection.execute(f"select {flags} from changing_customers").fetchone() or ()
    return [name for name, changes in zip(attributes, found, strict=True) if changes]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
