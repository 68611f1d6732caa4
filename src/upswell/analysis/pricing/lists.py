"""The list price of an offer. No import table holds a price list, so it is read off what new customers were sold.

Team is sold at 20.00 a seat and month. Of its last ten sales one was at 17.00 (negotiated), six at 20.00 and, since
May, three at 22.00: the list price is 20.00 until 22.00 is the more frequent of the ten. So a list price is

- that of an **offer**: a plan or add-on in one currency, billed per one interval;
- the undiscounted `unit_amount` of most of its last `LATEST` sales within `WINDOW_DAYS` days of the close; of equally
  many the higher. At least `SUPPORT` of these sales must be at it, else the offer has no list price;
- a **sale** is an item that begins when its customer did not hold the product (of an add-on: the add-on) the day
  before: renewals, seats and changes of plan tell what was agreed before, not what is asked for now.

**Tiers.** Where most of these sales have one `price_id`, and that price has several unit amounts on quantities of their
own, lower the more is bought (39.00 on 1 to 24 seats, 36.00 on 25 to 90), each is the list price of its quantities.
Between 90 and, say, 100 nobody bought, and nothing is known. Without price ids, tiers cannot be told from a price that
rose.

A price list that is given (`[[list_prices]]` in upswell.toml) rules over what was sold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close, Holding, Offer
from upswell.analysis.pricing.tables import COUNT, DATE, PRICE, QUANTITY, TEXT, table_of
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

WINDOW_DAYS: Final = 365
LATEST: Final = 10
SUPPORT: Final = 3
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "plan_id": TEXT,
    "item_type": TEXT,
    "currency": TEXT,
    "term": TEXT,
    "quantity_from": QUANTITY,
    "quantity_to": QUANTITY,
    "list_price": PRICE,
    "since": DATE,
    "source": TEXT,
    "sales": COUNT,
    "sales_at_it": COUNT,
    "reason": TEXT,
}

_SALES: Final = """
with versions as (
    select *, cast(item_type as varchar) = 'plan' as is_plan from item_versions
    where starts_at <= $as_of and starts_on <= $day and (ends_on is null or ends_on > starts_on)
)
select sold.plan_id, cast(sold.item_type as varchar), sold.currency, cast(sold.billing_interval as varchar),
    sold.interval_count, sold.price_id, sold.unit_amount
from versions as sold
where sold.counts and sold.unit_amount is not null and sold.starts_on > $window_from
    and not exists (
        select 1 from versions as held
        where held.customer_key = sold.customer_key and held.holds and held.starts_on < sold.starts_on
            and (held.ends_on is null or held.ends_on >= sold.starts_on)
            and case when sold.is_plan then held.product_id = sold.product_id else held.plan_id = sold.plan_id end
    )
order by sold.starts_on desc, sold.starts_at desc, sold.item_key, sold.span_id
"""
_PRICES: Final = """
select plan_id, cast(item_type as varchar), currency, cast(billing_interval as varchar), interval_count, price_id,
    unit_amount, min(quantity), max(quantity), min(starts_on)
