"""How sure are we? What each section rests on and what it does not tell, in plain words, with its own counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing.lists import LATEST, SUPPORT, WINDOW_DAYS
from upswell.analysis.pricing.proportions import LEAST as LEAST_CUSTOMERS
from upswell.analysis.pricing.sequences import WITHIN_DAYS
from upswell.analysis.pricing.willingness import LEAST as LEAST_RESPONDENTS

_Rows = list[dict[str, Any]]
_ONE_IN: Final = 20
_EXACT: Final = "Money here is exact: it is arithmetic on what is booked, no estimate."
_READ_OFF: Final = (
    f"A list price that is not given is read off the last {LATEST} new sales of {WINDOW_DAYS} days, at least {SUPPORT} "
    "of them at it; where the list is another, state it as [[list_prices]] in upswell.toml."
)
_WILSON: Final = "Intervals are those of Wilson: of 100 of them about 95 hold the share of all customers to come."
_STATED: Final = "People say what they would pay, and do otherwise: a price is worth a trial, not a belief."


def how_sure(section: str, table: pa.Table) -> tuple[str, ...]:
    """The sentences that stand below a section wherever it is shown."""
    return tuple(_SAYS[section](table.to_pylist()))


def _lists(rows: _Rows) -> list[str]:
    offers = {(row["plan_id"], row["item_type"], row["currency"], row["term"]) for row in rows}
    known = {
        (row["plan_id"], row["item_type"], row["currency"], row["term"])
        for row in rows
        if row["list_price"] is not None
    }
    return [f"{len(known)} of {len(offers)} offers have a list price.", _READ_OFF]


def _realised(rows: _Rows) -> list[str]:
    whole = rows[-1]
    without = (
        f"{whole['unlisted_items']} of {whole['items']} items have no list price: they are in no gap and no share."
    )
    return [_EXACT, _READ_OFF, without]


def _discounts(_: _Rows) -> list[str]:
    return [
        _EXACT,
        "A lower price that was agreed instead of a discount is none here: see old-prices.",
        "An end is known where the rows give discount_until; a discount without one may still be meant to end.",
    ]


def _old_prices(_: _Rows) -> list[str]:
    return [_EXACT, _READ_OFF, "A gap is what the list would bring if everybody stayed, and so no forecast of a rise."]


def _steps(_: _Rows) -> list[str]:
    return [_EXACT, _READ_OFF, "A full limit is no wish to buy: `next` tells what customers did."]


def _next(rows: _Rows) -> list[str]:
    told = {row["began_with"] for row in rows if row["share"] is not None}
    silent = {row["began_with"] for row in rows} - told
    plans = len(told | silent)
    few = f"Fewer than {LEAST_CUSTOMERS} customers give no share: so it is with {len(silent)} of {plans} plans."
    return [
        f"Shares are of customers whose {WITHIN_DAYS} days are over; those of the last year are counted apart.",
        _WILSON,
        few,
        "They tell what customers of the past did, not why, and not that those of today will.",
    ]


def _together(rows: _Rows) -> list[str]:
    judged = sum(row["odds_ratio"] is not None for row in rows)
    return [
        "An interval of the odds ratio that holds 1 tells of no association.",
        f"Of {judged} pairs judged about {judged / _ONE_IN:.1f} would seem associated by chance alone.",
        "What is held together need not lead to each other: large customers hold more of everything.",
    ]


def _attach(_: _Rows) -> list[str]:
    return ["Rates are counts, each customer at its own age.", _WILSON, "The cells of one cohort are not independent."]


def _willingness(rows: _Rows) -> list[str]:
    counted = max((row["respondents"] for row in rows), default=0)
    few = f"Fewer than {LEAST_RESPONDENTS} respondents give no price; the largest survey here has {counted}."
    return [
        "Intervals (a sign test; for the best price a bootstrap) tell of who was asked, not of who did not answer.",
        few,
        _STATED,
    ]


def _curves(_: _Rows) -> list[str]:
    return ["Shares are counts of respondents whose answers hold together.", _WILSON, _STATED]


_SAYS: Final[Mapping[str, Callable[[_Rows], list[str]]]] = {
    "lists": _lists,
    "realised": _realised,
    "discounts": _discounts,
    "old-prices": _old_prices,
    "steps": _steps,
    "next": _next,
    "together": _together,
    "attach": _attach,
    "willingness": _willingness,
    "curves": _curves,
}
