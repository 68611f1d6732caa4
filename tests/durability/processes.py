"""Writers in processes of their own, which tests kill, starve of disk, or leave holding the lock.

    with child(write_import, folder, files) as writer:      # a process group of its own
        writer.wait_for("ready")                            # everything is loaded, the work begins now
        writer.kill_after(0.05)                             # kill -9 for the whole group

A fork server that has Upswell loaded already starts them in a hundredth of a second instead of one; what is being
killed is then the work and not Python's start.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

import upswell
from upswell.interfaces.cli import main
from upswell.workspace.lock import writing

PATIENCE_SECONDS: Final = 60  # for a process that should answer at once; only a broken test waits this long

_FORK_SERVER = multiprocessing.get_context("forkserver")
_FORK_SERVER.set_forkserver_preload(["upswell.workspace", "upswell.interfaces.cli.app", "upswell.interfaces.cli.show"])

Work = Callable[..., None]


class Child:
    """A process at work, with a line to talk to it."""

    def __init__(self, process: ForkServerProcess, line: Connection) -> None:
        self.process = process
        self.line = line

    def wait_for(self, word: str) -> None:
        assert self.answer() == word

    def answer(self) -> Any:
        assert self.line.poll(PATIENCE_SECONDS), "the process gives no answer"
        return self.line.recv()

    def kill_after(self, seconds: float) -> bool:
        """Kill the group so many seconds from now; whether the work was still going on then."""
        self.process.join(seconds)
        cut_short = self.process.exitcode is None
        self.kill()
        return cut_short

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()

    def finish(self) -> int:
        """Wait for the end of the work; the exit code."""
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode is not None, "the process does not end"
        return self.process.exitcode


@contextmanager
def child(work: Work, *arguments: object) -> Iterator[Child]:
    """`work(line, *arguments)` in a process group of its own, which is gone when the block is left."""
    here, there = _FORK_SERVER.Pipe()
    process = _FORK_SERVER.Process(target=_begin, args=(there, work, arguments))
    process.start()
    there.close()
    started = Child(process, here)
    try:
        started.wait_for("started")
        yield started
    finally:
        started.kill()
        here.close()
        process.close()


def _begin(line: Connection, work: Work, arguments: Sequence[object]) -> None:
    os.setsid()
    line.send("started")
    work(line, *arguments)


def write_import(line: Connection, folder: Path, files: Sequence[Path]) -> None:
    """Import the files as items in one step."""
    workspace = upswell.open(folder)
    line.send("ready")
    workspace.import_file(list(files), table="items")


def write_book(line: Connection, folder: Path, as_of: datetime, policies: Sequence[str]) -> None:
    """Build a book."""
    workspace = upswell.open(folder)
    line.send("ready")
    workspace.build(as_of=as_of, policies=policies)


def hold_the_lock(line: Connection, folder: Path, purpose: str) -> None:
    """Hold the write lock until told to leave."""
    with writing(folder, purpose):
        line.send("held")
        line.recv()


def killed_at_step(line: Connection, folder: Path, step: int, work: Work, *arguments: object) -> None:
    """Do the work and die just before its n-th change of the workspace's files (or tell how many there are)."""
    acts = 0

    def count(event: str, details: tuple[object, ...]) -> None:
        nonlocal acts
        if _changes(event, details) and str(details[0]).startswith(str(folder)):
            acts += 1
            if acts == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    work(line, folder, *arguments)
    line.send(acts)


def _changes(event: str, details: tuple[object, ...]) -> bool:
    """Whether an audit event announces a change of the file system that begins in Python."""
    if event == "open":
        return isinstance(flags := details[2], int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code with which it left."""

    exit_code: int
    stdout: str
    stderr: str


def command(*arguments: str | Path) -> Answer:
    """Run a command line here, in this process."""
    out, err = io.StringIO(), io.StringIO()
    former, sys.argv = sys.argv, ["upswell", *(str(each) for each in arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
        return Answer(code, out.getvalue(), err.getvalue())
    finally:
        sys.argv = former
    return Answer(0, out.getvalue(), err.getvalue())


def command_with_small_files(line: Connection, limit_bytes: int, arguments: Sequence[str]) -> None:
    """Run a command line where no file may grow beyond the limit; a write beyond it fails with EFBIG."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    line.send(command(*arguments))
