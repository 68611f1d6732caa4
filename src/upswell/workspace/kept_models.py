"""Models and scorecards kept in the workspace's folder `models`, written by replacement, never trusted blindly.

A model is found by its policy and by what its segments are. What cannot be read, is of another release or of another
catalogue of signals is as good as none: a model can always be fitted again, so nothing here is worth an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.propensity.fitting import NAMES
from upswell.analysis.propensity.scores import Fit
from upswell.analysis.propensity.stored import Stored, read_stored, stored
from upswell.analysis.signals.catalogue import SIGNALS
from upswell.engines.duckdb import storage_errors
from upswell.exports.replacing import replacing
from upswell.growth.health.report import Health
from upswell.growth.health.stored import read_stored_health, stored_health

FOLDER: Final = "models"


def kept(workspace: Path) -> str:
    """A text that is another whenever another model or scorecard is kept; empty where none is."""
    try:
        files = sorted(path for path in (workspace / FOLDER).iterdir() if path.suffix == ".json")
        found = [(path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    except OSError:
        return ""
    return repr(found) if found else ""


def made_of(seat_metrics: Sequence[str]) -> str:
    """What names the signals of a model: it reads numbers by their place, and is of no use once one of its signals is
    another, or made otherwise, such as of other metrics that count people.
    """
    signals = [f"{each.name} {each.kind} {each.relation.sql}" for each in SIGNALS]
    return hashlib.sha256("\n".join([*NAMES, *signals, *seat_metrics]).encode()).hexdigest()


def read(workspace: Path, *, policy_hash: str, by: str, signals: str) -> Fit | None:
    """The model that was kept of these `signals` (`made_of`); None where there is none that could be used."""
    about, estimators = _paths(workspace, policy_hash, by)
    try:
        files = Stored(about.read_bytes(), estimators.read_bytes())
    except OSError:
        return None
    with analysis_extra():
        return read_stored(files, signals=signals)


def write(workspace: Path, fit: Fit, *, by: str, signals: str) -> None:
    """Keep a model in place of the former one of its policy and segments. Raises `WorkspaceError` if it cannot be."""
    about, estimators = _paths(workspace, fit.policy_hash, by)
    with analysis_extra():
        files = stored(fit, signals=signals)
    with storage_errors(workspace):
        about.parent.mkdir(exist_ok=True)
    # The description comes last: it has the digest of the estimators, and is no model until both are there.
    for path, content in ((estimators, files.estimators), (about, files.about)):
        with replacing(path) as file:
            file.write(content)


def read_health(workspace: Path, *, policy_hash: str, signals: str) -> Health | None:
    """The scorecard that was kept; None where there is none that could be used."""
    try:
        content = _health_path(workspace, policy_hash).read_bytes()
    except OSError:
        return None
    return read_stored_health(content, signals=signals)


def write_health(workspace: Path, health: Health, *, signals: str) -> None:
    """Keep a scorecard in place of the former one of its policy. Raises `WorkspaceError` if it cannot be."""
    path = _health_path(workspace, health.policy_hash)
    with storage_errors(workspace):
        path.parent.mkdir(exist_ok=True)
    with replacing(path) as file:
        file.write(stored_health(health, signals=signals))


def _health_path(workspace: Path, policy_hash: str) -> Path:
    return workspace / FOLDER / f"health-{policy_hash[:16]}.json"


def _paths(workspace: Path, policy_hash: str, by: str) -> tuple[Path, Path]:
    name = "propensity-" + hashlib.sha256(f"{policy_hash} {by}".encode()).hexdigest()[:16]
    return workspace / FOLDER / f"{name}.json", workspace / FOLDER / f"{name}.skops"
