"""Durability: what of an expansion lasts, what of the last year's is at risk, and who stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from upswell.analysis.durability.features import OF_LOTS
from upswell.analysis.durability.report import DAYS, Durability, DurabilityRow
from upswell.charts.durability import CURVES_MAX, durability_chart
from upswell.charts.render import svg
from upswell.interfaces.reports.page import Figure
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page
from upswell.ledger.query import DRIVERS

_AT_RISK: Final = 25
_NOT_CUT_BY: Final = ("driver", "kind", "customer", "currency")
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/durability")
def durability(request: Request) -> Response:
    """Shares of expansion still there by age, with intervals; expansions at risk; whether expanders stay."""
    return figures_page(request, VIEW)


def durability_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.durability`."""
    return {"by": scope.query.get("by"), "driver": scope.query.get("driver"), **scope.chosen}


def _context(scope: Scope) -> Mapping[str, Any]:
    asked = durability_question(scope)
    answer = scope.workspace.durability(**asked)
    lines: dict[tuple[str, str | None], dict[int, DurabilityRow]] = {}
    for row in answer.rows:
        lines.setdefault((row.driver, row.value), {})[row.days] = row
    return {
        "asked": asked,
        "answer": answer,
        "lines": list(lines.items()),
        "days": DAYS,
        "drawing": _drawing(answer),
        "known_drivers": DRIVERS,
        "dimensions": [*OF_LOTS, *(each for each in scope.workspace.dimensions() if each not in _NOT_CUT_BY)],
        "risk": scope.workspace.expansions_at_risk(limit=_AT_RISK, **scope.chosen),
        "compared": scope.workspace.expanders(policy=scope.policy),
    }


def _drawing(answer: Durability) -> Figure:
    drawn = Markup(svg(durability_chart(answer), name="durability")) if answer.points else None
    return Figure(
        name="durability",
        title="Expansion dollars still there by age",
        heading="Driver",
        drawing=drawn,
        why_empty="No share can be told yet: the table says why.",
        note=(
            f"A curve ends where nothing can be told any more; at most {CURVES_MAX} are drawn. "
            "The table above has the figures."
        ),
        columns=(),
        rows=(),
        reasons=(),
    )


VIEW: Final = View("durability.html.j2", "Durability", _context)
