"""From the rows of exported tables to objects: SQL that puts a row's cells, and the rows that are part of it, together.

A row of `prices`, the two rows of `price_tiers` that name it, and one of `prices_metadata` become

    {"object": "price", "id": "price_7", "recurring": {"interval": "month"}, "tiers": [{...}, {...}],
     "metadata": {"upswell_plan": "team"}}

Parts come first, so that what they belong to can take them in. An object of which nothing is known is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb

from upswell.contract.sqltext import literal
from upswell.sources.stripe.exports.mapping import CELLS, ExportTable, Kind, Source
from upswell.sources.stripe.exports.reading import HELD_ROWS, Cells, Held, Rows, concerns, currency_of, duplicate

_LISTED_APART: Final = '{"object": "list", "has_more": true, "data": []}'
_DUPLICATES_SHOWN: Final = 50


@dataclass(frozen=True)
class Built:
    """A table's objects as a relation (object_id, key, since, current, deleted, sort, raw, file__, row__).

    `since` is the beginning of a version in seconds; `current` the last version of an object.
    """

    relation: str
    versioned: bool
    listings: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """What building a table needs to know of the others: all of them, the parts that are built, the tables that are
    there, and the time.
    """

    tables: Mapping[str, ExportTable]
    parts: Mapping[str, str]
    there: frozenset[str]
    at: int


@dataclass
class _Node:
    own: list[str] = field(default_factory=list)
    children: dict[str, _Node] = field(default_factory=dict)
    constant: bool = False


def build(connection: duckdb.DuckDBPyConnection, table: ExportTable, rows: Rows, setting: Setting, held: Held) -> Built:
    """Put the objects of a table together; rows of one id that contradict each other are held back."""
    cells = Cells(rows.columns)
    builder = _Builder(table, cells, setting)
    raw = builder.record() if cells.whole else builder.assembled()
    object_id = cells.first(_names(table, "id"), kind=Kind.id) or "null::varchar"
    joins = "".join(
        f" left join {setting.parts[part]} as p_{part} on p_{part}.key = rows.{'id__' if by == 'id' else 'join__'}"
        " and rows.current__"
        for part, by in builder.joined.items()
    )
    further = cells.first(_names(table, builder.joins_by), kind=Kind.id) or "null::varchar"
    relation = f"built_{table.name}"
    latest_first = "since__ desc nulls last, copied__ desc nulls last, file__, row__"
    ranked = f"row_number() over (partition by id__ order by {latest_first}) = 1"
    connection.execute(
        f"""create or replace temp table {relation} as
        with cells as (
            select *, {object_id} as id__, {further} as join__, {cells.since()} as since__, {cells.copied()} as copied__
            from {rows.relation}
            where {concerns(table, cells)} and (file__, row__) not in (select (file__, row__) from faulty_{table.name})
        ),
        rows as (select *, {ranked if table.object_type else "true"} as current__ from cells)
        select
            id__ as object_id, {cells.first(table.key, kind=Kind.id) or "null::varchar"} as key, since__ as since,
            copied__ as copied, current__ as current, {cells.deleted()} as deleted, {builder.sort()} as sort,
            {raw} as raw, file__, row__
        from rows{joins}"""
    )
    if table.object_type is not None:
        _drop_duplicates(connection, table, relation, held)
    return Built(relation, cells.versioned, builder.listings)


def gather(connection: duckdb.DuckDBPyConnection, table: ExportTable, built: Built) -> str:
    """What the rows of a part give each object: a relation (key, value)."""
    relation = f"part_{table.name}"
    rows = f"(select * from {built.relation} where current and not deleted and key is not null)"
    listed = "to_json(list(raw order by sort nulls last, file__, row__))"
    value = {
        "list": listed,
        "listing": f"json_object('object', 'list', 'has_more', false, 'data', {listed})",
        "map": "json_group_object(sort, raw)",
        "any": "to_json(any_value(sort))",
    }
    if table.how == "pairs":
        query = f"""select key, json_group_object(name, text) as value
            from (select key, raw ->> '$.key' as name, any_value(raw ->> '$.value') as text from {rows} group by all)
            where name is not null group by key"""
    elif table.how in value:
        query = f"select key, {value[table.how]} as value from {rows} group by key"
    else:
        raise AssertionError(f"the mapping names an unknown way to gather {table.name}: {table.how}")
    connection.execute(f"create or replace temp table {relation} as {query}")
    return relation


class _Builder:
    """The SQL of one table's objects."""

    def __init__(self, table: ExportTable, cells: Cells, setting: Setting) -> None:
        self._table = table
        self._cells = cells
        self._setting = setting
        self._currency = currency_of(table, cells)
        self.joined: dict[str, str] = {}
        listings = []
        self.joins_by = "id"
        for path, sources in table.fields.items():
            for source in sources:
                for part in source.names if source.kind is Kind.part else ():
                    if part in setting.parts:
                        self.joined[part] = setting.tables[part].joins
                        if self.joined[part] != "id":
                            self.joins_by = self.joined[part]
                        if self._is_listing(part):
                            listings.append(path)
        self.listings = tuple(listings)

    def assembled(self) -> str:
        """A row's object of its cells and parts."""
        root = _Node()
        if self._table.object_type is not None:
            root.children["object"] = _Node([literal(self._table.object_type)], constant=True)
        for path, sources in self._table.fields.items():
            node = root
            for each in path.split("."):
                node = node.children.setdefault(each, _Node())
            found = [sql for source in sources if (sql := self._value(source)) is not None]
            node.own = found if len(found) < 2 else [f"to_json({each})" for each in found]  # noqa: PLR2004
            node.constant = all(source.kind in (Kind.constant, Kind.which) for source in sources)
        parts = [
            f"{literal(key)}, {self._node(child, key)}" for key, child in root.children.items() if _is_known(child)
        ]
        return f"json_object({', '.join(parts)})"

    def record(self) -> str:
        """A row that is a whole record: as it is, with the lists that other tables hold in full."""
        raw = "cast(_airbyte_data as json)"
        for path, sources in self._table.fields.items():
            for source in sources:
                told = source.kind is Kind.apart or (
                    source.kind is Kind.part and any(map(self._is_listing, source.names))
                )
                value = self._value(source) if told else None
                if value is not None:
                    raw = f"json_merge_patch({raw}, json_object({literal(path)}, {value}))"
        return raw

    def sort(self) -> str:
        """What the rows of a part are sorted by."""
        for source in self._table.fields.get(self._table.order or "", ()):
            value = self._value(source)
            if value is not None:
                return value
        return "null::varchar"

    def _value(self, source: Source) -> str | None:
        if source.kind in CELLS:
            return self._cells.value(source, currency=self._currency)
        if source.kind is Kind.constant:
            return literal(source.text)
        if source.kind is Kind.which:
            return self._which(source.values or {})
        if source.kind is Kind.part:
            return self._parts(source)
        if source.kind is Kind.apart:
            return f"cast({literal(_LISTED_APART)} as json)" if source.names[0] in self._setting.there else None
        return self._written(source.text)

    def _which(self, values: Mapping[str, tuple[str, ...]]) -> str:
        cases, otherwise = "", "null"
        for value, columns in values.items():
            cell = self._cells.first(columns)
            if not columns:
                otherwise = literal(value)
            elif cell is not None:
                cases += f" when {cell} is not null then {literal(value)}"
        return f"case{cases} else {otherwise} end" if cases else otherwise

    def _parts(self, source: Source) -> str | None:
        given = [f"p_{part}.value" for part in source.names if part in self._setting.parts]
        if not given:
            return None
        value = given[0] if len(given) == 1 else f"coalesce({', '.join(given)})"
        if not self._is_listing(source.names[0]):
            return value
        empty = _LISTED_APART.replace("true", "false")
        return f"""case when current__ then coalesce({value}, cast({literal(empty)} as json))
            else cast({literal(_LISTED_APART)} as json) end"""

    def _is_listing(self, part: str) -> bool:
        return self._setting.tables[part].how == "listing"

    def _written(self, text: str) -> str | None:
        phases = self._parts(Source(Kind.part, names=("phase",)))
        own = self._cells.value(Source(Kind.json, names=("phases",)), currency=None)
        known = phases or own
        return None if known is None else text.format(phases=known, at=self._setting.at)

    def _node(self, node: _Node, path: str) -> str:
        values = list(node.own)
        known = {key: child for key, child in node.children.items() if _is_known(child)}
        told = {key: child for key, child in known.items() if not child.constant}
        if told:
            written = {key: self._node(child, f"{path}.{key}") for key, child in known.items()}
            nothing = " and ".join(f"({written[key]}) is null" for key in told)
            together = ", ".join(f"{literal(key)}, {value}" for key, value in written.items())
            condition = f"not ({nothing})" + self._condition(path)
            values.append(f"case when {condition} then json_object({together}) end")
        return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"

    def _condition(self, path: str) -> str:
        present = (self._table.present or {}).get(path)
        absent = (self._table.absent or {}).get(path)
        condition = ""
        if present is not None:
            cell = self._cells.first(present)
            condition += " and false" if cell is None else f" and {cell} is not null"
        if absent is not None:
            cell = self._cells.first(absent)
            condition += "" if cell is None else f" and {cell} is null"
        return condition


