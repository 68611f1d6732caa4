"""The process behind a job: it reads its steps from stdin, does them, and says so line by line on stdout.

    {"folder": "acme", "steps": [
        {"do": "import", "files": ["/.../items.csv"], "table": "items", "mapping": {"mrr": "MRR"}},
        {"do": "build"}
    ]}

A line is {"line": text} on the way, and at the end {"result": ...}, {"error": ...} or what is told of a fault. A job is
all of its steps or the first that fails; an import that was done stays, as on the command line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from upswell.errors import UpswellError
from upswell.interfaces.server.faults import told_of
from upswell.workspace import Workspace, open_workspace
from upswell.workspace.demo import fill

Say = Callable[[str], None]


def main() -> None:
    """Do what stdin says."""
    task = json.loads(sys.stdin.read())
    result: dict[str, Any] = {}
    try:
        workspace = open_workspace(Path(task["folder"]))
        for step in task["steps"]:
            result |= _STEPS[step["do"]](workspace, step, _say)
    except UpswellError as error:
        _write({"error": error.as_dict()})
    except Exception as fault:
        _write(told_of(fault))
    else:
        _write({"result": result})


def _import(workspace: Workspace, step: Mapping[str, Any], say: Say) -> dict[str, Any]:
    say(f"importing {', '.join(Path(each).name for each in step['files'])} as {step['table']}")
    done = workspace.import_file(
        step["files"],
        table=step["table"],
        mapping=step.get("mapping") or {},
        source=step.get("source") or "files",
        replace=bool(step.get("replace")),
        progress=say,
    )
    say(f"{done.rows_read:,} rows read, {done.rows_held_back:,} held back")
    return {"imports": list(done.import_ids), "rows_read": done.rows_read, "rows_held_back": done.rows_held_back}


def _sync(workspace: Workspace, step: Mapping[str, Any], say: Say) -> dict[str, Any]:
    say(f"reading {step['source']}")
    done = workspace.sync(step["source"], progress=say)
    return {"rows_held_back": done.rows_held_back}


def _undo(workspace: Workspace, step: Mapping[str, Any], say: Say) -> dict[str, Any]:
    say(f"undoing {step['import_id']}")
    done = workspace.undo(step["import_id"])
    return {"undone": done.import_id}


def _build(workspace: Workspace, step: Mapping[str, Any], say: Say) -> dict[str, Any]:
    say("building a book")
    manifest = workspace.build(policies=step.get("policies") or (), progress=say)
    say(f"every invariant holds; book {manifest.book_id}")
    return {"book": manifest.book_id}


def _demo(workspace: Workspace, _step: Mapping[str, Any], say: Say) -> dict[str, Any]:
    say("importing the demo company")
    fill(workspace, progress=say)
    say("every invariant holds")
    return {"demo": True}


_STEPS: dict[str, Callable[[Workspace, Mapping[str, Any], Say], dict[str, Any]]] = {
    "import": _import,
    "sync": _sync,
    "undo": _undo,
    "demo": _demo,
    "build": _build,
}


def _say(text: str) -> None:
    _write({"line": text})


def _write(said: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
