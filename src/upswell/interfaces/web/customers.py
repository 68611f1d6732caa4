"""Customers: a list over all of them, and a sheet for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from upswell.charts.customer import customer_chart
from upswell.charts.render import svg
from upswell.interfaces.reports.page import Cell, Figure
from upswell.interfaces.server.visitors import Asking, AtDesk, needs, require_form_of_ours
from upswell.interfaces.web.asking import Scope, address, segment_of
from upswell.interfaces.web.movements import LIMIT
from upswell.interfaces.web.shell import View, figures_page, page
from upswell.metrics.customer_list import STATUSES
from upswell.metrics.customer_sheet import CustomerSheet
from upswell.money.amount import display_text
from upswell.state import OUTCOMES, QUIET_KINDS, WHATS

_TIMELINE: Final = 100
router = APIRouter(include_in_schema=False)


@router.get("/customers", dependencies=[needs("viewer")])
def customers(request: Request) -> Response:
    """The list, sorted, filtered, searched."""
    return figures_page(request, VIEW)


@router.get("/customers/{customer_id:path}", dependencies=[needs("viewer")])
def customer(request: Request, customer_id: str) -> Response:
    """One customer's sheet."""
    scope = Scope.of(request)
    sheet = scope.workspace.customer(customer_id, policy=scope.policy)
    movements = scope.workspace.movement_page(
        customer=customer_id, policy=scope.policy, limit=_TIMELINE, offset=scope.whole("offset", 0)
    )
    owner = dict(sheet.attributes).get("owner")
    suppressed = scope.workspace.suppressions(customer_id, policy=scope.policy)
    offers = [each for each in scope.workspace.offers() if each.retired_at is None]
    return page(
        request,
        "customer.html.j2",
        sheet.name or customer_id,
        scope=scope,
        sheet=sheet,
        owner=owner,
        drawing=_drawing(sheet),
        page=movements,
        rows=movements.rows.to_pylist(),
        suppressed=suppressed[0] if suppressed else None,
        contacts=list(reversed(scope.workspace.touches(customer_id, policy=scope.policy))),
        offered=[*(each.name for each in offers), *WHATS],
        channels=sorted({"email", "in_app", "call"}.union(*(each.channels for each in offers))),
        outcomes=OUTCOMES,
        quiet_kinds=QUIET_KINDS,
        notes=scope.workspace.notes(customer_id, kind="customer"),
    )


@router.post("/notes", dependencies=[needs("analyst")])
def add_note(
    desk: AtDesk,
    visitor: Asking,
    subject: Annotated[str, Form(max_length=1000)],
    text: Annotated[str, Form(max_length=10_000)],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Write a note to a customer, and go back to it."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.add_note(subject, text=text, kind="customer", author=visitor.name)
    return RedirectResponse(f"/customers/{segment_of(subject)}#notes", status_code=303)


def customer_filter(scope: Scope) -> dict[str, Any]:
    """The filter in the address, as `customers` takes it."""
    words = {name: scope.query.get(name) for name in ("search", "where", "status")}
    return {**words, "order": scope.query.get("order", "-mrr"), **scope.chosen}


def _list(scope: Scope) -> Mapping[str, Any]:
    asked = customer_filter(scope)
    found = scope.workspace.customers(**asked, limit=LIMIT, offset=scope.whole("offset", 0))
    columns = {
        "customer": "Customer",
        "mrr": "MRR",
        "expansion": "Expansion, 12 months",
        "since": "Since",
        "last": "Last change",
    }

    def heading(name: str) -> Mapping[str, str]:
        now = asked["order"]
        turned = name if now == f"-{name}" or (name == "customer" and now != name) else f"-{name}"
        arrow = "" if now.removeprefix("-") != name else " ▼" if now.startswith("-") else " ▲"
        sort = "none" if not arrow else "descending" if now.startswith("-") else "ascending"
        return {"label": columns[name] + arrow, "href": scope.here(order=turned, offset=None), "sort": sort}

    return {
        "page": found,
        "rows": found.rows.to_pylist(),
        "statuses": STATUSES,
        "headings": {name: heading(name) for name in columns},
    }


def _drawing(sheet: CustomerSheet) -> Figure:
    known = [each for each in sheet.months if each.value is not None]
    title = f"MRR by month, {sheet.workspace_currency}"
    return Figure(
        name="mrr",
        title=title,
        heading="Month",
        drawing=Markup(svg(customer_chart(sheet.months, sheet.workspace_currency), name="mrr")) if known else None,
        why_empty=None if known else "This customer never paid.",
        note="Closing MRR of each month; the last one still runs." if sheet.running else "Closing MRR of each month.",
        columns=("MRR",),
        rows=tuple(
            (
                each.month + (" (running)" if each.month in sheet.running else ""),
                (
                    Cell(None, each.reason)
                    if each.value is None
                    else Cell(
                        display_text(each.value, currency=sheet.workspace_currency),
                        href=address(
                            "/movements", **{"customer": sheet.customer_id, "from": each.month, "to": each.month}
                        ),
                    ),
                ),
            )
            for each in reversed(sheet.months)
        ),
        reasons=(),
    )


VIEW: Final = View("customers.html.j2", "Customers", _list)
