"""One writer at a time: a lock that the operating system drops with its owner.

The second writer waits a while and is then refused with the first one's name. Readers take no lock: they follow
pointers to files that never change. A killed owner holds nothing, for the lock is the system's, not a file's existence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from upswell.errors import UsageError, WorkspaceBusyError

_WAIT_SECONDS: Final = 10.0


@contextmanager
def writing(folder: Path, purpose: str, *, wait_seconds: float | None = None) -> Iterator[None]:
    """Hold the write lock of the workspace in `folder` while doing `purpose`.

    Raises `WorkspaceBusyError` naming the holder's process and purpose after `wait_seconds`.
    """
    holder = folder / ".lock-holder"
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=_wait_seconds() if wait_seconds is None else wait_seconds)
    except Timeout as error:
        raise _busy(folder, holder) from error
    try:
        holder.write_text(json.dumps({"process": os.getpid(), "purpose": purpose, "since": _now()}), "utf-8")
        yield
        holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _wait_seconds() -> float:
    text = os.environ.get("UPSWELL_LOCK_WAIT")
    try:
        return _WAIT_SECONDS if text is None else float(text)
    except ValueError as error:
        raise UsageError(
            f"UPSWELL_LOCK_WAIT={text} is not a number of seconds",
            code="variable_malformed",
            where="environment variable UPSWELL_LOCK_WAIT",
            expected="a number of seconds such as 10; 0 refuses at once",
            found=text,
            remedy="correct or unset the variable",
        ) from error


def _busy(folder: Path, holder: Path) -> WorkspaceBusyError:
    try:
        facts = json.loads(holder.read_text("utf-8"))
        found = f"{facts['purpose']} by process {facts['process']} since {facts['since']}"
    except (OSError, ValueError, KeyError):
        found = "another process"
    return WorkspaceBusyError(
        f"the workspace is being written to: {found}",
        code="workspace_busy",
        where=str(folder),
        expected="one writer at a time",
        found=found,
        remedy="try again when it is done; reading commands work meanwhile",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
