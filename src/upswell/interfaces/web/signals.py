"""Signals: customers sorted by one of them, and every signal of a customer, with formula and caveat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.analysis.signals.catalogue import GROUPS, signal
from upswell.interfaces.cli.show_signals import asked_rows, shown_value
from upswell.interfaces.plain.days import day_of
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.movements import LIMIT
from upswell.interfaces.web.shell import View, figures_page
from upswell.metrics.labels import percent_text

FIRST: Final = "limit_share"
_BESIDE: Final = ("mrr", "plan", "stage")
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/signals")
def signals(request: Request) -> Response:
    """The company's figures, and customers by one signal."""
    return figures_page(request, VIEW)


@router.get("/signals/{customer_id:path}")
def customer_signals(request: Request, customer_id: str) -> Response:
    """Every signal of one customer."""
    return figures_page(request, View("customer_signals.html.j2", "Signals", lambda scope: _one(scope, customer_id)))


def signal_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.signals`."""
    name = signal(scope.query.get("signal", FIRST)).name
    order = name if scope.query.get("order") == "smallest" else f"-{name}"
    return {
        "names": tuple(dict.fromkeys((name, *_BESIDE))),
        "order": order,
        "day": day_of(scope.query.get("day"), "day", last=False),
        "where": scope.query.get("where"),
        **scope.chosen,
    }


def _context(scope: Scope) -> Mapping[str, Any]:
    asked = signal_question(scope)
    shown = signal(asked["names"][0])
    found = scope.workspace.signal_page(**asked, limit=LIMIT, offset=scope.whole("offset", 0))
    columns = [signal(name) for name in asked["names"]]
    company = scope.workspace.signals_overview(day=asked["day"], where=asked["where"], **scope.chosen)
    catalogue = scope.workspace.signal_catalogue()
    return {
        "shown": shown,
        "columns": columns,
        "page": found,
        "rows": asked_rows(found.rows, columns, scope.currency),
        "company": company,
        "shares": {
            each.name: None if each.share_of_mrr is None else percent_text(each.share_of_mrr) for each in company.groups
        },
        "choices": [(title, [each for each in catalogue if each.group == group]) for group, title in GROUPS.items()],
    }


def _one(scope: Scope, customer_id: str) -> Mapping[str, Any]:
    day = day_of(scope.query.get("day"), "day", last=False)
    answer = scope.workspace.customer_signals(customer_id, day=day, policy=scope.policy)
    groups = [
        (title, [each for each in answer.values if each.signal.group == group]) for group, title in GROUPS.items()
    ]
    texts = {each.signal.name: shown_value(each.signal, each.value, answer.currency) for each in answer.values}
    return {"answer": answer, "groups": groups, "texts": texts}


VIEW: Final = View("signals.html.j2", "Signals", _context)
