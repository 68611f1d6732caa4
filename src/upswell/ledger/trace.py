"""From a movement down to the rows of the billing file that caused it.

    20240315-0a1b...  Acme  2024-03-15  expansion  seats  60.00 USD
      rule    item_changed: the item's total went from 100.00 to 160.00
      before  items.csv row 2: Team, 5 x 20.00 a month = 100.00, from 2024-01-10 to 2024-03-15
      after   items.csv row 3: Team, 8 x 20.00 a month = 160.00, from 2024-03-15

`trace` returns this as data; the interfaces render it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from upswell.errors import NotFoundError
from upswell.ledger.query import Readable

RULES: Final = {
    "first_payment": "the customer paid nothing and never had: everything in force after is new",
    "return": "the customer had paid before, then nothing: everything in force after is back, as the policy books it",
    "nothing_left": "nothing in force after: everything in force before is churn",
    "item_changed": "the item counts before and after; its total change decides the kind",
    "item_replaced": "an item ended and another took its place in the same moment: one item, changed",
    "item_appeared": "the item did not count before and took nobody's place",
    "item_gone": "the item does not count after and nothing took its place",
    "currency_changed": "the old amount leaves in its currency, the new comes in its own, judged at the day's rate",
    "plan_moved": "the old MRR moves from the old plan or product to the new one; the two rows sum to 0",
    "reclassified": "booked by another rule; a correction says that it is this (`upswell corrections`)",
    "netted_to_zero": "the changes netted together sum to exactly 0: neither expansion nor contraction",
}


@dataclass(frozen=True, kw_only=True)
class SourceVersion:
    """The item version on one side of a movement, and the file and row it was read from."""

    side: str
    import_id: str
    file: str
    row: int
    subscription_id: str
    item_id: str
    product_id: str
    plan_id: str
    item_type: str
    status: str
    quantity: Decimal
    unit_amount: Decimal | None
    given_mrr: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal
    billing_interval: str
    interval_count: int
    currency: str
    starts_at: datetime
    ends_at: datetime | None
    mrr: Decimal
    evidence: str | None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A movement, the rule that booked it, its sister rows of the same item and moment, its sources."""

    movement: dict[str, Any]
    rule: str
    explanation: str
    together_with: tuple[dict[str, Any], ...]
    sources: tuple[SourceVersion, ...]


_MOVEMENT_ID: Final = re.compile(r"(\d{4})(\d{2})(\d{2})-[0-9a-f]{16}")
_SHOWN: Final = (
    "movement_id, date, customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id, "
    "kind, driver, amount, currency, rate, rule, scheduled"
)


def trace_movement(connection: Readable, movement_id: str) -> Trace:
    """Trace one movement of the book open on `connection`. Raises `NotFoundError`."""
    row = _movement(connection, movement_id)
    spans = (row.pop("before_span"), row.pop("after_span"))
    key = row.pop("customer_key")
    sisters = _rows(
        connection,
        f"""select {_SHOWN} from movements
            where customer_key = ? and date = ? and scheduled = ? and movement_id <> ?
                and before_span is not distinct from ? and after_span is not distinct from ?
            order by kind, driver, amount""",
        [key, row["date"], row["scheduled"], movement_id, *spans],
    )
    return Trace(
        movement=row,
        rule=row["rule"],
        explanation=RULES[row["rule"]],
        together_with=tuple(sisters),
        sources=tuple(
            _source(connection, side, span)
            for side, span in zip(("before", "after"), spans, strict=True)
            if span is not None
        ),
    )


def _movement(connection: Readable, movement_id: str) -> dict[str, Any]:
    match = _MOVEMENT_ID.fullmatch(movement_id)
    day = _day(match) if match else None
    found = (
        []
        if day is None
        else _rows(
            connection,
            f"select {_SHOWN}, customer_key, before_span, after_span from movements where date = ? and movement_id = ?",
            [day, movement_id],
        )
    )
    if not found:
        raise NotFoundError(
            f"there is no movement {movement_id} in this book",
            code="movement_unknown",
            expected="a movement_id as printed by `upswell movements`",
            found=movement_id,
            remedy="list them with `upswell movements`; each policy has movements of its own (--policy)",
        )
    return found[0]


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _source(connection: Readable, side: str, span_id: int) -> SourceVersion:
    [row] = _rows(
        connection,
        """select import_files.import_id, import_files.file, item_versions.source_row % 4294967296 as row,
                item_keys.subscription_id, item_keys.item_id, product_id, plan_id, item_type, status, quantity,
                unit_amount, given_mrr, discount_percent, discount_amount, billing_interval, interval_count,
                currency, starts_at, ends_at, mrr, evidence
            from item_versions
            inner join import_files on import_files.import_no = item_versions.source_row // 4294967296
            inner join item_keys on item_keys.item_key = item_versions.item_key
            left join evidence on evidence.source_row = item_versions.source_row
            where span_id = ?""",
        [span_id],
    )
    return SourceVersion(side=side, **row)


def _rows(connection: Readable, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
