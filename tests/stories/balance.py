"""What each customer pays at the end of a story, worked from its rows without the ledger.

5 seats at 20.00 a month and a yearly add-on at 120.00 are 100 + 10 = 110.00. The movements of a
customer must add up to exactly this, under every policy. An item's rows are cut into spans in which
nothing changes (`spans.py`); only the span in force at the closing instant is valued, rounded once
to 6 decimals, half to even. Nothing is compared, paired or judged here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.stories.spans import Span, spans_of_an_item
from tests.stories.terms import Columns
from upswell.policy import Policy

Balances = dict[tuple[str, str], Decimal]
MONTHS = {"month": Fraction(1), "quarter": Fraction(1, 3), "year": Fraction(1, 12)}
PERIODS_OF_A_MEAN = 3


def round6(value: Fraction) -> Decimal:
    """Round to 6 decimals, half to even: Fraction's own rounding."""
    return Decimal(round(value * 10**6)).scaleb(-6)


def counts(span: Span, policy: Policy) -> bool:
    """Say whether a span's MRR is in the balance."""
    switches = policy.switches()
    return span.status == "active" or (span.status != "lapsed" and switches[span.status] == "counts")


def mrr(span: Span, policy: Policy) -> Decimal:
    """Return the MRR of a span by itself, 0 where it does not count."""
    row = span.row
    if not counts(span, policy):
        return Decimal(0)
    if row.get("mrr"):
        return round6(Fraction(row["mrr"]))
    interval = {**MONTHS, "week": Fraction(policy.week), "day": Fraction(policy.day)}[row.get("interval") or "month"]
    factor = interval / int(row.get("interval_count") or 1)
    percent, amount = (
        Fraction(row.get(name) or 0) if is_subtracted(span, policy) else Fraction(0)
        for name in ("discount_percent", "discount_amount")
    )
    full = Fraction(row.get("quantity") or 1) * Fraction(row["unit_amount"])
    return round6(max(Fraction(0), (full * (1 - percent / 100) - amount) * factor))


def is_subtracted(span: Span, policy: Policy) -> bool:
    """Say whether the row's discount is subtracted in this span."""
    if policy.discounts == "recurring":
        return not span.row.get("discount_until")
    return policy.discounts == "all" and not span.discount_gone


def value(spans: Sequence[Span], place: int, policy: Policy) -> Decimal:
    """Return what the span at a place of its item's spans adds to the balance."""
    span = spans[place]
    kind = span.row.get("item_type")
    if kind != "usage" or policy.usage == "include" or not counts(span, policy):
        return mrr(span, policy)
    if policy.usage == "exclude":
        return Decimal(0)
    alike = [
        mrr(each, policy)
        for each in spans[: place + 1]
        if counts(each, policy) and each.row.get("currency") == span.row.get("currency")
    ]
    last = alike[-PERIODS_OF_A_MEAN:]
    return round6(Fraction(sum(last)) / len(last))


def item_balances(rows: Iterable[Columns], *, at: datetime, zone: ZoneInfo, policy: Policy, currency: str) -> Balances:
    """Return the MRR in force for each customer and currency."""
    items: dict[tuple[str, ...], list[Columns]] = defaultdict(list)
    for row in rows:
        items[item_key(row)[:-1]].append(row)
    balances: Balances = defaultdict(Decimal)
    for versions in items.values():
        spans = spans_of_an_item(versions, zone=zone, policy=policy)
        for place, span in enumerate(spans):
            if span.starts <= at and (span.ends is None or span.ends > at):
                key = span.row["customer_id"], span.row.get("currency") or currency
                balances[key] += value(spans, place, policy)
    return balances


def snapshot_balances(rows: Iterable[Columns], *, currency: str) -> Balances:
    """Return the MRR of each customer in the spreadsheet's last month."""
    rows = list(rows)
    last = max(row["month"][:7] for row in rows)
    balances: Balances = defaultdict(Decimal)
    for row in rows:
        if row["month"][:7] == last:
            balances[row["customer_id"], currency] += Decimal(row["mrr"])
    return balances


def item_key(row: Columns) -> tuple[str, ...]:
    """Return the key of a row: item and start, by the contract's defaults."""
    sub = row.get("subscription_id") or row["customer_id"]
    product = row.get("product_id") or row["plan_id"]
    return row["customer_id"], sub, row.get("item_id") or f"{sub} {product}", row["starts_at"]


def standing_rows(imports: Iterable[tuple[Iterable[Columns], bool]]) -> list[Columns]:
    """Return the rows that stand after imports in order, each with its `replace`."""
    standing: dict[tuple[str, ...], Columns] = {}
    for rows, replace in imports:
        if replace:
            standing.clear()
        standing.update({item_key(row): row for row in rows})
    return list(standing.values())


def without_zeros(balances: Mapping[tuple[str, str], Decimal]) -> Balances:
    return {key: amount for key, amount in balances.items() if amount}
