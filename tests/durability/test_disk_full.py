"""A disk that takes no more: one error that says what to do, and everything as it was before.

For real, in two ways: a limit on the size of files, at which the system refuses to write on (any user can try that),
and a small disk that is full (root alone can make one).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.processes import Answer, child, command, command_with_small_files
from tests.durability.state import assert_builds, assert_free, assert_says, debris, strictly, tree
from tests.durability.storage import filled, small_disk
from tests.properties.company import AS_OF
from upswell.errors import ExitCode

# Below the lock's note; below the smaller files; below the larger ones.
LIMITS: Final = (0, 4_000, 40_000)
# Each on a disk of its own: what a workspace nobody holds any more keeps open is not free until it is let go.
SPACES: Final = (0, 98_304)
BUILD: Final = ("build", "--as-of", AS_OF.isoformat(), "--policy", "recurly")


@pytest.mark.parametrize("limit", LIMITS)
def test_import_with_a_limit_on_file_size(company: Company, limit: int, tmp_path: Path) -> None:
    folder = shutil.copytree(company.before, tmp_path / "company")
    arguments = import_command(folder, company)
    with child(command_with_small_files, limit, arguments) as writer:
        assert_one_error(writer.answer(), code_words="a file reached the size limit", remedy="ulimit")
    assert_nothing_imported(folder, company)
    assert command(*arguments).exit_code == ExitCode.DONE
    assert_book_follows(folder, company)


@pytest.mark.parametrize("limit", LIMITS)
def test_build_with_a_limit_on_file_size(company: Company, limit: int, tmp_path: Path) -> None:
    folder = shutil.copytree(company.imported, tmp_path / "company")
    with child(command_with_small_files, limit, ("-w", str(folder), *BUILD)) as writer:
        assert_one_error(writer.answer(), code_words="a file reached the size limit", remedy="ulimit")
    assert_nothing_built(folder, company)
    assert_book_follows(folder, company)


@pytest.mark.parametrize("space", SPACES)
def test_import_on_a_full_disk(company: Company, space: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        folder = shutil.copytree(company.before, disk / "company")
        arguments = import_command(folder, company)
        with filled(disk, leaving_bytes=space):
            assert_one_error(command(*arguments), code_words="the disk is full", remedy="free some space")
            assert_nothing_imported(folder, company)
        assert command(*arguments).exit_code == ExitCode.DONE
        assert_book_follows(folder, company)


@pytest.mark.parametrize("space", SPACES)
def test_build_on_a_full_disk(company: Company, space: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        folder = shutil.copytree(company.imported, disk / "company")
        with filled(disk, leaving_bytes=space):
            assert_one_error(command("-w", folder, *BUILD), code_words="the disk is full", remedy="free some space")
            assert_nothing_built(folder, company)
        assert_book_follows(folder, company)


def test_a_backup_onto_a_full_disk_leaves_nothing(company: Company, tmp_path: Path) -> None:
    folder = shutil.copytree(company.before, tmp_path / "company")
    before = tree(folder)
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        with filled(disk, leaving_bytes=8_192):
            answer = command("-w", folder, "backup", disk / "company.tar.gz")
            assert_one_error(answer, code_words="the disk is full", remedy="free some space")
        assert list(disk.iterdir()) == []
    assert tree(folder) == before


def test_a_restore_onto_a_full_disk_leaves_no_workspace(company: Company, tmp_path: Path) -> None:
    backup = tmp_path / "company.tar.gz"
    assert command("-w", company.before, "backup", backup).exit_code == ExitCode.DONE
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        with filled(disk, leaving_bytes=65_536):
            answer = command("-w", disk / "company", "restore", backup)
            assert_one_error(answer, code_words="the disk is full", remedy="free some space")
        assert list(disk.iterdir()) == []


def import_command(folder: Path, company: Company) -> tuple[str, ...]:
    return ("-w", str(folder), "import", *(str(path) for path in company.files), "--as", "items")


def assert_one_error(answer: Answer, *, code_words: str, remedy: str) -> None:
    assert (answer.exit_code, answer.stdout) == (ExitCode.UNUSABLE, ""), answer
    lines = answer.stderr.splitlines()
    assert sum(line.startswith("error:") for line in lines) == 1, answer
    assert lines[0].startswith(f"error: {code_words}"), answer
    assert sum(line.startswith("  remedy:") for line in lines) == 1, answer
    assert remedy in lines[-1], answer
    assert "Traceback" not in answer.stderr


def assert_nothing_imported(folder: Path, company: Company) -> None:
    workspace = upswell.open(folder)
    assert workspace.imports() == upswell.open(company.before).imports()
    assert_unharmed(folder, company.before)
    assert_says(workspace, says=strictly(company.says_before))


def assert_nothing_built(folder: Path, company: Company) -> None:
    workspace = upswell.open(folder)
    assert workspace.book() == upswell.open(company.imported).book()
    assert_unharmed(folder, company.imported)
    assert tree(folder / "books") == tree(company.imported / "books"), "a draft takes space that is wanted"
    assert_says(workspace, says=strictly(company.says_before))


def assert_unharmed(folder: Path, former: Path) -> None:
    """Every file is as it was; rows half written beside them are for the next import to sweep."""
    now = tree(folder)
    assert {name: now.get(name) for name in tree(former)} == tree(former)
    assert not (folder / ".work").exists()
    assert_free(folder)


def assert_book_follows(folder: Path, company: Company) -> None:
    """With space again the next build is right, and nothing of the failure is left."""
    assert_builds(upswell.open(folder), says=company.says_after)
    assert debris(folder) == []
