"""Customers on old prices: who pays less than a new customer would, since when, and what the list would bring.

Team lists at 20.00 since 2024-06-01. Acme pays 18.00 for each of 5 seats since 2023-02-01: 5 x 2.00 = 10.00 a month
below the list, whatever discount it has besides. Bolt was sold 19.00 in 2025, when others already paid 20.00: a price
that was negotiated, and no old one. Both are listed, the old prices first, the largest gap first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close
from upswell.analysis.pricing.realised import Gap, Priced
from upswell.analysis.pricing.tables import DATE, MONEY, PRICE, QUANTITY, TEXT, segment_columns, table_of
from upswell.metrics.figures import EXACT, ZERO

COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "customer_id": TEXT,
    "plan_id": TEXT,
    "term": TEXT,
    "quantity": QUANTITY,
    "unit_amount": PRICE,
    "list_price": PRICE,
    "currency": TEXT,
    "gap_mrr": MONEY,
    "price": TEXT,
    "since": DATE,
    "list_since": DATE,
    "reason": TEXT,
}


def old_price_table(rows: Sequence[Priced], close: Close) -> pa.Table:
    """An item a row that is below its list price. `unit_amount` and `list_price` are in `currency`, per term.

    `gap_mrr` (workspace currency, a month) is quantity x (list - unit amount); null with a `reason` where a rate lacks.
    `price` is old or negotiated; `since` the first day of the customer's price, `list_since` that of today's list.
    """
    found = [_row(each, each.gap, close) for each in rows if each.gap is not None and _below(each.gap)]
    found.sort(key=lambda row: (row["price"] != "old", row["gap_mrr"] is None, -(row["gap_mrr"] or ZERO)))
    return table_of(found, {**segment_columns(close.names), **COLUMNS})


def _below(gap: Gap) -> bool:
    return EXACT.add(gap.old_prices, gap.negotiated) > ZERO


def _row(each: Priced, gap: Gap, close: Close) -> dict[str, Any]:
    holding = each.holding
    money = close.worth(EXACT.add(gap.old_prices, gap.negotiated), holding)
    return {
        **dict(zip(close.names, holding.segment, strict=True)),
        "customer_id": holding.customer_id,
        "plan_id": holding.offer.plan_id,
        "term": holding.offer.term,
        "quantity": holding.quantity,
        "unit_amount": holding.unit_amount,
        "list_price": None if each.tier is None else each.tier.amount,
        "currency": holding.offer.currency,
        "gap_mrr": money.value,
        "price": "old" if gap.old_prices else "negotiated",
        "since": holding.priced_since,
        "list_since": None if each.tier is None else each.tier.since,
        "reason": money.reason,
    }
