"""The paths of the REST API, and what the demo company answers.

`write_examples` asks a server of the demo company each of `ASKED` and keeps the answers in
`upswell/interfaces/api/examples.json`: the OpenAPI document shows them, and docs/api.md. What differs from day to day,
such as the time of an import, is put in place of by a fixed word of the same form; of a list the first two are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final
from unittest import mock

from fastapi import FastAPI
from fastapi.routing import APIRoute

from upswell.interfaces.api.router import API_PREFIX, PARTS, api_router, examples, with_examples
from upswell.workspace.author import AUTHOR_VARIABLE
from upswell.workspace.demo import make_demo

_ROWS: Final = 2
_LINES: Final = 25
_TIME: Final = "2026-01-02T09:30:00Z"
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?(?:\+00:00|Z)?)?")
_ID: Final = re.compile(r"(?<![0-9a-z-])[0-9a-f]{16}(?![0-9a-z])")
_TOKEN: Final = re.compile(r"forgotten-[0-9a-f]{12}")
_FILE: Final = "customer_id,country\n104,DE\n"


@dataclass(frozen=True)
class Example:
    """A request by the name of its path; `path` may quote former answers: `{movements[data][0][movement_id]}`."""

    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


ASKED: Final = (
    Example("metrics", "GET", "/metrics?names=expansion_mrr&names=nrr_12m&from=2023-12"),
    Example("catalogue", "GET", "/metrics/catalogue"),
    Example("explain", "GET", "/explain/expansion_mrr?month=2023-12&details=2"),
    Example("report", "GET", "/report/2023-12"),
    Example("cohorts", "GET", "/cohorts?measure=nrr&from=2023-10&to=2023-10&ages=2"),
    Example("retention", "GET", "/retention?month=2023-12"),
    Example("durability", "GET", "/durability?driver=plan"),
    Example("at_risk", "GET", "/durability/at-risk?limit=2"),
    Example("expanders", "GET", "/durability/expanders"),
    Example("forecast", "GET", "/forecast?months=1"),
    Example("pricing", "GET", "/pricing/realised?month=2023-12&by=plan"),
    Example(
        "save_offer",
        "POST",
        "/offers",
        {"name": "more-seats", "title": "Ten more seats", "text": "Room for ten more.", "what": "seats"},
    ),
    Example("list_offers", "GET", "/offers"),
    Example(
        "add_touch",
        "POST",
        "/touches",
        {"customer_id": "104", "offer": "more-seats", "channel": "email", "at": "2023-12-19T10:00:00Z"},
    ),
    Example(
        "add_outcome",
        "POST",
        "/touches/1/outcome",
        {"outcome": "declined", "reason": "no budget this year", "at": "2023-12-21T15:00:00Z"},
    ),
    Example("list_touches", "GET", "/touches?customer=104"),
    Example("offer_funnel", "GET", "/offers/funnel"),
    Example("offer_effect", "GET", "/offers/effect"),
    Example("retire_offer", "POST", "/offers/more-seats/retire"),
    Example("add_quiet", "POST", "/quiet", {"customer_id": "104", "kind": "opt_out", "reason": "wants no mail"}),
    Example("list_quiet", "GET", "/quiet"),
    Example("list_suppressions", "GET", "/suppressions?customer=104"),
    Example("end_quiet", "POST", "/quiet/1/end"),
    Example("guardrails", "GET", "/guardrails"),
    Example("signals", "GET", "/signals?names=mrr&names=rising_two_months&day=2023-12-01&limit=2"),
    Example("signals_overview", "GET", "/signals/overview?day=2023-12-01"),
    Example("signal_catalogue", "GET", "/signals/catalogue"),
    Example("health", "GET", "/health?limit=2"),
    Example("customer_health", "GET", "/customers/104/health"),
    Example("customer_signals", "GET", "/customers/104/signals?names=mrr&names=renewal_on&names=last_nps"),
    Example("list_opportunities", "GET", "/opportunities?limit=1"),
    Example("list_leave_alone", "GET", "/leave-alone?limit=1"),
    Example("customer_offer", "GET", "/customers/104/offer"),
    Example("hand_over", "POST", "/handovers", {"customer": "1", "to": "Ada"}),
    Example("list_handovers", "GET", "/handovers"),
    Example("close_handover", "POST", "/handovers/close", {"customer": "1", "status": "won"}),
    Example("revenue", "GET", "/revenue?month=2023-12"),
    Example("rates", "GET", "/rates"),
    Example("chart", "GET", "/charts/drivers?month=2023-12"),
    Example("compare", "GET", "/compare?policies=strict&policies=recurly&from=2023-12&to=2023-12&details=1"),
    Example("reconcile", "GET", "/reconcile?month=2023-12"),
    Example("movements", "GET", "/movements?kind=expansion&from=2023-12&limit=2"),
    Example("trace", "GET", "/movements/{movements[data][0][movement_id]}"),
    Example("customers", "GET", "/customers?order=-mrr&limit=2"),
    Example("customer", "GET", "/customers/{customers[data][0][customer_id]}"),
    Example("save_segment", "PUT", "/segments/meetings", {"expression": "plan = 'meetings'"}),
    Example("list_segments", "GET", "/segments"),
    Example("remove_segment", "DELETE", "/segments/meetings"),
    Example("add_note", "POST", "/notes", {"subject": "104", "text": "renewal is at risk"}),
    Example("list_notes", "GET", "/notes?subject=104"),
    Example("close", "POST", "/closings", {"month": "2023-12"}),
    Example("list_closings", "GET", "/closings"),
    Example("restatements", "GET", "/restatements"),
    Example("reopen", "POST", "/closings/2023-12/reopen", {"reason": "an invoice came late"}),
    Example(
        "correct",
        "POST",
        "/corrections",
        {"kind": "exclude", "payload": {"customers": ["104"]}, "reason": "our own test account"},
    ),
    Example("list_corrections", "GET", "/corrections"),
    Example("undo_correction", "POST", "/corrections/1/undo", {"reason": "it was a customer after all"}),
    Example("list_policies", "GET", "/policies"),
    Example("explain_policy", "GET", "/policies/recurly"),
    Example("import_files", "POST", "/imports", {"files": ["customers.csv"], "table": "customers", "source": "crm"}),
    Example("show_job", "GET", "/jobs/{import_files[data][id]}"),
    Example("list_imports", "GET", "/imports"),
    Example("quarantine", "GET", "/quarantine"),
    Example("undo_import", "POST", "/imports/i-000003/undo"),
    Example("current_book", "GET", "/books"),
    Example("build", "POST", "/books", {"policies": ["recurly"]}),
    Example("checks", "GET", "/checks"),
    Example("audit", "GET", "/audit"),
    Example("forget", "POST", "/customers/104/forget", {"also": [], "dry_run": True}),
)


def answered() -> dict[str, dict[str, Any]]:
    """What the demo company answers today, by the name of the path, as it is kept."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {AUTHOR_VARIABLE: "kim"}):
        return dict(_asked_of(make_demo(Path(folder) / "upswell-demo").folder))


