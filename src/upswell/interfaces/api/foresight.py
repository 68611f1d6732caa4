"""What lasts: durability of expansion, expansions at risk, expanders beside matched customers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from upswell.analysis.durability.at_risk import LIMIT
from upswell.analysis.durability.intervals import DRAWS
from upswell.interfaces.api.answering import AtAnyTime
from upswell.interfaces.api.parameters import SegmentQuery, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, LASTS, Money, One, Shape
from upswell.interfaces.plain.foresight import at_risk as risk_of
from upswell.interfaces.plain.foresight import compared as compared_of
from upswell.interfaces.plain.foresight import durability as durability_of
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import LIMIT_MAX

router = APIRouter(tags=["foresight"])
_DRAWS_MAX = 1000


class ShareRow(Shape):
    """What is left of the expansions of a driver after so many days; null with a reason where it cannot be told."""

    driver: str
    value: str | None
    days: int
    share: float | None
    low: float | None
    high: float | None
    expansions: int
    customers: int
    expanded: Money
    customers_seen: int
    money_seen: Money
    reason: str | None


class CurveRow(Shape):
    """A point of a curve, with its 95 % interval."""

    driver: str
    value: str | None
    days: int
    share: float
    low: float
    high: float


class DurabilityShape(Shape):
    """Shares of expansion still there, their curves, and how sure they are."""

    by: str | None
    currency: str
    rows: list[ShareRow]
    points: list[CurveRow]
    how_sure: list[str]


class RiskRow(Shape):
    """An expansion that is still there, and what speaks against its staying."""

    movement_id: str | None
    date: date
    customer_id: str
    owner: str | None
    plan_id: str
    driver: str
    expanded: Money
    left: Money
    reasons: list[str]


class AtRiskShape(Shape):
    """Expansions at risk, and their money beside all that expanded in a year and is still there."""

    currency: str
    expansions: int
    left: Money
    recent_left: Money
    rows: list[RiskRow]


class ComparedShape(Shape):
    """Customers that expanded beside customers like them; null with a reason where there is no answer."""

    landmark: str
    months: int
    expanders: int
    matched: int
    unmatched: int
    paying: float | None
    paying_matched: float | None
    kept: float | None
    kept_matched: float | None
    difference: float | None
    low: float | None
    high: float | None
    reason: str | None


@router.get("/durability", dependencies=[needs("viewer")], response_model=One[DurabilityShape], responses=AS_FILE)
def durability(
    asked: AtAnyTime,
    by: Annotated[str | None, Query(description="plan, product, term, price, offer, cohort, country ...")] = None,
    driver: Annotated[str | None, Query(description="Of this driver alone: seats, plan, price ...")] = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    draws: Annotated[int, Query(description="Draws of customers behind an interval", ge=2, le=_DRAWS_MAX)] = DRAWS,
) -> Response:
    """The share of expansion still there after 30, 90, 180 and 365 days, by driver, with intervals and curves."""
    return asked.parts(
        "durability",
        lambda: asked.workspace.durability(
            by=by, driver=driver, where=where, segment=segment, draws=draws, policy=asked.policy
        ),
        durability_of,
    )


@router.get("/durability/at-risk", dependencies=[needs("viewer")], response_model=One[AtRiskShape], responses=AS_FILE)
def at_risk(
    asked: AtAnyTime,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    limit: Annotated[int, Query(description="So many, the largest first", ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response:
    """Expansions of the last year that are still there, and what speaks against their staying."""
    return asked.parts(
        "at-risk",
        lambda: asked.workspace.expansions_at_risk(where=where, segment=segment, limit=limit, policy=asked.policy),
        risk_of,
    )


@router.get("/durability/expanders", dependencies=[needs("viewer")], response_model=One[ComparedShape], responses=LASTS)
def expanders(asked: AtAnyTime) -> Response:
    """Whether customers that expanded stayed longer than customers like them."""
    return asked.one(lambda: compared_of(asked.workspace.expanders(policy=asked.policy)))
