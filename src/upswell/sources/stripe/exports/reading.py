"""One table of an export: its files read as text, and the rows that cannot be understood set apart.

A row of subscriptions.csv

    id     customer_id  status  created              ended_at
    sub_1  cus_1        active  2026-01-10 09:00:00  soon

is held back: row 2, column ended_at, expected a time, found "soon". The other rows go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from upswell.contract.cells import JSON_NUMBER_MARK
from upswell.contract.findings import CODES, Finding
from upswell.contract.sqltext import literal, name
from upswell.sources.files import read_columns
from upswell.sources.stripe.currencies import currency_digits
from upswell.sources.stripe.exports.folder import ExportFile
from upswell.sources.stripe.exports.mapping import CELLS, ExportTable, Kind, Source

FINDINGS_SHOWN: Final = 50
HELD_ROWS: Final = "held_rows__"
_SYNCED: Final = ("_fivetran_synced", "_airbyte_extracted_at", "_airbyte_emitted_at", "batch_timestamp")
_SINCE: Final = ("_fivetran_start", "_airbyte_extracted_at", "_airbyte_emitted_at")
_DELETED: Final = ("_fivetran_deleted", "is_deleted", "deleted")
_WHOLE: Final = "_airbyte_data"
_USUAL: Final = 100  # cents to one of most currencies
_MEND: Final = "correct the row and import the folder again"
# Code -> what was expected; a code that is not here is the readers' own.
_EXPECTED: Final = {
    "missing_value": "a value",
    "bad_time": "seconds since 1970, or a date and time in UTC such as 2026-01-31 09:30:00",
    "bad_number": "digits, with a point before decimals, and no exponent",
    "bad_boolean": "true or false",
    "bad_json": "JSON",
    "unknown_status": "one of: {choices}",
    "json_number": "a decimal in quotes: a JSON number with a fraction is a binary float, not exact money",
    "duplicate_key": "one row for each id, or the same one again",
}
_FAULTS: Final = {
    Kind.time: "bad_time",
    Kind.whole: "bad_number",
    Kind.bound: "bad_number",
    Kind.decimal: "bad_number",
    Kind.major: "bad_number",
    Kind.boolean: "bad_boolean",
    Kind.tax_behavior: "bad_boolean",
    Kind.json: "bad_json",
    Kind.ids: "bad_json",
    Kind.choice: "unknown_status",
}


# What stands for no value in a cell of the kind.
_NOTHING: Final = {Kind.json: "'null'", Kind.bound: "'inf', 'infinity'"}


@dataclass
class Held:
    """The findings on the first rows held back; all of them are counted in the relation `HELD_ROWS`."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep a finding while there is room; two tables made of one file may have the same."""
        if len(self.findings) < FINDINGS_SHOWN and finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class Rows:
    """A table's rows as a temporary relation of text columns, with `file__` and `row__` (the number in its file).

    `complete` is False where a file had rows that could not be read at all.
    """

    relation: str
    columns: frozenset[str]
    complete: bool


def read_rows(
    connection: duckdb.DuckDBPyConnection, name_: str, files: Sequence[ExportFile], *,
    exact: frozenset[str], spill_folder: Path, held: Held,
) -> Rows:  # fmt: skip
    """Read all files of a table. Raises `InputError` for a file that cannot be used."""
    parts: list[str] = []
    columns: set[str] = set()
    complete = True
    for number, file in enumerate(files):
        part = f"export_{name_}_{number}"
        if file.path.suffix != ".parquet" and file.path.stat().st_size == 0 and "json" in file.path.name:
            continue  # NDJSON without a row is an empty file
        records = read_columns(connection, file.path, relation=part, spill_folder=spill_folder, exact=exact)
        columns.update(records.fields)
        cells = ", ".join(name(each) for each in records.fields)
        parts.append(f"select {cells}, {literal(file.shown)} as file__, {records.row} as row__ from {part}")
        if records.rejected is not None:
            complete = False
            for row, code, found in connection.execute(
                f'select "row", code, found from {records.rejected} order by "row"'
            ).fetchall():
                held.add(_finding(file.shown, int(row), None, str(code), found))
            connection.execute(
                f"""insert into {HELD_ROWS} select {literal(file.shown)}, "row" from {records.rejected}"""
            )
    relation = f"rows_{name_}"
    clean = f" replace (case when json_valid({_WHOLE}) then {_WHOLE} end as {_WHOLE})" if _WHOLE in columns else ""
    union = " union all by name ".join(parts) or "select null::varchar as file__, null::bigint as row__ where false"
    connection.execute(f"create or replace temp table {relation} as select *{clean} from ({union})")
    for number in range(len(files)):
        connection.execute(f"drop table if exists export_{name_}_{number}")
        connection.execute(f"drop table if exists export_{name_}_{number}_rejected")
    return Rows(relation, frozenset(columns), complete)


