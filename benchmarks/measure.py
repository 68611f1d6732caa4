"""Measuring a piece of work in a process of its own: wall seconds and peak memory, medians over rounds.

The two sides of a comparison take turns (A B A B ...), so that a machine whose speed drifts slows both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True)
class Measured:
    """Medians of several runs: `seconds` of wall time that the work itself took, `megabytes` at its peak."""

    seconds: float
    megabytes: float


def side_by_side(commands: Mapping[str, Sequence[str]], *, rounds: int = ROUNDS) -> dict[str, Measured]:
    """Run each command `rounds` times in turn.

    A command is arguments to Python; the last line it prints is the seconds of its work, without start and preparation.
    """
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            runs[name].append(_run(arguments))
    return {
        name: Measured(
            statistics.median(run.seconds for run in found), statistics.median(run.megabytes for run in found)
        )
        for name, found in runs.items()
    }


def whole_process(command: Sequence[str], *, rounds: int = 7) -> float:
    """Median wall seconds of a whole process, from start to exit."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _run(arguments: Sequence[str]) -> Measured:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    # wait4 gives the kernel's own figure of this process's peak, not of all children so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{arguments} failed with exit code {process.returncode}")
    return Measured(float(printed.splitlines()[-1]), usage.ru_maxrss / 1000)
