"""Offers and contacts: what is offered, who was contacted, what came of it, whom to leave alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from upswell.growth.offers import OfferGiven, Percent
from upswell.interfaces.api.answering import OfBook, OfWorkspace
from upswell.interfaces.api.bounding import BoundedRoute
from upswell.interfaces.api.parameters import FirstDayQuery, LastDayQuery, NumberPath, SegmentQuery, Text, WhereQuery
from upswell.interfaces.api.shapes import LASTS, Listed, Money, One, Shape
from upswell.interfaces.plain import contacts as plain
from upswell.interfaces.plain.days import day_of
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import LIMIT_MAX

router = APIRouter(tags=["offers and contacts"], route_class=BoundedRoute)
_LIMIT = 100


class OfferRow(Shape):
    """An offer as it was saved last; since `retired_at` it is made no more."""

    name: str
    title: str
    text: str
    what: str
    plan_id: str | None
    product_id: str | None
    eligibility: str | None
    channels: list[str]
    discount_percent: Money | None
    owner: str | None
    starts_on: date | None
    ends_on: date | None
    priority: int
    author: str
    saved_at: datetime
    retired_at: datetime | None


class ContactRow(Shape):
    """One time that one customer was made one offer; `touch` is null where it was only imported."""

    touch: int | None
    customer_id: str
    at: datetime
    offer: str
    channel: str | None
    discount_percent: Money | None
    outcome: str
    clicked: bool
    answered_on: date | None
    reason: str | None
    author: str | None


class OutcomeRow(Shape):
    """What came of a touch, as somebody said."""

    id: int
    touch_id: int
    outcome: str
    reason: str | None
    at: datetime
    author: str


class TouchRow(Shape):
    """A recorded touch; the last of its outcomes rules."""

    id: int
    customer_id: str
    at: datetime
    offer: str
    channel: str | None
    discount_percent: Money | None
    author: str
    recorded_at: datetime
    outcome: str | None
    outcomes: list[OutcomeRow]


class QuietRow(Shape):
    """A time in which a customer (null: everybody) is left alone, from `starts_on` to the day before `until`."""

    id: int
    customer_id: str | None
    kind: str
    reason: str
    starts_on: date
    until: date | None
    author: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None


class ReasonRow(Shape):
    """A guardrail that keeps offers back, why, and until when (null: until something changes)."""

    guardrail: str
    reason: str
    until: date | None


class SuppressedRow(Shape):
    """A customer that no offer may be made to."""

    customer_id: str
    until: date | None
    reasons: list[ReasonRow]


class GuardrailRow(Shape):
    """A guardrail, how many customers it kept offers from, and on how many customer-days."""

    guardrail: str
    protects: str
    customers: int
    days: int


class DeclineReason(Shape):
    """A reason that was given for declining, and how often."""

    reason: str
    times: int


class FunnelShapeRow(Shape):
    """What came of offers under one value of the dimension; money that cannot be told is null, with `reason`."""

    value: str | None
    shown: int
    clicked: int
    accepted: int
    declined: int
    ignored: int
    pending: int
    hesitated: int
    old_enough: int
    too_young: int
    expanded: int
    expanded_mrr: Money | None
    lasting: int
    lasting_mrr: Money | None
    still_there: int
    still_there_mrr: Money | None
    too_young_to_last: int
    answer_days: float | None
    reasons: list[DeclineReason]
    reason: str | None


class FunnelShape(Shape):
    """The funnel by one dimension, and of all offers together."""

    by: str
    rows: list[FunnelShapeRow]
    whole: FunnelShapeRow


class ArmShape(Shape):
    """One arm: families whose 90 days are over, how many expanded and by how much, and those too young."""

    families: int
    expanded: int
    expanded_mrr: Money | None
    too_young: int


class MoneyInterval(Shape):
    """A difference, offered less holdout, with its limits at 95 %."""

    value: Money
    low: Money
    high: Money


class ShareInterval(Shape):
    """The same of a share."""

    value: float
    low: float
    high: float


class EffectShape(Shape):
    """What being offered something changed within 90 days; null with `reason` until there is enough to measure."""

    what: str | None
    is_measured: bool
    mrr: MoneyInterval | None
    share: ShareInterval | None
    offered: ArmShape
    holdout: ArmShape
    moved: int
    reason: str | None


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TouchGiven(_Given):
    """Which customer was made which offer; `at` defaults to now."""

    customer_id: Text
    offer: Text
    at: datetime | None = None
    channel: Text | None = None
    discount_percent: Percent | None = None


class OutcomeGiven(_Given):
    """What came of a touch, `at` some time (default: now); `withdrawn` takes back one that never was."""

    outcome: Literal["clicked", "accepted", "declined", "ignored", "withdrawn"]
    reason: Text | None = None
    at: datetime | None = None


class QuietGiven(_Given):
    """Whom to leave alone (null: everybody), why, and until when; `starts_on` defaults to now."""

    customer_id: Text | None
    kind: Literal["opt_out", "incident", "leave_alone"] = "leave_alone"
    reason: Text
    starts_on: date | None = None
    until: date | None = None


CustomerQuery = Annotated[str | None, Query(description="Only those with this customer", max_length=1000)]
NewestQuery = Annotated[int, Query(alias="limit", description="So many, the newest first", ge=1, le=LIMIT_MAX)]


@router.get("/offers", dependencies=[needs("viewer")], response_model=Listed[OfferRow], responses=LASTS)
def list_offers(asked: OfWorkspace) -> Response:
    """Every offer, retired ones too, the one that goes first first."""
    return asked.rows(lambda: plain.offer_rows(asked.workspace.offers()))


@router.post("/offers", dependencies=[needs("admin")], response_model=One[OfferRow], status_code=201)
def save_offer(asked: OfWorkspace, given: OfferGiven) -> Response:
    """Save an offer, in place of a former version of that name."""
    saved = asked.workspace.save_offer(given.draft(), author=asked.visitor.name)
    return asked.said(plain.offer(saved), status=201)


@router.post("/offers/{name}/retire", dependencies=[needs("admin")], response_model=One[OfferRow])
def retire_offer(asked: OfWorkspace, name: str) -> Response:
    """Make an offer no more; it stays for what was said of it."""
    return asked.said(plain.offer(asked.workspace.retire_offer(name, author=asked.visitor.name)))


@router.get("/offers/funnel", dependencies=[needs("viewer")], response_model=One[FunnelShape], responses=LASTS)
def offer_funnel(
    asked: OfBook,
    by: Annotated[str, Query(description="offer, channel, author, owner, country, mrr_band ...")] = "offer",
    first: FirstDayQuery = None,
    last: LastDayQuery = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
) -> Response:
    """Shown, clicked, accepted, declined, expanded within 90 days, still there after 180; where people hesitate."""
    days = {"first": day_of(first, "from", last=False), "last": day_of(last, "to", last=True)}

    def made() -> dict[str, Any]:
        funnel = asked.workspace.offer_funnel(by=by, where=where, segment=segment, policy=asked.policy, **days)
        return plain.funnel(funnel)

    return asked.one(made)


@router.get("/offers/effect", dependencies=[needs("viewer")], response_model=One[EffectShape])
def offer_effect(
    asked: OfBook, what: Annotated[str | None, Query(description="Of this kind alone: seats, upgrade ...")] = None
) -> Response:
    """What being offered something changed within 90 days, against the families held out."""
    # Who was listed is recorded by Upswell itself, which no ETag knows of.
    return asked.one(lambda: plain.effect(asked.workspace.offer_effect(what=what, policy=asked.policy)), lasts=False)


@router.get("/touches", dependencies=[needs("viewer")], response_model=Listed[ContactRow], responses=LASTS)
def list_touches(asked: OfBook, customer: CustomerQuery = None, limit: NewestQuery = _LIMIT) -> Response:
    """Contacts, imported or recorded, each once."""

    def made() -> list[dict[str, Any]]:
        contacts = asked.workspace.touches(customer, policy=asked.policy)
        return plain.contact_rows(reversed(contacts[-limit:]))

    return asked.rows(made)


@router.post("/touches", dependencies=[needs("analyst")], response_model=One[TouchRow], status_code=201)
def add_touch(asked: OfWorkspace, given: TouchGiven) -> Response:
    """Record that a customer was made an offer; the same once more is the one that is there."""
    touch = asked.workspace.add_touch(
        given.customer_id,
        offer=given.offer,
        at=given.at,
        channel=given.channel,
        discount_percent=given.discount_percent,
        author=asked.visitor.name,
    )
    return asked.said(plain.touch(touch), status=201)


@router.post("/touches/{touch}/outcome", dependencies=[needs("analyst")], response_model=One[TouchRow], status_code=201)
def add_outcome(asked: OfWorkspace, touch: NumberPath, given: OutcomeGiven) -> Response:
    """Say what came of a touch; the last that is said rules."""
    said = asked.workspace.add_outcome(
        touch, outcome=given.outcome, reason=given.reason, at=given.at, author=asked.visitor.name
    )
    return asked.said(plain.touch(said), status=201)


@router.get("/quiet", dependencies=[needs("viewer")], response_model=Listed[QuietRow], responses=LASTS)
def list_quiet(asked: OfWorkspace) -> Response:
    """Every opt-out, incident and leave-alone, ended ones too."""
    return asked.rows(lambda: plain.quiet_rows(asked.workspace.quiet()))


@router.post("/quiet", dependencies=[needs("analyst")], response_model=One[QuietRow], status_code=201)
def add_quiet(asked: OfWorkspace, given: QuietGiven) -> Response:
    """Leave a customer alone, or everybody."""
    quiet = asked.workspace.add_quiet(
        given.customer_id,
        kind=given.kind,
        reason=given.reason,
        starts_on=given.starts_on,
        until=given.until,
        author=asked.visitor.name,
    )
    [row] = plain.quiet_rows([quiet])
    return asked.said(row, status=201)


@router.post("/quiet/{number}/end", dependencies=[needs("analyst")], response_model=One[QuietRow])
def end_quiet(asked: OfWorkspace, number: NumberPath) -> Response:
    """End a quiet time."""
    [row] = plain.quiet_rows([asked.workspace.end_quiet(number, author=asked.visitor.name)])
    return asked.said(row)


@router.get("/suppressions", dependencies=[needs("viewer")], response_model=Listed[SuppressedRow], responses=LASTS)
def list_suppressions(asked: OfBook, customer: CustomerQuery = None) -> Response:
    """Whom no offer may be made to now, why, and until when."""
    return asked.rows(lambda: plain.suppressed_rows(asked.workspace.suppressions(customer, policy=asked.policy)))


@router.get("/guardrails", dependencies=[needs("viewer")], response_model=Listed[GuardrailRow])
def guardrails(asked: OfWorkspace, first: FirstDayQuery = None, last: LastDayQuery = None) -> Response:
    """How many customers each guardrail kept offers from; by default in the 30 days up to the book's."""
    days = asked.workspace.recent_days(first=day_of(first, "from", last=False), last=day_of(last, "to", last=True))
    return asked.rows(
        lambda: plain.guardrail_rows(asked.workspace.suppression_counts(first=days[0], last=days[1])), lasts=False
    )
