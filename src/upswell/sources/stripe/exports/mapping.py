"""The mapping of exported tables to Stripe's objects, as data: mapping.toml, and dashboard.toml for the dashboard's.

    [invoice.fields]
    created = { time = ["created", "date"] }

says that the `created` of an invoice is a time and stands in the column `created` or, as in Stripe's own tables, in
`date`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any, Final

_FILES: Final = {False: "mapping.toml", True: "dashboard.toml"}


class Kind(Enum):
    """What a field is made of."""

    text = "text"
    id = "id"
    time = "time"
    whole = "whole"
    bound = "bound"
    decimal = "decimal"
    boolean = "boolean"
    json = "json"
    object = "object"
    ids = "ids"
    tax_behavior = "tax_behavior"
    major = "major"
    choice = "choice"
    constant = "constant"
    which = "which"
    part = "part"
    apart = "apart"
    sql = "sql"


# Kinds whose content is columns, one of which becomes the value.
CELLS: Final = frozenset(
    {Kind.text, Kind.id, Kind.time, Kind.whole, Kind.bound, Kind.decimal, Kind.boolean, Kind.json, Kind.object,
     Kind.ids, Kind.tax_behavior, Kind.major, Kind.choice}
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One way to fill a field. `names` are columns, or the parts or tables that `part` and `apart` name."""

    kind: Kind
    names: tuple[str, ...] = ()
    values: Mapping[str, Any] | None = None
    text: str = ""


@dataclass(frozen=True)
class ExportTable:
    """One table: the names it goes by, the object a row is or the part it gives, and its fields (path -> sources)."""

    name: str
    tables: tuple[str, ...]
    fields: Mapping[str, tuple[Source, ...]]
    object_type: str | None = None
    key: tuple[str, ...] = ()
    how: str | None = None
    order: str | None = None
    joins: str = "id"
    only: Mapping[str, str] | None = None
    required: tuple[str, ...] = ("id",)
    present: Mapping[str, tuple[str, ...]] | None = None
    absent: Mapping[str, tuple[str, ...]] | None = None
    repeats: bool = False
    needed: bool = False
    or_column: str | None = None
    or_table: str | None = None
    lacking: str | None = None
    left_out: str | None = None

    def columns(self) -> frozenset[str]:
        """Every column that a field may come from."""
        cells = {name for source in self.sources() if source.kind in CELLS for name in source.names}
        return frozenset({*cells, *self.key})

    def exact_columns(self) -> frozenset[str]:
        """The columns that must not be binary floats."""
        kinds = (Kind.decimal, Kind.major)
        return frozenset(
            name
            for path, sources in self.fields.items()
            for source in sources
            if source.kind in kinds and "percent" not in path
            for name in source.names
        )

    def sources(self) -> Iterator[Source]:
        """Every source of every field."""
        for sources in self.fields.values():
            yield from sources


@cache
def export_tables(*, dashboard: bool = False) -> tuple[ExportTable, ...]:
    """The tables that are known, parts before what they belong to."""
    text = (resources.files("upswell.sources.stripe.exports") / _FILES[dashboard]).read_text("utf-8")
    return tuple(_table(name, spec) for name, spec in tomllib.loads(text).items())


def _table(name: str, spec: Mapping[str, Any]) -> ExportTable:
    is_part = "key" in spec and "object" not in spec
    return ExportTable(
        name=name,
        tables=tuple(spec["tables"]),
        fields={path: tuple(_sources(found)) for path, found in spec.get("fields", {}).items()},
        object_type=spec.get("object"),
        key=tuple(spec.get("key", ())),
        how=spec.get("how"),
        order=spec.get("order"),
        joins=spec.get("joins", "id"),
        only=spec.get("only"),
        required=tuple(spec.get("required", () if is_part else ("id",))),
        present=_conditions(spec.get("if")),
        absent=_conditions(spec.get("unless")),
        repeats=spec.get("repeats", False),
        needed=spec.get("needed", False),
        or_column=spec.get("or_column"),
        or_table=spec.get("or_table"),
        lacking=spec.get("lacking"),
        left_out=spec.get("left_out"),
    )


def _sources(spec: Mapping[str, Any]) -> Iterator[Source]:
    for key, content in spec.items():
        if key == "values":
            continue
        kind = Kind(key)
        if kind in (Kind.constant, Kind.sql):
            yield Source(kind, text=str(content))
        elif kind is Kind.which:
            yield Source(kind, values={value: tuple(columns) for value, columns in content.items()})
        else:
            names = (content,) if isinstance(content, str) else tuple(content)
            yield Source(kind, names=names, values=spec.get("values"))


def _conditions(spec: Mapping[str, Any] | None) -> Mapping[str, tuple[str, ...]] | None:
    return None if spec is None else {path: tuple(columns) for path, columns in spec.items()}
