"""Monthly figures of a whole company from its movements, by plain loops.

One customer new at 100 in January, another new at 50; in February the first adds 20 and the
second leaves: February opens at 150, expansion 20, churn -50, closes at 120; nrr_1m = 120/150,
grr_1m = 100/150.

Scheduled movements count in no figure. All movements must be of one currency; where a policy fixes rates
(`fx` other than `separate`), `valued` makes them so, and what closes is the sum of what they carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from .ledger import OracleMovement

Cohort = Literal["reactivated_zero", "included", "movements"]
Denominator = Literal["opening", "opening_and_new"]

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
EXACT = Context(prec=60)  # an amount has up to 18 digits and a rate up to 24


@dataclass(frozen=True)
class MonthFigures:
    """One month: amounts in major units (losses negative), rates as fractions, None for none."""

    month: str
    opening: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    reactivation: Decimal
    closing: Decimal
    customers: int
    nrr_1m: Fraction | None
    grr_1m: Fraction | None
    nrr_12m: Fraction | None
    grr_12m: Fraction | None
    customer_churn_rate: Fraction | None
    customers_by_kind: dict[str, int] = field(default_factory=dict)


def monthly_figures(
    movements: Sequence[OracleMovement],
    *,
    months: Sequence[str],
    cohort: Cohort,
    denominator: Denominator = "opening",
) -> list[MonthFigures]:
    """Figures of each month (`2026-01`) asked for, in the order asked."""
    actual = [movement for movement in movements if not movement.scheduled]
    currencies = {movement.currency for movement in actual}
    if len(currencies) > 1:
        raise ValueError(f"one currency at a time, not {sorted(currencies)}")
    return [_figures(actual, month=month, cohort=cohort, denominator=denominator) for month in months]


def valued(movements: Sequence[OracleMovement], *, workspace_currency: str) -> list[OracleMovement]:
    """Each movement in the workspace's currency, at the rate that it carries."""
    found = []
    for movement in movements:
        if movement.rate is None:
            raise ValueError(f"no rate for {movement.currency} on {movement.date}")
        rate = EXACT.divide(Decimal(movement.rate.numerator), Decimal(movement.rate.denominator))
        found.append(replace(movement, amount=EXACT.multiply(movement.amount, rate), currency=workspace_currency))
    return found


def closing_by_customer(movements: Sequence[OracleMovement], *, month: str) -> dict[str, Decimal]:
    """MRR of each paying customer at the close of the month."""
    sums: dict[str, Decimal] = {}
    for movement in movements:
        if month_of(movement) <= month and not movement.scheduled:
            so_far = sums.get(movement.customer_id, Decimal(0))
            sums[movement.customer_id] = so_far + movement.amount
    return {customer: mrr for customer, mrr in sums.items() if mrr != 0}


def retention(
    movements: Sequence[OracleMovement], *, month: str, months_back: int, cohort: Cohort
) -> tuple[Fraction | None, Fraction | None]:
    """(nrr, grr) of the customers who paid at the close of the month so many before."""
    start = month_before(month, months_back)
    then = closing_by_customer(movements, month=start)
    now = closing_by_customer(movements, month=month)
    if cohort == "movements":
        return _movement_based(
            movements, start=start, month=month, opening=sum(map(Fraction, then.values()), Fraction(0))
        )
    if cohort == "reactivated_zero":
        for movement in movements:
            if movement.kind == "churn" and start < month_of(movement) <= month:
                now.pop(movement.customer_id, None)
    base = sum((Fraction(mrr) for mrr in then.values()), Fraction(0))
    if base == 0:
        return None, None
    kept = Fraction(0)
    kept_at_most_then = Fraction(0)
    for customer, mrr in then.items():
        current = now.get(customer, Decimal(0))
        kept += Fraction(current)
        kept_at_most_then += Fraction(min(current, mrr))
    return kept / base, kept_at_most_then / base


def _movement_based(
    movements: Sequence[OracleMovement], *, start: str, month: str, opening: Fraction
) -> tuple[Fraction | None, Fraction | None]:
    """What expansion and losses in the window leave of the opening, whosever they are; new and returns left out."""
    if opening == 0:
        return None, None
    sums = dict.fromkeys(KINDS, Fraction(0))
    for movement in movements:
        if start < month_of(movement) <= month and not movement.scheduled and movement.kind in sums:
            sums[movement.kind] += Fraction(movement.amount)
    kept = opening + sums["contraction"] + sums["churn"]
    return (kept + sums["expansion"]) / opening, kept / opening


def month_of(movement: OracleMovement) -> str:
    """`2026-01`, which sorts as text (years have four digits here)."""
    return f"{movement.date:%Y-%m}"


def month_before(month: str, count: int) -> str:
    """The month so many months earlier."""
    year, number = map(int, month.split("-"))
    months = year * 12 + (number - 1) - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _customer_churn_rate(opening: set[str], who: dict[str, set[str]], *, denominator: Denominator) -> Fraction | None:
    """Customers who churned in the month as a share of those at its opening, or of these and the new ones."""
    if denominator == "opening":
        gone, of = len(who["churn"] & opening), len(opening)
    else:
        gone, of = len(who["churn"]), len(opening) + len(who["new"])
    return Fraction(gone, of) if of else None


def _figures(actual: Sequence[OracleMovement], *, month: str, cohort: Cohort, denominator: Denominator) -> MonthFigures:
    opening = closing_by_customer(actual, month=month_before(month, 1))
    closing = closing_by_customer(actual, month=month)
    of_month = [movement for movement in actual if month_of(movement) == month]
    sums = dict.fromkeys(KINDS, Decimal(0))
    who: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for movement in of_month:
        if movement.kind in sums:
            sums[movement.kind] += movement.amount
            who[movement.kind].add(movement.customer_id)
    nrr_1m, grr_1m = retention(actual, month=month, months_back=1, cohort=cohort)
    nrr_12m, grr_12m = retention(actual, month=month, months_back=12, cohort=cohort)
    return MonthFigures(
        month=month,
        opening=sum(opening.values(), Decimal(0)),
        closing=sum(closing.values(), Decimal(0)),
        customers=len(closing),
        nrr_1m=nrr_1m,
        grr_1m=grr_1m,
        nrr_12m=nrr_12m,
        grr_12m=grr_12m,
        customer_churn_rate=_customer_churn_rate(set(opening), who, denominator=denominator),
        customers_by_kind={kind: len(customers) for kind, customers in who.items()},
        **sums,
    )
