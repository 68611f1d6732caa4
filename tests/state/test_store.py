"""What people say is kept: by whom and when, one line of the log for each change, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from upswell.errors import UpswellError, UsageError, WorkspaceError
from upswell.state import open_state, state_url
from upswell.state.store import StateStore
from upswell.state.tables import Base

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def state(url: str) -> Iterator[StateStore]:
    store = open_state(url)
    yield store
    store.close()


def refused(call: Callable[[], Any]) -> UpswellError:
    with pytest.raises(UpswellError) as raised:
        call()
    return raised.value


def require_refused(url: str, statement: str) -> None:
    """The database itself refuses it."""
    engine = sa.create_engine(url)
    with pytest.raises(sa.exc.DBAPIError, match="are never"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_segment_is_saved_replaced_and_removed_and_the_log_knows(state: StateStore) -> None:
    state.save_segment("enterprise", "segment = 'enterprise'", author="kim", at=NOON)
    state.save_segment("enterprise", "segment = 'enterprise' and plan <> 'free'", author="lee", at=NOON)
    state.save_segment("eu", "country in ('DE', 'FR')", author="kim", at=NOON)

    assert [(each.name, each.author) for each in state.segments()] == [("enterprise", "lee"), ("eu", "kim")]
    assert state.segment("enterprise").expression == "segment = 'enterprise' and plan <> 'free'"

    assert state.remove_segment("eu", author="lou", at=NOON).expression == "country in ('DE', 'FR')"

    error = refused(lambda: state.segment("enterprize"))
    assert (error.code, error.expected) == ("unknown_segment", "one of: enterprise")
    assert "did you mean enterprise?" in error.remedy
    assert refused(lambda: state.remove_segment("eu", author="lou", at=NOON)).code == "unknown_segment"
    assert refused(lambda: state.save_segment("a b", "x", author="kim", at=NOON)).code == "segment_name_malformed"
    assert [(each.author, each.subject, each.details["former"]) for each in state.audit(action="segment")] == [
        ("kim", "enterprise", None),
        ("lee", "enterprise", "segment = 'enterprise'"),
        ("kim", "eu", None),
        ("lou", "eu", "country in ('DE', 'FR')"),
    ]


def test_closings_corrections_and_notes_come_back_as_they_went_in(url: str, state: StateStore) -> None:
    record = {"mrr": "861472.34", "policy": {"name": "strict"}, "who": "Müller & Söhne"}
    state.add_closing("2026-02", "close", author="kim", at=NOON, reason=None, record=record)
    state.add_closing("2026-02", "reopen", author="lee", at=NOON, reason="late invoice", record={})
    merged = state.add_correction("merge", {"into": "A", "customers": ["B"]}, author="kim", reason="one firm", at=NOON)
    undone = state.add_correction("undo", {}, author="lee", reason="two firms", at=NOON, undoes=merged.id)
    berlin = timezone(timedelta(hours=1))
    state.add_note("customer", "A", "asked for a quote", author="lou", at=NOON.astimezone(berlin))
    state.close()

    again = open_state(url)
    assert [(each.action, each.reason, each.record) for each in again.closings("2026-02")] == [
        ("close", None, record),
        ("reopen", "late invoice", {}),
    ]
    assert again.closings("2026-01") == ()
    assert again.corrections() == (merged, undone)
    assert undone.undoes == merged.id
    assert [(each.text, each.at) for each in again.notes("customer", "A")] == [("asked for a quote", NOON)]
    assert again.notes("month") == ()
    assert [each.action for each in again.audit()] == ["close", "reopen", "correction", "correction", "note"]
    again.close()


def test_an_entry_is_undone_once_and_only_if_it_is_there(state: StateStore) -> None:
    merged = state.add_correction("merge", {}, author="kim", reason="one firm", at=NOON)
    state.add_correction("undo", {}, author="kim", reason="no", at=NOON, undoes=merged.id)

    for entry in (merged.id, 99):
        error = refused(
            lambda entry=entry: state.add_correction("undo", {}, author="kim", reason="no", at=NOON, undoes=entry)  # type: ignore[misc]
        )
        assert isinstance(error, UsageError)
        assert error.code == "correction_not_undoable"
    assert len(state.corrections()) == len(state.audit(action="correction")) == 2


@pytest.mark.parametrize("table", ["audit_log", "closings", "corrections"])
@pytest.mark.parametrize("statement", ["update {} set author = 'nobody'", "delete from {}"])
def test_nobody_rewrites_history_not_even_past_the_program(
    url: str, state: StateStore, table: str, statement: str
) -> None:
    state.add_closing("2026-02", "close", author="kim", at=NOON, reason=None, record={})
    state.add_correction("exclude", {}, author="kim", reason="test account", at=NOON)

    require_refused(url, statement.format(table))

    assert [each.author for each in state.audit()] == ["kim", "kim"]
    assert len(state.closings()) == len(state.corrections()) == 1


def test_an_erased_name_is_in_no_text_and_the_entries_stand(url: str, state: StateStore, tmp_path: Path) -> None:
    state.save_segment("acme", "customer = 'c-1' or name = 'Acme Corp'", author="kim", at=NOON)
    state.add_closing("2026-02", "close", author="kim", at=NOON, reason="for Acme Corp", record={"Acme Corp": ["1"]})
    state.add_note("customer", "c-1", 'Acme Corp called: "Acme Corp\'s" plan', author="kim", at=NOON)
    state.add_correction("merge", {"names": ["Acme Corp", "Acme"]}, author="kim", reason="Acme", at=NOON)

    def rewrite(text: str, may_be_id: bool) -> str:
        ids.add(text if may_be_id else "")
        return text.replace("Acme Corp", "forgotten-1").replace("Acme", "forgotten-2")

    ids: set[str] = set()
    changed = state.rewrite(rewrite, token="forgotten-1", author="lou", at=NOON)

    assert changed >= 6
    assert state.segment("acme").expression == "customer = 'c-1' or name = 'forgotten-1'"
    assert state.closings()[0].record == {"forgotten-1": ["1"]}
    assert state.notes()[0].text == 'forgotten-1 called: "forgotten-1\'s" plan'
    assert state.corrections()[0].payload == {"names": ["forgotten-1", "forgotten-2"]}
    assert (state.audit()[-1].action, state.audit()[-1].author) == ("forget", "lou")
    assert "Acme" not in repr(state.audit())
    assert not [text for text, _ in state.texts() if "Acme" in text]
    assert ids - {""} >= {"c-1", "names", "2026-02"}
    state.close()
    if url.startswith("sqlite"):
        assert {path.name for path in tmp_path.iterdir()} == {"state.db"}
        assert b"Acme" not in (tmp_path / "state.db").read_bytes()
    require_refused(url, "update audit_log set author = 'nobody'")


# -- many at once


def _write(url: str, writer: int, count: int, barrier: Any) -> None:
    barrier.wait()
    store = open_state(url)
    for number in range(count):
        store.record("import", f"{writer}-{number}", author=f"writer {writer}", at=NOON)
        store.save_segment("shared", f"plan = '{writer}-{number}'", author=f"writer {writer}", at=NOON)
    store.close()


def test_writers_at_the_same_time_lose_nothing_even_in_a_store_that_none_has_made_yet(url: str) -> None:
    writers, count = 4, 25
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(writers)
    processes = [context.Process(target=_write, args=(url, each, count, barrier)) for each in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * writers

    store = open_state(url)
    entries = store.audit()
    assert Counter(each.author for each in entries) == {f"writer {each}": 2 * count for each in range(writers)}
    assert [each.id for each in entries] == sorted({each.id for each in entries})
    # Each save knew the one before it: no save was lost under another.
    saves = [each.details for each in entries if each.action == "segment"]
    assert [each["former"] for each in saves] == [None, *(each["expression"] for each in saves[:-1])]
    assert store.segment("shared").expression == saves[-1]["expression"]
    store.close()


# -- which store, and is it current


def test_status_says_which_store_it_is_and_creates_nothing(url: str, tmp_path: Path) -> None:
    store = open_state(url)
    before = store.status()
    assert (before.revision, before.is_current) == (None, False)
    assert list(tmp_path.iterdir()) == []

    store.record("import", "1", author="kim", at=NOON)
    after = store.status()
    assert (after.engine, after.is_current) == ("SQLite" if url.startswith("sqlite") else "PostgreSQL", True)
    store.close()


def test_the_migrations_make_the_tables_of_the_models(url: str, state: StateStore) -> None:
    state.segments()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_store_of_a_newer_release_is_refused(url: str, state: StateStore) -> None:
    state.save_segment("eu", "country = 'DE'", author="kim", at=NOON)
    state.close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    engine.dispose()

    store = open_state(url)
    error = refused(store.segments)
    store.close()

    assert isinstance(error, WorkspaceError)
    assert (error.code, error.found) == ("state_too_new", "revision 9999")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(b"minutes of the board meeting\n" * 100)

    store = open_state(f"sqlite:///{file}")
    assert refused(store.segments).code == "state_damaged"
    store.close()

    assert file.read_bytes() == b"minutes of the board meeting\n" * 100


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    error = refused(open_state("postgresql+psycopg://kim:secret@127.0.0.1:1/state").segments)

    assert error.code == "state_unreachable"
    assert error.where == "postgresql+psycopg://kim:***@127.0.0.1:1/state"
    assert "secret" not in str(error.as_dict())


@pytest.mark.parametrize("url", ["mysql://db/state", "no url", "sqlite://"])
def test_any_other_url_is_refused(url: str) -> None:
    assert refused(lambda: open_state(url)).code == "state_url_malformed"


def test_the_environment_goes_before_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPSWELL_STATE_URL", raising=False)
    assert state_url(tmp_path) == f"sqlite:///{tmp_path / 'state.db'}"
    assert state_url(tmp_path, "postgresql://db/a") == "postgresql://db/a"
    monkeypatch.setenv("UPSWELL_STATE_URL", "postgresql://db/b")
    assert state_url(tmp_path, "postgresql://db/a") == "postgresql://db/b"


def test_the_newest_revision_is_the_head_of_the_migrations(state: StateStore) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("upswell.state") / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [state.status().newest]
