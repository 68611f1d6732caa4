"""NDJSON: one object on each line, or one array of objects.

A JSON number with a fraction is a binary float by the time any reader hands it over, and
19.99 is then 19.989999999999998. Such numbers are marked, so that money columns hold them back;
`"19.99"` and 20 are exact and taken. A line that is no object is set aside with its number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.cells import JSON_NUMBER_MARK
from upswell.contract.records import Records
from upswell.contract.sqltext import literal, literal_list, name
from upswell.engines.duckdb import path_literal
from upswell.errors import InputError
from upswell.sources.headings import Columns, Headings
from upswell.sources.survey import file_sha256

_OBJECT_BYTES_MAX: Final = 2_000_000


def read_json(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    file: str,
    columns: Columns,
    relation: str,
) -> Records:
    """Read `path`, shown to the user as `file`, into the temporary table `relation`."""
    objects = f"{relation}_objects"
    rejected = f"{relation}_rejected"
    _load(connection, path, file=file, objects=objects)
    _set_aside(connection, objects, rejected)
    keys = _keys(connection, objects)
    if not keys:
        raise _not_json(file, "no line that is an object")
    headings = columns.match(keys, file=file)
    _cells(connection, objects, relation, keys=keys, headings=headings, columns=columns)
    rows = connection.execute(f"select count(*) from {objects}").fetchone()
    aside = connection.execute(f"select count(*) from {rejected}").fetchone()
    connection.execute(f"drop table {objects}")
    return Records(
        relation=relation,
        row=f"{relation}.record_number__",
        rejected=rejected if aside and aside[0] else None,
        fields=tuple(headings.fields),
        attributes=tuple(headings.attributes),
        ignored=headings.ignored,
        sha256=file_sha256(path),
        rows=int(rows[0]) if rows else 0,
    )


def _load(connection: duckdb.DuckDBPyConnection, path: Path, *, file: str, objects: str) -> None:
    with path.open("rb") as opened:
        is_array = opened.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    source = path_literal(path)
    if is_array:
        reader = f"""select json::varchar as line from read_json_objects({source}, format = 'array',
            compression = 'none', hive_partitioning = false)"""
    else:
        # Lines are read as lines, so that a record's number is its line's, blank ones included.
        reader = f"""select line from read_csv({source}, auto_detect = false, header = false,
            delim = '\x01', quote = '', escape = '', comment = '', compression = 'none',
            columns = {{'line': 'VARCHAR'}}, hive_partitioning = false, max_line_size = {_OBJECT_BYTES_MAX})"""
    try:
        connection.execute(f"create temp table {objects}_lines as {reader}")
    except duckdb.Error as error:
        raise _not_json(file, str(error)) from error
    connection.execute(f"""
        create temp table {objects} as
        select rowid + 1 as "row", line,
               case when json_valid(line) then json_type(line) = 'OBJECT' else false end as sound
        from {objects}_lines where trim(line, E' \\t\\r\\n') <> ''""")
    connection.execute(f"drop table {objects}_lines")


def _set_aside(connection: duckdb.DuckDBPyConnection, objects: str, rejected: str) -> None:
    connection.execute(f"""
        create temp table {rejected} as
        select "row", 'bad_json' as code, left(line, 200) as found, line as raw
        from {objects} where not sound""")


def _keys(connection: duckdb.DuckDBPyConnection, objects: str) -> list[str]:
    rows = connection.execute(f"""
        with keys as (select "row", unnest(json_keys(line)) as key from {objects} where sound)
        select key from keys group by key order by min("row"), key""").fetchall()
    return [str(row[0]) for row in rows]


def _cells(
    connection: duckdb.DuckDBPyConnection,
    objects: str,
    relation: str,
    *,
    keys: list[str],
    headings: Headings,
    columns: Columns,
) -> None:
    positions = {**headings.fields, **headings.attributes}
    paths = literal_list(_path(keys[at]) for at in positions.values())
    cells = ", ".join(
        f"{_text(f'found__[{index}]', exact=columns.is_exact(field))} as {name(field)}"
        for index, field in enumerate(positions, start=1)
    )
    connection.execute(f"""
        create temp table {relation} as
        select {cells}, row__ as record_number__
        from (select "row" as row__, json_extract(line, {paths}) as found__ from {objects} where sound)""")


def _path(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: str, *, exact: bool) -> str:
    """SQL: the text of a JSON value; with `exact`, a number with a fraction gets the mark."""
    text = f"({value} ->> '$')"
    if not exact:
        return text
    marked = f"{literal(JSON_NUMBER_MARK)} || {text}"
    floating = f"json_type({value}) = 'DOUBLE' and not regexp_full_match({text}, '-?[0-9]+')"
    return f"case when {floating} then {marked} else {text} end"


def _not_json(file: str, found: str) -> InputError:
    return InputError(
        f"{file}: this is not JSON in UTF-8",
        code="json_unreadable",
        where=file,
        expected="one JSON object on each line, in UTF-8",
        found=found.split("\n", 1)[0][:200],
        remedy="export the data as NDJSON (UTF-8), one object a line",
    )
