"""What Stripe's objects say of each item, read once: the steps of its life, each with the object that shows it.

si_1   2026-01-10  5 x 20.00   il_1
       2026-01-25  8 x 20.00   ii_7 (prorated)
       as last seen 8 x 20.00   sub_1
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import duckdb

from upswell.sources.stripe.reconciliation.statuses import DAY_KNOWN, Span, read_spans

_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_TWELVE: Final = Decimal("1e-12")


@dataclass(frozen=True)
class Reduction:
    """A discount on a line: its percent if it has one, the amount the line shows, and until when it lasts by itself."""

    discount_id: str
    percent: Decimal | None
    amount: Decimal
    forever: bool


@dataclass(frozen=True)
class Step:
    """From `at` on the item is this, as `source` shows. `unit` is a whole period's price of one, in major units with
    tax.
    """

    at: datetime
    price_id: str
    quantity: Decimal
    unit: Decimal
    inclusive: Decimal
    source: str
    rank: tuple[int, datetime, int]
    reductions: tuple[Reduction, ...] | None = None
    until: datetime | None = None
    inferred: bool = False


@dataclass
class ItemEvidence:
    """Everything about one item. `present` is how it was last seen, `ends_at` when it ended, if it did, shown by
    `ended_by`.
    """

    item_id: str
    subscription_id: str
    customer_id: str
    currency: str
    metered: bool
    steps: list[Step] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    present: Step | None = None
    present_forever: tuple[Reduction, ...] = ()
    ends_at: datetime | None = None
    ended_by: str = ""

    def at(self, instant: datetime) -> Step | None:
        """The step that rules at an instant, if the item lives then."""
        place = bisect_right(self.moments, instant)
        if place == 0 or (self.ends_at is not None and instant >= self.ends_at):
            return None
        return self.steps[place - 1]

    def after(self, instant: datetime) -> list[Step]:
        """The steps that come later."""
        return self.steps[bisect_right(self.moments, instant) :]


@dataclass(frozen=True)
class SubscriptionEvidence:
    """A subscription as it was last seen."""

    subscription_id: str
    customer_id: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    canceled_at: datetime | None
    cancels: bool
    trial_start: datetime | None
    trial_end: datetime | None


@dataclass(frozen=True)
class Terms:
    """How often a price bills, and what it is in the ledger."""

    interval: str
    count: int
    metered: bool
    plan_id: str
    product_id: str


@dataclass(frozen=True)
class AccountEvidence:
    """The whole account."""

    items: Mapping[str, ItemEvidence]
    subscriptions: Mapping[str, SubscriptionEvidence]
    spans: Mapping[str, Sequence[Span]]
    terms: Mapping[str, Terms]
    by_subscription: Mapping[str, Sequence[ItemEvidence]]
    item_discounts: frozenset[str]


def read_evidence(connection: duckdb.DuckDBPyConnection) -> AccountEvidence:
    """Read an account from a connection on which it is landed (`derive.landed`)."""
    terms = {
        row["price_id"]: Terms(row["billing_interval"], row["interval_count"], bool(row["metered"]), row["plan_id"],
                               row["product_id"])
        for row in _rows(connection, "select * exclude (tiers, currency_options) from prices")
    }  # fmt: skip
    subscriptions = {
        row["subscription_id"]: SubscriptionEvidence(
            row["subscription_id"], row["customer_id"], row["status"], row["started_at"], row["ended_at"],
            row["canceled_at"],
            row["ended_at"] is not None or row["cancel_at_period_end"] or row["cancel_at"] is not None,
            row["trial_start"], row["trial_end"],
        )
        for row in _rows(connection, 'select * exclude ("items") from subscription_versions where latest')
    }  # fmt: skip
    items = _items(connection, terms, subscriptions)
    by_subscription: dict[str, list[ItemEvidence]] = defaultdict(list)
    for item in items.values():
        by_subscription[item.subscription_id].append(item)
    of_items = connection.execute("select discount_id from discounts where item_id is not null").fetchall()
    return AccountEvidence(
        items, subscriptions, read_spans(connection), terms, by_subscription, frozenset(str(row[0]) for row in of_items)
    )


def _items(
    connection: duckdb.DuckDBPyConnection, terms: Mapping[str, Terms], subscriptions: Mapping[str, SubscriptionEvidence]
) -> dict[str, ItemEvidence]:
    digits = dict(connection.execute("select currency, digits from currency_digits").fetchall())
    totals = {
        (row[0], row[1], row[2]): (row[3], row[4], row[5])
        for row in connection.execute(
            "select price_id, currency, quantity, total, plain, unit_amount from price_totals"
        ).fetchall()
    }
    taxes = {(row[0], row[1]): row[2] for row in connection.execute("select * from included_taxes").fetchall()}
    book = _Catalogue(terms, digits, totals, taxes)
    items: dict[str, ItemEvidence] = {}
    lines = _rows(
        connection,
        """select * exclude (price, discounts) , list_transform(discounts, lambda each: struct_pack(
                discount_id := id_of(each.discount), amount := each.amount)) as discounts
            from lines where item_id is not null and subscription_id is not null order by issued_at, place""",
    )
    coupons = {row["discount_id"]: row for row in _rows(connection, "select * from discounts")}
    given_back: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    paid_until: dict[str, datetime] = {}
    for line in lines:
        item = items.setdefault(line["item_id"], _new_item(line, terms, subscriptions))
        if line["period_end"] is not None:
            paid_until[item.item_id] = max(paid_until.get(item.item_id, line["period_end"]), line["period_end"])
        if _gives_back(line):
            given_back[item.item_id].append((line["period_start"], line["line_id"]))
        elif line["amount"] > 0 or (line["amount"] == 0 and not _is_metered(line, terms, prorated=True)):
            step = book.step_of_line(line, coupons)
            if step is not None:
                item.steps.append(step)
    _drop_repeated_credits(lines, items, given_back)
    _add_sightings(connection, items, subscriptions, book)
    _close(connection, items, subscriptions, given_back, paid_until)
    return items


def _new_item(
    row: Mapping[str, Any], terms: Mapping[str, Terms], subscriptions: Mapping[str, SubscriptionEvidence]
) -> ItemEvidence:
    subscription = subscriptions.get(row["subscription_id"])
    customer = subscription.customer_id if subscription else row["customer_id"]
    term = terms.get(row["price_id"])
    return ItemEvidence(row["item_id"], row["subscription_id"], customer, row["currency"], bool(term and term.metered))


def _gives_back(line: Mapping[str, Any]) -> bool:
    if not line["proration"]:
        return bool(line["amount"] < 0)
    return bool(line["amount"] < 0 or str(line["description"] or "").lower().startswith("unused time"))


def _is_metered(line: Mapping[str, Any], terms: Mapping[str, Terms], *, prorated: bool) -> bool:
    term = terms.get(line["price_id"])
    return bool(term and term.metered and line["proration"] is prorated)


def _drop_repeated_credits(
    lines: Sequence[Mapping[str, Any]],
    items: Mapping[str, ItemEvidence],
    given_back: dict[str, list[tuple[datetime, str]]],
) -> None:
    """A credit beside a charge of the same moment is a change; alone it is an end. A free charge beside a paid one is
    old.
    """
    charged: dict[tuple[str, datetime], bool] = defaultdict(bool)
    for line in lines:
        if line["proration"] and line["amount"] > 0:
            charged[line["item_id"], line["period_start"]] = True
    for item in items.values():
        item.steps = [
            step for step in item.steps if not (step.source.startswith("0 ") and charged[item.item_id, step.at])
        ]
        begun = {step.at for step in item.steps}
        given_back[item.item_id] = [each for each in given_back[item.item_id] if each[0] not in begun]


class _Catalogue:
    """What prices say, to turn lines and sightings into steps."""

    def __init__(
        self,
        terms: Mapping[str, Terms],
        digits: Mapping[str, int],
        totals: Mapping[tuple[str, str, Decimal], tuple[Decimal | None, bool, Decimal | None]],
        taxes: Mapping[tuple[str, str], Decimal],
    ) -> None:
        self.terms, self._digits, self._totals, self._taxes = terms, digits, totals, taxes

    def unit(self, price_id: str, currency: str, quantity: Decimal) -> Decimal | None:
        """A whole period's price of one, when so many are bought."""
        total, plain, unit = self._totals.get((price_id, currency, quantity), (None, False, None))
        if plain or not quantity:
            return None if unit is None and plain else self._major(unit or Decimal(0), currency)
        return None if total is None else shared(self._major(total, currency), quantity)

    def inclusive(self, item_id: str, price_id: str) -> Decimal:
        """The percent of tax inside the price, as far as lines or the subscription show it."""
        return self._taxes.get((item_id, price_id), Decimal(0))

    def step_of_line(self, line: Mapping[str, Any], coupons: Mapping[str, Mapping[str, Any]]) -> Step | None:
        """What a charge says of its item; a regular line also says which discounts hold."""
        term = self.terms.get(line["price_id"])
        if term is None:
            return None
        quantity = Decimal(1) if line["quantity"] is None else line["quantity"]
        unit = self._charged(line, term, quantity)
        if unit is None:
            return None
        inclusive = line["inclusive_percent"] or (
            self.inclusive(line["item_id"], line["price_id"]) if line["invoice_id"] is None else Decimal(0)
        )
        at = line["period_end"] if term.metered else line["period_start"]
        free = "0 " if line["proration"] and line["amount"] == 0 else ""
        return Step(
            at, line["price_id"], quantity, unit, inclusive, f"{free}{line['line_id']}",
            (5, line["issued_at"], line["place"]),
            None if line["proration"] else self._reductions(line, coupons),
            line["period_end"],
        )  # fmt: skip

    def _charged(self, line: Mapping[str, Any], term: Terms, quantity: Decimal) -> Decimal | None:
        """A regular line of a whole period was charged what it costs; else the price says it."""
        listed = self.unit(line["price_id"], line["currency"], quantity)
        if line["proration"]:
            return listed
        total, _, _ = self._totals.get((line["price_id"], line["currency"], quantity), (None, False, None))
        on_trial = line["amount"] == 0 and total
        whole = term.metered or line["period_end"] >= after(line["period_start"], term) - timedelta(days=1)
        if on_trial or not whole:
            return listed
        if line["unit_amount"] is not None and abs(quantity * line["unit_amount"] - line["amount"]) < 1:
            return self._major(line["unit_amount"], line["currency"])
        return shared(self._major(Decimal(line["amount"]), line["currency"]), quantity) if quantity else listed

    def _reductions(self, line: Mapping[str, Any], coupons: Mapping[str, Mapping[str, Any]]) -> tuple[Reduction, ...]:
        found = []
        for each in line["discounts"] or ():
            coupon = coupons.get(each["discount_id"], {})
            found.append(
                Reduction(each["discount_id"], coupon.get("percent"),
                          self._major(Decimal(each["amount"]), line["currency"]),
                          coupon.get("duration") == "forever")
            )  # fmt: skip
        return tuple(found)

    def _major(self, minor: Decimal, currency: str) -> Decimal:
        return minor.scaleb(-self._digits[currency], context=_WIDE).quantize(_TWELVE, context=_WIDE)


