"""Long work started from a page: imports, syncs and builds, one at a time, each in a process of its own.

A process of its own leaves the pages quick while it runs, gives its memory back, and can be ended at any moment: what
the workspace holds is then as before. It runs `upswell.interfaces.server.work`, which says what it does line by line.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Final, Literal

from upswell.errors import NotFoundError, UpswellError, WorkspaceBusyError
from upswell.interfaces.server.faults import told_of
from upswell.workspace.author import AUTHOR_VARIABLE

_KEPT: Final = 20
_ENDS_WITHIN: Final = 10.0
# Work is to leave a core to the pages; who asks for a build on the command line gets all of them.
_THREADS: Final = "1"
State = Literal["running", "done", "failed"]
_FAILED: Final = UpswellError(
    "the work stopped by a mistake", code="job_failed", remedy="see the server's log"
).as_dict()
_ENDED: Final = UpswellError(
    "the work was ended before it was done; what the workspace holds is as before",
    code="job_ended",
    remedy="begin it again",
).as_dict()
_logger = logging.getLogger("upswell.server")


@dataclass
class Job:
    """One piece of work: what it is, who began it, what it said so far, and how it ended.

    `error` has the fields of an `UpswellError`, `result` what the work reports.
    """

    id: str
    what: str
    author: str
    started_at: datetime
    state: State = "running"
    lines: list[str] = field(default_factory=list)
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    ended_at: datetime | None = None


class Jobs:
    """The work of one workspace since the server began."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = Condition()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def start(
        self,
        steps: Sequence[Mapping[str, Any]],
        *,
        what: str,
        author: str,
        after: Callable[[Job], None] | None = None,
    ) -> Job:
        """Begin `steps` (see `work.py`); `after` is called when they ended well, before the job is done.

        Raises `WorkspaceBusyError` while another job runs.
        """
        with self._changed:
            running = [job for job in self._jobs.values() if job.state == "running"]
            if running or self._stopped:
                raise WorkspaceBusyError(
                    f"{running[0].what if running else 'the server'} is not finished",
                    code="job_running",
                    found=f"begun by {running[0].author}" if running else "the server stops",
                    remedy="wait until it is done; its page shows how far it is",
                )
            job = Job(secrets.token_hex(8), what, author, datetime.now(UTC))
            self._jobs[job.id] = job
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        Thread(target=self._run, args=(job, list(steps), after), daemon=True, name=f"job {job.id}").start()
        return job

    def get(self, job_id: str) -> Job:
        """The job with that id; raises `NotFoundError`."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError(
                f"there is no job {job_id}",
                code="unknown_job",
                found=job_id,
                remedy="jobs are known until the server stops; the page Data lists what was imported",
            )
        return job

    def running(self) -> Job | None:
        """The job that runs now, if one does."""
        return next((job for job in self._jobs.values() if job.state == "running"), None)

    def wait(self, job: Job, *, seen: int, seconds: float) -> None:
        """Return when the job has said more than `seen` lines, has ended, or `seconds` have passed."""
        with self._changed:
            self._changed.wait_for(lambda: len(job.lines) > seen or job.state != "running", timeout=seconds)

    def stop(self) -> None:
        """End what runs and begin nothing more; the workspace stays as it was before."""
        with self._changed:
            self._stopped = True
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, job: Job, steps: list[Mapping[str, Any]], after: Callable[[Job], None] | None) -> None:
        error: Mapping[str, Any] | None = None
        try:
            error = self._work(job, steps)
            if error is None and after is not None:
                self._say(job, "bringing the book into service")
                after(job)
        except Exception as fault:
            _logger.error("fault", extra={"job": job.id, **told_of(fault)})  # noqa: TRY400 -- safe words
            error = _FAILED
        with self._changed:
            job.error, job.ended_at = error, datetime.now(UTC)
            job.state = "done" if error is None else "failed"
            self._changed.notify_all()

    def _work(self, job: Job, steps: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        environment = {"UPSWELL_THREADS": _THREADS, **os.environ, AUTHOR_VARIABLE: job.author}
        with self._changed:
            # Under the lock: what is begun while the server stops is either ended by `stop`, or not begun.
            if self._stopped:
                return _ENDED
            process = subprocess.Popen(
                [sys.executable, "-m", "upswell.interfaces.server.work"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # What is wrong comes as a line of its own; the server's log is for lines of JSON.
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
            self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            with suppress(BrokenPipeError):
                # It may have been ended before it read anything.
                process.stdin.write(json.dumps({"folder": str(self._folder), "steps": steps}))
                process.stdin.close()
            error: Mapping[str, Any] | None = None
            ended = False
            for line in process.stdout:
                said = json.loads(line)
                match said:
                    case {"line": str(text)}:
                        self._say(job, text)
                    case {"result": result}:
                        job.result, ended = result, True
                    case {"error": failed}:
                        error, ended = failed, True
                    case {"fault": str(), "at": list()}:
                        _logger.error("fault", extra={"job": job.id, **said})
                        error, ended = _FAILED, True
                    case _:
                        raise ValueError(f"the work said {line!r}")
        with self._changed:
            self._process = None
        return error if ended else _ENDED

    def _say(self, job: Job, text: str) -> None:
        with self._changed:
            job.lines.append(text)
            self._changed.notify_all()
