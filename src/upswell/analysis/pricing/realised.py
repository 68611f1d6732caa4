"""Realised MRR against list MRR, and where the difference went.

Team lists at 20.00 a seat and month. Acme holds 5 seats at 18.00, its price of 2023, less 10 %; Bolt 10 seats at 20.00:

    list MRR       5 x 20.00 + 10 x 20.00      300.00
    old prices     5 x (20.00 - 18.00)         -10.00
    discounts      10 % of 5 x 18.00            -9.00
    realised MRR   81.00 + 200.00              281.00     93.67 % of list

Of each item: list = quantity at the list price; full = quantity at its own unit amount; V = full less its discount; all
per month, each rounded once as the ledger rounds. Then

    discounts      full - V
    old prices     list - full, where the customer has had its price since before today's list price was first agreed
    negotiated     list - full, where it was agreed later: a price of its own, above the list if negative
    other          V - what is booked: a policy that books usage as the mean of several periods

add up to list - realised to the last digit, in every row and in total. An item whose offer has no list price is counted
apart (`unlisted`): its MRR is in no gap and in no share. Realised and unlisted MRR together are the MRR of the close.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

import pyarrow as pa

from upswell.analysis.pricing.holdings import Close, Holding, Segment
from upswell.analysis.pricing.lists import PriceList, Tier
from upswell.analysis.pricing.tables import COUNT, MONEY, QUANTITY, RATE, TEXT, rate, segment_columns, table_of
from upswell.analysis.pricing.worth import monthly_worth, months_factor
from upswell.metrics.figures import EXACT, ZERO, Figure, total

TOTAL: Final = "all"
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "customers": COUNT,
    "items": COUNT,
    "list_mrr": MONEY,
    "discounts": MONEY,
    "old_prices": MONEY,
    "negotiated": MONEY,
    "other": MONEY,
    "realised_mrr": MONEY,
    "share_of_list": RATE,
    "seats": QUANTITY,
    "list_per_seat": MONEY,
    "realised_per_seat": MONEY,
    "unlisted_items": COUNT,
    "unlisted_mrr": MONEY,
    "reason": TEXT,
}
DISCOUNT_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "ends": TEXT,
    "customers": COUNT,
    "items": COUNT,
    "full_mrr": MONEY,
    "discounts": MONEY,
    "share_of_full": RATE,
    "reason": TEXT,
}
_CENT: Final = 2


@dataclass(frozen=True, slots=True)
class Gap:
    """The parts of one item, per month in its own currency: `listed` less the four between is `realised`."""

    listed: Decimal
    discounts: Decimal
    old_prices: Decimal
    negotiated: Decimal
    other: Decimal
    realised: Decimal


PARTS: Final = tuple(each.name for each in fields(Gap))


@dataclass(frozen=True, slots=True)
class Priced:
    """A holding, its full price per month (None where a row gave MRR) and, where the list price is known, its gap."""

    holding: Holding
    full: Decimal | None
    tier: Tier | None
    gap: Gap | None


def priced(held: Iterable[Holding], prices: PriceList, close: Close) -> list[Priced]:
    """Each holding beside the list."""
    return [_priced(holding, prices, close) for holding in held]


def realised_table(rows: Sequence[Priced], prices: PriceList, close: Close) -> pa.Table:
    """A row for each segment in order of its name, then one of `all`: counts, list MRR, the gap, realised MRR.

    Money is in the workspace's currency at the rates of the close, exact; `seats` are quantities of plans that have a
    list price, and per seat is what a seat of them costs a month. `share_of_list` is realised / list MRR. Figures are
    null with a `reason` where a rate is lacking or nothing in the row has a list price.
    """
    found = [_realised_row(segment, part, prices, close) for segment, part in _by_segment(rows, close)]
    return table_of(found, {**segment_columns(close.names), **COLUMNS})


def discount_table(rows: Sequence[Priced], close: Close) -> pa.Table:
    """A row for each segment and whether the discount `ends` (`yes`: a day is known; `no`: none is in sight; `all`).

    `full_mrr` is what the discounted items would cost without their discount. Discounts in rows that give MRR as a
    whole, and those that the policy does not subtract, are in no book and so not here.
    """
    found = []
    for segment, part in _by_segment(rows, close):
        cut = [each for each in part if each.full is not None and _discount_of(each)]
        named = {
            "yes": [each for each in cut if each.holding.discount_ends_on is not None],
            "no": [each for each in cut if each.holding.discount_ends_on is None],
            TOTAL: cut,
        }
        found += [_discount_row(segment, ends, part, close) for ends, part in named.items() if part or ends == TOTAL]
    return table_of(found, {**segment_columns(close.names), **DISCOUNT_COLUMNS})


def _priced(holding: Holding, prices: PriceList, close: Close) -> Priced:
    if holding.unit_amount is None:
        return Priced(holding, None, None, None)
    factor = months_factor(holding.offer.interval, holding.offer.count, policy=close.policy)
    full = monthly_worth(holding.quantity, holding.unit_amount, factor=factor)
    tier = prices.for_holding(holding)
    if tier is None:
        return Priced(holding, full, None, None)
    listed = monthly_worth(holding.quantity, tier.amount, factor=factor)
    discounted = _after_discount(holding, close)
    is_old = tier.since is None or holding.priced_since < tier.since
    difference = EXACT.subtract(listed, full)
    gap = Gap(
        listed=listed,
        discounts=EXACT.subtract(full, discounted),
        old_prices=difference if is_old else ZERO,
        negotiated=ZERO if is_old else difference,
        other=EXACT.subtract(discounted, holding.mrr),
        realised=holding.mrr,
    )
    return Priced(holding, full, tier, gap)


def _after_discount(holding: Holding, close: Close) -> Decimal:
    return monthly_worth(
        holding.quantity,
        holding.unit_amount or ZERO,
        factor=months_factor(holding.offer.interval, holding.offer.count, policy=close.policy),
        percent=holding.discount_percent,
        amount=holding.discount_amount,
    )


def _discount_of(each: Priced) -> bool:
    return bool(each.holding.discount_percent or each.holding.discount_amount)


def _by_segment(rows: Sequence[Priced], close: Close) -> list[tuple[Segment, list[Priced]]]:
    """The rows of each segment, those without a name last; then all of them."""
    whole: list[tuple[Segment, list[Priced]]] = [(tuple(TOTAL for _ in close.names), list(rows))]
    if not close.names:
        return whole
    found: dict[Segment, list[Priced]] = defaultdict(list)
    for each in rows:
        found[each.holding.segment].append(each)
    ordered = sorted(found, key=lambda segment: [(part is None, part or "") for part in segment])
    return [(segment, found[segment]) for segment in ordered] + whole


def _sum(rows: Iterable[Priced], part: str, close: Close) -> Figure:
    return total(*(close.worth(getattr(each.gap, part), each.holding) for each in rows if each.gap is not None))


def _realised_row(segment: Segment, rows: Sequence[Priced], prices: PriceList, close: Close) -> dict[str, object]:
    listed = [each for each in rows if each.gap is not None]
    unlisted = [each for each in rows if each.gap is None]
    sums = {part: _sum(listed, part, close) for part in PARTS}
    seats = [each for each in listed if each.holding.is_seats]
    count = sum((each.holding.quantity for each in seats), start=ZERO)
    apart = total(*(close.worth(each.holding.mrr, each.holding) for each in unlisted))
    reason = sums["listed"].reason or apart.reason or _why_unlisted(unlisted, prices)
    value = {part: figure.value if listed else None for part, figure in sums.items()}
    whole, realised = value["listed"], value["realised"]
    return {
        **dict(zip(close.names, segment, strict=True)),
        "customers": len({each.holding.customer_key for each in rows}),
        "items": len(rows),
        "list_mrr": whole,
        **{name: value[name] for name in ("discounts", "old_prices", "negotiated", "other")},
        "realised_mrr": realised,
        "share_of_list": None if whole is None or realised is None else rate(realised, whole),
        "seats": count,
        "list_per_seat": _per_seat(_sum(seats, "listed", close), count),
        "realised_per_seat": _per_seat(_sum(seats, "realised", close), count),
        "unlisted_items": len(unlisted),
        "unlisted_mrr": apart.value,
        "reason": reason,
    }


def _per_seat(money: Figure, seats: Decimal) -> Decimal | None:
    if money.value is None or not seats:
        return None
    quotient = rate(money.value, seats)
    return None if quotient is None else round(quotient, _CENT)


def _why_unlisted(unlisted: Sequence[Priced], prices: PriceList) -> str | None:
    """The most frequent reason for having no list price, and of how many items it is."""
    if not unlisted:
        return None
    reasons = Counter(_why(each, prices) for each in unlisted)
    reason, count = min(reasons.items(), key=lambda each: (-each[1], each[0]))
    return f"{count} of {len(unlisted)} items without a list price: {reason}"


def _why(each: Priced, prices: PriceList) -> str:
    if each.full is None:
        return "their rows give MRR as a whole, not a price per unit"
    holding = each.holding
    return f"{holding.offer.plan_id} per {holding.offer.term}: {prices.of(holding.offer).why_not(holding.quantity)}"


def _discount_row(segment: Segment, ends: str, rows: Sequence[Priced], close: Close) -> dict[str, object]:
    full = total(*(close.worth(each.full or ZERO, each.holding) for each in rows))
    lost = total(
        *(
            close.worth(EXACT.subtract(each.full or ZERO, _after_discount(each.holding, close)), each.holding)
            for each in rows
        )
    )
    known = full.value is not None and lost.value is not None
    return {
        **dict(zip(close.names, segment, strict=True)),
        "ends": ends,
        "customers": len({each.holding.customer_key for each in rows}),
        "items": len(rows),
        "full_mrr": full.value,
        "discounts": lost.value,
        "share_of_full": rate(lost.value or ZERO, full.value or ZERO) if known else None,
        "reason": full.reason or (None if rows else "nothing is discounted"),
    }
