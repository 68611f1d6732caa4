"""A backup gives the workspace back as it was, or says that it cannot and leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.damage import flipped, offsets
from tests.durability.processes import child, command, hold_the_lock
from tests.durability.state import assert_builds, assert_free, assert_says, tree
from upswell.errors import ExitCode, UpswellError, WorkspaceError
from upswell.workspace.backup import backup, restore

FLIPS: Final = 40
CUTS: Final = (0, 1, 18, 0.1, 0.5, 0.9, 0.99, 0.999, -9, -8, -1)  # bytes, a fraction, or bytes from the end


@pytest.fixture(scope="session")
def archive(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the company with its two books."""
    return backup(upswell.open(company.after), tmp_path_factory.mktemp("backup") / "company.tar.gz")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty folder in which workspaces are restored; whatever is left behind is seen there."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_a_restored_workspace_says_and_holds_the_same(company: Company, archive: Path, home: Path) -> None:
    restored = restore(archive, home / "restored")
    assert tree(restored.folder) == tree(company.after)
    assert_says(restored, says=company.says_after)
    assert restored.imports() == upswell.open(company.after).imports()
    assert [path.name for path in home.iterdir()] == ["restored"]


def test_work_goes_on_in_a_restored_workspace(company: Company, archive: Path, home: Path) -> None:
    restored = restore(archive, home / "restored")
    restored.undo(restored.imports()[-1].import_id)
    restored.undo(restored.imports()[-2].import_id)
    assert_builds(restored, says=company.says_before)


