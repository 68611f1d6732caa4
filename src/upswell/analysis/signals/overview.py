"""The signals of a whole company: for how many customers each holds, what they pay, and what is known of whom.

    without headroom    12 of 240 customers    18,204.10 a month    4.1 % of MRR

A figure counts the customers for whom something is so, of those for whom it is known. A sum of MRR lacks nothing: where
the MRR of one of them cannot be told, neither can the sum, and the reason stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from upswell.analysis.signals.catalogue import SIGNALS, Signal
from upswell.metrics.figures import Figure, quotient

SEATS_FULL: Final = 0.9
SOON_DAYS: Final = 30
AHEAD_DAYS: Final = 90


@dataclass(frozen=True)
class Group:
    """The customers for whom `title` is so, of `known`; their MRR in the workspace's currency, and its share of all."""

    name: str
    title: str
    customers: int
    known: int
    mrr: Decimal | None
    share_of_mrr: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class Coverage:
    """A signal, for how many customers it has a value, and a typical one.

    `typical` is the middle value of numbers and money, the share of yes of flags (a float), the most frequent category;
    None of names and days, and where nobody has a value.
    """

    signal: Signal
    known: int
    typical: float | Decimal | str | None


@dataclass(frozen=True)
class Overview:
    """All customers with an item in force on the eve of `day`."""

    day: date
    policy: str
    book_id: str
    currency: str
    customers: int
    mrr: Decimal | None
    reason: str | None
    groups: tuple[Group, ...]
    coverage: tuple[Coverage, ...]


def _is(name: str) -> Callable[[pa.Table], Any]:
    return lambda table: table[name]


def _equal(name: str, value: str) -> Callable[[pa.Table], Any]:
    return lambda table: pc.equal(table[name], value)


def _at_most(name: str, value: float) -> Callable[[pa.Table], Any]:
    # No day of crossing in sight is an answer, too, wherever use of a limit is known.
    return lambda table: pc.if_else(
        table["limit_over"].is_valid(), pc.less_equal(pc.fill_null(table[name], float("inf")), value), None
    )


_GROUPS: Final[dict[str, tuple[str, Callable[[pa.Table], Any]]]] = {
    "no_headroom": ("without headroom: nothing on sale is left to buy", _is("no_headroom")),
    "limit_over": ("at the limit of their plan, or over it", _is("limit_over")),
    "limit_in_30_days": ("reach the limit within 30 days", _at_most("days_to_crossing", SOON_DAYS)),
    "limit_in_90_days": ("reach the limit within 90 days", _at_most("days_to_crossing", AHEAD_DAYS)),
    "seats_full": (
        "use 90 % of their seats or more",
        lambda table: pc.greater_equal(table["seats_used_share"], SEATS_FULL),
    ),
    "rising_two_months": ("use more for two months in a row", _is("rising_two_months")),
    "open_to_more": ("say that they are open to more", _is("open_to_more")),
    "free_outgrowing": ("pay nothing and outgrow the free tier", _is("free_outgrowing")),
    "renewing": (
        "are in stage renewing: 3 months or longer, in 60 days",
        _equal("stage", "renewing"),
    ),
    "cancel_requested": ("asked to cancel", _is("cancel_requested")),
    "involuntary_risk": ("may churn for a payment: risk high", _equal("involuntary_risk", "high")),
    "open_feedback": ("complained, and said nothing better since", _is("open_feedback")),
}


def overview(table: pa.Table, *, day: date, policy: str, book_id: str, currency: str) -> Overview:
    """What a table of every signal (`read_signals`) says of all its customers together."""
    whole = _sum(table["mrr"])
    groups = tuple(_group(name, title, flag(table), table["mrr"], whole) for name, (title, flag) in _GROUPS.items())
    coverage = tuple(
        Coverage(each, len(table) - table[each.name].null_count, _typical(each, table[each.name])) for each in SIGNALS
    )
    return Overview(day, policy, book_id, currency, len(table), whole.value, whole.reason, groups, coverage)


def _group(name: str, title: str, flag: Any, mrr: Any, whole: Figure) -> Group:
    flag = pc.cast(flag, pa.bool_())
    chosen = mrr.filter(pc.fill_null(flag, fill_value=False))
    money, share = _sum(chosen), quotient(_sum(chosen), whole, zero="nobody pays")
    return Group(
        name,
        title,
        len(chosen),
        len(flag) - flag.null_count,
        money.value,
        share.value,
        money.reason or share.reason,
    )


def _sum(money: Any) -> Figure:
    if money.null_count:
        return Figure.missing(f"the MRR of {money.null_count} of them is not known: a rate lacks")
    return Figure(pc.sum(money).as_py() or Decimal(0))


def _typical(signal: Signal, values: Any) -> float | Decimal | str | None:
    known = values.drop_null()
    if not len(known):
        return None
    match signal.kind:
        case "number" | "money":
            ordered = known.sort()
            middle: float | Decimal = ordered[len(ordered) // 2].as_py()
            return middle
        case "flag":
            return float(pc.mean(pc.cast(known, pa.float64())).as_py())
        case "category":
            counts = known.value_counts().to_pylist()
            return str(max(counts, key=lambda each: (each["counts"], each["values"]))["values"])
        case "names" | "day":
            return None
