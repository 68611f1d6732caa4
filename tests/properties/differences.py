"""The first customer of whom two ledgers say different things, told in full.

A batch has hundreds of customers; a person can look at one. `first_difference` gives the text of

    customer c-17 (UTC, as of 2024-07-04, strict) is booked otherwise
      history
        row 43  s1/i1  crm/crm-s plan  2024-01-31T00:00:00+00:00 ..  5 x 20 USD a month
      oracle
        2024-01-31  s1/i1  crm/crm-s  new                 100.000000 USD at 1  first_payment  rows 43
      upswell
        2024-01-31  s1/i1  crm/crm-s  reactivation        100.000000 USD at 1  return  rows 43

and None where there is no difference. What both ledgers have is listed too: a moment is judged as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.oracles.ledger import OracleMovement
from tests.oracles.values import ItemRow


def first_difference(
    histories: dict[str, list[ItemRow]],
    *,
    wanted: Counter[OracleMovement],
    found: Counter[OracleMovement],
    circumstances: str,
) -> str | None:
    """The text described above, None if both are the same multiset."""
    different = (wanted - found) + (found - wanted)
    if not different:
        return None
    customers = {movement.customer_id for movement in different}
    customer = next((each for each in histories if each in customers), min(customers))
    return "\n".join(
        [
            f"customer {customer} ({circumstances}) is booked otherwise; customers concerned: {len(customers)}",
            "  history",
            *(f"    {_version(row)}" for row in histories.get(customer, ())),
            *_section("oracle", customer, wanted),
            *_section("upswell", customer, found),
        ]
    )


def _section(title: str, customer: str, movements: Counter[OracleMovement]) -> list[str]:
    own = sorted((each for each in movements.elements() if each.customer_id == customer), key=_order)
    return [f"  {title}", *(f"    {_movement(each)}" for each in own)]


def _order(movement: OracleMovement) -> tuple[str, ...]:
    return (str(movement.date), str(movement.scheduled), _movement(movement))


def _movement(movement: OracleMovement) -> str:
    moved = f" from {movement.from_plan_id}" if movement.from_plan_id else ""
    rows = ", ".join(str(row) for row in sorted(movement.rows))
    return (
        f"{movement.date}{' scheduled' if movement.scheduled else ''}  {movement.subscription_id}/{movement.item_id}"
        f"  {movement.product_id}/{movement.plan_id}{moved}  {movement.kind} {movement.driver or ''}"
        f"  {movement.amount} {movement.currency} at {movement.rate}  {movement.rule}  rows {rows}"
    )


def _version(row: ItemRow) -> str:
    ends = row.ends_at.isoformat() if row.ends_at else ""
    amount = f"{row.quantity} x {row.unit_amount}" if row.mrr is None else f"{row.quantity}, mrr {row.mrr}"
    conditions: Sequence[tuple[str, object]] = (
        ("price", row.price_id),
        ("percent off", row.discount_percent),
        ("amount off", row.discount_amount),
        ("discount until", row.discount_until),
        ("trial until", row.trial_until),
        ("cancel requested at", row.cancel_requested_at),
        ("status", row.status),
    )
    told = ", ".join(f"{name} {value}" for name, value in conditions if value not in (None, "active"))
    return (
        f"row {row.row}  {row.subscription_id}/{row.item_id}  {row.product_id}/{row.plan_id} {row.item_type}"
        f"  {row.starts_at.isoformat()} .. {ends}  {amount} {row.currency} per {row.interval_count} {row.interval}"
        f"{'  ' + told if told else ''}"
    )