def _add_sightings(
    connection: duckdb.DuckDBPyConnection,
    items: dict[str, ItemEvidence],
    subscriptions: Mapping[str, SubscriptionEvidence],
    book: _Catalogue,
) -> None:
    """Events, and what syncs saw: exact, of the day, or only known by the next period."""
    rows = _rows(
        connection,
        """select seen.* exclude (price), readings.former_started_at, versions.currency, versions.latest
            from subscription_items as seen
            asof left join readings on seen.seen_at >= readings.started_at
            left join (
                select subscription_id, seen_no, latest, currency from subscription_versions
            ) as versions on versions.subscription_id = seen.subscription_id and versions.seen_no = seen.seen_no
            order by seen.seen_at, seen.seen_no""",
    )
    created: dict[str, datetime] = {}
    guesses: dict[tuple[str, datetime], Step] = {}
    for row in rows:
        term = book.terms.get(row["price_id"])
        if term is None or term.metered or row["quantity"] is None:
            continue
        currency = row["currency"] or "USD"
        item = items.setdefault(
            row["item_id"], _new_item({**row, "customer_id": "", "currency": currency}, book.terms, subscriptions)
        )
        created.setdefault(item.item_id, row["created_at"])
        unit = book.unit(row["price_id"], item.currency, row["quantity"])
        if unit is None:
            continue
        told = row["seen_in"] in ("event", "webhook")
        known = told or (
            row["former_started_at"] is not None and row["seen_at"] - row["former_started_at"] <= DAY_KNOWN
        )
        at = row["seen_at"] if known else row["current_period_end"]
        if at is None:
            continue
        step = Step(at, row["price_id"], row["quantity"], unit, book.inclusive(item.item_id, row["price_id"]),
                    row["subscription_id"], (4 if told else 3 if known else 1, row["seen_at"], row["seen_no"]),
                    until=row["current_period_end"], inferred=not known)  # fmt: skip
        if known:
            item.steps.append(step)
        else:
            guesses[item.item_id, at] = step
        if row["latest"]:
            item.present = step
    for (item_id, _), step in guesses.items():
        items[item_id].steps.append(step)
    for item in items.values():
        _settle(item, created.get(item.item_id))