def _is_known(node: _Node) -> bool:
    """Whether anything can be said here, constants aside where they only name what is said beside them."""
    return bool(node.own) or any(_is_known(child) and not child.constant for child in node.children.values())


def _names(table: ExportTable, path: str) -> list[str]:
    return [each for source in table.fields.get(path, ()) if source.kind in CELLS for each in source.names]


def _drop_duplicates(connection: duckdb.DuckDBPyConnection, table: ExportTable, relation: str, held: Held) -> None:
    """Of rows that say the same of an object one is kept; of rows that say different things, the first."""
    best = "length(raw::varchar) desc, " if table.repeats else ""
    connection.execute(
        f"""create or replace temp table ranked__ as
        select *, rowid as place, row_number() over same as rank, first_value(raw::varchar) over same as first_raw,
            first_value(copied) over same as first_copied
        from {relation}
        window same as (partition by object_id, since order by {best}copied desc nulls last, file__, row__)"""
    )
    if not table.repeats:
        contradicts = "rank > 1 and raw::varchar <> first_raw and copied is not distinct from first_copied"
        connection.execute(f"insert into {HELD_ROWS} select file__, row__ from ranked__ where {contradicts}")
        for file, row, object_id in connection.execute(
            f"select file__, row__, object_id from ranked__ where {contradicts} order by file__, row__ "
            f"limit {_DUPLICATES_SHOWN}"
        ).fetchall():
            held.add(duplicate(str(file), int(row), str(object_id)))
    connection.execute(f"delete from {relation} where rowid in (select place from ranked__ where rank > 1)")
    connection.execute("drop table ranked__")
    connection.execute(
        f"""delete from {relation} where rowid in (
            select place from (
                select rowid as place, current,
                    raw::varchar = lag(raw::varchar) over (partition by object_id order by since) as told_before
                from {relation}
            ) where told_before and not current)"""
    )


def landed_rows(built: Built) -> Iterator[str]:
    """Queries for what is landed of a table: (object_id, parent_id, seen_at, deleted, raw), seen_at null for now.

    A version that is not the last is what was at its beginning. A history has the beginning of the last one too; what
    was on it then, its rows do not say.
    """
    moment = "make_timestamp(since * 1000000)"
    columns = "object_id, key as parent_id, {} as seen_at, deleted, {} as raw"
    yield f"select {columns.format('null::timestamp', 'raw')} from {built.relation} where current"
    earlier = "since is not null" if built.versioned else "since is not null and not current"
    raw = "raw"
    for listing in built.listings if built.versioned else ():
        raw = f"json_merge_patch({raw}, json_object({literal(listing)}, cast({literal(_LISTED_APART)} as json)))"
    yield f"select {columns.format(moment, raw)} from {built.relation} where {earlier}"
