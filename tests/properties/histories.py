"""Random but legal histories of one customer, for holding the ledger against its oracle.

A history is a handful of days on which things happen (month ends, the leap day, the days clocks
change) and up to four items whose versions begin and end on those days, so that changes of
several items often share a moment. An example of what comes out, shortened:

    s1/i1  crm/crm-s   2024-01-31 .. 2024-02-29  5 x 20.00 a month
    s1/i1  crm/crm-m   2024-02-29 .. 2024-03-31  5 x 9.99 a week, 37.5 % off
    s2/i2  crm/crm-m   2024-03-31 ..             the same again under new ids: a renewal

Versions of one item never overlap, discounts never stand beside `mrr`, and no version shorter
than a day is worth a multiple of everything else (the contract would hold that row back).

`history()` is the hypothesis strategy, `random_history` the same from a seeded `Random`; both
run the same code, so the strategy shrinks to the simplest options (they stand first).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracles.policies import STRICT
from tests.oracles.random_terms import chance, pick
from tests.oracles.spans import cut
from tests.oracles.values import ItemRow, line_value, months_factor
from tests.properties.random_days import DAYS, ZONES
from tests.properties.random_items import SHAPES, Circumstances, named, short_life, succession

__all__ = ["DAYS", "RATES", "WORKSPACE_CURRENCY", "as_csv_rows", "history", "random_history"]

# EUR and JPY have no rate in their first months, so that the rules for a lacking rate are met;
# EUR at exactly 1 and 1.25 makes currency changes of total 0 possible.
RATES: Mapping[str, Sequence[tuple[date, Decimal]]] = {
    "EUR": (
        (date(2023, 10, 1), Decimal("1.25")),
        (date(2024, 2, 29), Decimal("1")),
        (date(2024, 11, 1), Decimal("1.0837")),
    ),
    "JPY": ((date(2024, 11, 1), Decimal("0.01")), (date(2025, 6, 30), Decimal("0.00667"))),
}
WORKSPACE_CURRENCY = "USD"

SHORT = timedelta(hours=26)  # a day, and more than the longest one of clock changes
SHORT_LIMIT = 50  # half of what the contract allows, whichever way it reads "largest"


@st.composite
def history(draw: st.DrawFn, *, customer_id: str = "c") -> list[ItemRow]:
    """One customer's history: 1-4 items of 1-5 versions each, in 1-3 subscriptions."""
    rng = draw(st.randoms(use_true_random=False))
    return random_history(rng, customer_id=customer_id)


def random_history(rng: Random, *, customer_id: str = "c") -> list[ItemRow]:
    """The same from a seeded generator; `row` numbers the rows from 1 in the order given."""
    around = Circumstances(
        zone=ZoneInfo(pick(rng, ZONES)), days=sorted(pick(rng, DAYS) for _ in range(rng.randint(2, 6)))
    )
    subscriptions = ("s1", "s2", "s3")[: rng.randint(1, 3)]
    most, shapes = (2, (short_life,)) if chance(rng, 0.15) else (4, SHAPES)
    items: list[list[ItemRow]] = []
    for number in range(1, rng.randint(1, most) + 1):
        ids = _ids(rng, pick(rng, subscriptions), number=number, taken=items)
        if items and chance(rng, 0.45):
            which = rng.randrange(len(items))
            items[which], heir = succession(rng, items[which], ids=ids, around=around)
            items.append(heir)
        else:
            versions = pick(rng, shapes)(rng, around)
            items.append([named(version, customer_id=customer_id, ids=ids) for version in versions])
    rows = _without_impossible_money([row for versions in items for row in versions])
    return [replace(row, row=number) for number, row in enumerate(rows, start=1)]


def as_csv_rows(items: Sequence[ItemRow]) -> list[dict[str, str]]:
    """The rows in the import contract's columns; empty text where there is no value.

    Timestamps carry an explicit offset, a different one from row to row: the same instants.
    """
    return [_csv_row(item) for item in items]


def _csv_row(item: ItemRow) -> dict[str, str]:
    written_in = timezone(timedelta(hours=(0, 0, 2, -5)[item.row % 4]))

    def stamp(instant: datetime | None) -> str:
        return "" if instant is None else instant.astimezone(written_in).isoformat()

    def number(value: Decimal | None) -> str:
        return "" if value is None else format(value, "f")

    return {
        "customer_id": item.customer_id,
        "subscription_id": item.subscription_id,
        "item_id": item.item_id,
        "product_id": item.product_id,
        "plan_id": item.plan_id,
        "price_id": item.price_id or "",
        "starts_at": stamp(item.starts_at),
        "ends_at": stamp(item.ends_at),
        "quantity": number(item.quantity),
        "unit_amount": number(item.unit_amount),
        "mrr": number(item.mrr),
        "currency": item.currency,
        "interval": item.interval,
        "interval_count": str(item.interval_count),
        "discount_percent": number(item.discount_percent),
        "discount_amount": number(item.discount_amount),
        "discount_until": stamp(item.discount_until),
        "item_type": item.item_type,
        "status": item.status,
        "trial_until": stamp(item.trial_until),
        "cancel_requested_at": stamp(item.cancel_requested_at),
    }


def _ids(rng: Random, subscription_id: str, *, number: int, taken: Sequence[Sequence[ItemRow]]) -> tuple[str, str]:
    """Mostly i1, i2 ...; sometimes i1 again inside another subscription."""
    used = {(versions[0].subscription_id, versions[0].item_id) for versions in taken}
    again = (subscription_id, "i1")
    return again if again not in used and chance(rng, 0.3) else (subscription_id, f"i{number}")


def _without_impossible_money(rows: Sequence[ItemRow]) -> list[ItemRow]:
    """Leave out short versions worth a multiple of all others."""
    kept = list(rows)
    while len(kept) > 1:
        impossible = [row for row in kept if _is_impossible(row, kept)]
        if not impossible:
            return kept
        kept.remove(impossible[0])
    return [replace(kept[0], ends_at=None)] if _is_short(kept[0]) else kept


def _is_short(row: ItemRow) -> bool:
    return row.ends_at is not None and row.ends_at - row.starts_at < SHORT


def _is_impossible(row: ItemRow, rows: Sequence[ItemRow]) -> bool:
    """Whether the contract might hold the row back, be "the others" all of the customer's or those of its currency."""
    if not _is_short(row):
        return False
    others = [other for other in rows if other is not row]
    of_its_currency = [other for other in others if other.currency == row.currency]
    return any(_most(row) > SHORT_LIMIT * max(map(_least, group)) for group in (others, of_its_currency) if group)


def _most(row: ItemRow) -> Decimal:
    """The version's MRR as if it had no discount, and one more of its quantity: a later file may say so."""
    if row.unit_amount is None:
        return row.mrr or Decimal(0)
    factor = months_factor(row.interval, row.interval_count, policy=STRICT)
    return line_value(quantity=row.quantity + 1, unit_amount=row.unit_amount, factor=factor)


def _least(row: ItemRow) -> Decimal:
    """The version's MRR with its discount."""
    return min(span.mrr for span in cut(row, policy=STRICT))
