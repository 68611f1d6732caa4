"""The SQL that reads a table of text cells as typed rows and says what is wrong with the others.

For the columns that a file has, three layers: cells trimmed, cells typed, defaults and checks. The
row `acme, team, 2024-01-10, 19,99` has `held__` true, because its amount has a text and no value;
a second statement over such rows alone says `bad_decimal`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from upswell.contract.cells import diagnosis, sql_type, typed_value
from upswell.contract.comparing import ROWS_PER_IMPORT
from upswell.contract.records import Records
from upswell.contract.schema import Column, ColumnType, Table
from upswell.contract.sqltext import literal, name

_ALL_SPACE: Final = literal(" \t\r\n\u00a0")


@dataclass(frozen=True)
class Setting:
    """What the workspace adds to a row: the zone of times without offset, the default currency."""

    timezone: str
    currency: str


@dataclass(frozen=True)
class RowSql:
    """The SQL for one file; the columns that the file lacks are constants in it.

    Without `trims_all`, only texts are trimmed: a date with a space beside it is then held back,
    which is how the rare file with padded cells is noticed and read again with everything trimmed.
    """

    records: Records
    table: Table
    import_no: int
    setting: Setting
    trims_all: bool

    def rows_sql(self) -> str:
        """One row a record: typed values with defaults, and whether it is held back."""
        columns = ", ".join(f"{self._defaulted(column)} as {name(column.name)}" for column in self.table.columns)
        attributes = "".join(f", {name(each)}" for each in self.records.attributes)
        return f"""
            select {self._source_row()} as source_row, {columns}{attributes},
                   {self._is_bad()} as held__
            from ({self._typed_sql(self._texts_sql())})"""

    def findings_sql(self, rows: str, *, any_bad: bool) -> str:
        """One row a finding, with the keys that could be read and the record as it was given."""
        parts = [self._rejected_sql()]
        if any_bad:
            parts.append(self._cell_findings_sql(rows))
        return " union all by name ".join(f"(select * from ({part}))" for part in parts)

    def padded_sql(self, rows: str) -> str:
        """A relation of the held rows in which a space stands beside a value that was not trimmed."""
        padded = " or ".join(f"{_text_of(each)} <> trim({_text_of(each)})" for each in self._given())
        return f"""({self._texts_sql()}) as texts
            where {self._source_row()} in (select source_row from {rows} where held__)
              and ({padded})"""

    def _texts_sql(self) -> str:
        cells = ", ".join(
            f"{self._trimmed(column.name, is_text=_is_text(column))} as {_text_of(column)}" for column in self._given()
        )
        attributes = "".join(
            f", {self._trimmed(each, is_text=True)} as {name(each)}" for each in self.records.attributes
        )
        return f"""
            select {self.records.row} as record_number__, {cells}{attributes}
            from {self.records.relation}"""

    def _typed_sql(self, texts: str) -> str:
        cells = ", ".join(f"{self._typed(column)} as {name(column.name)}" for column in self.table.columns)
        return f"select *, {cells} from ({texts})"

    def _typed(self, column: Column) -> str:
        if column.name not in self.records.fields:
            return f"null::{sql_type(column)}"
        return typed_value(column, _text_of(column), timezone=self.setting.timezone)

    def _defaulted(self, column: Column) -> str:
        if column.default is None:
            return name(column.name)
        default = self._fill(column.default)
        return f"coalesce({name(column.name)}, {default})::{sql_type(column)}"

    def _is_bad(self) -> str:
        faults = [
            f"{name(column.name)} is null"
            if column.required
            else f"({name(column.name)} is null and {_text_of(column)} is not null)"
            for column in self._given()
            if column.required or not _is_text(column)
        ]
        faults += [f"coalesce({self._fill(check.broken)}, false)" for check in self.table.checks]
        if self.table.one_of:
            faults.append(f"({self._no_price()})")
        return " or ".join(faults)

    def _no_price(self) -> str:
        given = [_text_of(column) for column in self._given() if column.name in self.table.one_of]
        return " and ".join(f"{each} is null" for each in given)

    def _cell_findings_sql(self, rows: str) -> str:
        keys = ", ".join(self._key_as_read(key) for key in self.table.key)
        key_known = " and ".join(self._key_cell_is_sound()) or "true"
        raw = ", ".join(
            f"{literal(each)}, {self._as_given(each)}" for each in (*self.records.fields, *self.records.attributes)
        )
        findings = " union all ".join(self._findings())
        return f"""
            with bad as materialized (
                select typed.*, {self._source_row()} as source_row
                from ({self._typed_sql(self._texts_sql())}) as typed
                where {self._source_row()} in (select source_row from {rows} where held__)
            ),
            findings as ({findings}),
            known as (
                select source_row, {key_known} as key_known,
                       json_object({raw})::varchar as raw{self._key_cells_read()} from bad
            )
            select findings.*, known.key_known, known.raw, {keys}
            from findings
            join known using (source_row)
            join {rows} as rows__ using (source_row)"""

    def _findings(self) -> Iterator[str]:
        given = [_text_of(column) for column in self._given()]
        empty = " and ".join(f"{each} is null" for each in given)
        yield f"""select source_row, null::varchar as column_name, 'empty_row' as code, null::varchar as found
            from bad where {empty}"""
        for column in self._given():
            text, value = _text_of(column), name(column.name)
            at = f"select source_row, {literal(column.name)}"
            if column.required:
                yield f"{at}, 'missing_value', null from bad where {text} is null and not ({empty})"
            if not _is_text(column):
                code = diagnosis(column, text)
                yield f"{at}, {code}, left({text}, 200) from bad where {value} is null and {text} is not null"
        for check in self.table.checks:
            yield (
                f"select source_row, {literal(check.column)}, {literal(check.code)},"
                f" {check.found} from bad where {self._fill(check.broken)}"
            )
        if self.table.one_of:
            yield (
                f"select source_row, {literal(self.table.one_of[0])}, 'missing_price', null"
                f" from bad where {self._no_price()} and not ({empty})"
            )

    def _key_cell_is_sound(self) -> Iterator[str]:
        for column in self._given():
            if column.name in self.table.key and column.required:
                yield f"{name(column.name)} is not null"
            elif column.name in self.table.key:
                yield f"({name(column.name)} is not null or {_text_of(column)} is null)"

    def _key_cells_read(self) -> str:
        """SQL: for each key cell with a type, that it is empty or was understood."""
        return "".join(
            f", ({name(key)} is not null or {_text_of(self.table.column(key))} is null) as {key}_read__"
            for key in self._typed_keys()
        )

    def _key_as_read(self, key: str) -> str:
        """SQL: a part of the key; empty where a cell was not understood, whatever its default is."""
        part = f"rows__.{name(key)}"
        return f"case when known.{key}_read__ then {part} end as {name(key)}" if key in self._typed_keys() else part

    def _typed_keys(self) -> list[str]:
        return [each.name for each in self._given() if each.name in self.table.key and not _is_text(each)]

    def _rejected_sql(self) -> str:
        keys = "".join(f", null::{sql_type(self.table.column(key))} as {name(key)}" for key in self.table.key)
        source = self.records.rejected
        columns = f"""{self._first_row()} + "row" as source_row, null::varchar as column_name,
            code, found, false as key_known, raw{keys}"""
        if source is None:
            empty = 'select 0 as "row", null::varchar as code, null::varchar as found, null::varchar as raw'
            return f"select {columns} from ({empty}) where false"
        return f"select {columns} from {source}"

    def _given(self) -> list[Column]:
        return [column for column in self.table.columns if column.name in self.records.fields]

    def _trimmed(self, column: str, *, is_text: bool) -> str:
        cell = f"{self.records.relation}.{name(column)}"
        if self.trims_all:
            trimmed = f"trim({cell}, {_ALL_SPACE})"
        elif is_text:
            trimmed = f"case when contains({cell}, ' ') then trim({cell}) else {cell} end"
        else:
            trimmed = cell
        return f"nullif({trimmed}, '')"

    def _as_given(self, column: str) -> str:
        known = column in self.records.fields
        return _text_of(self.table.column(column)) if known else name(column)

    def _first_row(self) -> int:
        return self.import_no * ROWS_PER_IMPORT

    def _source_row(self) -> str:
        return f"({self._first_row()} + record_number__)"

    def _fill(self, sql: str) -> str:
        return sql.replace("{currency}", literal(self.setting.currency))


def _text_of(column: Column) -> str:
    """The name of a column's trimmed text; texts need no second one."""
    return name(column.name if _is_text(column) else f"{column.name}__text__")


def _is_text(column: Column) -> bool:
    return column.type is ColumnType.TEXT
