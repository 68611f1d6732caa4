"""Health: the scorecard, how right it would have been, and customers by points, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.analysis.signals.catalogue import signal
from upswell.growth.health.plainly import bin_texts
from upswell.growth.health.scorecard import BEST
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page

_CUSTOMERS: Final = 50
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/health")
def health(request: Request) -> Response:
    """The scorecard, what backs it, and whom it worries about."""
    return figures_page(request, VIEW)


def health_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.health`."""
    return {"where": scope.query.get("where"), **scope.chosen}


def _context(scope: Scope) -> Mapping[str, Any]:
    answer = scope.workspace.health(**health_question(scope), limit=_CUSTOMERS)
    card = answer.health.card
    return {
        "answer": answer,
        "card": answer.health,
        "best": BEST,
        "lines": [(signal(line.signal), bin_texts(line)) for line in (() if card is None else card.lines)],
    }


VIEW: Final = View("health.html.j2", "Health", _context)
