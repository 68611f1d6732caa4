"""File systems of a test's own: one that can be filled to the last byte, one that refuses every write.

Both need root and the right to mount; without them a test is skipped and says why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_BLOCK: Final = 4096


@contextmanager
def small_disk(mount_point: Path, *, megabytes: int) -> Iterator[Path]:
    """An empty file system of so many megabytes in memory, mounted at the (new) folder."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command here")
    mount_point.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(mount_point))
    if mounted.returncode != 0:
        pytest.skip(f"this machine lets nobody mount: {mounted.stderr.strip()}")
    try:
        yield mount_point
    finally:
        if _run("umount", str(mount_point)).returncode != 0:
            _run("umount", "-l", str(mount_point))


@contextmanager
def filled(disk: Path, *, leaving_bytes: int) -> Iterator[None]:
    """The disk is full but for so many bytes (in whole blocks) while the block is executed."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    filler.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - leaving_bytes)))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """The disk refuses every write while the block is executed."""
    assert _run("mount", "-o", "remount,ro", str(disk)).returncode == 0
    try:
        yield
    finally:
        assert _run("mount", "-o", "remount,rw", str(disk)).returncode == 0


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)