def synced_at(connection: duckdb.DuckDBPyConnection, rows: Iterable[Rows]) -> int | None:
    """When the newest row was copied, in seconds since 1970, if the columns say."""
    latest = [
        connection.execute(f"select max(export_copied_at(export_cell({name(column)}))) from {each.relation}").fetchone()
        for each in rows
        for column in _SYNCED
        if column in each.columns
    ]
    return max((int(row[0]) for row in latest if row is not None and row[0] is not None), default=None)


@dataclass(frozen=True)
class Cells:
    """SQL of a table's columns: what a source's columns hold, as text or null."""

    columns: frozenset[str]

    @property
    def whole(self) -> bool:
        """Whether a row is one record of JSON."""
        return _WHOLE in self.columns

    def has(self, column: str) -> bool:
        """Whether a column of that name can be asked for."""
        return self.whole or column in self.columns

    def column(self, column: str) -> str:
        """One column."""
        if column in self.columns:
            return f"export_cell({name(column)})"
        return f"export_cell(json_extract_string({_WHOLE}, {literal(f'$.{chr(34)}{column}{chr(34)}')}))"

    def first(self, names: Sequence[str], *, kind: Kind | None = None) -> str | None:
        """The first of the columns that has a value; of an id, the id that it names."""
        cells = [self.column(each) for each in names if self.has(each)]
        if kind is Kind.id:
            cells = [f"export_id({each})" for each in cells]
        if not cells:
            return None
        return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"

    def value(self, source: Source, *, currency: str | None) -> str | None:
        """The value of a field from its columns, null where the cell is not of its kind."""
        cell = self.first(source.names, kind=source.kind)
        if cell is None:
            return None
        if source.kind in (Kind.text, Kind.id):
            return cell
        if source.kind is Kind.choice:
            cases = " ".join(f"when {literal(k)} then {literal(v)}" for k, v in (source.values or {}).items())
            return f"case lower({cell}) {cases} end"
        if source.kind is Kind.major:
            return f"export_minor({cell}, {_units(currency)})"
        return f"export_{source.kind.value}({cell})"

    def since(self) -> str:
        """Since when a row is so, or null."""
        cell = self.first([each for each in _SINCE if each in self.columns])
        return "null::bigint" if cell is None else f"export_copied_at({cell})"

    def copied(self) -> str:
        """When a row was copied, or null."""
        cell = self.first([each for each in _SYNCED if each in self.columns])
        return "null::bigint" if cell is None else f"export_copied_at({cell})"

    def deleted(self) -> str:
        """Whether a row is marked as deleted."""
        cells = [f"export_boolean({self.column(each)})" for each in _DELETED if self.has(each)]
        return f"coalesce({' or '.join(f'coalesce({each}, false)' for each in cells)}, false)" if cells else "false"

    @property
    def versioned(self) -> bool:
        """Whether a row is one version of several, each with its beginning."""
        return "_fivetran_start" in self.columns


def set_apart(connection: duckdb.DuckDBPyConnection, table: ExportTable, rows: Rows, held: Held) -> str:
    """Hold back the rows with a cell that is not what it should be. Returns the relation `faulty_...` of them."""
    cells = Cells(rows.columns)
    faults = list(_faults(table, cells))
    relation = f"faulty_{table.name}"
    cases = " ".join(f"when {fault.condition} then {number}" for number, fault in enumerate(faults))
    which = f"case {cases} end" if cases else "null::integer"
    concerned = _only(table, cells)
    connection.execute(
        f"""create or replace temp table {relation} as
        select file__, row__, fault__, {_object_id(table, cells)} as object_id
        from (select *, {which} as fault__ from {rows.relation} where {concerned})
        where fault__ is not null"""
    )
    connection.execute(f"insert into {HELD_ROWS} select file__, row__ from {relation}")
    shown = connection.execute(
        f"select file__, row__, fault__ from {relation} order by file__, row__ limit {FINDINGS_SHOWN}"
    ).fetchall()
    for file, row, number in shown:
        fault = faults[int(number)]
        held.add(_found(connection, rows, fault, str(file), int(row)))
    return relation


