"""Parquet: every column as text of its exact value, money never from a binary float.

A column `unit_amount` of type DECIMAL(10,2), INTEGER or text is taken; DOUBLE is refused for the
whole file, because 19.99 is not what such a column holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.records import Records
from upswell.contract.sqltext import name
from upswell.engines.duckdb import path_literal
from upswell.errors import InputError
from upswell.sources.headings import Columns, Headings
from upswell.sources.rowid import keep_position, unlike_rowid
from upswell.sources.survey import file_sha256

_FLOATS: Final = ("DOUBLE", "FLOAT")
_NESTED: Final = ("STRUCT", "MAP")
_FINE_TIMES: Final = ("TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS")


def read_parquet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    file: str,
    columns: Columns,
    relation: str,
) -> Records:
    """Read `path`, shown to the user as `file`, into the temporary table `relation`."""
    source = f"read_parquet({path_literal(path)}, hive_partitioning = false)"
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
    except duckdb.Error as error:
        raise _corrupt(file, error) from error
    types = {str(row[0]): str(row[1]) for row in described}
    names = list(types)
    headings = columns.match(names, file=file)
    _refuse_float_money(headings, types, columns=columns, file=file)
    positions = {**headings.fields, **headings.attributes}
    renamed = unlike_rowid(positions)
    cells = ", ".join(
        f"{_text(names[at], types[names[at]])} as {name(renamed.get(field, field))}" for field, at in positions.items()
    )
    try:
        connection.execute(f"create temp table {relation} as select {cells} from {source}")
    except duckdb.Error as error:
        raise _corrupt(file, error) from error
    position = keep_position(connection, relation, renamed)
    counted = connection.execute(f"select count(*) from {relation}").fetchone()
    return Records(
        relation=relation,
        row=f"{relation}.{position} + 1",
        rejected=None,
        fields=tuple(headings.fields),
        attributes=tuple(headings.attributes),
        ignored=headings.ignored,
        sha256=file_sha256(path),
        rows=int(counted[0]) if counted else 0,
    )


def _text(column: str, sql_type: str) -> str:
    if sql_type in _FINE_TIMES:
        return f"{name(column)}::timestamp::varchar"
    if sql_type.endswith("]") or sql_type.startswith(_NESTED):
        return f"to_json({name(column)})::varchar"
    return f"{name(column)}::varchar"


def _refuse_float_money(headings: Headings, types: Mapping[str, str], *, columns: Columns, file: str) -> None:
    names = list(types)
    for field, at in headings.fields.items():
        if columns.is_exact(field) and types[names[at]] in _FLOATS:
            raise InputError(
                f"{file}: {names[at]} is a binary float, which cannot hold money exactly",
                code="float_money",
                where=f"{file}, column {names[at]}",
                expected="DECIMAL, whole numbers or text",
                found=types[names[at]],
                remedy=f"write {names[at]} as DECIMAL(18,6) or as text where the file is made",
            )


def _corrupt(file: str, error: duckdb.Error) -> InputError:
    return InputError(
        f"{file}: this Parquet file cannot be read",
        code="parquet_corrupt",
        where=file,
        expected="a complete Parquet file",
        found=str(error).split("\n", 1)[0][:200],
        remedy="copy or export the file again",
    )
