"""Replacing a text everywhere in the state: the one exception to entries that never change."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from upswell.state.records import ACCESS_ACTIONS
from upswell.state.tables import AuditRow, Base, ErasureRow, UserRow

# What takes the place of a text, and whether that may be an id.
Rewrite = Callable[[str, bool], str]
_JSON: Final = frozenset({"record", "payload", "details"})
_AUTHORS: Final = frozenset({"author", "ended_by"})
_IDS: Final = frozenset({"subject", "payload", "customer_id", "family_id"})


def replace(session: Session, rewrite: Rewrite) -> int:
    """Rewrite every text that may speak of a customer, JSON text by text; how many cells changed."""
    session.add(ErasureRow(id=1))
    session.flush()
    users = _users(session)
    changed = sum(_replace_in(session, table, rewrite, users) for table in Base.metadata.sorted_tables)
    session.execute(sa.delete(ErasureRow))
    return changed


def texts(session: Session) -> Iterator[tuple[str, bool]]:
    """Every text that may speak of a customer, those within JSON one by one, and whether it may be an id."""
    users = _users(session)
    for table in Base.metadata.sorted_tables:
        for row in session.execute(sa.select(table)).mappings().all():
            seen: list[tuple[str, bool]] = []

            def keep(text: str, may_be_id: bool, seen: list[tuple[str, bool]] = seen) -> str:
                seen.append((text, may_be_id))
                return text

            for column, text in _cells(table, row, users):
                _replaced(column, text, keep)
            yield from seen


def compact(engine: sa.Engine) -> None:
    """Write the file of SQLite anew."""
    if engine.dialect.name == "sqlite":
        # Past SQLAlchemy: within a transaction SQLite does not.
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("vacuum")


def _users(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(sa.select(UserRow.name)))


def _cells(table: sa.Table, row: Mapping[Any, Any], users: Collection[str]) -> Iterator[tuple[str, str]]:
    """The columns of a row with a text that may speak of a customer."""
    for column in table.columns:
        text = row[column.name]
        if text is None or not isinstance(column.type, sa.Text) or column.info.get("is_kept", False):
            continue
        # A user may bear the name of a customer, and is another: what users did stays theirs.
        is_of_user = column.name in _AUTHORS and text in users
        if table is AuditRow.__table__ and column.name == "subject":
            is_of_user = row["action"] in ACCESS_ACTIONS
        if not is_of_user:
            yield column.name, text


def _replace_in(session: Session, table: sa.Table, rewrite: Rewrite, users: Collection[str]) -> int:
    keys = list(table.primary_key.columns)
    changed = 0
    for row in session.execute(sa.select(table)).mappings().all():
        cells = _cells(table, row, users)
        found = {column: new for column, text in cells if (new := _replaced(column, text, rewrite)) != text}
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
