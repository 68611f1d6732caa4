"""Whether a change of a paying customer is expansion or contraction, and the rows it books.

A customer drops chat (-50) and moves CRM from plan S to L (+60) on one day. Judged item by item
that is a contraction of 50 and an expansion of 60; judged as a whole (netting `customer`) both
rows are expansion, 10 in sum. Either way CRM's former 100 moves from plan S to plan L by two
`transfer` rows of sum 0, and its +60 sits on plan L.

Where the rules leave room: a group whose changes are all in one currency is judged in it, whatever
rates its rows carry; so is a group whose other currencies each cancel out. Only where several
currencies are left do rates decide, each row's own (under `fx = "item_start"` two rows in euros may
carry different ones). Where one of these is unknown, each currency is judged for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .drivers import (
    Cause,
    cause_of_currency_change,
    cause_of_presence,
    causes_of_change,
    moved_offer,
)
from .policies import OraclePolicy
from .rates import RateOf
from .values import ZERO, Span


@dataclass(frozen=True)
class Change:
    """One item, or one pair, in one moment: its counting spans before and after."""

    before: Span | None
    after: Span | None

    @property
    def before_mrr(self) -> Decimal:
        return ZERO if self.before is None else self.before.mrr

    @property
    def after_mrr(self) -> Decimal:
        return ZERO if self.after is None else self.after.mrr

    @property
    def rows(self) -> frozenset[int]:
        return frozenset(span.version.row for span in (self.before, self.after) if span is not None)

    @property
    def place(self) -> Span:
        """Where its rows sit: the new item; the old one if there is no new one."""
        span = self.after or self.before
        assert span is not None
        return span

    @property
    def parts(self) -> dict[str, Decimal]:
        """The change in each currency; zeros left out."""
        sums: dict[str, Decimal] = {}
        if self.before is not None:
            sums[self.before.version.currency] = -self.before.mrr
        if self.after is not None:
            currency = self.after.version.currency
            sums[currency] = sums.get(currency, ZERO) + self.after.mrr
        return {currency: amount for currency, amount in sums.items() if amount != 0}


@dataclass(frozen=True)
class Judged:
    """A row to be booked on the ids of `place`."""

    change: Change
    place: Span
    kind: str
    driver: str | None
    amount: Decimal
    currency: str
    rule: str
    from_plan_id: str | None


def judge(
    changes: Sequence[Change],
    *,
    before: Sequence[Span],
    after: Sequence[Span],
    policy: OraclePolicy,
    rate_of: RateOf,
) -> list[Judged]:
    """Rows of changes whose unit pays before and after; `before` and `after` are all that the customer has."""
    judged: list[Judged] = []
    for group in _groups(changes, policy=policy):
        kinds = _kinds(group, rate_of=rate_of)
        for change in group:
            judged += _transfers(change)
            for currency, total in change.parts.items():
                if kinds[currency] == "transfer":
                    judged.append(_netted(change, currency=currency, amount=total))
                    continue
                judged += [
                    _row(change, kind=kinds[currency], cause=cause, currency=currency)
                    for cause in _causes(change, total, before=before, after=after)
                ]
    return judged


def _groups(changes: Sequence[Change], *, policy: OraclePolicy) -> list[list[Change]]:
    """The changes whose total decides their kind together."""
    grouped: dict[object, list[Change]] = {}
    for change in changes:
        name = {
            "item": change.place.item,
            "subscription": change.place.version.subscription_id,
            "customer": "all",
        }[policy.netting]
        grouped.setdefault(name, []).append(change)
    return list(grouped.values())


def _kinds(group: Sequence[Change], *, rate_of: RateOf) -> dict[str, str]:
    """The kind of the group's rows, by currency: one for all wherever rates allow to add."""
    totals: dict[str, Decimal] = {}
    for change in group:
        for currency, amount in change.parts.items():
            totals[currency] = totals.get(currency, ZERO) + amount
    # What cancels within its currency is worth nothing at any rate, so it needs none.
    moved = {currency: Fraction(amount) for currency, amount in totals.items() if amount != 0}
    valued = [
        (Fraction(amount), rate_of(change.place, currency))
        for change in group
        for currency, amount in change.parts.items()
        if currency in moved
    ]
    if any(rate is None for _, rate in valued):
        return {currency: _kind(Fraction(amount)) for currency, amount in totals.items()}
    if len(moved) == 1:
        whole = sum(moved.values(), Fraction(0))
    else:
        whole = sum((amount * rate for amount, rate in valued if rate is not None), Fraction(0))
    return dict.fromkeys(totals, _kind(whole))


def _kind(total: Fraction) -> str:
    if total == 0:
        return "transfer"
    return "expansion" if total > 0 else "contraction"


def _causes(change: Change, total: Decimal, *, before: Sequence[Span], after: Sequence[Span]) -> list[Cause]:
    old, new = change.before, change.after
    if old is None:
        return [(cause_of_presence(change.place, before), total)]
    if new is None:
        return [(cause_of_presence(old, after), total)]
    if old.version.currency != new.version.currency:
        return [(cause_of_currency_change(old, new), total)]
    return causes_of_change(old, new)


def _row(change: Change, *, kind: str, cause: Cause, currency: str) -> Judged:
    driver, amount = cause
    return Judged(
        change=change,
        place=change.place,
        kind=kind,
        driver=driver,
        amount=amount,
        currency=currency,
        rule=_rule(change),
        from_plan_id=_from_plan(change),
    )


def _netted(change: Change, *, currency: str, amount: Decimal) -> Judged:
    """Ups and downs that cancel out are neither expansion nor contraction."""
    return Judged(
        change=change,
        place=change.place,
        kind="transfer",
        driver=None,
        amount=amount,
        currency=currency,
        rule="netted_to_zero",
        from_plan_id=_from_plan(change),
    )


def _transfers(change: Change) -> list[Judged]:
    """Move the old MRR from the old plan to the new one, in the old currency."""
    old, new = change.before, change.after
    if old is None or new is None or not moved_offer(old, new) or old.mrr == 0:
        return []
    return [
        Judged(
            change=change,
            place=place,
            kind="transfer",
            driver=None,
            amount=amount,
            currency=old.version.currency,
            rule="plan_moved",
            from_plan_id=from_plan,
        )
        for place, amount, from_plan in (
            (old, -old.mrr, None),
            (new, old.mrr, old.version.plan_id),
        )
    ]


def _from_plan(change: Change) -> str | None:
    if change.before is None or change.after is None:
        return None
    return change.before.version.plan_id if moved_offer(change.before, change.after) else None


def _rule(change: Change) -> str:
    if change.before is None:
        return "item_appeared"
    if change.after is None:
        return "item_gone"
    if change.before.version.currency != change.after.version.currency:
        return "currency_changed"
    return "item_changed" if change.before.item == change.after.item else "item_replaced"