def test_backup_and_restore_from_the_command_line(company: Company, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "company.tar.gz"
    assert command("-w", company.after, "backup", file).exit_code == ExitCode.DONE
    assert command("-w", home / "restored", "restore", file).exit_code == ExitCode.DONE
    assert_says(upswell.open(home / "restored"), says=company.says_after)
    again = command("-w", company.after, "backup", file)
    assert (again.exit_code, again.stderr.count("error:")) == (ExitCode.UNUSABLE, 1)
    assert_free(company.after)


def test_restore_into_this_folder(company: Company, archive: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without -w the workspace is the folder one is in, as for every other command."""
    monkeypatch.chdir(home)
    answer = command("-w", ".", "restore", archive)
    assert answer.exit_code == ExitCode.DONE, answer
    assert_says(upswell.open(home), says=company.says_after)


def test_a_backup_waits_for_no_half_written_state(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(company.after, tmp_path / "company")
    monkeypatch.setattr("upswell.workspace.lock._WAIT_SECONDS", 0.0)
    with child(hold_the_lock, folder, "import") as holder:
        holder.wait_for("held")
        answer = command("-w", folder, "backup", tmp_path / "company.tar.gz")
    assert answer.exit_code == ExitCode.UNUSABLE
    assert "import by process" in answer.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company"]


@pytest.mark.parametrize("cut", CUTS)
def test_a_backup_cut_short_is_refused(archive: Path, home: Path, cut: float, tmp_path: Path) -> None:
    content = archive.read_bytes()
    length = int(cut * len(content)) if isinstance(cut, float) else cut
    file = tmp_path / "cut.tar.gz"
    file.write_bytes(content[:length])
    assert_refused(file, home)


@pytest.mark.parametrize("part", range(4))
def test_a_flipped_byte_in_a_backup_is_refused(archive: Path, home: Path, part: int, tmp_path: Path) -> None:
    """In the gzip header, whose time stamp and system byte nobody reads, a flip may also change nothing at all."""
    content, rng = archive.read_bytes(), Random(f"backup {part}")
    whole = gzip.decompress(content)
    file = tmp_path / "flipped.tar.gz"
    for at in offsets(len(content), rng, more=FLIPS // 4):
        file.write_bytes(flipped(content, at, rng.randint(1, 255)))
        if not same_content(file, whole):
            assert_refused(file, home)


def same_content(file: Path, whole: bytes) -> bool:
    try:
        return gzip.decompress(file.read_bytes()) == whole
    except Exception:
        return False


Change = Callable[[dict[str, bytes]], None]


def one_byte_of(name: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        [found] = [each for each in files if each == name or Path(each).match(name)][:1]
        files[found] = flipped(files[found], len(files[found]) // 2, 0x01)

    return change


def without(name: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        [found] = [each for each in files if Path(each).match(name)][-1:]
        del files[found]

    return change


TAMPERED: Final[dict[str, Change]] = {
    "a byte of the current book": one_byte_of("books/b-000002/strict/movements.parquet"),
    "a byte of its manifest": one_byte_of("books/b-000002/book.json"),
    "a byte of imported rows": one_byte_of("imports/i-*.rows.parquet"),
    "a byte of the rows in force": one_byte_of("imports/current-*.parquet"),
    "the settings gone": without("upswell.toml"),
    "imported rows gone": without("imports/i-*.rows.parquet"),
    "a file of the book gone": without("books/b-000002/recurly/movements.parquet"),
    "the pointer to the book gone": without("books/current"),
    "the log of the imports gone": without("imports/state.json"),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_backup_tampered_with_is_refused(archive: Path, home: Path, change: Change, tmp_path: Path) -> None:
    """Unpacked, changed and packed again by somebody, so that gzip and tar find nothing wrong with it."""
    files = unpacked(archive)
    change(files)
    assert_refused(pack(tmp_path / "tampered.tar.gz", files), home)


@pytest.mark.parametrize("name", ["../outside.txt", "books/../../outside.txt"])
def test_a_backup_that_reaches_outside_is_refused(archive: Path, home: Path, name: str, tmp_path: Path) -> None:
    assert_refused(pack(tmp_path / "outside.tar.gz", {**unpacked(archive), name: b"x"}), home)
    assert not list(tmp_path.rglob("*outside.txt"))


def test_a_backup_with_the_path_of_a_file_elsewhere_leaves_it_alone(archive: Path, home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "outside.txt"
    elsewhere.write_text("mine", "utf-8")
    file = pack(tmp_path / "absolute.tar.gz", {**unpacked(archive), str(elsewhere): b"x"})
    answer = command("-w", home / "restored", "restore", file)
    assert answer.exit_code in (ExitCode.DONE, ExitCode.UNUSABLE), answer
    assert elsewhere.read_text("utf-8") == "mine"


def test_something_that_is_no_backup_is_refused(company: Company, home: Path, tmp_path: Path) -> None:
    other_tar = pack(tmp_path / "other.tar.gz", {"readme.txt": b"hello"})
    for file in (company.files[0], other_tar, tmp_path, tmp_path / "nowhere.tar.gz"):
        assert_refused(file, home)


def test_restore_overwrites_nothing(company: Company, archive: Path, home: Path) -> None:
    other = home / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine", "utf-8")
    workspace = shutil.copytree(company.before, home / "workspace")
    in_the_way = home / "in-the-way"
    in_the_way.write_text("a file", "utf-8")
    before = tree(home)
    for folder in (other, workspace, in_the_way):
        answer = command("-w", folder, "restore", archive)
        assert answer.exit_code == ExitCode.UNUSABLE, answer
        assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1
        assert tree(home) == before
    with pytest.raises(WorkspaceError) as refused:
        restore(archive, other)
    assert refused.value.code == "restore_target_in_use"


def unpacked(archive: Path) -> dict[str, bytes]:
    """Name -> content of every file of the backup."""
    with tarfile.open(archive) as packed:
        readers = {member.name: packed.extractfile(member) for member in packed if member.isfile()}
        return {name: reader.read() for name, reader in readers.items() if reader is not None}


def pack(file: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return file


def assert_refused(file: Path, home: Path) -> None:
    """One error with a remedy, and not a trace of a workspace."""
    with pytest.raises(UpswellError) as refused:
        restore(file, home / "restored")
    assert refused.value.exit_code == ExitCode.UNUSABLE
    assert refused.value.remedy
    assert list(home.iterdir()) == []