def _settle(item: ItemEvidence, created: datetime | None) -> None:
    """One step a moment, the best founded; an item that stood on its subscription earlier began when it was created."""
    best: dict[datetime, Step] = {}
    told = sorted(step.at for step in item.steps if not step.inferred)
    for step in item.steps:
        # A guess about the next period is out of date when something tells of a change after the sighting it rests on.
        place = bisect_right(told, step.rank[1])
        if step.inferred and place < len(told) and told[place] < step.at:
            continue
        if step.at not in best or step.rank > best[step.at].rank:
            best[step.at] = step
    steps = sorted(best.values(), key=lambda step: step.at)
    if steps and created is not None and created < steps[0].at and not item.metered:
        first = steps[0]
        steps.insert(0, Step(created, first.price_id, first.quantity, first.unit, first.inclusive, item.item_id,
                             (2, created, 0), until=first.at))  # fmt: skip
    item.steps, item.moments = steps, [step.at for step in steps]


def _close(
    connection: duckdb.DuckDBPyConnection,
    items: Mapping[str, ItemEvidence],
    subscriptions: Mapping[str, SubscriptionEvidence],
    given_back: Mapping[str, Sequence[tuple[datetime, str]]],
    paid_until: Mapping[str, datetime],
) -> None:
    """When each item ended: with its subscription, where its rest was given back, when it was seen to be gone, or
    unpaid.
    """
    held = {
        (row[0], row[1]): row[2]
        for row in connection.execute(
            """select items.subscription_id, items.item_id, coalesce(versions.cancel_at,
                    case when versions.cancel_at_period_end then items.current_period_end end) as planned
                from subscription_items as items
                inner join subscription_versions as versions on versions.subscription_id = items.subscription_id
                    and versions.seen_no = items.seen_no and versions.latest
                union all
                select listed.parent_id, listed.object_id, null from latest_objects as listed
                inner join subscription_versions as versions on versions.subscription_id = listed.parent_id
                    and versions.latest and versions.has_more_items
                where listed.object_type = 'subscription_item' and not listed.deleted"""
        ).fetchall()
    }
    gone = dict(connection.execute(_GONE).fetchall())
    for item in items.values():
        subscription = subscriptions.get(item.subscription_id)
        ended = subscription.ended_at if subscription else None
        if (item.subscription_id, item.item_id) in held:
            item.ends_at = ended or held[item.subscription_id, item.item_id]
            item.ended_by = item.subscription_id
            continue
        last = max((step.at for step in item.steps if not step.inferred), default=None)
        returned = [each for each in given_back.get(item.item_id, ()) if last is None or each[0] >= last]
        candidates: list[tuple[datetime, str]] = []
        if returned:
            candidates.append(max(returned))
        else:
            until = max(
                [*(step.until or step.at for step in item.steps), *filter(None, [paid_until.get(item.item_id)])]
            )
            candidates.append((until, f"{item.item_id} (inferred)"))
        if item.item_id in gone:
            candidates.append((gone[item.item_id], item.subscription_id))
        if ended is not None:
            candidates.append((ended, item.subscription_id))
        item.ends_at, item.ended_by = min(candidates)