def _asked_of(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    from fastapi.testclient import TestClient  # noqa: PLC0415 -- a tool of tests

    from upswell.interfaces.server.app import create_app  # noqa: PLC0415 -- slow to load, and not needed to show what is kept

    app = create_app(folder, renders_ahead=False)
    answers: dict[str, Any] = {}
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for example in ASKED:
            path = example.path.format_map(answers)
            response = client.request(example.method, API_PREFIX + path, **_sent(example))
            answers[example.name] = response.json()
            job = app.state.desk.jobs.running()
            if job is not None:
                while job.state == "running":
                    app.state.desk.jobs.wait(job, seen=len(job.lines), seconds=1)
            kept = {"request": f"{example.method} {API_PREFIX}{path}", "status": response.status_code}
            yield example.name, _fixed(kept | {"body": example.body, "answer": _cut(response.json())})


def _sent(example: Example) -> dict[str, Any]:
    if example.body is None or "files" not in example.body:
        return {"json": example.body}
    fields = dict(example.body)
    names = fields.pop("files")
    return {"data": fields, "files": [("files", (name, _FILE)) for name in names]}


def write_examples() -> bool:
    """Keep what the demo company answers today; whether anything is otherwise than before."""
    path = Path(str(resources.files("upswell.interfaces.api") / "examples.json"))
    text = json.dumps(answered(), indent=1, ensure_ascii=False) + "\n"
    changed = text != path.read_text("utf-8")
    path.write_text(text, "utf-8")
    examples.cache_clear()
    return changed


def overview() -> str:
    """A table of every path with what it does and the role it needs."""
    lines = ["| path | needs | does |", "|---|---|---|"]
    lines += [
        f"| [`{method} {path}`](#{name.replace('_', '-')}) | {role} | {text} |"
        for name, method, path, role, text in _paths()
    ]
    return "\n".join(lines)


def sections() -> str:
    """For each path what it takes, and what the demo company answers."""
    return "\n\n".join(_section(*each) for each in _paths())


def _section(name: str, method: str, path: str, role: str, text: str) -> str:
    example = examples()[name]
    lines = [f"### {name.replace('_', ' ')}", "", f"`{method} {path}`, for {role}s. {text}", ""]
    parameters = _document()["paths"][path][method.lower()].get("parameters", [])
    lines += [
        f"- `{each['name']}`{' (required)' if each['required'] and each['in'] == 'query' else ''}"
        f"{': ' + each['description'] if 'description' in each else ''}"
        for each in parameters
        if each["in"] != "cookie"
    ]
    lines += ["", "```http", example["request"]]
    if example["body"] is not None:
        lines.append(json.dumps(example["body"], ensure_ascii=False))
    said = {key: value for key, value in example["answer"].items() if key != "about" or name == "metrics"}
    answer = json.dumps(said, indent=1, ensure_ascii=False).splitlines()
    shown = answer if len(answer) <= _LINES else [*answer[:_LINES], "..."]
    return "\n".join([*lines, "", str(example["status"]), *shown, "```"])


def _paths() -> Iterator[tuple[str, str, str, str, str]]:
    for part in PARTS:
        for route in part.routes:
            if isinstance(route, APIRoute):
                [method] = sorted(route.methods or ())
                [role] = [
                    found.removeprefix("needs_")
                    for each in route.dependencies
                    if (found := getattr(each.dependency, "__name__", "")).startswith("needs_")
                ]
                yield route.name, method, API_PREFIX + route.path_format, role, route.description


@cache
def _document() -> dict[str, Any]:
    app = FastAPI()
    app.include_router(api_router())
    return with_examples(app.openapi())


def _cut(value: Any) -> Any:
    """The value with no more than the first few of each list."""
    match value:
        case dict():
            return {key: _cut(each) for key, each in value.items()}
        case list():
            return [_cut(each) for each in value[:_ROWS]]
        case _:
            return value


def _fixed(value: Any) -> Any:
    """The value without what is of today: times since yesterday, random ids."""
    match value:
        case dict():
            return {key: _fixed(each) if key != "files" else _without_digests(each) for key, each in value.items()}
        case list():
            return [_fixed(each) for each in value]
        case str():
            recent = f"{datetime.now(UTC).year}"
            said = _STAMP.sub(lambda found: _TIME if found[0] >= recent else found[0], value)
            return _TOKEN.sub("forgotten-5c0a7f1b2d3e", _ID.sub("7d8f1c02a9b3e465", said))
        case _:
            return value


def _without_digests(files: Any) -> Any:
    """The first files of a book: their bytes may differ from build to build, their rows do not."""
    if not isinstance(files, dict):
        return _fixed(files)
    return dict.fromkeys(sorted(files)[:_ROWS], hashlib.sha256(b"").hexdigest())
