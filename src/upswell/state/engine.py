"""Engines, transactions and migrations: the part of the state that knows SQLAlchemy, Alembic and the two databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from upswell.errors import UpswellError, UsageError, WorkspaceError
from upswell.state.records import StateStatus

_BUSY_SECONDS: Final = 60
_CONNECT_SECONDS: Final = 10
_MIGRATION: Final = re.compile(r"r(\d{4})_\w+\.py")
_IMMEDIATE: Final = "upswell_immediate"
# An error of the database shows its statement without the values: one of them may be the hash of a password.
_QUIET: Final[dict[str, Any]] = {"hide_parameters": True}
# Any number that no other program takes in the same database.
_WRITE_LOCK: Final = 7_160_533_031


def create(url: str) -> sa.Engine:
    """An engine for `url`; nothing is connected yet."""
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite" and parsed.database:
            return _sqlite(parsed)
        if backend == "postgresql":
            arguments: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
            return sa.create_engine(parsed, pool_pre_ping=True, connect_args=arguments, **_QUIET)
    except sa.exc.ArgumentError:
        pass
    except ModuleNotFoundError as error:
        raise UsageError(
            "the library for PostgreSQL is not installed",
            code="state_driver_missing",
            where="the state's URL",
            found=f"no module {error.name}",
            remedy='pip install "upswell[postgres]", and begin the URL with postgresql+psycopg://',
        ) from error
    raise UsageError(
        "the state's URL cannot be used",
        code="state_url_malformed",
        where="UPSWELL_STATE_URL, or state in upswell.toml",
        expected="postgresql+psycopg://USER@HOST/DATABASE, or sqlite:///PATH",
        remedy="correct the URL, or leave it out: the state is then a file of the workspace",
    )


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **_QUIET)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver is to begin no transaction of its own: the write lock must be taken with the first statement.
        connection.isolation_level = None
        # Deleted bytes are overwritten, and no side file keeps pages: what is erased is gone.
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma foreign_keys = on")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get(_IMMEDIATE, False)
        connection.exec_driver_sql("begin immediate" if immediate else "begin")

    return engine


@contextmanager
def session(engine: sa.Engine, *, writes: bool) -> Iterator[Session]:
    """One transaction; what is raised in it leaves no trace of it."""
    with (
        _told(engine),
        engine.connect().execution_options(**{_IMMEDIATE: writes}) as connection,
        connection.begin(),
        Session(bind=connection, expire_on_commit=False) as opened,
    ):
        if writes:
            _wait_for_writers(connection)
        yield opened
        opened.flush()


def _wait_for_writers(connection: sa.Connection) -> None:
    """One writer at a time in PostgreSQL too: lines of the log stand in the order in which they came to be true."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _WRITE_LOCK})


def status(engine: sa.Engine) -> StateStatus:
    """Which store this is and which revision its tables have; a file that is not there is not made."""
    newest = _newest()
    shown = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        if not path.exists():
            return StateStatus("SQLite", shown, None, newest)
        with _told(engine), engine.connect() as connection:
            return StateStatus("SQLite", shown, _revision(connection), newest)
    with _told(engine), engine.connect() as connection:
        return StateStatus("PostgreSQL", shown, _revision(connection), newest)


# Alembic takes a quarter of a second to load, which a question about figures need not wait for: it is imported where
# tables are made or changed, and what reads them knows their revision without it.


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to this release's revision, or make them; whoever comes at the same time waits.

    Raises `WorkspaceError` (state_too_new) where a newer release wrote them.
    """
    newest = _newest()
    with _told(engine):
        with engine.connect() as connection:
            if _revision(connection) == newest:
                return
        with engine.connect().execution_options(**{_IMMEDIATE: True}) as connection, connection.begin():
            _wait_for_writers(connection)
            held = _revision(connection)
            if held is not None and held not in _revisions():
                raise _too_new(engine, held, newest)
            _migrate(connection)


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- see above
    from alembic.config import Config  # noqa: PLC0415 -- see above

    config = Config()
    with resources.as_file(resources.files("upswell.state") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revisions() -> tuple[str, ...]:
    """The revisions of this release, oldest first: a migration's file, r0001_state.py, begins with its own."""
    files = (resources.files("upswell.state") / "migrations" / "versions").iterdir()
    return tuple(sorted(match[1] for file in files if (match := _MIGRATION.fullmatch(file.name))))


def _newest() -> str:
    return _revisions()[-1]


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


@contextmanager
def _told(engine: sa.Engine) -> Iterator[None]:
    """What the database says, as errors of ours; a password is never shown."""
    try:
        yield
    except UpswellError:
        raise
    except sa.exc.OperationalError as error:
        raise _unreachable(engine, error) from None
    except sa.exc.DatabaseError as error:
        if engine.dialect.name == "sqlite" and "not a database" in str(error.orig):
            raise _damaged(engine, error) from None
        if engine.dialect.name == "sqlite" and "malformed" in str(error.orig):
            raise _damaged(engine, error) from None
        raise


def _shown(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _said(error: sa.exc.DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def _unreachable(engine: sa.Engine, error: sa.exc.DBAPIError) -> WorkspaceError:
    return WorkspaceError(
        "the shared state cannot be used",
        code="state_unreachable",
        where=_shown(engine),
        found=_said(error),
        remedy="see that the database runs and may be written, or correct UPSWELL_STATE_URL; figures need no state",
    )


def _damaged(engine: sa.Engine, error: sa.exc.DBAPIError) -> WorkspaceError:
    return WorkspaceError(
        "the shared state is damaged",
        code="state_damaged",
        where=_shown(engine),
        expected="a SQLite database",
        found=_said(error),
        remedy="`upswell restore` a backup, or put the former file back; imports and books are not touched by it",
    )


def _too_new(engine: sa.Engine, held: str, newest: str) -> WorkspaceError:
    return WorkspaceError(
        "the shared state was written by a newer release of Upswell",
        code="state_too_new",
        where=_shown(engine),
        expected=f"revision {newest} or older",
        found=f"revision {held}",
        remedy="update Upswell; an older one would not understand what was written",
    )
