"""One figure: how it is calculated, under which rules, from which book, and the customers and rows behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.errors import UsageError
from upswell.interfaces.markup import metric_label
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.overview import KIND_OF
from upswell.interfaces.web.shell import View, figures_page
from upswell.metrics.benchmarks import benchmarks
from upswell.metrics.catalogue import entry
from upswell.metrics.explaining import EXPLAINED
from upswell.metrics.months import Month

_SHOWN: Final = 100
_CUSTOMERS_MAX: Final = 50_000
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/figures/{metric}")
def figure(request: Request, metric: str) -> Response:
    """How a figure of a month comes about."""
    return figures_page(request, View("figure.html.j2", metric_label(metric), lambda scope: _context(scope, metric)))


def _context(scope: Scope, metric: str) -> Mapping[str, Any]:
    asked = entry(metric)
    segmented: dict[str, Any] = {"segment": scope.segment} if asked.dimensions != "company" else {}
    month = Month.parse(scope.month)
    first = max(str(month.plus(-12)), min(scope.months[-1], scope.month))
    table = scope.workspace.metrics(metric, month_from=first, month_to=scope.month, policy=scope.policy, **segmented)
    explanation, why_not = None, None
    customers = scope.workspace.customers(limit=1, policy=scope.policy).total
    if metric in EXPLAINED and customers > _CUSTOMERS_MAX:
        why_not = f"It is made of {customers:,} customers: their movements tell more than a list of all of them."
    elif metric in EXPLAINED:
        try:
            explanation = scope.workspace.explain(metric, month=scope.month, policy=scope.policy, **segmented)
        except UsageError as error:
            # A million customers are no list that explains anything; their movements are.
            why_not = error.message
    return {
        "entry": asked,
        "rows": list(reversed(table.to_pylist())),
        "explanation": explanation,
        "why_not": why_not,
        "shown": _SHOWN,
        "kind": KIND_OF.get(metric),
        "rules": scope.workspace.policy(scope.policy),
        "benchmark": next((each for each in benchmarks() if each.metric == metric), None),
    }
