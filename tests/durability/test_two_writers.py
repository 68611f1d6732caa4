"""One writer at a time: the second waits or is told by whom it is refused; readers need no leave of either."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.processes import PATIENCE_SECONDS, Child, child, command, hold_the_lock, write_import
from tests.durability.state import assert_builds, assert_free, assert_says, debris, tree
from tests.properties.company import AS_OF, POLICIES
from upswell.errors import ExitCode, WorkspaceBusyError
from upswell.workspace.lock import writing

CLI = (sys.executable, "-c", "from upswell.interfaces.cli import main; main()")


@pytest.fixture
def folder(company: Company, tmp_path: Path) -> Path:
    return shutil.copytree(company.imported, tmp_path / "company")


@pytest.fixture
def holder(folder: Path) -> Iterator[Child]:
    with child(hold_the_lock, folder, "import") as first:
        first.wait_for("held")
        yield first


def test_the_second_writer_is_refused_with_the_firsts_name(folder: Path, holder: Child) -> None:
    before = tree(folder)
    with pytest.raises(WorkspaceBusyError) as refused, writing(folder, "build", wait_seconds=0):
        pytest.fail("two writers at once")
    error = refused.value
    assert (error.code, error.exit_code) == ("workspace_busy", ExitCode.UNUSABLE)
    assert error.found is not None
    assert error.found.startswith(f"import by process {holder.process.pid} since ")
    assert error.where == str(folder)
    assert error.remedy
    assert tree(folder) == before


@pytest.mark.parametrize(
    "arguments", [("build",), ("imports", "undo", "i-000002"), ("import", "no.csv", "--as", "items")]
)
def test_every_writing_command_is_refused_at_once_if_asked_not_to_wait(
    arguments: tuple[str, ...], folder: Path, holder: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upswell.workspace.lock._WAIT_SECONDS", 0.0)
    before = tree(folder)
    answer = command("-w", folder, *arguments)
    assert (answer.exit_code, answer.stdout) == (ExitCode.UNUSABLE, "")
    assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1
    assert f"import by process {holder.process.pid}" in answer.stderr
    assert tree(folder) == before


def test_the_wait_is_set_by_the_environment(folder: Path, holder: Child) -> None:
    """A process of its own, for the variable is read when Upswell starts."""
    environment = {**os.environ, "UPSWELL_LOCK_WAIT": "0"}
    refused = subprocess.run(
        [*CLI, "-w", str(folder), "build"],
        env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert refused.returncode == ExitCode.UNUSABLE
    assert f"import by process {holder.process.pid}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_second_writer_proceeds_when_the_first_is_done(
    company: Company, folder: Path, holder: Child, caplog: pytest.LogCaptureFixture
) -> None:
    met_the_lock, done = threading.Event(), threading.Event()

    class Waiting(logging.Handler):
        """The lock says in its log that it has to wait: only then is the first writer let go."""

        def emit(self, record: logging.LogRecord) -> None:
            if "waiting" in record.getMessage():
                met_the_lock.set()

    def build() -> None:
        upswell.open(folder).build(as_of=AS_OF, policies=list(POLICIES))
        done.set()

    listener = Waiting()
    caplog.set_level(logging.DEBUG, logger="filelock")
    logging.getLogger("filelock").addHandler(listener)
    second = threading.Thread(target=build)
    try:
        second.start()
        assert met_the_lock.wait(PATIENCE_SECONDS)
        assert not done.is_set()
        assert_says(upswell.open(folder), says=company.says_before)
        holder.line.send("leave")
        assert holder.finish() == 0
    finally:
        holder.kill()
        second.join(PATIENCE_SECONDS)
        logging.getLogger("filelock").removeHandler(listener)
    assert done.is_set()
    assert_says(upswell.open(folder), says=company.says_after)
    assert debris(folder) == []


def test_a_killed_owner_holds_nothing(company: Company, folder: Path, holder: Child) -> None:
    holder.kill()
    assert_free(folder)
    assert_builds(upswell.open(folder), says=company.says_after)
    assert debris(folder) == []


def test_the_next_holder_is_named_and_not_the_killed_one(folder: Path, holder: Child) -> None:
    holder.kill()
    with child(hold_the_lock, folder, "build") as second:
        second.wait_for("held")
        with (
            pytest.raises(WorkspaceBusyError, match=f"build by process {second.process.pid} "),
            writing(folder, "import", wait_seconds=0),
        ):
            pytest.fail("two writers at once")


@pytest.mark.parametrize(
    "arguments",
    [
        ("movements", "--kind", "expansion"),
        ("metrics", "expansion_mrr", "--policy", "recurly"),
        ("check",),
        ("report",),
        ("imports",),
        ("quarantine",),
    ],
)
def test_readers_work_while_somebody_writes(arguments: tuple[str, ...], folder: Path, holder: Child) -> None:
    assert holder.process.is_alive()
    answer = command("-w", folder, *arguments, "--format", "json")
    assert answer.exit_code == ExitCode.DONE, answer
    json.loads(answer.stdout)
    assert holder.process.is_alive()


def test_a_reader_keeps_its_book_while_others_are_published(company: Company, folder: Path) -> None:
    """Two builds later the files that a reader has opened are still there."""
    workspace = upswell.open(folder)
    former = tree(folder / "books" / workspace.book().book_id)
    for _ in range(2):
        workspace.build(as_of=AS_OF)
    assert tree(folder / "books" / upswell.open(company.imported).book().book_id) == former


def test_two_imports_at_once_are_both_taken_in(company: Company, tmp_path: Path) -> None:
    """Neither is lost, whichever comes first; the movements are those of both files."""
    folder = shutil.copytree(company.before, tmp_path / "company")
    with child(write_import, folder, company.files[:1]) as one, child(write_import, folder, company.files[1:]) as other:
        assert (one.finish(), other.finish()) == (0, 0)
    workspace = upswell.open(folder)
    assert sorted(entry.file for entry in workspace.imports()[-2:]) == sorted(path.name for path in company.files)
    workspace.build(as_of=AS_OF, policies=list(POLICIES))
    found, wanted = (workspace.movements(policy="strict"), company.says_after["strict"])
    assert found["movement_id"].to_pylist() == wanted["movement_id"].to_pylist()
    assert found["amount"].to_pylist() == wanted["amount"].to_pylist()
