"""`upswell doctor`: whether this machine and this workspace are fit, line by line, each with its remedy."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from upswell.errors import UpswellError
from upswell.workspace.core import Workspace, open_workspace
from upswell.workspace.stripe import StripeAccount, configured_sources

_LIBRARIES: Final = ("upswell", "duckdb", "pyarrow", "sqlglot", "pydantic", "sqlalchemy", "alembic")
_LOW_SPACE_BYTES: Final = 1_000_000_000


@dataclass(frozen=True)
class Observation:
    """One line of the doctor: what was looked at, whether it is well, what was found, what to do."""

    subject: str
    well: bool
    found: str
    remedy: str | None = None


def examine(folder: Path) -> list[Observation]:
    """Everything the doctor looks at, in order; nothing is changed."""
    machine = list(_machine(folder))
    try:
        workspace = open_workspace(folder)
    except UpswellError as error:
        return [*machine, Observation("workspace", False, error.message, error.remedy)]
    return [*machine, *_workspace(workspace)]


def _machine(folder: Path) -> Iterator[Observation]:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield Observation("versions", True, f"Python {platform.python_version()} on {sys.platform}; {libraries}")
    existing = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    yield Observation(
        "disk",
        free >= _LOW_SPACE_BYTES,
        f"{free // 1_000_000:,} MB free",
        None if free >= _LOW_SPACE_BYTES else "free some space: a build writes a new book beside the old one",
    )
    writable = os.access(existing, os.W_OK)
    yield Observation(
        "permissions",
        writable,
        "the folder can be written" if writable else "the folder is read-only",
        None if writable else "reading works; to import or build, get write permission",
    )


def _workspace(workspace: Workspace) -> Iterator[Observation]:
    settings = workspace.settings
    yield Observation(
        "workspace", True, f"currency {settings.currency}, time zone {settings.timezone}, policy {settings.policy}"
    )
    yield _attempt("policy", lambda: f"{workspace.policy().name} can run")
    yield _attempt("imports", lambda: _imports(workspace))
    for name in configured_sources(workspace.folder, settings):
        yield _attempt("source", lambda name=name: StripeAccount(workspace.folder, name, settings).condition())  # type: ignore[misc]
    yield _attempt("book", lambda: _book(workspace))
    yield _attempt("state", lambda: _state(workspace))


def _attempt(subject: str, look: Callable[[], str]) -> Observation:
    try:
        return Observation(subject, True, look())
    except UpswellError as error:
        return Observation(subject, False, error.message, error.remedy)


def _imports(workspace: Workspace) -> str:
    entries = workspace.imports()
    undone = sum(entry.undone_at is not None for entry in entries)
    return f"{len(entries)} imports, {undone} of them undone; {len(workspace.quarantine())} findings in quarantine"


def _book(workspace: Workspace) -> str:
    manifest = workspace.book()
    workspace.verify()
    policies = ", ".join(record.name for record in manifest.policies)
    return f"{manifest.book_id} as of {manifest.as_of.isoformat()}, policies {policies}; every digest matches"


def _state(workspace: Workspace) -> str:
    status = workspace.state.status()
    if status.revision is None:
        return f"{status.engine} {status.url}: nothing written yet"
    if status.is_current:
        return f"{status.engine} {status.url}: revision {status.revision}, current"
    return f"{status.engine} {status.url}: revision {status.revision}, upgraded to {status.newest} with its next use"
