"""Whom to speak with, whom to leave alone, what a product may show to a customer now, and who is with sales."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from upswell.growth.answers import LIMIT
from upswell.interfaces.api.answering import OfBook, OfWorkspace
from upswell.interfaces.api.bounding import BoundedRoute
from upswell.interfaces.api.contacts import ReasonRow
from upswell.interfaces.api.parameters import PolicyName, SegmentQuery, Text, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, LASTS, Listed, Money, One, Shape
from upswell.interfaces.plain.opportunities import handover, leave_alone, offer, opportunities
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import LIMIT_MAX
from upswell.workspace.opportunities import CHANNEL

router = APIRouter(tags=["opportunities"], route_class=BoundedRoute)
OwnerQuery = Annotated[str | None, Query(description="Of this owner alone", max_length=1000)]
SoManyQuery = Annotated[int, Query(description="So many, the better ones first", ge=1, le=LIMIT_MAX)]


class PriceShape(Shape):
    """What a step changes in the customer's currency at list price; null with a reason where that is not known."""

    currency: str
    term: str
    per_month: Money | None
    per_interval: Money | None
    due_today: Money | None
    period_starts_on: date | None
    period_ends_on: date | None
    reason: str | None


class EvidenceShape(Shape):
    """A signal that speaks for the step."""

    signal: str
    value: str | float | bool | None


class OpportunityRow(Shape):
    """A customer to speak with: what to offer, what it is worth a month, by when, and why."""

    customer_id: str
    name: str | None
    owner: str | None
    step: str
    amount: Money | None
    currency: str
    likelihood: float | None
    by: date
    when: str
    why: list[str]
    evidence: list[EvidenceShape]
    kind: Literal["expansion", "free"]
    what: str
    plan_id: str
    product_id: str
    quantity: str
    term: str
    expected_value: Money | None
    base_rate: float | None
    driver: str | None
    for_sales: bool
    handed_over_to: str | None
    reason: str | None
    price: PriceShape


class HeadroomShape(Shape):
    """Customers that have everything there is to buy, and what they pay."""

    customers: int
    mrr: Money | None
    share: float | None


class OpportunitiesShape(Shape):
    """A part of the list, what it stands on, and how many customers each guardrail kept back."""

    day: date
    currency: str
    basis: Literal["model", "rules"]
    ranking: str
    base_rate: float | None
    total: int
    rows: list[OpportunityRow]
    suppressed: dict[str, int]
    not_checked: dict[str, str]
    without_headroom: HeadroomShape
    how_sure: list[str]
    not_recorded: str | None


class AloneRow(Shape):
    """A customer to leave alone."""

    customer_id: str
    name: str | None
    owner: str | None
    reasons: list[ReasonRow]
    until: date | None


class LeaveAloneShape(Shape):
    """Whom to leave alone, by customer."""

    day: date
    total: int
    rows: list[AloneRow]
    suppressed: dict[str, int]
    not_checked: dict[str, str]


class MadeOffer(Shape):
    """A saved offer with the step that it is of, and its price less its discount."""

    name: str
    title: str
    text: str
    what: str
    step: str
    plan_id: str
    product_id: str
    quantity: str
    discount_percent: str | None
    why: list[str]
    price: PriceShape
    until: date | None


class OfferShape(Shape):
    """The one offer that may be shown now, or null and the reasons."""

    customer_id: str
    day: date
    offer: MadeOffer | None
    reasons: list[ReasonRow]


class HandoverRow(Shape):
    """A step of a handover; the last of a customer rules."""

    id: int
    customer_id: str
    offer: str
    amount: Money | None
    currency: str | None
    owner: str
    status: Literal["open", "won", "lost", "returned"]
    reason: str | None
    at: datetime
    author: str


class HandoverGiven(BaseModel):
    """Whose opportunity, and who takes it over; `from_owner` gives an open one on."""

    model_config = ConfigDict(extra="forbid")

    customer: Text
    to: Text
    from_owner: Text | None = None
    policy: PolicyName | None = None


class HandoverClosed(BaseModel):
    """Whose handover is over, and how it ended."""

    model_config = ConfigDict(extra="forbid")

    customer: Text
    status: Literal["won", "lost", "returned"]
    reason: Text | None = None


@router.get("/opportunities", dependencies=[needs("viewer")], response_model=One[OpportunitiesShape], responses=AS_FILE)
def list_opportunities(
    asked: OfBook,
    owner: OwnerQuery = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    for_sales: Annotated[bool, Query(description="Those large enough for sales, and those handed over")] = False,
    limit: SoManyQuery = LIMIT,
) -> Response:
    """Whom to speak with next, the better ones first; nobody whom a guardrail keeps back."""
    return asked.parts(
        "opportunities",
        lambda: asked.workspace.opportunities(
            limit=limit, owner=owner, where=where, segment=segment, for_sales=for_sales, policy=asked.policy
        ),
        opportunities,
    )


@router.get("/leave-alone", dependencies=[needs("viewer")], response_model=One[LeaveAloneShape], responses=AS_FILE)
def list_leave_alone(
    asked: OfBook,
    owner: OwnerQuery = None,
    guardrail: Annotated[str | None, Query(description="Because of this one alone: customer_cap ...")] = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    limit: SoManyQuery = LIMIT,
) -> Response:
    """Whom to leave alone, every reason, and until when."""
    return asked.parts(
        "leave-alone",
        lambda: asked.workspace.leave_alone(
            limit=limit, owner=owner, guardrail=guardrail, where=where, segment=segment, policy=asked.policy
        ),
        leave_alone,
    )


@router.get(
    "/customers/{customer_id:path}/offer",
    dependencies=[needs("viewer")],
    response_model=One[OfferShape],
    responses=LASTS,
)
def customer_offer(
    asked: OfBook,
    customer_id: str,
    channel: Annotated[str, Query(description="Where it is shown", max_length=64)] = CHANNEL,
) -> Response:
    """The one offer that a product may show to a customer now, with its price, or none and the reasons."""
    return asked.one(lambda: offer(asked.workspace.offer_for(customer_id, channel=channel, policy=asked.policy)))


@router.get("/handovers", dependencies=[needs("viewer")], response_model=Listed[HandoverRow], responses=LASTS)
def list_handovers(
    asked: OfWorkspace, customer: Annotated[str | None, Query(description="Of this customer alone")] = None
) -> Response:
    """Every step of every handover to sales, oldest first."""
    return asked.rows(lambda: [handover(each) for each in asked.workspace.handovers(customer)])


@router.post("/handovers", dependencies=[needs("analyst")], response_model=One[HandoverRow], status_code=201)
def hand_over(asked: OfWorkspace, given: HandoverGiven) -> Response:
    """Hand the opportunity of a customer to one owner, who has it until it is won, lost or returned."""
    row = asked.desk.answers().hand_over(
        given.customer, to=given.to, from_owner=given.from_owner, author=asked.visitor.name, policy=given.policy
    )
    return asked.said(handover(row), status=201)


@router.post("/handovers/close", dependencies=[needs("analyst")], response_model=One[HandoverRow])
def close_handover(asked: OfWorkspace, given: HandoverClosed) -> Response:
    """Close the open handover of a customer."""
    row = asked.workspace.close_handover(
        given.customer, status=given.status, reason=given.reason, author=asked.visitor.name
    )
    return asked.said(handover(row))
