"""CSV: through DuckDB's reader, with nothing guessed that could cost a row.

The heading line decides the separator and the columns; every cell is read as text. A record the
reader cannot take (`acme,team` under three headings) is set aside with its number and text, the
others are read. Then the books must balance: records in the file = rows read + records set aside
+ blank lines. If they do not, a stray quote has swallowed rows and the file is refused.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.records import Records
from upswell.contract.sqltext import literal, name
from upswell.engines.duckdb import path_literal
from upswell.errors import InputError
from upswell.sources.csv_records import RecordScan, scan
from upswell.sources.headings import Columns, Headings
from upswell.sources.rowid import keep_position, unlike_rowid
from upswell.sources.survey import Survey, survey

_SEPARATORS: Final = (",", ";", "\t", "|")
_HEADING_BYTES: Final = 1 << 20
_CODES: Final = {
    "MISSING COLUMNS": "ragged_row",
    "TOO MANY COLUMNS": "ragged_row",
    "UNQUOTED VALUE": "bad_quotes",
    "LINE SIZE OVER MAXIMUM": "row_too_long",
}


@dataclass(frozen=True)
class _HeadingLine:
    separator: str
    headings: tuple[str, ...]


def read_csv(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    file: str,
    columns: Columns,
    relation: str,
) -> Records:
    """Read `path`, shown to the user as `file`, into the temporary table `relation`."""
    line = _heading_line(path, file=file, fewest=columns.fewest)
    headings = columns.match(line.headings, file=file)
    seen = survey(path)
    position = _load(connection, path, file=file, line=line, headings=headings, relation=relation)
    rejected = _set_aside(connection, relation=relation, file=file)
    rows = _count(connection, relation)
    aside = _count(connection, rejected)
    row = f"{relation}.{position} + 2"
    if rows + aside + 1 != seen.lines or aside:
        found = scan(path, separator=line.separator)
        blank = _blank_records(connection, rejected, found)
        aside = _count(connection, rejected)
        told_apart = rows + aside + len(blank) + 1
        _require_balance(connection, found, told_apart, rejected, lines=seen.lines, file=file)
        row = _number_rows(connection, relation, rejected, blank, position=position)
    return Records(
        relation=relation,
        row=row,
        rejected=rejected if aside else None,
        fields=tuple(headings.fields),
        attributes=tuple(headings.attributes),
        ignored=headings.ignored,
        sha256=seen.sha256,
        rows=rows + aside,
        tidy=_is_tidy(seen, line),
    )


def _heading_line(path: Path, *, file: str, fewest: int) -> _HeadingLine:
    with path.open("rb") as opened:
        head = opened.read(_HEADING_BYTES)
    text = head.decode("utf-8-sig", errors="replace")
    first = text.splitlines()[0] if text else ""
    if not first.strip():
        raise _refused(file, "no_headings", "the first line is blank", found="a blank line",
                       expected="a heading line", remedy="put the headings on the first line")  # fmt: skip
    if "\ufffd" in first:
        raise _not_utf8(file, 1, first)
    separator = max(_SEPARATORS, key=lambda each: len(_cells(text, each)))
    headings = _cells(text, separator)
    if len(headings) < fewest:
        raise _refused(
            file, "one_column", "only one column was found", found=first.strip()[:80],
            expected="columns separated by comma, semicolon, tab or |",
            remedy="export the file as CSV with one of these separators",
        )  # fmt: skip
    return _HeadingLine(separator, tuple(headings))


def _cells(text: str, separator: str) -> Sequence[str]:
    try:
        return next(csv.reader(text.splitlines(keepends=True), delimiter=separator), [])
    except csv.Error:  # a "line" beyond all measure: no heading line of any kind
        return []


def _load(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    file: str,
    line: _HeadingLine,
    headings: Headings,
    relation: str,
) -> str:
    """Load the records that can be read; returns the name of their positions, from 0."""
    positions = {**headings.fields, **headings.attributes}
    renamed = unlike_rowid(positions)
    wanted = ", ".join(f"c{at} as {name(renamed.get(field, field))}" for field, at in positions.items())
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(line.headings)))
    try:
        connection.execute(f"""
            create temp table {relation} as select {wanted} from read_csv(
                {path_literal(path)}, hive_partitioning = false, auto_detect = false, header = true, skip = 0,
                delim = {literal(line.separator)}, quote = '"', escape = '"', comment = '',
                compression = 'none', columns = {{{columns}}}, strict_mode = true, null_padding = false,
                store_rejects = true, rejects_limit = 0,
                rejects_table = '{relation}_rejects', rejects_scan = '{relation}_scans')""")
    except duckdb.InvalidInputException as error:
        raise _refused(
            file, "csv_unreadable", "the reader lost its way in this file",
            expected="one kind of line end and paired quotes", found=str(error).split("\n", 1)[0],
            remedy="save the file again as CSV (UTF-8); line ends must be all the same",
        ) from error  # fmt: skip
    return keep_position(connection, relation, renamed)


def _set_aside(connection: duckdb.DuckDBPyConnection, *, relation: str, file: str) -> str:
    """Turn the reader's rejects into the contract's form; bytes that are no UTF-8 refuse the file."""
    rejects = f"{relation}_rejects"
    bad = connection.execute(f"""
        select line, csv_line from {rejects} where error_type = 'INVALID ENCODING'
        order by line limit 1""").fetchone()
    if bad is not None:
        raise _not_utf8(file, int(bad[0]), str(bad[1]))
    rejected = f"{relation}_rejected"
    codes = " ".join(f"when '{kind}' then '{code}'" for kind, code in _CODES.items())
    connection.execute(f"""
        create temp table {rejected} as
        select line::bigint as "row",
               min_by(case error_type::varchar {codes} else 'unreadable_row' end,
                      coalesce(column_idx, 0)) as code,
               left(trim(any_value(csv_line), E'\\r\\n'), 200) as found,
               trim(any_value(csv_line), E'\\r\\n') as raw
        from {rejects} group by line""")
    connection.execute(f"drop table {rejects}")
    connection.execute(f"drop table {relation}_scans")
    return rejected


def _blank_records(connection: duckdb.DuckDBPyConnection, rejected: str, found: RecordScan) -> tuple[int, ...]:
    """Numbers of blank records; a line of nothing but spaces is blank too, not ragged."""
    spaces = connection.execute(
        f"""delete from {rejected} where trim(raw, E' \\t\\r\\n') = '' returning "row" """
    ).fetchall()
    return tuple(sorted({*found.blank, *(int(row[0]) for row in spaces)}))


def _require_balance(
    connection: duckdb.DuckDBPyConnection,
    found: RecordScan,
    accounted: int,
    rejected: str,
    *,
    lines: int,
    file: str,
) -> None:
    if found.records == accounted and not found.swallowed:
        return
    suspect = connection.execute(
        f"""select "row" from {rejected} where code <> 'ragged_row' order by "row" limit 1"""
    ).fetchone()
    row = int(suspect[0]) if suspect is not None else found.open_quote
    where = f", row {row}" if row is not None else ""
    raise _refused(
        file, "unbalanced_quotes", f"a quote that is never closed swallows rows{where}",
        where=f"{file}{where}", expected="each opening quote closed in its own cell",
        found=f"{accounted - 1} records could be told apart in {lines} lines",
        remedy='close the quote; inside a quoted cell write "" for one quote',
    )  # fmt: skip


def _number_rows(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    rejected: str,
    blank: tuple[int, ...],
    *,
    position: str,
) -> str:
    """Add the records' true numbers: each row moves down by the records left out above it."""
    connection.execute(f"""
        create temp table {relation}_gaps as
        with left_out as (
            select unnest($blank::bigint[]) as "row" union select "row" from {rejected}
        )
        select "row" - 1 - row_number() over (order by "row") as before,
               row_number() over (order by "row") as shift
        from left_out""", {"blank": list(blank)})  # fmt: skip
    connection.execute(f"""
        create temp table {relation}_numbered as
        select each__.*, each__.at__ + 2 + coalesce(gap__.shift, 0) as record_number__
        from (select *, {position} as at__ from {relation}) as each__
        asof left join (
            select before, max(shift) as shift from {relation}_gaps group by before
        ) as gap__ on each__.at__ >= gap__.before""")
    connection.execute(f"drop table {relation}")
    connection.execute(f"drop table {relation}_gaps")
    connection.execute(f"alter table {relation}_numbered rename to {relation}")
    return f"{relation}.record_number__"


def _is_tidy(seen: Survey, line: _HeadingLine) -> bool:
    mixed = 0 < seen.carriage_returns != seen.lines
    return not seen.odd_space and not mixed and line.separator != "\t"


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return 0 if row is None else int(row[0])


def _not_utf8(file: str, row: int, text: str) -> InputError:
    return _refused(
        file, "not_utf_8", f"row {row} is not UTF-8 text", where=f"{file}, row {row}",
        expected="UTF-8", found=text[:80],
        remedy="save it as UTF-8 (in a spreadsheet: CSV UTF-8), or run: iconv -f LATIN1 -t UTF-8",
    )  # fmt: skip


def _refused(
    file: str,
    code: str,
    what: str,
    *,
    expected: str,
    found: str,
    remedy: str,
    where: str | None = None,
) -> InputError:
    return InputError(f"{file}: {what}", code=code, where=where or file, expected=expected, found=found, remedy=remedy)
