"""How customers are: points, bands and reasons, the signals behind them, and the scorecard."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from upswell.interfaces.api.answering import AtAnyTime
from upswell.interfaces.api.parameters import SegmentQuery, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, Money, One, Shape
from upswell.interfaces.plain.health import health as health_of
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import LIMIT_MAX
from upswell.workspace.health import LIMIT

router = APIRouter(tags=["growth"])
Band = Literal["low", "medium", "high"]


class PlainSignalShape(Shape):
    """A signal of the scorecard in words; null where it is not known."""

    name: str
    title: str
    value: str | None


class CustomerHealthShape(Shape):
    """A customer: points from 0 to 100 and their band, and what takes points away; null without a scorecard."""

    customer_id: str
    mrr: Money | None
    points: int | None
    band: Band | None
    leaving: bool
    reasons: list[str]
    signals: list[PlainSignalShape]


class HealthOriginShape(Shape):
    """A former day: how many customers, how many lost MRR within 90 days, and how well scores told them apart."""

    day: date
    customers: int
    lost: int
    auc: float | None
    auc_by_hand: float | None


class BandShape(Shape):
    """A band over all former days: its customers, and the share of them that lost MRR."""

    band: Band
    customers: int
    rate: float | None


class LineShape(Shape):
    """The points of a signal from `at_least` to under `below`, or where it is not known."""

    signal: str
    at_least: float | None
    below: float | None
    known: bool
    points: int


class ScorecardShape(Shape):
    """The scorecard and how right it would have been; without one there are no lines, and the reason."""

    day: date
    learned_from: date | None
    learned_to: date | None
    base_rate: float | None
    auc: float | None
    auc_by_hand: float | None
    origins: list[HealthOriginShape]
    bands: list[BandShape]
    low_to: int | None
    high_from: int | None
    lines: list[LineShape]
    reason: str | None


class HealthShape(Shape):
    """Customers by health, the worst first, and the scorecard behind it."""

    currency: str
    customers: int
    leaving: int
    unrated: int
    rows: list[CustomerHealthShape]
    scorecard: ScorecardShape


@router.get("/health", dependencies=[needs("viewer")], response_model=One[HealthShape], responses=AS_FILE)
def health(
    asked: AtAnyTime,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    limit: Annotated[int, Query(description="So many, the worst first", ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response:
    """Paying customers by the points of the scorecard, the worst first, with reasons and signals."""
    return asked.parts(
        "health",
        lambda: asked.workspace.health(where=where, segment=segment, limit=limit, policy=asked.policy),
        health_of,
    )


@router.get(
    "/customers/{customer_id:path}/health",
    dependencies=[needs("viewer")],
    response_model=One[HealthShape],
    responses=AS_FILE,
)
def customer_health(asked: AtAnyTime, customer_id: str) -> Response:
    """The health of one customer, and the scorecard behind it."""
    return asked.parts(
        "customer-health",
        lambda: asked.workspace.health(customer=customer_id, policy=asked.policy),
        health_of,
    )
