"""The account's own record of the truth: what each item was, moment by moment, and how much of it Stripe lets one see.

An entry sets some of an item's fields at a moment. A *billed* entry is on an invoice line; a *silent* one (a change
without proration, a pause) is known only to who sees the event within 30 days, and otherwise appears where something
next tells of the item: the start of a period, a prorated change, an event that is seen.

    5 seats from 01-10; silently 8 on 01-20; next period on 02-10
    seen by a sync on 01-21          5 until 01-20, 8 from there on
    first sync in 2027               5 until 02-10, 8 from there on
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from tests.stripe_account.moments import EVENTS_KEPT, iso, months_after
from tests.stripe_account.things import Item, Price, Subscription

_TWELVE: Final = Decimal("1e-12")
FIELDS: Final = (
    "customer_id",
    "subscription_id",
    "item_id",
    "product_id",
    "plan_id",
    "price_id",
    "starts_at",
    "ends_at",
    "quantity",
    "unit_amount",
    "currency",
    "interval",
    "interval_count",
    "discount_percent",
    "discount_amount",
    "discount_until",
    "item_type",
    "status",
    "trial_until",
    "cancel_requested_at",
)
_SEEN: Final = ("price", "quantity", "product", "tax_percent", "paused")
_DIGITS: Final = {"jpy": 0, "bhd": 3}


@dataclass(frozen=True)
class Entry:
    """Fields set at a moment: where a billed `period` starts, as `told` by a prorated change, or silently."""

    moment: int
    fields: dict[str, Any]
    period: bool = False
    told: bool = False
    silent: bool = False


@dataclass
class History:
    """All that happened to one item. `paid_until` is the end of the last period billed; `gone_at` when it was
    removed.
    """

    subscription: Subscription
    item: Item
    added_silently: bool
    entries: list[Entry] = field(default_factory=list)
    paid_until: int = 0
    gone_at: int | None = None
    gone_silently: bool = False


class Truth:
    """The record; the account's operations write it, `expected_items` reads it."""

    def __init__(self) -> None:
        self.histories: dict[str, History] = {}

    def begin(self, subscription: Subscription, item: Item, *, silently: bool = False) -> None:
        self.histories[item.id] = History(subscription, item, silently)

    def note(
        self, item: Item, moment: int, *, period: bool = False, told: bool = False, silent: bool = False, **fields: Any
    ) -> None:
        self.histories[item.id].entries.append(Entry(moment, fields, period, told, silent))

    def expected_items(self, syncs: Sequence[int], *, events: bool = True) -> list[dict[str, str]]:
        """The rows of the contract that an account seen at the times `syncs` can be known to have had.

        Without `events` nobody read them: an export shows what is, and not when it became so.
        """
        rows: list[dict[str, str]] = []
        for history in self.histories.values():
            if history.subscription.status not in ("incomplete", "incomplete_expired"):
                rows += _rows(history, _Seen(tuple(sorted(syncs)), events))
        return rows


@dataclass(frozen=True)
class _Seen:
    """When the account was read, and whether its events were."""

    syncs: tuple[int, ...]
    events: bool


def _listed(moment: int, seen: _Seen) -> bool:
    """Whether some sync still finds the event of that moment."""
    return seen.events and any(0 <= sync - moment < EVENTS_KEPT for sync in seen.syncs)


def _rows(history: History, seen: _Seen) -> list[dict[str, str]]:
    visible = _visible(history, seen)
    end = _end(history, seen)
    rows: list[dict[str, str]] = []
    for place, (moment, state) in enumerate(visible):
        until = visible[place + 1][0] if place + 1 < len(visible) else None
        if end is not None:
            until = end if until is None else min(until, end)
        if until is not None and until <= moment:
            continue
        row = _row(history, state, moment, until)
        if rows and rows[-1]["ends_at"] == row["starts_at"] and _same(rows[-1], row):
            rows[-1]["ends_at"] = row["ends_at"]
        else:
            rows.append(row)
    subscription = history.subscription
    ends = subscription.ended_at is not None or subscription.cancel_at_period_end or subscription.cancel_at is not None
    if rows and history.gone_at is None and subscription.canceled_at is not None and ends:
        rows[-1]["cancel_requested_at"] = iso(subscription.canceled_at)
    return rows


