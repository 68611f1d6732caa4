"""The price review as a page: every section on an address of its own, three of them with a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from upswell.analysis.pricing.attach import AGES
from upswell.analysis.pricing.sections import SECTIONS
from upswell.analysis.pricing.willingness import VAN_WESTENDORP
from upswell.charts.pricing import draw, of_first_survey
from upswell.charts.render import svg
from upswell.interfaces.cli.show_pricing import shown_section
from upswell.interfaces.reports.page import Figure
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page

_ROWS: Final = 50
_TITLES: Final = {"realised": "Realised beside list MRR", "meter": "How prices are seen", "demand": "Who would buy"}
_CUT_BY: Final = ("plan", "product", "currency")
_NOT_KEPT: Final = frozenset({*_CUT_BY, "driver", "kind", "customer"})
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/pricing")
def pricing(request: Request) -> Response:
    """One section of the price review: its table, how sure it is, and its picture."""
    return figures_page(request, VIEW)


def pricing_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.pricing`: options that the section lacks are left out, as the form shows."""
    section = scope.query.get("section", "realised")
    takes = SECTIONS[section].takes if section in SECTIONS else ()
    # By itself, the gap of the company is one line: of plans it tells where to look.
    by = scope.query.get("by", "plan" if section == "realised" else "")
    asked: dict[str, Any] = {"section": section, "month": scope.month, "policy": scope.policy}
    if "by" in takes and by not in ("", "nothing"):
        asked["by"] = by
    if "where" in takes:
        asked["segment"] = scope.segment
    if "cohort" in takes:
        asked |= {"cohort": scope.query.get("cohort", "quarter"), "ages": scope.whole("ages", AGES)}
    return asked


def _context(scope: Scope) -> Mapping[str, Any]:
    asked = pricing_question(scope)
    table = scope.workspace.pricing(**asked)
    shown = shown_section(asked["section"], table, currency=scope.currency, limit=_ROWS)
    section = SECTIONS[asked["section"]]
    known = scope.workspace.dimensions()
    of_items = asked["section"] not in ("next", "together")
    cuts = [*(_CUT_BY if of_items else ()), *(each for each in known if each not in _NOT_KEPT)]
    return {
        "asked": asked,
        "sections": {name: each.title for name, each in SECTIONS.items()},
        "takes": section.takes,
        "cuts": cuts,
        "shown": shown,
        "drawings": _drawings(asked, table.to_pylist(), scope.currency),
    }


def _drawings(asked: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], currency: str) -> list[Figure]:
    names: tuple[str, ...] = ()
    match asked["section"]:
        case "realised" if "by" in asked and any(row["list_mrr"] is not None for row in rows[:-1]):
            names = ("realised",)
        case "curves":
            # Of each further survey the table has the curves.
            is_meter = {row["method"] == VAN_WESTENDORP for row in of_first_survey(rows)}
            names = (*(["meter"] if True in is_meter else []), *(["demand"] if False in is_meter else []))
        case _:
            pass
    drawn = {name: draw(name, rows, dimension=asked.get("by", ""), currency=currency) for name in names}
    return [_figure(name, svg(chart, name=name)) for name, chart in drawn.items()]


def _figure(name: str, drawing: str) -> Figure:
    return Figure(
        name=name,
        title=_TITLES[name],
        heading="",
        drawing=Markup(drawing),
        why_empty=None,
        note="The table above has the figures; what is not known is not drawn.",
        columns=(),
        rows=(),
        reasons=(),
    )


VIEW: Final = View("pricing.html.j2", "Pricing", _context)
