"""Replacing a text everywhere in the state: the one exception to entries that never change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from upswell.state.tables import Base, ErasureRow

# What takes the place of a text, and whether that may be an id.
Rewrite = Callable[[str, bool], str]
_JSON: Final = frozenset({"record", "payload", "details"})
_IDS: Final = frozenset({"subject", "payload"})


def replace(session: Session, rewrite: Rewrite) -> int:
    """Rewrite every text of every table, JSON text by text; how many cells changed."""
    session.add(ErasureRow(id=1))
    session.flush()
    changed = sum(_replace_in(session, table, rewrite) for table in Base.metadata.sorted_tables)
    session.execute(sa.delete(ErasureRow))
    return changed


def texts(session: Session) -> Iterator[tuple[str, bool]]:
    """Every text of every table, those within JSON one by one, and whether it may be an id."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, sa.Text)]
        for row in session.execute(sa.select(*columns)).all() if columns else ():
            seen: list[tuple[str, bool]] = []

            def keep(text: str, may_be_id: bool, seen: list[tuple[str, bool]] = seen) -> str:
                seen.append((text, may_be_id))
                return text

            for column, text in zip(columns, row, strict=True):
                if text is not None:
                    _replaced(column.name, text, keep)
            yield from seen


def compact(engine: sa.Engine) -> None:
    """Write the file of SQLite anew."""
    if engine.dialect.name == "sqlite":
        # Past SQLAlchemy: within a transaction SQLite does not.
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("vacuum")


def _replace_in(session: Session, table: sa.Table, rewrite: Rewrite) -> int:
    texts = [column for column in table.columns if isinstance(column.type, sa.Text)]
    keys = list(table.primary_key.columns)
    changed = 0
    for row in session.execute(sa.select(table)).mappings().all() if texts else ():
        found = {
            column.name: new
            for column in texts
            if (old := row[column.name]) is not None and (new := _replaced(column.name, old, rewrite)) != old
        }
        if found:
            matches = [column == row[column.name] for column in keys]
            session.execute(sa.update(table).where(*matches).values(**found))
            changed += len(found)
    return changed


def _replaced(column: str, text: str, rewrite: Rewrite) -> str:
    if column not in _JSON:
        return rewrite(text, column in _IDS)
    return json.dumps(_walk(json.loads(text), rewrite, column in _IDS), ensure_ascii=False, sort_keys=True)


def _walk(value: Any, rewrite: Rewrite, may_be_id: bool) -> Any:
    match value:
        case str():
            return rewrite(value, may_be_id)
        case list():
            return [_walk(each, rewrite, may_be_id) for each in value]
        case dict():
            return {
                rewrite(key, may_be_id): _walk(each, rewrite, may_be_id or key in _IDS) for key, each in value.items()
            }
        case _:
            return value