def _visible(history: History, seen: _Seen) -> list[tuple[int, dict[str, Any]]]:
    """The states that can be seen, each from its moment on."""
    events = {moment for moment in history.subscription.event_times if _listed(moment, seen)}
    moments = sorted({entry.moment for entry in history.entries} | {m for m in events if m >= history.item.created})
    begun = not history.added_silently or _met(history, seen)
    actual: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    states: list[tuple[int, dict[str, Any]]] = []
    for moment in moments:
        entries = [entry for entry in history.entries if entry.moment == moment]
        for entry in entries:
            actual.update(entry.fields)
        period = any(entry.period for entry in entries)
        told = any(entry.told for entry in entries)
        plain = moment in events or period or (not shown and begun)
        for name, value in actual.items():
            if name not in _SEEN or plain or (told and name != "paused"):
                shown[name] = value
        begun = begun or period or told or moment in events
        if begun and "price" in shown:
            states.append((moment, dict(shown)))
    return states


def _met(history: History, seen: _Seen) -> bool:
    """Whether some sync, or an event it found, showed the item on its subscription, and with it when it was created."""
    told = [moment for moment in history.subscription.event_times if _listed(moment, seen)]
    return any(
        history.item.created <= moment and (history.gone_at is None or moment < history.gone_at)
        for moment in (*seen.syncs, *told)
    )


def _end(history: History, seen: _Seen) -> int | None:
    subscription = history.subscription
    ends = []
    if history.gone_at is not None:
        # Who sees any later event of the subscription sees that the item is gone.
        told = [m for m in subscription.event_times if m >= history.gone_at and _listed(m, seen)]
        ends.append(min([history.paid_until, *told]) if history.gone_silently else history.gone_at)
    if subscription.ended_at is not None:
        ends.append(subscription.ended_at)
    elif history.gone_at is None and subscription.cancel_at is not None:
        ends.append(subscription.cancel_at)
    elif history.gone_at is None and subscription.cancel_at_period_end:
        ends.append(subscription.period_end)
    return min(ends) if ends else None


def _row(history: History, state: dict[str, Any], moment: int, until: int | None) -> dict[str, str]:
    price: Price = state["price"]
    subscription = history.subscription
    metadata = {**state["product"].metadata, **price.metadata}
    plan = metadata.get("upswell_plan", price.product)
    tax = state.get("tax_percent") if price.inclusive else None
    scale = Decimal(1).scaleb(-_DIGITS.get(subscription.currency, 2))
    quantity = state["quantity"]
    percent, amount, discount_until = state.get("discount", (None, None, None))
    if discount_until is not None and discount_until <= moment:
        percent = amount = discount_until = None
    status = state.get("status", "active")
    if state.get("paused") and status != "unpaid":
        status = "paused"
    return {
        "customer_id": subscription.customer.id,
        "subscription_id": subscription.id,
        "item_id": history.item.id,
        "product_id": metadata.get("upswell_product", plan),
        "plan_id": plan,
        "price_id": price.id,
        "starts_at": iso(moment),
        "ends_at": "" if until is None else iso(until),
        "quantity": str(quantity),
        "unit_amount": f"{_net(_unit(price, quantity, subscription.currency) * scale, tax):f}",
        "currency": subscription.currency.upper(),
        "interval": price.interval,
        "interval_count": str(price.count),
        "discount_percent": "" if percent is None else str(percent),
        "discount_amount": "" if amount is None else f"{_net(amount * scale, None):f}",
        "discount_until": "" if discount_until is None else iso(discount_until),
        "item_type": "usage" if price.metered else metadata.get("upswell_type", "plan"),
        "status": status,
        "trial_until": iso(state["trial_end"]) if status == "trialing" else "",
        "cancel_requested_at": "",
    }


def _unit(price: Price, quantity: int, currency: str) -> Decimal:
    if not price.tiers and not price.pack:
        unit = price.unit_in(currency)
        assert unit is not None
        return unit
    return price.total(quantity, currency) / quantity if quantity else Decimal(0)


def _net(amount: Decimal, tax_percent: Decimal | None) -> Decimal:
    net = amount * 100 / (100 + tax_percent) if tax_percent else amount
    return net.quantize(_TWELVE, rounding=ROUND_HALF_EVEN)


def _same(former: dict[str, str], row: dict[str, str]) -> bool:
    return all(former[name] == row[name] for name in FIELDS if name not in ("starts_at", "ends_at"))


def until_of(duration: str, end: int | None, period_end: int, anchor: int, months: int) -> int | None:
    """When a discount read off a line ends by itself: never, with the period, or at the first period after its end."""
    if duration == "forever":
        return None
    if duration == "once" or end is None or end <= period_end:
        return period_end
    boundary, number = period_end, 0
    while boundary < end:
        number += months
        boundary = months_after(period_end, number)
    return boundary
