"""Expansion: its drivers, and what it is by plan, product, segment or owner; beside new business; the largest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.interfaces.reports.page import trailing_figures
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.overview import links, tiles
from upswell.interfaces.web.shell import View, figures_page

_TILES: Final = (
    *("expansion_mrr", "net_expansion_mrr", "expansion_rate", "expansion_share_of_new"),
    *("expansion_growth_rate", "expansion_rate_12m", "expansion_customers"),
)
_OF_LEDGER: Final = ("expansion_mrr",)
_OF_SLICES: Final = ("expansion_mrr", "contraction_mrr", "net_expansion_mrr", "expansion_rate", "expansion_customers")
_ROWS_MAX: Final = 100
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/expansion")
def expansion(request: Request) -> Response:
    """What expanded, and by what."""
    return figures_page(request, VIEW)


def _context(scope: Scope) -> Mapping[str, Any]:
    trailing = scope.trailing()
    (drivers,) = trailing_figures(trailing, names=("drivers",), link=links(scope))
    dimensions = scope.workspace.dimensions()
    by = scope.query.get("by", "driver")
    names = _OF_LEDGER if by in ("driver", "kind") else _OF_SLICES
    table = scope.workspace.metrics(names, month_from=scope.month, month_to=scope.month, by=by, **scope.chosen)
    slices: dict[str | None, dict[str, Any]] = {}
    for row in table.to_pylist():
        slices.setdefault(row[by], {})[row["metric"]] = row
    moved = [(name, line) for name, line in slices.items() if any(line[each]["value"] != 0 for each in names[:2])]
    moved.sort(key=lambda each: -(each[1]["expansion_mrr"]["value"] or 0))
    return {
        "tiles": tiles(scope, _TILES),
        "drivers": drivers,
        "dimensions": dimensions,
        "by": by,
        "names": names,
        "slices": moved[:_ROWS_MAX],
        "more": max(len(moved) - _ROWS_MAX, 0),
        "largest": scope.workspace.largest_expansions(scope.month, policy=scope.policy),
    }


VIEW: Final = View("expansion.html.j2", "Expansion", _context)
