"""A workspace that cannot be written to: writing commands say so in one error, reading ones work as ever."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import upswell
from tests.durability.conftest import Company
from tests.durability.processes import Answer, command
from tests.durability.state import assert_builds, assert_free, assert_says, debris, strictly, tree
from tests.durability.storage import read_only, small_disk
from tests.properties.company import AS_OF, POLICIES
from upswell import Workspace
from upswell.errors import ExitCode, WorkspaceError

WRITING: Final = (
    ("build",),
    ("imports", "undo", "i-000002"),
    ("import", "{file}", "--as", "items"),
    ("init", "{folder}/another"),
)
READING: Final = (
    ("movements", "--kind", "expansion"),
    ("metrics", "expansion_mrr", "nrr_12m", "--by", "plan"),
    ("check",),
    ("check", "--policy", "recurly"),
    ("report",),
    ("imports",),
    ("quarantine",),
)
Command = tuple[str, ...]


def test_a_read_only_disk_refuses_writers_and_serves_readers(company: Company, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        folder = shutil.copytree(company.imported, disk / "company")
        before = tree(folder)
        with read_only(disk):
            for words in WRITING:
                assert_not_writable(command("-w", folder, *filled_in(words, folder, company)))
            assert_readers_served(folder)
            assert_says(upswell.open(folder), says=company.says_before)
        assert tree(folder) == before
        assert_free(folder)


def test_permission_bits_refuse_writers_and_serve_readers(company: Company, tmp_path: Path) -> None:
    """The same for whoever may not mount: nobody but root is above the permission bits."""
    if os.geteuid() == 0:
        pytest.skip("permission bits do not bind root")
    folder = shutil.copytree(company.imported, tmp_path / "company")
    paths = [folder, *folder.rglob("*")]
    modes = [path.stat().st_mode for path in paths]
    try:
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for words in WRITING:
            assert_not_writable(command("-w", folder, *filled_in(words, folder, company)))
        assert_readers_served(folder)
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)
    assert_says(upswell.open(folder), says=company.says_before)


def test_a_file_in_the_way_of_a_folder_is_one_error(company: Company, tmp_path: Path) -> None:
    folder = shutil.copytree(company.imported, tmp_path / "company")
    shutil.rmtree(folder / "books")
    (folder / "books").write_text("in the way", "utf-8")
    answer = command("-w", folder, "build")
    assert answer.exit_code == ExitCode.UNUSABLE, answer
    assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1


# Each step at which the system may refuse, as the name of what is replaced and the command that meets it. `imports`
# commits by os.replace, a book by the two renames of Path; `.work` is made before anything else is.
STEPS: Final = (
    ("filelock.FileLock.acquire", "build"),
    ("pathlib.Path.mkdir", "build"),
    ("pathlib.Path.rename", "build"),
    ("pathlib.Path.replace", "build"),
    ("os.fsync", "build"),
    ("pathlib.Path.mkdir", "import"),
    ("os.replace", "import"),
    ("os.fsync", "import"),
    ("os.replace", "undo"),
)
REFUSALS: Final = (
    (errno.EROFS, "not_writable"),
    (errno.EACCES, "not_writable"),
    (errno.ENOSPC, "disk_full"),
    (errno.EDQUOT, "disk_full"),
    (errno.EIO, "storage_failed"),
)


# The steps meet the refusals in turn, and those that commit a read-only file system too.
CASES: Final = [
    *((step, purpose, *REFUSALS[at % len(REFUSALS)]) for at, (step, purpose) in enumerate(STEPS)),
    *((step, purpose, *REFUSALS[0]) for step, purpose in STEPS if "replace" in step),
]


@pytest.mark.parametrize(
    ("step", "purpose", "number", "code"),
    CASES,
    ids=lambda each: errno.errorcode[each] if isinstance(each, int) else each,
)
def test_whatever_step_the_system_refuses(
    company: Company, step: str, purpose: str, number: int, code: str, tmp_path: Path
) -> None:
    """One error with the code of the refusal; nothing has changed, the lock is free, the next run is right."""
    folder = shutil.copytree(company.imported, tmp_path / "company")
    before = tree(folder)
    workspace = upswell.open(folder)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, refuse)
        with pytest.raises(WorkspaceError) as refused:
            PURPOSES[purpose](workspace, company)
    error = refused.value
    assert (error.code, error.exit_code) == (code, ExitCode.UNUSABLE)
    assert error.remedy
    assert error.where is not None
    assert error.where.startswith(str(folder))
    now = tree(folder)
    assert {name: now.get(name) for name in before} == before
    assert_free(folder)
    assert_says(workspace, says=strictly(company.says_before))
    assert_builds(workspace, says=company.says_after)
    assert [name for name in debris(folder) if not name.startswith("imports/")] == []


PURPOSES: Final[dict[str, Callable[[Workspace, Company], object]]] = {
    "build": lambda workspace, _: workspace.build(as_of=AS_OF, policies=list(POLICIES)),
    "import": lambda workspace, company: workspace.import_file(company.files[0], table="items"),
    "undo": lambda workspace, _: workspace.undo("i-000003"),
}


def filled_in(words: Command, folder: Path, company: Company) -> Command:
    return tuple(word.format(file=company.files[0], folder=folder) for word in words)


def assert_not_writable(answer: Answer) -> None:
    assert (answer.exit_code, answer.stdout) == (ExitCode.UNUSABLE, ""), answer
    assert answer.stderr.count("error:") == answer.stderr.count("remedy:") == 1, answer
    assert answer.stderr.startswith(("error: the folder is read-only", "error: no permission to write")), answer


def assert_readers_served(folder: Path) -> None:
    for words in READING:
        answer = command("-w", folder, *words, "--format", "json")
        assert answer.exit_code == ExitCode.DONE, answer
        assert answer.stdout
