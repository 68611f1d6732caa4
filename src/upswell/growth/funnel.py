"""The funnel of offers: to how many they were shown, what came of them, and where people hesitate.

Of 40 customers that were shown `seats-10`, 12 clicked, 6 of them accepted, 9 declined, 20 ignored it and 5 have not
answered. Of the 30 that were asked 90 days ago or longer 7 expanded, by 420.00; 10 are too young to tell.

An expansion belongs to one contact at most, so that rows add up: to the last offer that the customer accepted in the
90 days up to it, or else to the last that it was made. What of it was still there 180 days later is told of expansions
that are as old. Whether the offer brought it about no funnel can tell: `upswell.growth.effect` can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from upswell.growth.contacts import Contact
from upswell.growth.gains import STAYS_DAYS, Gain, amount_of

EXPANDS_DAYS: Final = 90
_REASONS_TOLD: Final = 10
_NO_RATE: Final = "an expansion has no exchange rate; import rates"


@dataclass(frozen=True)
class FunnelRow:
    """What came of offers under one `value` of the dimension (None: it has none).

    `clicked` went as far as a click, those who accepted among them; `hesitated` clicked and did not accept. `accepted`,
    `declined`, `ignored` and `pending` add up to `shown`. Of those made 90 days ago `expanded` did, by `expanded_mrr`;
    `too_young` are not so old. Of the expansions 180 days old, of `lasting` offers and worth `lasting_mrr`, those of
    `still_there` offers have something left, `still_there_mrr` in all; `too_young_to_last` are not so old. An amount
    that cannot be told is None, with `reason`. `answer_days` is the median from offer to answer, `reasons` are those
    that were given for declining, with how often.
    """

    value: str | None
    shown: int
    clicked: int
    accepted: int
    declined: int
    ignored: int
    pending: int
    hesitated: int
    old_enough: int
    too_young: int
    expanded: int
    expanded_mrr: Decimal | None
    lasting: int
    lasting_mrr: Decimal | None
    still_there: int
    still_there_mrr: Decimal | None
    too_young_to_last: int
    answer_days: Decimal | None
    reasons: tuple[tuple[str, int], ...]
    reason: str | None


@dataclass(frozen=True)
class Funnel:
    """The funnel by one dimension, the most shown first, and of all offers together."""

    by: str
    rows: tuple[FunnelRow, ...]
    whole: FunnelRow


@dataclass
class _Tally:
    contacts: list[Contact] = field(default_factory=list)
    gains: list[tuple[Gain, ...]] = field(default_factory=list)


def funnel_of(
    contacts: Sequence[Contact],
    gains: Mapping[str, Sequence[Gain]],
    *,
    by: str,
    values: Sequence[str | None],
    chosen: Sequence[bool],
    day: date,
) -> Funnel:
    """The funnel of the `chosen` among `contacts` (oldest first), cut by their `values`, as of `day`.

    Those that are not chosen are looked at all the same: an expansion may belong to one of them.
    """
    own = attributed(contacts, gains)
    tallies: dict[str | None, _Tally] = {}
    whole = _Tally()
    for number, contact in enumerate(contacts):
        if chosen[number]:
            for tally in (tallies.setdefault(values[number], _Tally()), whole):
                tally.contacts.append(contact)
                tally.gains.append(tuple(own.get(number, ())))
    rows = [_row(value, tally, day) for value, tally in tallies.items()]
    rows.sort(key=lambda row: (-row.shown, row.value is None, row.value or ""))
    return Funnel(by, tuple(rows), _row(None, whole, day))


def attributed(contacts: Sequence[Contact], gains: Mapping[str, Sequence[Gain]]) -> dict[int, list[Gain]]:
    """The expansions that belong to each contact, by its number among `contacts`, oldest first."""
    of_customer: dict[str, list[int]] = {}
    for number, contact in enumerate(contacts):
        of_customer.setdefault(contact.customer_id, []).append(number)
    found: dict[int, list[Gain]] = {}
    for customer, numbers in of_customer.items():
        for gain in gains.get(customer, ()):
            since = gain.day - timedelta(days=EXPANDS_DAYS)
            before = [number for number in numbers if since <= contacts[number].on <= gain.day]
            accepted = [number for number in before if contacts[number].outcome == "accepted"]
            if before:
                found.setdefault((accepted or before)[-1], []).append(gain)
    return found


def _row(value: str | None, tally: _Tally, day: date) -> FunnelRow:
    contacts = tally.contacts
    outcomes: Counter[str] = Counter(each.outcome for each in contacts)
    clicks = [each for each in contacts if each.clicked or each.outcome in ("clicked", "accepted")]
    old = [
        gains
        for contact, gains in zip(contacts, tally.gains, strict=True)
        if contact.on + timedelta(days=EXPANDS_DAYS) < day
    ]
    expanded = [gains for gains in old if gains]
    stays = timedelta(days=STAYS_DAYS)
    lasting = [gains for gains in expanded if all(gain.day + stays < day for gain in gains)]
    still = [gains for gains in lasting if any(gain.left for gain in gains)]
    no_rate = any(gain.money is None for gains in expanded for gain in gains)
    days = [
        (each.answered_on - each.on).days
        for each in contacts
        if each.answered_on is not None and each.outcome in ("accepted", "declined")
    ]
    reasons = Counter(each.reason for each in contacts if each.outcome == "declined" and each.reason)
    return FunnelRow(
        value=value,
        shown=len(contacts),
        clicked=len(clicks),
        accepted=outcomes["accepted"],
        declined=outcomes["declined"],
        ignored=outcomes["ignored"],
        pending=outcomes["pending"] + outcomes["clicked"],
        hesitated=sum(each.outcome != "accepted" for each in clicks),
        old_enough=len(old),
        too_young=len(contacts) - len(old),
        expanded=len(expanded),
        expanded_mrr=None if no_rate else amount_of(sum(gain.money or 0 for gains in expanded for gain in gains)),
        lasting=len(lasting),
        lasting_mrr=None if no_rate else amount_of(sum(gain.money or 0 for gains in lasting for gain in gains)),
        still_there=len(still),
        still_there_mrr=None if no_rate else amount_of(sum(gain.left for gains in lasting for gain in gains)),
        too_young_to_last=len(expanded) - len(lasting),
        answer_days=None if not days else Decimal(str(median(days))),
        reasons=tuple(_most(reasons)),
        reason=_NO_RATE if no_rate else None,
    )


def _most(counted: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:_REASONS_TOLD]
