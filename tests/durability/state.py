"""What a workspace's folder holds and what its books say, to be compared before and after a mishap."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

from tests.properties.company import AS_OF, POLICIES
from upswell import Workspace

Says = Mapping[str, pa.Table]

_OF_THE_LOCK = (".lock", ".lock-holder")


def tree(folder: Path) -> dict[str, str]:
    """Path within the folder -> digest, for every file except the lock's own."""
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OF_THE_LOCK
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def movements(workspace: Workspace) -> Says:
    """What the current book says under each policy: ids, amounts, source rows, in the order that it gives."""
    return {policy: workspace.movements(policy=policy) for policy in POLICIES}


def assert_says(workspace: Workspace, *, says: Says) -> None:
    """The current book is whole, holds every invariant, and has exactly these movements."""
    for policy, wanted in says.items():
        found = workspace.movements(policy=policy)
        assert found.num_rows == wanted.num_rows > 0
        assert found.equals(wanted)
        results = workspace.check(policy=policy)
        assert results
        assert all(result.passed for result in results)


def assert_builds(workspace: Workspace, *, says: Says) -> None:
    """The next build is right; under the workspace's policy alone, which says as much about what it was built from."""
    workspace.build(as_of=AS_OF)
    assert_says(workspace, says=strictly(says))


def strictly(says: Says) -> Says:
    """What is said under the workspace's policy alone."""
    return {"strict": says["strict"]}


def assert_free(folder: Path) -> None:
    """Nobody holds the write lock; the lock is taken as it is, for `writing` would leave a note on a full disk."""
    with FileLock(folder / ".lock", timeout=0):
        pass


def debris(folder: Path) -> list[str]:
    """Whatever no settings, no log and no pointer knows of."""
    known = {"upswell.toml", ".lock", "imports/state.json", "books/current", "state.db"}
    # A journal is the state's own: whoever opens it next takes back what was not finished.
    known.add("state.db-journal")
    known |= {f"imports/{name}" for name, _ in stored_imports(folder)}
    for manifest in (folder / "books").glob("b-*/book.json"):
        book_id = manifest.parent.name
        known |= {
            f"books/{book_id}/{name}" for name in ("book.json", *json.loads(manifest.read_text("utf-8"))["files"])
        }
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    folders = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()]
    inhabited = {str(parent) for name in found for parent in Path(name).parents}
    newest = max((path.name for path in (folder / "books").glob("b-*")), default="")
    unpublished = [newest] if newest and newest not in (folder / "books" / "current").read_text("ascii") else []
    return sorted({*found} - known) + sorted({*folders} - inhabited) + unpublished


def stored_imports(folder: Path) -> list[tuple[str, str]]:
    """Name and digest of every file that the import log speaks of; each is there as it was written."""
    path = folder / "imports" / "state.json"
    named = list(_stored(json.loads(path.read_text("utf-8")))) if path.exists() else []
    for name, expected in named:
        assert digest(folder / "imports" / name) == expected
    return named


def _stored(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if {"name", "sha256"} <= value.keys():
            yield value["name"], value["sha256"]
        for each in value.values():
            yield from _stored(each)
    elif isinstance(value, list):
        for each in value:
            yield from _stored(each)
