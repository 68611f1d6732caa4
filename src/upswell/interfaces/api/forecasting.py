"""What comes next: the forecast of a book, its intervals and its backtest."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from upswell.analysis.forecast.forecast import MONTHS
from upswell.interfaces.api.answering import AtAnyTime
from upswell.interfaces.api.parameters import SegmentQuery, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, Money, One, Shape
from upswell.interfaces.plain.forecast import forecast as forecast_of
from upswell.interfaces.server.visitors import needs

router = APIRouter(tags=["foresight"])
Told = Money | float
_Unit = Literal["money", "count", "rate"]


class ForecastRowShape(Shape):
    """A target in a month ahead: median, mean, and the ends of the 50, 80 and 95 % intervals."""

    month: str
    target: str
    unit: _Unit
    median: Told
    mean: Told
    low_50: Told
    high_50: Told
    low_80: Told
    high_80: Told
    low_95: Told
    high_95: Told


class KnownShape(Shape):
    """What a target was in a month that is over."""

    month: str
    target: str
    unit: _Unit
    value: Told


class ScoreShape(Shape):
    """What a method scored at former month ends, so many months ahead (0: all together)."""

    target: str
    method: str
    ahead: int
    cases: int
    unit: _Unit
    crps: Told
    mase: float | None
    bias: Told
    within_50: float
    within_80: float
    within_95: float


class TriedShape(Shape):
    """What would have been shown at a former month end for a later month, and what came."""

    origin: str
    month: str
    ahead: int
    target: str
    unit: _Unit
    median: Told
    low: Told
    high: Told
    came: Told


class CommittedShape(Shape):
    """Committed MRR, which is no forecast."""

    value: Money | None
    reason: str | None


class ForecastShape(Shape):
    """A forecast and what backs it; where nothing can be said `method` is none, there are no rows, and the reason."""

    origin: str
    months: int
    currency: str
    method: Literal["pooled", "plain rates", "none"]
    reason: str | None
    months_known: int
    customers: int
    simulations: int
    rows: list[ForecastRowShape]
    known: list[KnownShape]
    backtest: list[ScoreShape]
    tried: list[TriedShape]
    origins: list[str]
    committed: CommittedShape
    how_sure: list[str]
    assumes: list[str]
    notes: list[str]


@router.get("/forecast", dependencies=[needs("viewer")], response_model=One[ForecastShape], responses=AS_FILE)
def forecast(
    asked: AtAnyTime,
    months: Annotated[int, Query(description="Months ahead, 1 to 18")] = MONTHS,
    scenario: Annotated[
        list[str] | None,
        Query(description="price PLAN +PERCENT, churn -POINTS, or addon PRICE at PERCENT; repeatable"),
    ] = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
) -> Response:
    """MRR, its movements, customers and NRR in the months to come, with intervals and what backs them."""
    return asked.parts(
        "forecast",
        lambda: asked.workspace.forecast(
            months=months, scenario=scenario or (), where=where, segment=segment, policy=asked.policy
        ),
        forecast_of,
    )
