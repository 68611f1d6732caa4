"""A folder of exported tables: which file is which table, who wrote it, and whether all that is needed is there.

    export/Invoices.csv.gz                 invoices
    export/stripe_subscriptions.parquet    subscriptions
    export/invoice_line_items/part-0.csv   invoice_line_items, one part of it
    export/notes.csv                       nothing that is known: left out

Who wrote it shows in columns that no one else has: `_airbyte_...`, `_fivetran_...`, or headings like `Created (UTC)`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from upswell.errors import InputError
from upswell.sources.stripe.exports.mapping import ExportTable, export_tables

_ENDINGS: Final = (".csv", ".tsv", ".parquet", ".ndjson", ".jsonl", ".json")
_PREFIXES: Final = ("_airbyte_raw_", "stripe_", "api_")
_PART: Final = re.compile(r"(?<=[a-z])[-_. (]*(part)?[-_. ]*[0-9]+([-_.][0-9a-z]+)*\)?$")
_DOCS: Final = "docs/stripe-files.md"


class Shape(Enum):
    """Who wrote a folder of exported tables."""

    tables = "Stripe's own tables (Sigma, Data Pipeline)"
    dashboard = "the dashboard's exports"
    airbyte = "Airbyte"
    fivetran = "Fivetran"


@dataclass(frozen=True)
class ExportFile:
    """One file and the table that its name says it is."""

    path: Path
    shown: str
    table: str


def find_files(folder: Path) -> list[ExportFile]:
    """The files of known tables, in the order of their names. Raises `InputError` if there are none."""
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder",
            code="folder_missing",
            where=str(folder),
            expected="a folder of exported Stripe tables",
            found="a file" if folder.exists() else "nothing",
            remedy="name the folder that holds subscriptions.csv, invoices.csv and the others",
        )
    known = {name for dashboard in (False, True) for each in export_tables(dashboard=dashboard) for name in each.tables}
    found, others = [], []
    for path in sorted(folder.rglob("*")):
        if not _is_table(path, folder):
            continue
        names = (
            _stem(path),
            *(parent.name for parent in path.parents if parent != folder and folder in parent.parents),
        )
        table = next((name for each in names if (name := table_name(each)) in known), None)
        shown = str(path.relative_to(folder))
        if table is None:
            others.append(shown)
        else:
            found.append(ExportFile(path, shown, table))
    if not found:
        raise InputError(
            f"{folder.name} holds no exported Stripe tables",
            code="export_unknown",
            where=str(folder),
            expected="subscriptions, invoices and the others as CSV, Parquet or NDJSON",
            found=", ".join(others[:10]) or "no such file",
            remedy=f"name the files as the tables are; {_DOCS} lists them",
        )
    return found


def table_name(text: str) -> str:
    """The name of a table from that of a file or folder: `Stripe_Invoices-003` is `invoice`."""
    plain = text.casefold()
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    plain = _PART.sub("", plain).replace("-", "_").replace(" ", "_").strip("_.")
    return plain if plain.endswith("ss") else plain.removesuffix("s")


def recognise(columns: Mapping[ExportFile, Iterable[str]], folder: Path) -> Shape:
    """Who wrote the folder, by the columns of its files. Raises `InputError` for a mixture."""
    shapes = {file: _strong(set(names)) for file, names in columns.items()}
    written = {shape for shape in shapes.values() if shape is not None}
    strangers = Shape.dashboard in written and None in shapes.values()
    if len(written) > 1 or strangers:
        first = {shape: file.shown for file, shape in reversed(shapes.items())}
        raise InputError(
            f"{folder.name} holds tables of different exports",
            code="export_mixed",
            where=str(folder),
            expected="tables that one tool exported",
            found=", ".join(
                f"{shown} ({shape.value if shape else 'another'})"
                for shape, shown in sorted(first.items(), key=lambda each: each[1])
            ),
            remedy="keep each export in a folder of its own and import one of them",
        )
    return next(iter(written), Shape.tables)


def require_tables(
    folder: Path, tables: Sequence[ExportTable], there: Mapping[str, frozenset[str]], files: Sequence[ExportFile]
) -> None:
    """Raise one `InputError` that names every table that is needed and not there."""
    lacking = [_plural(each) for each in tables if each.needed and not _is_told(each, there)]
    if lacking:
        raise InputError(
            f"{folder.name} lacks tables: {', '.join(lacking)}",
            code="export_tables_missing",
            where=str(folder),
            expected="subscriptions with their items, invoices with their lines, and prices or plans",
            found=", ".join(sorted({file.shown for file in files})),
            remedy=f"export them too, into the same folder; {_DOCS} lists tables and columns",
        )


def _is_told(table: ExportTable, there: Mapping[str, frozenset[str]]) -> bool:
    if table.name in there or (table.or_table is not None and table.or_table in there):
        return True
    if table.or_column is None:
        return False
    other, column = table.or_column.split(".")
    return bool({column, "_airbyte_data"} & there.get(other, frozenset()))


def _plural(table: ExportTable) -> str:
    other = f" or {table.or_table}s" if table.or_table else ""
    return f"{table.tables[0]}s{other}"


def _is_table(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "_SUCCESS")) for part in path.relative_to(folder).parts)
    return not hidden and path.is_file() and path.name.casefold().removesuffix(".gz").endswith(_ENDINGS)


def _stem(path: Path) -> str:
    plain = path.name.casefold().removesuffix(".gz")
    return next(plain.removesuffix(ending) for ending in _ENDINGS if plain.endswith(ending))


def _strong(names: set[str]) -> Shape | None:
    if any(name.startswith("_fivetran_") for name in names):
        return Shape.fivetran
    if any(name.startswith("_airbyte_") for name in names):
        return Shape.airbyte
    if any(name.endswith("(utc)") for name in names) or "customer id" in names:
        return Shape.dashboard
    return None


def by_table(files: Iterable[ExportFile]) -> dict[str, list[ExportFile]]:
    """Files by the table that they are parts of."""
    found: dict[str, list[ExportFile]] = defaultdict(list)
    for file in files:
        found[file.table].append(file)
    return dict(found)
