"""Whom to speak with next, and whom to leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.growth.answers import LIMIT
from upswell.growth.guardrails import GUARDRAILS
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page
from upswell.ledger.paging import LIMIT_MAX

router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/opportunities")
def opportunities(request: Request) -> Response:
    """The list with why, amount and likelihood beside the base rate, and what was kept back by which guardrail."""
    return figures_page(request, VIEW)


@router.get("/leave-alone")
def leave_alone(request: Request) -> Response:
    """Whom no offer may be made to, every reason, and until when."""
    return figures_page(request, ALONE)


def opportunities_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.opportunities`, but for how many."""
    return {"owner": scope.query.get("owner"), "for_sales": scope.query.get("for_sales") == "yes", **scope.chosen}


def leave_alone_question(scope: Scope) -> dict[str, Any]:
    """What the address asks of `Workspace.leave_alone`, but for how many."""
    return {"owner": scope.query.get("owner"), "guardrail": scope.query.get("guardrail"), **scope.chosen}


def _context(scope: Scope) -> Mapping[str, Any]:
    asked = opportunities_question(scope)
    limit = min(max(scope.whole("limit", LIMIT), 1), LIMIT_MAX)
    answer = scope.workspace.opportunities(limit=limit, **asked)
    # Recording is tried again with the next visit; what is never recorded (a former time) is kept as other pages.
    problem = answer.not_recorded if answer.not_recorded and not scope.query.get("as_of") else None
    return {"asked": asked, "answer": answer, "guardrails": GUARDRAILS, "more": limit + LIMIT, "problem": problem}


def _alone_context(scope: Scope) -> Mapping[str, Any]:
    asked = leave_alone_question(scope)
    limit = min(max(scope.whole("limit", LIMIT), 1), LIMIT_MAX)
    answer = scope.workspace.leave_alone(limit=limit, **asked)
    return {"asked": asked, "answer": answer, "guardrails": GUARDRAILS, "more": limit + LIMIT}


VIEW: Final = View("opportunities.html.j2", "Opportunities", _context)
ALONE: Final = View("leave_alone.html.j2", "Leave alone", _alone_context)
