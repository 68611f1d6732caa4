"""Movements: what happened, filtered, page by page, each down to the rows of the file that caused it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.errors import UsageError
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page
from upswell.ledger.query import DRIVERS, KINDS

LIMIT: Final = 50
_MONTH_LENGTH: Final = len("2026-01")
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@router.get("/movements")
def movements(request: Request) -> Response:
    """The list."""
    return figures_page(request, VIEW)


@router.get("/movements/{movement_id}")
def movement(request: Request, movement_id: str) -> Response:
    """One movement, and what caused it."""

    def context(scope: Scope) -> Mapping[str, Any]:
        return {"trace": scope.workspace.trace(movement_id, policy=scope.policy)}

    return figures_page(request, View("movement.html.j2", f"Movement {movement_id}", context))


def movement_filter(scope: Scope) -> dict[str, Any]:
    """The filter in the address, as `movements` takes it."""
    words = {name: scope.query.get(name) for name in ("customer", "kind", "driver", "plan", "product")}
    return {
        "date_from": day_of(scope.query.get("from"), last=False),
        "date_to": day_of(scope.query.get("to"), last=True),
        **words,
        "policy": scope.policy,
    }


def day_of(text: str | None, *, last: bool) -> date | None:
    """A day; a month stands for its first or its last. Raises `UsageError` for what is neither."""
    if text is None:
        return None
    try:
        if len(text) != _MONTH_LENGTH:
            return date.fromisoformat(text)
        first = date.fromisoformat(f"{text}-01")
        return first.replace(day=monthrange(first.year, first.month)[1]) if last else first
    except ValueError as error:
        raise UsageError(
            f"{text} is not a date",
            code="date_malformed",
            expected="2026-01-31, or 2026-01 for the month",
            found=text,
            remedy="write year-month-day",
        ) from error


def _list(scope: Scope) -> Mapping[str, Any]:
    page = scope.workspace.movement_page(
        **movement_filter(scope),
        order=scope.query.get("order", "-date"),
        limit=LIMIT,
        offset=scope.whole("offset", 0),
    )
    return {
        "page": page,
        "rows": page.rows.to_pylist(),
        "all_kinds": KINDS,
        "all_drivers": DRIVERS,
        "orders": {
            "-date": "latest first",
            "date": "oldest first",
            "-amount": "largest first",
            "amount": "smallest first",
        },
    }


VIEW: Final = View("movements.html.j2", "Movements", _list)
