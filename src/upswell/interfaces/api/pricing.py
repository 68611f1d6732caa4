"""The price and packaging review: each of its sections."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from upswell.analysis.pricing.sections import AGES_MAX, SECTIONS
from upswell.interfaces.api.answering import AtAnyTime
from upswell.interfaces.api.parameters import ByQuery, MonthQuery, SegmentQuery, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, Figure, One, Shape
from upswell.interfaces.plain.pricing import pricing as section_of
from upswell.interfaces.server.visitors import needs

router = APIRouter(tags=["foresight"])


class PricingShape(Shape):
    """A section of the price review: rows with the columns of that section, and how sure they are."""

    section: str
    title: str
    currency: str
    rows: list[dict[str, Figure]]
    how_sure: list[str]


@router.get("/pricing/{section}", dependencies=[needs("viewer")], response_model=One[PricingShape], responses=AS_FILE)
def pricing(
    asked: AtAnyTime,
    section: Annotated[str, Path(description=", ".join(SECTIONS))],
    month: MonthQuery = None,
    by: ByQuery = [],  # noqa: B006 -- FastAPI copies it
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    cohort: Annotated[str | None, Query(description="Of attach: month, quarter or year")] = None,
    ages: Annotated[int | None, Query(description="Of attach: the last month of age", ge=0, le=AGES_MAX)] = None,
) -> Response:
    """A section of the price review: what is charged against the list, what sells next, what people would pay."""
    return asked.parts(
        f"pricing-{section}" if section in SECTIONS else "pricing",
        lambda: asked.workspace.pricing(
            section,
            month=month,
            by=by,
            where=where,
            segment=segment,
            cohort=cohort,
            ages=ages,
            policy=asked.policy,
        ),
        partial(section_of, section),
    )
