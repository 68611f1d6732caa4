"""Retention and cohorts: how well customers stayed, and what became of those who came together."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from upswell.analysis.cohorts import AGES, MEASURES
from upswell.charts.render import svg
from upswell.interfaces.cli.show_cohorts import triangle
from upswell.interfaces.reports.page import Figure, trailing_figures
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.overview import tiles
from upswell.interfaces.web.shell import View, figures_page

_TILES: Final = ("nrr_1m", "grr_1m", "nrr_12m", "grr_12m", "customer_churn_rate", "gross_mrr_churn_rate")
_SHADES: Final = 7
_COHORTS: Final = ("month", "quarter", "year", "plan")
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/retention")
def retention(request: Request) -> Response:
    """NRR and GRR over every lag, by month, and what wrong formulas would give."""
    return figures_page(request, VIEW)


@router.get("/cohorts")
def cohorts(request: Request) -> Response:
    """A triangle of cohorts by age, shaded, and as curves."""
    return figures_page(request, COHORTS)


def _retention(scope: Scope) -> Mapping[str, Any]:
    by = scope.query.get("by")
    dimensions = scope.workspace.dimensions()
    trailing = scope.trailing()
    (drawing,) = trailing_figures(trailing, names=("retention",))
    table = scope.workspace.retention(scope.month, by=by or (), **scope.chosen)
    # They need passes of their own over every movement, so they are worked out for who asks for them.
    asks = "mistakes" in scope.query
    mistakes = scope.workspace.retention_mistakes(scope.month, **scope.chosen).to_pylist() if asks else None
    return {
        "tiles": tiles(scope, _TILES, whole=False),
        "drawing": drawing,
        "rows": table.to_pylist(),
        "mistakes": mistakes,
        "by": by,
        "dimensions": [each for each in dimensions if each not in ("driver", "kind", "customer")],
    }


def cohort_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.cohorts`."""
    return {
        "measure": scope.query.get("measure", "nrr"),
        "cohort": scope.query.get("cohort", "month"),
        "ages": scope.whole("ages", AGES),
        "by": scope.query.get("by") or (),
        **scope.chosen,
    }


def _cohorts(scope: Scope) -> Mapping[str, Any]:
    asked = cohort_question(scope)
    table = scope.workspace.cohorts(**asked)
    shown = triangle(table, currency=scope.currency)
    values: dict[tuple[Any, ...], Decimal | None] = {
        (*(row[word] or "(none)" for word in shown.words), str(row["age"])): row["value"] for row in table.to_pylist()
    }
    known = [value for value in values.values() if value is not None]
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))
    if table.num_rows and table["unit"][0].as_py() == "rate":
        low, high = max(low, Decimal("0.2")), min(high, Decimal("1.6"))
    lines = [
        (
            [line[word] for word in shown.words],
            [line[name] for name in ("customers", "base")],
            [
                (line.get(age, ""), _shade(values.get((*(line[word] for word in shown.words), age)), low, high))
                for age in shown.columns[len(shown.words) + 2 :]
            ],
        )
        for line in shown.rows
    ]
    return {
        "asked": asked,
        "measures": MEASURES,
        "cohort_kinds": (*_COHORTS, *(each for each in scope.workspace.dimensions() if each in _attributes(scope))),
        "shown": shown,
        "lines": lines,
        "curves": None if asked["by"] or not lines else _curves(scope, asked),
    }


def _curves(scope: Scope, asked: Mapping[str, Any]) -> Figure:
    chart = scope.workspace.cohort_chart(**{name: value for name, value in asked.items() if name != "by"})
    return Figure(
        name="curves",
        title="Cohorts by age",
        heading="Cohort",
        drawing=Markup(svg(chart, name="curves")),
        why_empty=None,
        note="The same as curves: a line for each cohort; the triangle above has its figures.",
        columns=(),
        rows=(),
        reasons=(),
    )


def _attributes(scope: Scope) -> frozenset[str]:
    taken = {"plan", "product", "currency", "driver", "kind", "customer", "created_at", "activated_at", "valid_from"}
    return frozenset(scope.workspace.dimensions()) - taken


def _shade(value: Decimal | None, low: Decimal, high: Decimal) -> int:
    """0 for none, else 1 (the lowest) to 7."""
    if value is None:
        return 0
    if high <= low:
        return 1
    place = (min(max(value, low), high) - low) / (high - low)
    return 1 + min(int(place * _SHADES), _SHADES - 1)


VIEW: Final = View("retention.html.j2", "Retention", _retention)
COHORTS: Final = View("cohorts.html.j2", "Cohorts", _cohorts)