def _only(table: ExportTable, cells: Cells) -> str:
    conditions = [f"{cells.column(each)} like {literal(like)}" for each, like in (table.only or {}).items()]
    return " and ".join(conditions) or "true"


def concerns(table: ExportTable, cells: Cells) -> str:
    """SQL: the rows that are this table's, where several share a file."""
    return _only(table, cells)


def _object_id(table: ExportTable, cells: Cells) -> str:
    names = [each for source in table.fields.get("id", ()) for each in source.names]
    return cells.first(names, kind=Kind.id) or "null::varchar"


@dataclass(frozen=True)
class _Fault:
    condition: str
    code: str
    columns: tuple[str, ...]
    source: Source | None = None


def _faults(table: ExportTable, cells: Cells) -> Iterator[_Fault]:
    currency = currency_of(table, cells)
    for path in table.required:
        sources = table.fields.get(path, ())
        names = tuple(each for source in sources if source.kind in CELLS for each in source.names)
        cell = cells.first(names)
        yield _Fault("true" if cell is None else f"{cell} is null", "missing_value", names)
    for sources in table.fields.values():
        kinds = {source.kind for source in sources}
        for source in sources:
            code = _FAULTS.get(source.kind)
            value = cells.value(source, currency=currency)
            cell = cells.first(source.names)
            if code is None or value is None or cell is None or Kind.object in kinds:
                continue
            nothing = _NOTHING.get(source.kind, "''")
            yield _Fault(f"lower({cell}) not in ({nothing}) and {value} is null", code, source.names, source)


def currency_of(table: ExportTable, cells: Cells) -> str | None:
    """The cell that says in which currency a row's amounts are."""
    for path in ("currency", "price.currency"):
        for source in table.fields.get(path, ()):
            return cells.first(source.names)
    return None


def _units(currency: str | None) -> str:
    """SQL: how many of Stripe's units one of the currency is."""
    unusual = [(code, 10**digits) for code, digits in currency_digits() if 10**digits != _USUAL]
    cases = " ".join(f"when {literal(code)} then {units}" for code, units in unusual)
    return f"case upper({currency or literal('USD')}) {cases} else {_USUAL} end"


def _found(connection: duckdb.DuckDBPyConnection, rows: Rows, fault: _Fault, file: str, row: int) -> Finding:
    cells = Cells(rows.columns)
    there = [each for each in fault.columns if cells.has(each)]
    cell = cells.first(there)
    found = connection.execute(
        f"select {cell or 'null'} from {rows.relation} where file__ = ? and row__ = ?", [file, row]
    ).fetchone()
    text = None if found is None or found[0] is None else str(found[0])
    column = next(
        (each for each in there if _is_given(connection, rows, cells.column(each), file, row)),
        there[0] if there else (fault.columns[0] if fault.columns else None),
    )
    code = "json_number" if text is not None and text.startswith(JSON_NUMBER_MARK) else fault.code
    choices = ", ".join((fault.source.values or {}) if fault.source else ())
    return _finding(file, row, column, code, text, choices=choices)


def _is_given(connection: duckdb.DuckDBPyConnection, rows: Rows, cell: str, file: str, row: int) -> bool:
    found = connection.execute(
        f"select {cell} is not null from {rows.relation} where file__ = ? and row__ = ?", [file, row]
    ).fetchone()
    return bool(found and found[0])


def _finding(file: str, row: int, column: str | None, code: str, found: str | None, *, choices: str = "") -> Finding:
    advice = CODES.get(code)
    expected = _EXPECTED.get(code) or (advice.expected if advice else "a readable row")
    remedy = _MEND if code in _EXPECTED or advice is None else advice.remedy
    return Finding(
        import_id="",
        file=file,
        row=row,
        column=column,
        code=code,
        expected=expected.format(choices=choices),
        found=None if found is None else found.removeprefix(JSON_NUMBER_MARK)[:200],
        remedy=remedy,
    )


def duplicate(file: str, row: int, object_id: str) -> Finding:
    """The finding on a row whose id another row has, with other content."""
    return _finding(file, row, "id", "duplicate_key", object_id)


def missing_columns(table: ExportTable, columns: Mapping[str, object] | frozenset[str]) -> list[str]:
    """The required fields for which a table has no column at all."""
    cells = Cells(frozenset(columns))
    lacking = []
    for path in table.required:
        names = [each for source in table.fields.get(path, ()) if source.kind in CELLS for each in source.names]
        if cells.first(names) is None:
            lacking.append(names[0] if names else path)
    return lacking
