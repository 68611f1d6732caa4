"""Offers: what is offered, the funnel, the effect, guardrails and quiet times; and forms that record contacts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from upswell.errors import UsageError
from upswell.growth.labels import OF_CONTACTS
from upswell.growth.offers import offer_given
from upswell.interfaces.plain.contacts import guardrail_rows
from upswell.interfaces.plain.days import day_of
from upswell.interfaces.server.visitors import Asking, AtDesk, needs, require_form_of_ours
from upswell.interfaces.web.asking import Scope, segment_of
from upswell.interfaces.web.shell import page
from upswell.metrics.suggest import unknown_name
from upswell.state import OUTCOMES, QUIET_KINDS, WHATS
from upswell.state.growth_records import QuietKind

_CONTACTS: Final = 50
_NOT_CUT_BY: Final = ("plan", "product", "driver", "kind", "customer", "currency")
_PARTS: Final = (
    *("name", "title", "text", "what", "plan_id", "product_id", "eligibility", "discount_percent", "owner"),
    *("starts_on", "ends_on", "priority"),
)
_Short = Annotated[str, Form(max_length=1000)]
_Csrf = Annotated[str, Form()]
router = APIRouter(include_in_schema=False)


@router.get("/offers", dependencies=[needs("viewer")])
def offers(request: Request) -> Response:
    """Offers and their funnel, what they change, and what guardrails keep back."""
    # Made for each request: what Upswell listed and kept back is in no key that pages are kept by.
    scope = Scope.of(request)
    workspace = scope.workspace
    asked = {"by": scope.query.get("by", "offer"), **scope.chosen, **_days(scope)}
    days = workspace.recent_days()
    try:
        effect, no_effect = workspace.offer_effect(policy=scope.policy), None
    except UsageError as error:
        # Without the extra the rest of the page stands.
        effect, no_effect = None, error.message
    contacts = workspace.touches(policy=scope.policy)
    funnel = workspace.offer_funnel(**asked)
    return page(
        request,
        "offers.html.j2",
        "Offers",
        scope=scope,
        offers=workspace.offers(),
        funnel=funnel,
        lines=(*funnel.rows, funnel.whole),
        effect=effect,
        no_effect=no_effect,
        dimensions=[*OF_CONTACTS, *(each for each in workspace.dimensions() if each not in _NOT_CUT_BY)],
        guardrails=guardrail_rows(workspace.suppression_counts(first=days[0], last=days[1])),
        days=days,
        contacts=list(reversed(contacts[-_CONTACTS:])),
        contacts_count=len(contacts),
        quiet=[each for each in workspace.quiet() if each.ended_at is None],
        **CHOICES,
    )


CHOICES: Final[Mapping[str, Any]] = {"whats": WHATS, "outcomes": OUTCOMES, "quiet_kinds": QUIET_KINDS}


def _days(scope: Scope) -> dict[str, date | None]:
    return {
        "first": day_of(scope.query.get("from"), "from", last=False),
        "last": day_of(scope.query.get("to"), "to", last=True),
    }


@router.post("/offers", dependencies=[needs("admin")])
async def save_offer(request: Request, desk: AtDesk, visitor: Asking) -> Response:
    """Save an offer."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    require_form_of_ours(visitor, form.get("csrf", ""))
    said: dict[str, object] = {part: form[part] for part in _PARTS if form.get(part, "").strip()}
    said["channels"] = [each.strip() for each in form.get("channels", "").split(",") if each.strip()]
    draft = offer_given(said, where="the form")
    # An eligibility is looked at in the book, which may have to be waited for.
    await asyncio.to_thread(desk.workspace.save_offer, draft, author=visitor.name)
    return RedirectResponse("/offers#offers", status_code=303)


@router.post("/offers/retire", dependencies=[needs("admin")])
def retire_offer(desk: AtDesk, visitor: Asking, name: _Short, csrf: _Csrf = "") -> Response:
    """Make an offer no more."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.retire_offer(name, author=visitor.name)
    return RedirectResponse("/offers#offers", status_code=303)


@router.post("/touches", dependencies=[needs("analyst")])
def add_touch(
    desk: AtDesk, visitor: Asking, customer: _Short, offer: _Short, channel: _Short = "", csrf: _Csrf = ""
) -> Response:
    """Record that a customer was made an offer, and go back to it."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.add_touch(customer, offer=offer, channel=channel or None, author=visitor.name)
    return _to_contacts_of(customer)


@router.post("/touches/outcome", dependencies=[needs("analyst")])
def add_outcome(
    desk: AtDesk,
    visitor: Asking,
    touch: Annotated[int, Form(ge=1, le=2**31 - 1)],
    outcome: Annotated[str, Form(max_length=20)],
    reason: _Short = "",
    csrf: _Csrf = "",
) -> Response:
    """Say what came of a touch, and go back to its customer."""
    require_form_of_ours(visitor, csrf)
    said = next((each for each in OUTCOMES if each == outcome), None)
    if said is None:
        raise UsageError(
            f"{outcome} is no outcome",
            code="outcome_unknown",
            where="outcome",
            expected=f"one of: {', '.join(OUTCOMES)}",
            found=outcome,
            remedy="choose one of them",
        )
    told = desk.workspace.add_outcome(touch, outcome=said, reason=reason or None, author=visitor.name)
    return _to_contacts_of(told.customer_id)


@router.post("/quiet", dependencies=[needs("analyst")])
def add_quiet(
    desk: AtDesk,
    visitor: Asking,
    kind: Annotated[str, Form(max_length=20)],
    reason: _Short,
    customer: _Short = "",
    until: _Short = "",
    csrf: _Csrf = "",
) -> Response:
    """Leave a customer alone, or without one everybody."""
    require_form_of_ours(visitor, csrf)
    said: QuietKind | None = next((each for each in QUIET_KINDS if each == kind), None)
    if said is None:
        raise unknown_name("quiet time", kind, known=QUIET_KINDS, code="quiet_kind_unknown")
    desk.workspace.add_quiet(
        customer or None,
        kind=said,
        reason=reason,
        until=day_of(until or None, "until", last=False),
        author=visitor.name,
    )
    return _to_contacts_of(customer) if customer else RedirectResponse("/offers#quiet", status_code=303)


@router.post("/quiet/end", dependencies=[needs("analyst")])
def end_quiet(
    desk: AtDesk, visitor: Asking, number: Annotated[int, Form(ge=1, le=2**31 - 1)], csrf: _Csrf = ""
) -> Response:
    """End a quiet time."""
    require_form_of_ours(visitor, csrf)
    desk.workspace.end_quiet(number, author=visitor.name)
    return RedirectResponse("/offers#quiet", status_code=303)


def _to_contacts_of(customer: str) -> Response:
    return RedirectResponse(f"/customers/{segment_of(customer)}#contacts", status_code=303)
