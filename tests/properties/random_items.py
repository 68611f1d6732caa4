"""The items of a random history: versions of one item in the shapes that the rules are about.

    plain       crm-s 2024-01-31 .. 2024-02-29, then crm-m, then a renewal: one change or none from each to the next
    busy day    changes at 10:00, 10:40 and 11:00 of one day
    metered     usage by the month, with gaps
    dunning     active, past due in several versions, perhaps paid again
    short life  3 March to 20 March, and back in May

Each is a list of versions that do not overlap; `succession` ends one item where another starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.oracles.random_terms import QUANTITIES, UNITS, Terms, chance, first_terms, mutated, pick, terms_of
from tests.oracles.values import ItemRow
from tests.properties.random_days import BUSY_HOURS, DAYS, MIDNIGHT, at_hour, instant_of

# How long after one item's end its successor starts: mostly at once.
PAUSES = (MIDNIGHT,) * 6 + (timedelta(hours=3), timedelta(days=1), timedelta(days=60))

Periods = list[tuple[datetime, datetime | None]]


@dataclass(frozen=True)
class Circumstances:
    """What the items of one history share: the days on which something happens and where its clocks hang."""

    days: Sequence[date]
    zone: ZoneInfo

    def instant(self, rng: Random) -> datetime:
        return instant_of(rng, pick(rng, self.days), zone=self.zone)


Shape = Callable[[Random, Circumstances], list[ItemRow]]


def plain(rng: Random, around: Circumstances) -> list[ItemRow]:
    """Versions between instants of the history's days, now and then with a gap."""
    starts = sorted({around.instant(rng) for _ in range(rng.randint(1, 5))})
    return _changing(rng, around, _until_some_day(rng, around, starts))


def busy_day(rng: Random, around: Circumstances) -> list[ItemRow]:
    """An item that is changed several times within hours, perhaps begun or ended then."""
    day = pick(rng, around.days)
    starts = {at_hour(day, hour, zone=around.zone) for hour in rng.sample(BUSY_HOURS, rng.randint(1, 4))}
    if chance(rng, 0.7):
        starts.add(around.instant(rng))
    return _changing(rng, around, _until_some_day(rng, around, sorted(starts)))


def metered(rng: Random, around: Circumstances) -> list[ItemRow]:
    """Usage in periods of a month, some of them missing; each is worth something else."""
    start = around.instant(rng)
    terms = replace(first_terms(rng), item_type="usage")
    versions: list[ItemRow] = []
    for _ in range(rng.randint(3, 7)):
        end = start + timedelta(days=pick(rng, (30, 31, 28)))
        if not chance(rng, 0.15):
            terms = mutated(rng, terms) if chance(rng, 0.3) else _measured(rng, terms)
            versions.append(_version(rng, terms, start=start, end=end, around=around))
        start = end
    return versions or plain(rng, around)


def dunning(rng: Random, around: Circumstances) -> list[ItemRow]:
    """An item that is past due over one to three versions, with or without a day between, and perhaps pays again."""
    start = around.instant(rng)
    terms = replace(first_terms(rng), status="active")
    versions: list[ItemRow] = []
    statuses = ("active", *("past_due",) * rng.randint(1, 3), "active", "past_due")[: rng.randint(2, 6)]
    for status in statuses:
        end = start + timedelta(days=pick(rng, (20, 8, 30, 31, 3, 75)))
        terms = replace(mutated(rng, terms) if chance(rng, 0.3) else terms, status=status)
        versions.append(_version(rng, terms, start=start, end=end, around=around))
        start = end + pick(rng, (*(MIDNIGHT,) * 7, timedelta(days=1)))
    if chance(rng, 0.5):
        versions[-1] = replace(versions[-1], ends_at=None)
    return versions


def short_life(rng: Random, around: Circumstances) -> list[ItemRow]:
    """One or two lives of days, most of them inside a month; then perhaps one that lasts."""
    terms = replace(first_terms(rng), status="active", discount_percent=None)
    versions: list[ItemRow] = []
    for day in sorted({pick(rng, around.days) for _ in range(rng.randint(1, 3))}):
        start = instant_of(rng, day, zone=around.zone)
        if versions and versions[-1].ends_at is not None and start <= versions[-1].ends_at:
            continue
        middle, end = (start + timedelta(days=days) for days in pick(rng, ((4, 9), (2, 20), (1, 27), (12, 24))))
        versions.append(_version(rng, terms, start=start, end=middle, around=around))
        terms = mutated(rng, terms)
        if chance(rng, 0.5):
            versions.append(_version(rng, terms, start=middle, end=end, around=around))
    if chance(rng, 0.4):
        versions[-1] = replace(versions[-1], ends_at=None)
    return versions


