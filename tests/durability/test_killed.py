"""kill -9 in the middle of an import or a build: the former book stays, nothing is half there, the next run is right.

Fifty kills at random moments of a measured run, and one before each single change of the workspace's files, so that no
state between two of them is left to chance.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from random import Random
from typing import Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.processes import Work, child, killed_at_step, write_book, write_import
from tests.durability.state import assert_builds, assert_free, assert_says, debris, stored_imports, strictly, tree
from tests.properties.company import AS_OF, POLICIES

KILLS: Final = range(25)
STEPS_IN_PARTS: Final = range(2)
BUILD: Final = (AS_OF, tuple(POLICIES))


@pytest.fixture(scope="session")
def import_seconds(company: Company, tmp_path_factory: pytest.TempPathFactory) -> float:
    folder = shutil.copytree(company.before, tmp_path_factory.mktemp("whole") / "import")
    return seconds_of(write_import, folder, company.files)


@pytest.fixture(scope="session")
def build_seconds(company: Company, tmp_path_factory: pytest.TempPathFactory) -> float:
    folder = shutil.copytree(company.imported, tmp_path_factory.mktemp("whole") / "build")
    return seconds_of(write_book, folder, *BUILD)


def seconds_of(work: Work, *arguments: object) -> float:
    """How long a whole run takes, loaded and undisturbed."""
    with child(work, *arguments) as writer:
        writer.wait_for("ready")
        began = time.perf_counter()
        assert writer.finish() == 0
        return time.perf_counter() - began


@pytest.mark.parametrize("number", KILLS)
def test_kill_during_import(company: Company, import_seconds: float, number: int, tmp_path: Path) -> None:
    folder = shutil.copytree(company.before, tmp_path / "company")
    with child(write_import, folder, company.files) as writer:
        writer.wait_for("ready")
        writer.kill_after(moment(number, "import") * import_seconds)
    assert_import_is_whole_or_absent(folder, company)
    import_again(folder, company)


@pytest.mark.parametrize("number", KILLS)
def test_kill_during_build(company: Company, build_seconds: float, number: int, tmp_path: Path) -> None:
    folder = shutil.copytree(company.imported, tmp_path / "company")
    with child(write_book, folder, *BUILD) as writer:
        writer.wait_for("ready")
        writer.kill_after(moment(number, "build") * build_seconds)
    assert_book_is_whole(folder, company)
    build_again(folder, company)


@pytest.mark.parametrize("part", STEPS_IN_PARTS)
def test_kill_before_each_change_by_an_import(company: Company, part: int, tmp_path: Path) -> None:
    for step in steps(company.before, tmp_path, part, write_import, company.files):
        folder = shutil.copytree(company.before, tmp_path / f"killed-{step}")
        with child(killed_at_step, folder, step, write_import, company.files) as writer:
            assert writer.finish() < 0
        assert_import_is_whole_or_absent(folder, company)
        import_again(folder, company)


def test_another_import_sweeps_what_a_killed_one_left(company: Company, tmp_path: Path) -> None:
    """The same import would write over it; this one has fewer files."""
    left: list[str] = []
    for step in reversed(steps(company.before, tmp_path, 0, write_import, company.files, parts=1)):
        folder = shutil.copytree(company.before, tmp_path / f"killed-{step}")
        with child(killed_at_step, folder, step, write_import, company.files) as writer:
            assert writer.finish() < 0
        left = [name for name in debris(folder) if name.endswith(".parquet")]
        if left:
            upswell.open(folder).import_file(company.files[0], table="items")
            assert debris(folder) == []
            break
    assert len(left) > 1


@pytest.mark.parametrize("part", STEPS_IN_PARTS)
def test_kill_before_each_change_by_a_build(company: Company, part: int, tmp_path: Path) -> None:
    for step in steps(company.imported, tmp_path, part, write_book, *BUILD):
        folder = shutil.copytree(company.imported, tmp_path / f"killed-{step}")
        with child(killed_at_step, folder, step, write_book, *BUILD) as writer:
            assert writer.finish() < 0
        assert_book_is_whole(folder, company)
        build_again(folder, company)


def moment(number: int, purpose: str) -> float:
    """A fraction of the run, random inside its own share, so that all fifty lie all over it."""
    return (number + Random(f"{purpose} {number}").random()) / len(KILLS)


def steps(
    whole: Path, tmp_path: Path, part: int, work: Work, *arguments: object, parts: int = len(STEPS_IN_PARTS)
) -> range:
    """This part's share of the numbers of all changes of the workspace's files."""
    folder = shutil.copytree(whole, tmp_path / "counted")
    with child(killed_at_step, folder, 0, work, *arguments) as writer:
        writer.wait_for("ready")
        changes = writer.answer()
        assert writer.finish() == 0
    assert changes > 8
    return range(1 + part, changes + 1, parts)


def assert_import_is_whole_or_absent(folder: Path, company: Company) -> None:
    workspace = upswell.open(folder)
    assert_free(folder)
    assert_says(workspace, says=strictly(company.says_before))
    former, entries = upswell.open(company.before).imports(), workspace.imports()
    assert [entry.sha256 for entry in entries[: len(former)]] == [entry.sha256 for entry in former]
    added = [entry.file for entry in entries[len(former) :]]
    assert added in ([], [path.name for path in company.files])
    stored_imports(folder)
    assert tree(folder / "books") == tree(company.before / "books")


def import_again(folder: Path, company: Company) -> None:
    workspace = upswell.open(folder)
    result = workspace.import_file(list(company.files), table="items")
    assert result.held_back == 0
    assert debris(folder) == []
    assert_builds(workspace, says=company.says_after)
    assert debris(folder) == []


def assert_book_is_whole(folder: Path, company: Company) -> None:
    """The former book until the pointer has moved, the new one from then on; the former one's files all the same."""
    workspace = upswell.open(folder)
    assert_free(folder)
    former = upswell.open(company.imported).book().book_id
    published = workspace.book().book_id != former
    assert_says(workspace, says=company.says_after if published else company.says_before)
    assert tree(folder / "books" / former) == tree(company.imported / "books" / former)
    assert tree(folder / "imports") == tree(company.imported / "imports")


def build_again(folder: Path, company: Company) -> None:
    workspace = upswell.open(folder)
    workspace.build(as_of=AS_OF, policies=list(POLICIES))
    assert_says(workspace, says=company.says_after)
    assert debris(folder) == []
    assert tree(folder / "imports") == tree(company.imported / "imports")
