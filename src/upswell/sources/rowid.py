"""A heading `rowid`, which would hide the number that DuckDB itself gives each row of a table.

customer_id,rowid          is loaded as  customer_id, rowid_given__
acme,17                    and becomes   customer_id, rowid, position__  (acme, 17, 0)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from upswell.contract.sqltext import name


def unlike_rowid(columns: Iterable[str]) -> dict[str, str]:
    """The column called `rowid` in any case, if there is one, and the name to load it under."""
    return {each: "rowid_given__" for each in columns if each.casefold() == "rowid"}


def keep_position(connection: duckdb.DuckDBPyConnection, relation: str, renamed: Mapping[str, str]) -> str:
    """Give a loaded table its own `rowid` column back; returns the name of its rows' positions, from 0."""
    if not renamed:
        return "rowid"
    given = ", ".join(f"{each} as {name(heading)}" for heading, each in renamed.items())
    connection.execute(f"""
        create temp table {relation}_kept as
        select * exclude ({", ".join(renamed.values())}), {given}, rowid as position__ from {relation}""")
    connection.execute(f"drop table {relation}")
    connection.execute(f"alter table {relation}_kept rename to {relation}")
    return "position__"