SHAPES: tuple[Shape, ...] = (*(plain,) * 6, busy_day, metered, dunning)


def succession(
    rng: Random, versions: Sequence[ItemRow], *, ids: tuple[str, str], around: Circumstances
) -> tuple[list[ItemRow], list[ItemRow]]:
    """End an item and start another where it ended: a renewal, a swap, or a return; some swaps are taken back."""
    last = versions[-1]
    end = last.ends_at or instant_of(rng, pick(rng, DAYS), zone=around.zone)
    while end <= last.starts_at:
        end += timedelta(days=31)
    start = end + pick(rng, PAUSES)
    terms = terms_of(last)
    for _ in range(pick(rng, (0, 0, 1, 1, 2))):
        terms = mutated(rng, terms)
    until = None if chance(rng, 0.6) else start + timedelta(days=rng.randint(1, 400))
    heir = _version(rng, terms, start=start, end=until, around=around)
    ending = [*versions[:-1], replace(last, ends_at=end)]
    if until is not None and chance(rng, 0.3):
        back = _version(rng, mutated(rng, terms), start=until, end=None, around=around)
        ending.append(named(back, customer_id=last.customer_id, ids=last.item))
    return ending, [named(heir, customer_id=last.customer_id, ids=ids)]


def named(version: ItemRow, *, customer_id: str, ids: tuple[str, str]) -> ItemRow:
    """The version as one of the item with these ids: subscription, then item."""
    return replace(version, customer_id=customer_id, subscription_id=ids[0], item_id=ids[1])


def _until_some_day(rng: Random, around: Circumstances, starts: Sequence[datetime]) -> Periods:
    """From each start to the next; the last one runs on or ends on any day."""
    last_end = instant_of(rng, pick(rng, DAYS), zone=around.zone)
    runs_on = last_end <= starts[-1] or chance(rng, 0.55)
    return list(zip(starts, [*starts[1:], None if runs_on else last_end], strict=True))


def _changing(rng: Random, around: Circumstances, periods: Periods) -> list[ItemRow]:
    """A version in each period, changed from one to the next; now and then a gap, or an end one day early."""
    terms = first_terms(rng)
    versions: list[ItemRow] = []
    for start, end in periods:
        if versions:
            terms = mutated(rng, terms)
            if end is not None and chance(rng, 0.12):
                continue  # a gap until the next version
        until = _a_day_early(rng, start, end)
        versions.append(_version(rng, terms, start=start, end=until, around=around))
    return versions


def _measured(rng: Random, terms: Terms) -> Terms:
    """As much as was used this time."""
    if terms.mrr is None:
        return replace(terms, quantity=pick(rng, QUANTITIES), unit_amount=pick(rng, UNITS[:-1]))
    return replace(terms, mrr=pick(rng, UNITS[:-1]))


def _version(rng: Random, terms: Terms, *, start: datetime, end: datetime | None, around: Circumstances) -> ItemRow:
    """A version of an item yet to be named; its trial, its discount and the wish to leave may fall inside it or not."""
    discounted = terms.discount_percent is not None or terms.discount_amount is not None
    discount_until = trial_until = cancel_requested_at = None
    if discounted and chance(rng, 0.5):
        discount_until = around.instant(rng)
    if chance(rng, 0.5 if terms.status == "trialing" else 0.08):
        trial_until = around.instant(rng)
    if chance(rng, 0.2):
        cancel_requested_at = start + timedelta(days=7) if chance(rng, 0.3) else around.instant(rng)
    return ItemRow(
        customer_id="",
        subscription_id="",
        item_id="",
        starts_at=start,
        ends_at=end,
        discount_until=discount_until,
        trial_until=trial_until,
        cancel_requested_at=cancel_requested_at,
        row=0,
        **{field.name: getattr(terms, field.name) for field in fields(Terms)},
    )


def _a_day_early(rng: Random, start: datetime, end: datetime | None) -> datetime | None:
    day = timedelta(days=1)
    if end is None or end - start <= day * 2 or not chance(rng, 0.12):
        return end
    return end - day
