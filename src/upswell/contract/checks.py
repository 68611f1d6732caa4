"""Checking records: from text cells to typed rows, and the rows that are held back.

`check_records` reads a table of text once. Of

    row  customer_id  plan_id  starts_at   unit_amount
      2  acme         team     2024-01-10  20.00
      3  bolt         team     2024-01-10  19,99

row 2 becomes a typed row with its defaults; row 3 a finding `bad_decimal`. The common case costs
one pass with a pattern and a cast a cell; why a row is bad is worked out for bad rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from upswell.contract.comparing import ROWS_PER_IMPORT, content_columns, is_same, same_key
from upswell.contract.records import Records
from upswell.contract.row_sql import RowSql, Setting
from upswell.contract.schema import Table
from upswell.contract.sqltext import literal, name, name_list


@dataclass(frozen=True)
class CheckedFile:
    """Temporary tables of one file: `rows` (typed, with source_row) and `held` (one row a finding).

    `repeated` rows of the file were exact copies of earlier ones and are in neither.
    """

    rows: str
    held: str
    sound: int
    repeated: int
    held_rows: int


def check_records(
    connection: duckdb.DuckDBPyConnection,
    records: Records,
    *,
    table: Table,
    import_no: int,
    setting: Setting,
    prefix: str,
) -> CheckedFile:
    """Type and check `records` into the tables `{prefix}_rows` and `{prefix}_held`."""
    check = RowSql(records, table, import_no, setting, trims_all=not records.tidy)
    rows, held = f"{prefix}_rows", f"{prefix}_held"
    connection.execute(f"create temp table {rows} as {check.rows_sql()}")
    bad = _count(connection, f"{rows} where held__")
    if bad and not check.trims_all and _count(connection, check.padded_sql(rows)):
        check = replace(check, trims_all=True)
        connection.execute(f"create or replace temp table {rows} as {check.rows_sql()}")
        bad = _count(connection, f"{rows} where held__")
    connection.execute(f"create temp table {held} as {check.findings_sql(rows, any_bad=bad > 0)}")
    if bad:
        connection.execute(f"delete from {rows} where held__")
    connection.execute(f"alter table {rows} drop column held__")
    repeated = _set_repeats_aside(connection, rows, held, table)
    sound = _count(connection, rows)
    held_rows = _count(connection, f"(select distinct source_row from {held})")
    return CheckedFile(rows, held, sound, repeated, held_rows)


def _set_repeats_aside(connection: duckdb.DuckDBPyConnection, rows: str, held: str, table: Table) -> int:
    """Take rows out whose key came before in the file: copies are dropped, others held back."""
    key = name_list(table.key)
    suspects = f"{rows}_suspects"
    connection.execute(f"""
        create temp table {suspects} as
        select hash({key}) as suspect__ from {rows} group by suspect__ having count(*) > 1""")
    repeated = 0
    if _count(connection, suspects):
        repeated = _drop_repeats(connection, rows, held, suspects, table)
    connection.execute(f"drop table {suspects}")
    return repeated


def _drop_repeats(connection: duckdb.DuckDBPyConnection, rows: str, held: str, suspects: str, table: Table) -> int:
    key = name_list(table.key)
    content = content_columns(connection, rows)
    same = is_same(content, "later", "first")
    keys_match = same_key(table, "later", "first")
    repeats = f"{rows}_repeats"
    connection.execute(f"""
        create temp table {repeats} as
        with together as materialized (
            select *, row_number() over (partition by {key} order by source_row) as nth__
            from {rows} where hash({key}) in (select suspect__ from {suspects})
        )
        select later.source_row, first.source_row as first_row, {same} as same,
               {name_list(table.key, of="later")}
        from together as later join together as first on first.nth__ = 1 and {keys_match}
        where later.nth__ > 1""")
    connection.execute(f"""
        insert into {held} by name
        select source_row, null as column_name, 'duplicate_key' as code, true as key_known,
               'the key of row ' || (first_row % {ROWS_PER_IMPORT}) as found,
               (select json_object({_json_pairs(content)}) from {rows} as given
                where given.source_row = {repeats}.source_row)::varchar as raw, {key}
        from {repeats} where not same""")
    connection.execute(f"delete from {rows} where source_row in (select source_row from {repeats})")
    copies = _count(connection, f"{repeats} where same")
    connection.execute(f"drop table {repeats}")
    return copies


def _json_pairs(columns: tuple[str, ...]) -> str:
    return ", ".join(f"{literal(each)}, given.{name(each)}::varchar" for each in columns)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return 0 if row is None else int(row[0])
