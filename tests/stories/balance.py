"""What each customer pays at the end of a story, worked from its rows without the ledger.

5 seats at 20.00 a month and a yearly add-on at 120.00 are 100 + 10 = 110.00. The movements of a
customer must add up to exactly this. Only the rows in force at the closing instant are valued, each
rounded once to 6 decimals, half to even; nothing is compared, paired or split here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.stories.terms import Columns

Balances = dict[tuple[str, str], Decimal]
MONTHS = {"month": Fraction(1), "quarter": Fraction(1, 3), "year": Fraction(1, 12)}
STRICT_DAYS = {"week": Fraction(52, 12), "day": Fraction(365, 12)}
RECURLY_DAYS = {"week": Fraction(52, 12), "day": Fraction(30)}
COUNTS = ("active", "past_due")


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a timestamp; without offset it is local to the zone."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def reached(text: str, at: datetime, zone: ZoneInfo) -> bool:
    return bool(text) and instant(text, zone) <= at


def round6(value: Fraction) -> Decimal:
    """Round to 6 decimals, half to even: Fraction's own rounding."""
    return Decimal(round(value * 10**6)).scaleb(-6)


def mrr(row: Columns, at: datetime, zone: ZoneInfo, policy: str) -> Decimal:
    """Return the MRR of a row at an instant, 0 where it is not in force or does not count."""
    ended = reached(row.get("ends_at", ""), at, zone)
    if ended or not reached(row["starts_at"], at, zone) or not counts(row, at, zone, policy):
        return Decimal(0)
    if row.get("mrr"):
        return round6(Fraction(row["mrr"]))
    days = RECURLY_DAYS if policy == "recurly" else STRICT_DAYS
    interval = {**MONTHS, **days}[row.get("interval") or "month"]
    factor = interval / int(row.get("interval_count") or 1)
    gone = reached(row.get("discount_until", ""), at, zone)
    percent, amount = (
        Fraction(0) if gone else Fraction(row.get(name) or 0) for name in ("discount_percent", "discount_amount")
    )
    full = Fraction(row.get("quantity") or 1) * Fraction(row["unit_amount"])
    return round6(max(Fraction(0), (full * (1 - percent / 100) - amount) * factor))


def counts(row: Columns, at: datetime, zone: ZoneInfo, policy: str) -> bool:
    """Say whether the row's status and type count at an instant."""
    if policy == "recurly" and row.get("item_type") == "usage":
        return False
    status = row.get("status") or "active"
    trial = row.get("trial_until", "")
    if trial and status not in ("paused", "unpaid"):
        if not reached(trial, at, zone):
            return False
        status = "active" if status == "trialing" else status
    return status in COUNTS


def item_balances(rows: Iterable[Columns], *, at: datetime, zone: ZoneInfo, policy: str, currency: str) -> Balances:
    """Return the MRR in force for each customer and currency."""
    balances: Balances = defaultdict(Decimal)
    for row in rows:
        key = row["customer_id"], row.get("currency") or currency
        balances[key] += mrr(row, at, zone, policy)
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
