"""Replacing a text everywhere in the state: the one exception to entries that never change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from upswell.state.tables import Base, ErasureRow

Rewrite = Callable[[str], str]
_JSON: Final = frozenset({"record", "payload", "details"})


def replace(session: Session, rewrite: Rewrite) -> int:
    """Rewrite every text of every table, JSON text by text; how many cells changed."""
    session.add(ErasureRow(id=1))
    session.flush()
    changed = sum(_replace_in(session, table, rewrite) for table in Base.metadata.sorted_tables)
    session.execute(sa.delete(ErasureRow))
    return changed


def texts(session: Session) -> Iterator[str]:
    """Every text of every table."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, sa.Text)]
        for row in session.execute(sa.select(*columns)).all() if columns else ():
            yield from (text for text in row if text is not None)


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
        return rewrite(text)
    return json.dumps(_walk(json.loads(text), rewrite), ensure_ascii=False, sort_keys=True)


def _walk(value: Any, rewrite: Rewrite) -> Any:
    match value:
        case str():
            return rewrite(value)
        case list():
            return [_walk(each, rewrite) for each in value]
        case dict():
            return {rewrite(key): _walk(each, rewrite) for key, each in value.items()}
        case _:
            return value
