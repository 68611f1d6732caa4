"""Running and translating the chain of SQL models.

A model is a `.sql` file with one `select`; its relation is named for the file. The chain is a tuple
of names in the order in which they build on each other:

    run_chain(connection, folder, ("item_keys", "item_spans", "item_versions"))

creates three temporary tables. The same texts are translated for other engines by SQLGlot; whatever
a dialect cannot say is an error, never an approximation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable

import duckdb

from upswell.errors import NotFoundError

DIALECTS = ("duckdb", "spark", "postgres", "snowflake", "redshift", "databricks")


def model_text(folder: Traversable, name: str) -> str:
    """The SQL of model `name` as it stands in its file. Raises `NotFoundError`."""
    path = folder / f"{name}.sql"
    if not path.is_file():
        known = sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir())
        raise NotFoundError(
            f"there is no model {name}",
            code="model_unknown",
            expected=f"one of: {', '.join(known)}",
            found=name,
            remedy="name one of the models",
        )
    return path.read_text("utf-8")


def supply_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the functions that the models call (`divide_half_even`, `monthly_value`)."""
    folder = resources.files("upswell.engines") / "functions"
    connection.execute((folder / "duckdb.sql").read_text("utf-8"))


def run_chain(
    connection: duckdb.DuckDBPyConnection,
    folder: Traversable,
    names: Sequence[str],
    *,
    views: frozenset[str] = frozenset(),
    keep: frozenset[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Create one temporary table for each model, in order; those named in `views` stay views.

    With `keep`, every other table is dropped after the last model that reads it: at a million customers the
    scaffolding would fill the memory that the later models need.
    """
    texts = {name: model_text(folder, name) for name in names}
    for name, text in texts.items():
        if progress is not None:
            progress(name)
        kind = "view" if name in views else "table"
        connection.execute(f"create or replace temp {kind} {name} as\n{text}")
        if keep is not None:
            for finished in _read_last_by(name, texts, views) - keep:
                connection.execute(f"drop table {finished}")


def _read_last_by(reader: str, texts: Mapping[str, str], views: frozenset[str]) -> frozenset[str]:
    """The tables that `reader` reads and no later model does; what a view reads, its reader reads."""
    if reader in views:
        return frozenset()
    order = list(texts)
    read = {name: _with_views(name, texts, views) for name in order}
    later = " ".join(read[name] for name in order[order.index(reader) + 1 :])
    tables = (name for name in order if name not in views and name != reader)
    return frozenset(name for name in tables if _names(name, read[reader]) and not _names(name, later))


def _with_views(name: str, texts: Mapping[str, str], views: frozenset[str]) -> str:
    return texts[name] + " ".join(texts[view] for view in views if _names(view, texts[name]))


def _names(table: str, text: str) -> bool:
    return re.search(rf"\b(?:from|join) {table}\b", text) is not None


def translate(text: str, dialect: str) -> str:
    """`text` (DuckDB's dialect) in `dialect`, pretty-printed.

    Raises `NotFoundError` for an unknown dialect; SQLGlot raises on anything it cannot express.
    """
    import sqlglot  # noqa: PLC0415 -- 0.1 s that only this command needs

    if dialect not in DIALECTS:
        raise NotFoundError(
            f"there is no dialect {dialect}",
            code="dialect_unknown",
            expected=f"one of: {', '.join(DIALECTS)}",
            found=dialect,
            remedy="name one of the dialects",
        )
    return sqlglot.transpile(
        text,
        read="duckdb",
        write=dialect,
        pretty=True,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )[0]
