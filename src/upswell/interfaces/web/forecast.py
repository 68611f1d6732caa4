"""The forecast: a fan, the months as a table, how former forecasts did, and how sure this one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from upswell.analysis.forecast.answer import Forecast
from upswell.analysis.forecast.telling import NRR, TARGETS
from upswell.charts.forecast import AHEAD, fan_chart, tried_chart
from upswell.charts.render import svg
from upswell.errors import UsageError
from upswell.interfaces.reports.page import Figure
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page
from upswell.metrics.suggest import unknown_name

_TARGET: Final = "closing_mrr"
_KNOWN: Final = (*TARGETS, NRR)
_LENGTHS: Final = (3, 6, 12, 18)
_MONTHS: Final = 12
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/forecast")
def forecast(request: Request) -> Response:
    """The months to come of one target, with its intervals; every target at the end; the backtest beside it."""
    return figures_page(request, VIEW)


def forecast_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.forecast`."""
    scenario = scope.query.get("scenario")
    return {
        "months": scope.whole("months", _MONTHS),
        "scenario": [] if scenario is None else [each.strip() for each in scenario.split(";") if each.strip()],
        **scope.chosen,
    }


def _context(scope: Scope) -> Mapping[str, Any]:
    target = scope.query.get("target", _TARGET)
    if target not in _KNOWN:
        raise unknown_name("target", target, known=_KNOWN, code="unknown_target")
    asked = forecast_question(scope)
    answer, refused = _answer(scope, asked)
    last = max((row.month for row in answer.rows), default=None)
    return {
        "asked": asked,
        "answer": answer,
        "refused": refused,
        "problem": refused,
        "target": target,
        "targets": _KNOWN,
        "lengths": _LENGTHS,
        "rows": [row for row in answer.rows if row.target == target],
        "at_the_end": [row for row in answer.rows if row.month == last or row.target == NRR],
        "scores": [row for row in answer.backtest if row.target == target and row.ahead == 0],
        "by_ahead": [row for row in answer.backtest if row.target == target and row.ahead and row.method == "shown"],
        "fan": _fan(answer, target),
        "tried": _tried(answer, target),
    }


def _answer(scope: Scope, asked: Mapping[str, Any]) -> tuple[Forecast, UsageError | None]:
    """The forecast; of a scenario that is none the forecast without it, and what was wrong."""
    try:
        return scope.workspace.forecast(**asked), None
    except UsageError as wrong:
        if not asked["scenario"]:
            raise
        return scope.workspace.forecast(**{**asked, "scenario": []}), wrong


def _fan(answer: Forecast, target: str) -> Figure:
    drawn = Markup(svg(fan_chart(answer, target=target), name="forecast")) if answer.rows else None
    return Figure(
        name="fan",
        title="What was, and what may come",
        heading="Month",
        drawing=drawn,
        why_empty=f"There is no forecast: {answer.reason}.",
        note="The dashed line is the median; the shades hold 50, 80 and 95 of 100 outcomes, if the forecast is right.",
        columns=(),
        rows=(),
        reasons=(),
    )


def _tried(answer: Forecast, target: str) -> Figure:
    """The longest look ahead of which three former forecasts or more are known."""
    known = [row for row in answer.tried if row.target == target]
    counts = {ahead: sum(row.ahead == ahead for row in known) for ahead in AHEAD}
    ahead = max((ahead for ahead, count in counts.items() if count >= len(_LENGTHS) - 1), default=None)
    drawn = None
    if ahead is not None:
        drawn = Markup(svg(tried_chart(answer, target=target, ahead=ahead), name="tried"))
    return Figure(
        name="tried",
        title="Former forecasts and what came",
        heading="Month",
        drawing=drawn,
        why_empty="Former forecasts are drawn for MRR and Expansion MRR, from three of them on.",
        note="Each was made from what was known then. A diamond came outside its interval: of 100, about 20 should.",
        columns=(),
        rows=(),
        reasons=(),
    )


VIEW: Final = View("forecast.html.j2", "Forecast", _context)