# When a subscription was first seen, to the day, without an item that had been on it or on its invoices.
_GONE: Final = """
with billed as (select item_id, subscription_id, max(period_start) as billed_at
    from lines where item_id is not null and amount >= 0 group by item_id, subscription_id),
seen as (select item_id, subscription_id, max((seen_at, seen_no)) as seen
    from subscription_items group by item_id, subscription_id)
select coalesce(seen.item_id, billed.item_id) as gone_item, min(versions.seen_at)
from seen
full join billed on billed.item_id = seen.item_id and billed.subscription_id = seen.subscription_id
inner join (
    select subscription_versions.*, readings.former_started_at
    from subscription_versions asof left join readings on subscription_versions.seen_at >= readings.started_at
) as versions on versions.subscription_id = coalesce(seen.subscription_id, billed.subscription_id)
    and coalesce((versions.seen_at, versions.seen_no) > seen.seen, true)
    and coalesce(versions.seen_at > billed.billed_at, true) and not versions.has_more_items
where versions.seen_in in ('event', 'webhook') or versions.seen_at - versions.former_started_at <= interval 26 hours
group by gone_item
"""


def shared(total: Decimal, pieces: Decimal) -> Decimal:
    """One of so many parts, to 12 places, half to even."""
    return _WIDE.divide(total, pieces).quantize(_TWELVE, context=_WIDE)


def without_tax(amount: Decimal, percent: Decimal) -> Decimal:
    """An amount without the tax that is inside it, to 12 places."""
    return shared(_WIDE.multiply(amount, Decimal(100)), 100 + percent) if percent else amount


def after(moment: datetime, terms: Terms) -> datetime:
    """The end of a period that begins then; the day is kept where the month has it."""
    if terms.interval in ("day", "week"):
        return moment + timedelta(days=terms.count * (7 if terms.interval == "week" else 1))
    number = moment.year * 12 + moment.month - 1 + terms.count * (12 if terms.interval == "year" else 1)
    year, month = divmod(number, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1, day=min(moment.day, 28))


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
