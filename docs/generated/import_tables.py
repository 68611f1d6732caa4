"""docs/import.md: the import tables, the types of their columns, and what is held back with which remedy."""

from __future__ import annotations

import re
from typing import Final

from docs.generated.tables import code, markdown_table
from upswell.contract.cells import DIGITS
from upswell.contract.findings import CODES
from upswell.contract.schema import TABLES, Column, ColumnType, Table

_TYPES: Final = {
    ColumnType.TEXT: "any text; spaces at its ends are cut off",
    ColumnType.TIMESTAMP: "ISO date or time: `2026-01-31`, `2026-01-31T09:30:00`, `2026-01-31T09:30:00+02:00`. "
    "Without offset it is local to the workspace's time zone; a date is its midnight",
    ColumnType.DATE: "ISO date: `2026-01-31`",
    ColumnType.MONTH: "`2026-01`, or any day in it",
    ColumnType.MONEY: "plain decimal in major units, 0 or more: `1234.50`. Never a binary float",
    ColumnType.SIGNED_MONEY: "the same, with a minus where the table allows it: `-12.50`",
    ColumnType.PERCENT: "plain decimal from 0 to 100: `12.5` is 12.5 %",
    ColumnType.QUANTITY: "plain decimal, 0 or more",
    ColumnType.INTEGER: "whole number from 1 to 9999",
    ColumnType.RATE: "plain decimal above 0: what one unit is worth in the workspace's currency",
    ColumnType.CURRENCY: "ISO 4217 code, in any case: `EUR`",
    ColumnType.CHOICE: "one of the words listed, in any case",
    ColumnType.BOOLEAN: "`true` or `false`; `yes`, `no`, `t`, `f`, `y`, `n`, `1` and `0` are understood",
}

_COALESCED: Final = re.compile(r"coalesce\((?P<column>\w+), [^)]+\)")


def tables() -> str:
    """A section for each table with its columns."""
    return "\n\n".join(_section(table) for table in TABLES)


def types() -> str:
    """One line for each type of cell."""
    rows = [[each.value, _TYPES[each], _digits(each)] for each in ColumnType]
    return markdown_table(("type", "what a cell may hold", "digits"), rows)


def finding_codes() -> str:
    """One line for each finding: its code, what is expected, and the remedy."""
    rows = [[code(name), _filled(advice.expected), _filled(advice.remedy)] for name, advice in CODES.items()]
    return markdown_table(("code", "expected", "remedy"), rows)


def _section(table: Table) -> str:
    rows = [[_name(column, table), column.type.value, _default(column), _choices(column)] for column in table.columns]
    lines = [f"### {table.name}", "", f"A row is known by {_listed(table.key)}."]
    if table.one_of:
        lines[-1] += f" Each row has one of {_listed(table.one_of, last=' or ')}."
    if table.attributes:
        lines[-1] += " Other columns are kept as attributes."
    return "\n".join([*lines, "", markdown_table(("column", "type", "if empty", "values"), rows)])


def _name(column: Column, table: Table) -> str:
    if column.required:
        return f"**{column.name}**"
    return f"**{column.name}** (one of)" if column.name in table.one_of else column.name


def _default(column: Column) -> str:
    if column.default is None:
        return "refused" if column.required else ""
    if column.default == "{currency}":
        return "the workspace's currency"
    # A default is SQL over the columns before their defaults; a reader sees the columns after them.
    named = _COALESCED.sub(r"\g<column>", column.default)
    return code(named.replace(" || '-' || ", "-").strip("'"))


def _choices(column: Column) -> str:
    return ", ".join(column.choices)


def _digits(column_type: ColumnType) -> str:
    digits = DIGITS.get(column_type)
    return "" if digits is None else f"{digits.whole} before the point, {digits.decimals} after"


def _listed(names: tuple[str, ...], *, last: str = " and ") -> str:
    *first, end = (code(name) for name in names)
    return ", ".join(first) + (last if first else "") + end


def _filled(text: str) -> str:
    words = {
        "column": "*column*",
        "choices": "*the words of the table*",
        "decimals": "*the digits of the type*",
        "whole": "*the digits of the type*",
        "one_of": "*one of the columns of which each row has one*",
        "key": "*key*",
    }
    return text.format_map(words)
