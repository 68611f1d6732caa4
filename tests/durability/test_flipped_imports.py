"""A flipped byte in the import log is noticed by whoever reads that file, and is never taken for a fact.

The log is a state file, `imports/state.json`, and the Parquet files it names. Books do not need it: what was built
stays readable whatever happens to the imports.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.damage import damaged, flipped, offsets
from tests.durability.processes import command
from tests.durability.state import assert_says, stored_imports
from tests.properties.company import AS_OF
from upswell import Workspace
from upswell.errors import ExitCode, UpswellError, WorkspaceError

FLIPS: Final = 300


@pytest.fixture
def workspace(company: Company, tmp_path: Path) -> Workspace:
    """A copy of the company, with rows held back in a further import that may be undone again."""
    opened = upswell.open(shutil.copytree(company.imported, tmp_path / "company"))
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "customer_id,plan_id,starts_at,ends_at,unit_amount\n"
        "good,team,2024-01-01,,10\n"
        "bad,team,2024-01-01,,ten\n"
        "twice,team,2024-01-01,2024-03-01,10\n"
        "twice,team,2024-02-01,,10\n",
        "utf-8",
    )
    assert opened.import_file(bad, table="items").held_back == 2
    return opened


def test_damage_to_a_file_of_imported_rows(company: Company, workspace: Workspace, tmp_path: Path) -> None:
    """Rows, rows held back, what is in force, what is in conflict: some command reads each, and that one says so."""
    names = sorted({name for name, _ in stored_imports(workspace.folder)})
    assert {name.split(".")[-2].split("-")[0] for name in names} >= {"rows", "held"}
    noticed = {name: notices(workspace, name, tmp_path) for name in names}
    assert [name for name, words in noticed.items() if not words] == []
    assert_says(workspace, says=company.says_before)


def notices(workspace: Workspace, name: str, tmp_path: Path) -> list[str]:
    """The commands that refuse to work with the file damaged; each of them in one error that names it."""
    path = workspace.folder / "imports" / name
    sound, rng = path.read_bytes(), Random(name)
    refusing = []
    with damaged(path, flipped(sound, rng.randrange(len(sound)), rng.randint(1, 255))):
        for words in (
            ("build",),
            ("quarantine",),
            *(("imports", "undo", f"i-00000{number}") for number in range(2, 6)),
        ):
            copy = shutil.copytree(workspace.folder, tmp_path / "tried")
            answer = command("-w", copy, *words)
            shutil.rmtree(copy)
            if answer.exit_code == ExitCode.UNUSABLE:
                assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1
                assert name in answer.stderr
                refusing.append(" ".join(words))
    return refusing


def test_a_build_with_damaged_rows_keeps_the_former_book(company: Company, workspace: Workspace) -> None:
    state = json.loads((workspace.folder / "imports" / "state.json").read_text("utf-8"))
    in_force = state["current"]["items"]["files"]["name"]
    path = workspace.folder / "imports" / in_force
    with damaged(path, flipped(path.read_bytes(), 1000, 0x04)):
        with pytest.raises(WorkspaceError) as refused:
            workspace.build(as_of=AS_OF)
        assert refused.value.code == "import_damaged"
        assert refused.value.where == str(path)
        assert_says(workspace, says=company.says_before)
    assert_says(workspace, says=company.says_before)


def test_damage_to_the_state_of_the_log(company: Company, workspace: Workspace) -> None:
    """Whatever byte is flipped: one error that names the file, or nothing but white space has changed."""
    path = workspace.folder / "imports" / "state.json"
    sound, rng = path.read_bytes(), Random("state")
    unnoticed = []
    for at in offsets(len(sound), rng, more=FLIPS):
        content = flipped(sound, at, rng.choice((1 << rng.randrange(8), rng.randint(1, 255))))
        with damaged(path, content):
            if not is_refused(workspace, path) and meaning(content) != meaning(sound):
                unnoticed.append(f"{sound[max(0, at - 30) : at + 20]!r} became {content[max(0, at - 30) : at + 20]!r}")
    assert_says(workspace, says=company.says_before)
    assert not unnoticed, f"{len(unnoticed)} of {FLIPS} flips go unnoticed, such as {unnoticed[:3]}"


def is_refused(workspace: Workspace, path: Path) -> bool:
    """Whether the log refuses to be read, in the words that it should; any other exception fails the test."""
    error = refusal(workspace)
    if error is None:
        return False
    assert isinstance(error, WorkspaceError)
    assert (error.code, error.where) == ("import_damaged", str(path))
    assert error.remedy
    return True


def refusal(workspace: Workspace) -> UpswellError | None:
    try:
        workspace.imports()
    except UpswellError as error:
        return error
    return None


def meaning(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"\0" * 100], ids=["empty", "{}", "null", "zeros"])
def test_a_state_of_something_else(content: bytes, workspace: Workspace) -> None:
    path = workspace.folder / "imports" / "state.json"
    with damaged(path, content):
        assert is_refused(workspace, path)
        for words in (("imports",), ("quarantine",), ("build",), ("imports", "undo", "i-000002")):
            answer = command("-w", workspace.folder, *words)
            assert answer.exit_code == ExitCode.UNUSABLE, answer
            assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1
            assert "state.json" in answer.stderr
