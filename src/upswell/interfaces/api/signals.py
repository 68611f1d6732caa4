"""Signals: what tells who is ready for more; of customers, of one, of the company; and what each of them is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from upswell.analysis.signals.catalogue import Group, Kind
from upswell.interfaces.api.answering import AtAnyTime, OfWorkspace
from upswell.interfaces.api.parameters import CursorQuery, LimitQuery, SegmentQuery, WhereQuery
from upswell.interfaces.api.shapes import AS_FILE, LASTS, Figure, Listed, Money, One, Open, Shape
from upswell.interfaces.plain.days import day_of
from upswell.interfaces.plain.signals import catalogue_rows, signal_rows
from upswell.interfaces.plain.signals import customer_signals as customer_of
from upswell.interfaces.plain.signals import overview as overview_of
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import Page
from upswell.workspace.signals import PAGE_ROWS

router = APIRouter(tags=["signals"])
DayQuery = Annotated[str | None, Query(description="As known before this day (YYYY-MM-DD); default: now")]
Told = str | float | bool | None


class SignalRow(Open):
    """A customer, with a field for each signal, and why some have no value."""

    customer_id: str
    name: str | None
    reason: str | None


class SignalShape(Shape):
    """What a signal is, and what to mind; models learn from those that are features."""

    name: str
    title: str
    kind: Kind
    unit: str
    group: Group
    formula: str
    window: str
    caveat: str
    source: list[str]
    is_feature: bool
    absent: str


class ValueShape(Shape):
    """A signal of a customer; null with a reason."""

    signal: str
    title: str
    value: Told
    kind: Kind
    unit: str
    reason: str | None
    formula: str
    window: str
    caveat: str


class CustomerSignalsShape(Shape):
    """The signals of a customer as known before `day`; money is in `currency`."""

    customer_id: str
    day: date
    currency: str
    signals: list[ValueShape]


class GroupShape(Shape):
    """The customers for whom something is so, of those of whom it is known; their MRR, and its share of all."""

    name: str
    title: str
    customers: int
    known: int
    mrr: Money | None
    share_of_mrr: float | None
    reason: str | None


class CoverageShape(Shape):
    """Of how many customers a signal is known; the middle value, the share of yes, or the most frequent."""

    signal: str
    title: str
    known: int
    typical: Figure


class OverviewShape(Shape):
    """The signals of a company as known before `day`."""

    day: date
    currency: str
    customers: int
    mrr: Money | None
    reason: str | None
    groups: list[GroupShape]
    signals: list[CoverageShape]


@router.get("/signals", dependencies=[needs("viewer")], response_model=Listed[SignalRow], responses=AS_FILE)
def signals(
    asked: AtAnyTime,
    names: Annotated[list[str], Query(description="Names of signals; repeatable; default: all")] = [],  # noqa: B006 -- FastAPI copies it
    day: DayQuery = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    order: Annotated[str | None, Query(description="A signal; - turns it; default: -, the first named")] = None,
    limit: LimitQuery = PAGE_ROWS,
    cursor: CursorQuery = None,
) -> Response:
    """Customers with an item in force and their signals, as known before a day; as a file all of them."""
    chosen: dict[str, Any] = {
        "day": day_of(day, "day", last=False),
        "where": where,
        "segment": segment,
        "order": order,
        "policy": asked.policy,
    }

    def page(offset: int) -> Page:
        return asked.workspace.signal_page(names, limit=limit, offset=offset, **chosen)

    return asked.pages("signals", page, signal_rows, lambda: asked.workspace.signals(names, **chosen), cursor=cursor)


@router.get("/signals/catalogue", dependencies=[needs("viewer")], response_model=Listed[SignalShape], responses=LASTS)
def signal_catalogue(asked: OfWorkspace) -> Response:
    """Every signal with its formula, window, unit and caveat."""
    return asked.rows(lambda: catalogue_rows(asked.workspace.signal_catalogue()))


@router.get("/signals/overview", dependencies=[needs("viewer")], response_model=One[OverviewShape], responses=AS_FILE)
def signals_overview(
    asked: AtAnyTime, day: DayQuery = None, where: WhereQuery = None, segment: SegmentQuery = None
) -> Response:
    """For how many customers what is so, with their MRR; and of how many each signal is known."""
    return asked.parts(
        "signals-overview",
        lambda: asked.workspace.signals_overview(
            day=day_of(day, "day", last=False), where=where, segment=segment, policy=asked.policy
        ),
        overview_of,
    )


@router.get(
    "/customers/{customer_id:path}/signals",
    dependencies=[needs("viewer")],
    response_model=One[CustomerSignalsShape],
    responses=AS_FILE,
)
def customer_signals(
    asked: AtAnyTime,
    customer_id: str,
    names: Annotated[list[str], Query(description="Names of signals; repeatable; default: all")] = [],  # noqa: B006 -- FastAPI copies it
    day: DayQuery = None,
) -> Response:
    """The signals of one customer, each with its formula and its value, or the reason why it has none."""
    return asked.parts(
        "customer-signals",
        lambda: asked.workspace.customer_signals(
            customer_id, names=names, day=day_of(day, "day", last=False), policy=asked.policy
        ),
        customer_of,
    )
