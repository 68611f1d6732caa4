"""docs/stripe.md: the lists that a sync reads and the tables that an export may hold, from the program."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generated.tables import code, markdown_table
from upswell.sources.stripe.exports.mapping import CELLS, ExportTable, export_tables
from upswell.sources.stripe.lists import EVENTS, LISTS


def lists() -> str:
    """One line for each list of the API."""
    rows = [[code(each.path), each.permission, each.why] for each in (*LISTS, EVENTS)]
    return markdown_table(("list", "permission: Read", "what the ledger learns from it"), rows)


def exports() -> str:
    """One line for each exported table, of databases and then of the dashboard."""
    parts = [_tables(export_tables()), "In the dashboard's exports:", _tables(export_tables(dashboard=True))]
    return "\n\n".join(parts)


def _tables(tables: tuple[ExportTable, ...]) -> str:
    rows = [
        [", ".join(code(name) for name in table.tables), "yes" if table.needed else "", "; ".join(_fields(table))]
        for table in tables
    ]
    return markdown_table(("table", "needed", "field: columns"), rows)


def _fields(table: ExportTable) -> Iterator[str]:
    for path, sources in table.fields.items():
        columns = [name for source in sources if source.kind in CELLS for name in source.names]
        if columns:
            yield f"{path}: {', '.join(columns)}"
    if table.left_out:
        yield table.left_out