from item_versions
where starts_at <= $as_of and starts_on <= $day and counts and unit_amount is not null
group by all
"""


@dataclass(frozen=True)
class GivenPrice:
    """A list price as the user states it: of quantities from `quantity_from` up to the next one given."""

    offer: Offer
    amount: Decimal
    quantity_from: Decimal = Decimal(0)
    since: date | None = None


@dataclass(frozen=True)
class Tier:
    """A unit amount and the quantities it is asked for: `low` to `high` (None: any more), both included."""

    amount: Decimal
    low: Decimal
    high: Decimal | None
    since: date | None

    def covers(self, quantity: Decimal) -> bool:
        """Whether the tier prices that quantity."""
        return self.low <= quantity and (self.high is None or quantity <= self.high)


@dataclass(frozen=True)
class ListPrice:
    """The list price of an offer, or none and the `reason`; `sales` were looked at, `support` of them were at it."""

    offer: Offer
    tiers: tuple[Tier, ...] = ()
    price_id: str | None = None
    source: Literal["sold", "given"] = "sold"
    sales: int = 0
    support: int = 0
    reason: str | None = None

    def tier_for(self, quantity: Decimal) -> Tier | None:
        """The tier that prices `quantity`, if it is known."""
        return next((tier for tier in reversed(self.tiers) if tier.covers(quantity)), None)

    def why_not(self, quantity: Decimal) -> str:
        """Why there is no list price of `quantity`."""
        return self.reason or f"no tier of {self.offer.plan_id} is known for a quantity of {quantity.normalize():f}"


@dataclass(frozen=True)
class _Price:
    """All that was agreed at one unit amount of one price id of an offer."""

    price_id: str | None
    amount: Decimal
    low: Decimal
    high: Decimal
    since: date


@dataclass(frozen=True)
class PriceList:
    """The list prices of every offer that was in a book up to the close."""

    prices: Mapping[Offer, ListPrice] = field(default_factory=dict)

    def of(self, offer: Offer) -> ListPrice:
        """The list price of an offer, maybe absent with a reason."""
        return self.prices.get(offer) or ListPrice(offer, reason="no row of it gives a price per unit")

    def for_holding(self, holding: Holding) -> Tier | None:
        """The tier that the holding would be sold at today, if that is known."""
        price = self.of(holding.offer)
        tier = price.tier_for(holding.quantity)
        if tier is None and price.tiers and holding.price_id is not None and holding.price_id == price.price_id:
            # Between two tiers that were seen: what it pays is itself an amount of today's price.
            return next((each for each in price.tiers if each.amount == holding.unit_amount), None)
        return tier


def price_list(connection: Readable, close: Close, *, given: Sequence[GivenPrice] = ()) -> PriceList:
    """The list prices as of a close: given ones, and of all other offers what was sold last."""
    window_from = date.fromordinal(close.day.toordinal() - WINDOW_DAYS)
    bound = close.parameters() | {"window_from": window_from}
    sales: dict[Offer, list[tuple[str | None, Decimal]]] = defaultdict(list)
    for *offer, price_id, amount in fetch(connection, _SALES, bound):
        sales[Offer(*offer)].append((price_id, amount))
    agreed: dict[Offer, list[_Price]] = defaultdict(list)
    for *offer, price_id, amount, low, high, since in fetch(connection, _PRICES, bound):
        agreed[Offer(*offer)].append(_Price(price_id, amount, low, high, since))
    found = {offer: _sold(offer, sales[offer], prices) for offer, prices in agreed.items()}
    return PriceList(found | _given(given, agreed))


def list_table(prices: PriceList) -> pa.Table:
    """Every offer with its list prices, a row for each tier, or one row without a price and with the reason."""
    rows = []
    for offer in sorted(prices.prices, key=lambda each: (each.plan_id, each.item_type, each.currency, each.term)):
        price = prices.prices[offer]
        rows += [_row(price, tier) for tier in price.tiers or (None,)]
    return table_of(rows, COLUMNS)


def _row(price: ListPrice, tier: Tier | None) -> dict[str, object]:
    offer = price.offer
    return {
        "plan_id": offer.plan_id,
        "item_type": offer.item_type,
        "currency": offer.currency,
        "term": offer.term,
        "quantity_from": None if tier is None or len(price.tiers) == 1 else tier.low,
        # A given tier ends where the next begins; of one that was read off sales the last quantity sold is known.
        "quantity_to": None if tier is None or len(price.tiers) == 1 or price.source == "given" else tier.high,
        "list_price": None if tier is None else tier.amount,
        "since": None if tier is None else tier.since,
        "source": None if tier is None else price.source,
        "sales": price.sales,
        "sales_at_it": price.support,
        "reason": price.reason,
    }


def _sold(offer: Offer, sales: Sequence[tuple[str | None, Decimal]], agreed: Sequence[_Price]) -> ListPrice:
    latest = sales[:LATEST]
    tiered = _tiers(latest, agreed)
    if tiered is not None:
        price_id, tiers = tiered
        support = sum(each == price_id for each, _ in latest)
        return ListPrice(offer, tiers, price_id, sales=len(sales), support=support)
    amounts = Counter(amount for _, amount in latest)
    amount, support = max(amounts.items(), key=lambda each: (each[1], each[0]), default=(None, 0))
    if amount is None or support < SUPPORT:
        return ListPrice(offer, sales=len(sales), support=support, reason=_too_few(len(sales), support))
    since = min(each.since for each in agreed if each.amount == amount)
    return ListPrice(offer, (Tier(amount, Decimal(0), None, since),), sales=len(sales), support=support)


def _too_few(sales: int, support: int) -> str:
    if not sales:
        return f"not sold to anyone new in {WINDOW_DAYS} days"
    of = f"the last {min(sales, LATEST)} new sales" if sales > 1 else "its one new sale"
    return f"of {of} in {WINDOW_DAYS} days at most {support} at one price; {SUPPORT} are needed"


def _tiers(
    latest: Iterable[tuple[str | None, Decimal]], agreed: Sequence[_Price]
) -> tuple[str, tuple[Tier, ...]] | None:
    """The price id that is sold now and its tiers, if it has several on quantities of their own."""
    ids = Counter(price_id for price_id, _ in latest if price_id is not None)
    if not ids:
        return None
    most = max(ids.values())
    price_id = next(each for each in ids if ids[each] == most)  # of equally many the one sold last
    amounts = sorted((each for each in agreed if each.price_id == price_id), key=lambda each: (each.low, each.high))
    apart = all(before.high < after.low and before.amount > after.amount for before, after in pairwise(amounts))
    if most < SUPPORT or len(amounts) < 2 or not apart:  # noqa: PLR2004 -- one amount is no tier
        return None
    since = min(each.since for each in amounts)
    tiers = [Tier(each.amount, each.low, each.high, since) for each in amounts]
    tiers[0] = Tier(tiers[0].amount, Decimal(0), tiers[0].high, since)
    tiers[-1] = Tier(tiers[-1].amount, tiers[-1].low, None, since)
    return price_id, tuple(tiers)


def _given(given: Sequence[GivenPrice], agreed: Mapping[Offer, Sequence[_Price]]) -> dict[Offer, ListPrice]:
    by_offer: dict[Offer, list[GivenPrice]] = defaultdict(list)
    for each in given:
        by_offer[each.offer].append(each)
    found = {}
    for offer, prices in by_offer.items():
        ordered = sorted(prices, key=lambda each: each.quantity_from)
        edges = [each.quantity_from for each in ordered[1:]]
        tiers = tuple(
            Tier(each.amount, each.quantity_from, None if edge is None else edge, _since(each, agreed.get(offer, ())))
            for each, edge in zip(ordered, [*edges, None], strict=True)
        )
        found[offer] = ListPrice(offer, tiers, source="given")
    return found


def _since(price: GivenPrice, agreed: Sequence[_Price]) -> date | None:
    if price.since is not None:
        return price.since
    return min((each.since for each in agreed if each.amount == price.amount), default=None)
