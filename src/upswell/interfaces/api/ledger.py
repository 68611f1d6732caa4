"""What is booked: movements down to the rows they come from, and customers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Query, Response

from upswell.interfaces.api.answering import AtAnyTime, OfBook
from upswell.interfaces.api.parameters import (
    CursorQuery,
    FirstDayQuery,
    LastDayQuery,
    LimitQuery,
    SegmentQuery,
    WhereQuery,
)
from upswell.interfaces.api.shapes import AS_FILE, LASTS, CustomerRow, Listed, MovementRow, One
from upswell.interfaces.plain.days import day_of
from upswell.interfaces.plain.figures import customer as plain_customer
from upswell.interfaces.plain.figures import customer_rows
from upswell.interfaces.server.visitors import needs
from upswell.ledger.paging import LIMIT_MAX, Page
from upswell.ledger.trace import Trace
from upswell.metrics.customer_sheet import CustomerSheet

router = APIRouter(tags=["ledger"])
_LIMIT = 100


@router.get("/movements", dependencies=[needs("viewer")], response_model=Listed[MovementRow], responses=AS_FILE)
def movements(
    asked: AtAnyTime,
    date_from: FirstDayQuery = None,
    date_to: LastDayQuery = None,
    customer: Annotated[str | None, Query(description="Of this customer")] = None,
    kind: Annotated[str | None, Query(description="new, expansion, contraction, churn ...")] = None,
    driver: Annotated[str | None, Query(description="seats, plan, price ...")] = None,
    plan: Annotated[str | None, Query(description="Of this plan")] = None,
    product: Annotated[str | None, Query(description="Of this product")] = None,
    order: Annotated[str, Query(description="date, -date, amount or -amount; a file is by date")] = "date",
    limit: LimitQuery = _LIMIT,
    cursor: CursorQuery = None,
) -> Response:
    """Booked movements, one for each driver; as a file all of them."""
    wanted: dict[str, Any] = {
        "date_from": day_of(date_from, "from", last=False),
        "date_to": day_of(date_to, "to", last=True),
        "customer": customer,
        "kind": kind,
        "driver": driver,
        "plan": plan,
        "product": product,
        "policy": asked.policy,
    }

    def page(offset: int) -> Page:
        return asked.workspace.movement_page(**wanted, order=order, limit=limit, offset=offset)

    return asked.pages(
        "movements", page, pa.Table.to_pylist, lambda: asked.workspace.movement_batches(**wanted), cursor=cursor
    )


@router.get("/movements/{movement_id}", dependencies=[needs("viewer")], response_model=One[Trace], responses=LASTS)
def trace(asked: AtAnyTime, movement_id: str) -> Response:
    """A movement down to the file rows that caused it."""
    return asked.one(lambda: asdict(asked.workspace.trace(movement_id, policy=asked.policy)))


@router.get("/customers", dependencies=[needs("viewer")], response_model=Listed[CustomerRow], responses=AS_FILE)
def customers(
    asked: AtAnyTime,
    search: Annotated[str | None, Query(description="A part of an id or a name")] = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    status: Annotated[str | None, Query(description="paying, former or free")] = None,
    order: Annotated[str, Query(description="mrr, expansion, name, since, last or customer; - turns it")] = "-mrr",
    limit: LimitQuery = _LIMIT,
    cursor: CursorQuery = None,
) -> Response:
    """Customers with what each pays; as a file all of them."""

    def page(offset: int, size: int = limit) -> Page:
        return asked.workspace.customers(
            search=search,
            where=where,
            segment=segment,
            status=status,
            order=order,
            limit=size,
            offset=offset,
            policy=asked.policy,
        )

    def whole() -> pa.Table:
        pages = [page(0, LIMIT_MAX)]
        while (offset := pages[-1].next_offset) is not None:
            pages.append(page(offset, LIMIT_MAX))
        return pa.concat_tables([each.rows for each in pages])

    return asked.pages("customers", page, customer_rows, whole, cursor=cursor)


@router.get(
    "/customers/{customer_id:path}", dependencies=[needs("viewer")], response_model=One[CustomerSheet], responses=LASTS
)
def customer(asked: OfBook, customer_id: str) -> Response:
    """What a customer pays month by month, holds, uses and paid."""
    return asked.one(lambda: plain_customer(asked.workspace.customer(customer_id, policy=asked.policy)))
