"""What every store of the state stands on: one database, one transaction for what belongs together, one log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from upswell.state import engine
from upswell.state.records import StateStatus
from upswell.state.tables import AuditRow


class Store:
    """One database of the state; its tables are made or upgraded with the first transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_ready = False

    def status(self) -> StateStatus:
        """Which store is in use and whether its tables are this release's. Nothing is created."""
        return engine.status(self._engine)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _is_there(self) -> bool:
        """Whether there are tables to be read: asking must not make them."""
        return self._is_ready or self.status().revision is not None

    @contextmanager
    def _session(self, *, writes: bool = False) -> Iterator[Session]:
        if not self._is_ready:
            engine.upgrade(self._engine)
            self._is_ready = True
        with engine.session(self._engine, writes=writes) as session:
            yield session


def audit_line(
    session: Session, action: str, subject: str, *, author: str, at: datetime, details: Mapping[str, Any]
) -> Any:
    """Write a line of the audit log in the transaction of what it tells of."""
    row = AuditRow(at=at, author=author, action=action, subject=subject, details=as_json(details))
    session.add(row)
    return row


def as_json(value: Mapping[str, Any]) -> str:
    """A document as it is stored: the same text for the same content."""
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
