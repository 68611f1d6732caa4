"""Answers as files: the rows of a page, whole, as CSV, XLSX or Parquet, with what they are said in them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from upswell.errors import NotFoundError
from upswell.interfaces.server.visitors import Asking, AtDesk, needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.customers import customer_filter
from upswell.interfaces.web.durability import durability_question
from upswell.interfaces.web.forecast import forecast_question
from upswell.interfaces.web.health import health_question
from upswell.interfaces.web.movements import movement_filter
from upswell.interfaces.web.opportunities import leave_alone_question, opportunities_question
from upswell.interfaces.web.pricing import pricing_question
from upswell.interfaces.web.retention import cohort_question
from upswell.interfaces.web.signals import signal_question
from upswell.ledger.paging import LIMIT_MAX

_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_EXPANSION: Final = ("expansion_mrr", "contraction_mrr", "net_expansion_mrr", "expansion_rate", "expansion_customers")
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/download/{what}.{ending}")
def download(request: Request, desk: AtDesk, visitor: Asking, what: str, ending: str) -> Response:
    """The rows behind a page, all of them, as a file."""
    if what not in _ANSWERS or ending not in _TYPES:
        raise NotFoundError(
            f"there is no download {what}.{ending}",
            code="unknown_download",
            expected=f"one of {', '.join(_ANSWERS)} as {', '.join(_TYPES)}",
            found=f"{what}.{ending}",
            remedy="follow a link of a page",
        )
    scope = Scope.of(request)
    folder = Path(tempfile.mkdtemp(prefix="upswell-"))
    try:
        file = folder / f"{what}.{ending}"
        scope.workspace.write(_ANSWERS[what](scope), to=file)
        desk.workspace.state.record(
            "export", what, author=visitor.name, at=datetime.now(UTC), details={"as": ending, "asked": scope.query}
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        file,
        media_type=_TYPES[ending],
        filename=file.name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _movements(scope: Scope) -> pa.RecordBatchReader:
    return scope.workspace.movement_batches(**movement_filter(scope))


def _customers(scope: Scope) -> pa.Table:
    pages, offset = [], 0
    while True:
        found = scope.workspace.customers(**customer_filter(scope), limit=LIMIT_MAX, offset=offset)
        pages.append(found.rows)
        if found.next_offset is None:
            return pa.concat_tables(pages).replace_schema_metadata(pages[0].schema.metadata)
        offset = found.next_offset


def _expansion(scope: Scope) -> pa.Table:
    by = scope.query.get("by", "driver")
    names = _EXPANSION[:1] if by in ("driver", "kind") else _EXPANSION
    return scope.workspace.metrics(names, month_from=scope.month, month_to=scope.month, by=by, **scope.chosen)


def _cohorts(scope: Scope) -> pa.Table:
    return scope.workspace.cohorts(**cohort_question(scope))


def _retention(scope: Scope) -> pa.Table:
    return scope.workspace.retention(scope.month, by=scope.query.get("by") or (), **scope.chosen)


_ANSWERS: Final[Mapping[str, Callable[[Scope], Any]]] = {
    "movements": _movements,
    "customers": _customers,
    "expansion": _expansion,
    "cohorts": _cohorts,
    "retention": _retention,
    "pricing": lambda scope: scope.workspace.pricing(**pricing_question(scope)),
    "signals": lambda scope: scope.workspace.signals(**signal_question(scope)),
    "durability": lambda scope: scope.workspace.durability(**durability_question(scope)),
    "forecast": lambda scope: scope.workspace.forecast(**forecast_question(scope)),
    "opportunities": lambda scope: scope.workspace.opportunities(limit=LIMIT_MAX, **opportunities_question(scope)),
    "leave-alone": lambda scope: scope.workspace.leave_alone(limit=LIMIT_MAX, **leave_alone_question(scope)),
    "health": lambda scope: scope.workspace.health(**health_question(scope), limit=LIMIT_MAX),
    "at-risk": lambda scope: scope.workspace.expansions_at_risk(limit=LIMIT_MAX, **scope.chosen),
}
