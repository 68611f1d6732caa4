"""The guardrails one by one: what stands against an offer or a customer on a day, why, and until when.

The gate (`upswell.growth.guardrails`) asks them all of each candidate; nothing else is to ask them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from upswell.growth.contacts import Contact, Known
from upswell.growth.settings import Cap, GrowthSettings
from upswell.money.amount import exact_text
from upswell.state.growth_records import Quiet

# Every guardrail, in the order in which they are told, with what it is for.
GUARDRAILS: Final[Mapping[str, str]] = {
    "no_fit": "nothing that the customer lacks would be offered",
    "opted_out": "the customer wants no offers",
    "leave_alone": "somebody asked to leave the customer alone",
    "incident": "the customer had an incident",
    "leaving": "the customer is about to leave",
    "contraction": "the customer reduced what it pays, or is about to",
    "low_health": "the customer's health is low",
    "arrears": "the customer has not paid",
    "with_sales": "somebody in sales has the customer, and a product keeps silent",
    "declined": "the customer declined an offer",
    "accepted": "the customer accepted an offer",
    "customer_cap": "the customer was contacted often enough",
    "family_cap": "the customer's family was contacted often enough",
    "discount_depth": "the discount is deeper than allowed",
    "holdout": "the customer's family is held out, to measure what offers do",
}
# What stands against an offer and not against the customer.
OF_OFFERS: Final = frozenset({"no_fit", "discount_depth"})


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An offer that might be made to a customer; `unfit` says why it is none for it, where it is none.

    `offer` is the name of the offer or, without one, what would be offered.
    """

    customer_id: str
    family_id: str
    offer: str
    what: str
    discount_percent: Decimal | None = None
    unfit: str | None = None


@dataclass(frozen=True)
class Suppression:
    """One guardrail that keeps an offer from a customer: why, and until which day (None: until something changes)."""

    customer_id: str
    offer: str
    guardrail: str
    reason: str
    until: date | None


class Guards:
    """The guardrails of one answer: what is known, by customer and family, with what the answer has cleared so far."""

    def __init__(self, known: Known, settings: GrowthSettings, day: date) -> None:
        self._known, self._settings, self._day = known, settings, day
        self._of_customer: dict[str, list[date]] = {}
        self._of_family: dict[str, list[date]] = {}
        # How many of these, the last ones, are of this answer.
        self._answered_now: Counter[str] = Counter()
        self._family_answered_now: Counter[str] = Counter()
        self._last_answers: dict[tuple[str, str], Contact] = {}
        caps = (*settings.customer_caps, *settings.family_caps)
        # What no cap looks back to is not counted: most contacts of a long history.
        since = day - timedelta(days=max((cap.days for cap in caps), default=0))
        for each in known.contacts:
            if each.on > since:
                self._add(each.customer_id, known.family(each.customer_id), each.on)
            if each.outcome in ("declined", "accepted"):
                key = (each.customer_id, each.outcome)
                former = self._last_answers.get(key)
                if former is None or _answered(former) <= _answered(each):
                    self._last_answers[key] = each
        self._quiet: dict[str | None, list[Quiet]] = {}
        for quiet in known.quiet:
            if quiet.ended_at is None:
                self._quiet.setdefault(quiet.customer_id, []).append(quiet)
        self._health_min = settings.health_points_min
        if self._health_min is None:
            self._health_min = known.health_low_below
        lacks_health = not known.health or self._health_min is None
        self.not_checked: dict[str, str] = {"low_health": known.no_health} if lacks_health else {}

    def count(self, candidate: Candidate) -> None:
        """Count what is in this answer as a contact of its day."""
        self._add(candidate.customer_id, candidate.family_id, self._day)
        self._answered_now[candidate.customer_id] += 1
        self._family_answered_now[candidate.family_id] += 1

    def _add(self, customer_id: str, family_id: str, on: date) -> None:
        self._of_customer.setdefault(customer_id, []).append(on)
        self._of_family.setdefault(family_id, []).append(on)

    def of_offer(self, candidate: Candidate) -> Iterable[Suppression]:
        """What stands against the offer."""
        if candidate.unfit is not None:
            yield Suppression(candidate.customer_id, candidate.offer, "no_fit", candidate.unfit, None)
        percent, most = candidate.discount_percent, self._settings.discount_percent_max
        if percent is not None and percent > most:
            reason = f"a discount of {exact_text(percent)} %, and the limit is {exact_text(most)} %"
            yield Suppression(candidate.customer_id, candidate.offer, "discount_depth", reason, None)

    def of_customer(self, customer_id: str, family_id: str, offer: str) -> Iterable[Suppression]:
        """What stands against the customer, in the order of `GUARDRAILS`."""
        for guardrail, check in _CHECKS:
            found = check(self, customer_id, family_id)
            if found is not None:
                yield Suppression(customer_id, offer, guardrail, *found)

    # Each check gives the reason and until when, or None.

    def _opted_out(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        # An opt-out counts from when somebody said so, whatever day the question is about.
        rows = [each for each in self._quiet.get(customer_id, ()) if each.kind == "opt_out"]
        return self._quietest([(each, each.until) for each in rows])

    def _leave_alone(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._quietest([(each, each.until) for each in self._begun(customer_id, "leave_alone")])

    def _incident(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        days = timedelta(days=self._settings.days_after_incident)
        rows = [each for each in self._begun(customer_id, "incident") if each.until is not None or days]
        return self._quietest([(each, each.until or each.starts_on + days) for each in rows])

    def _leaving(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        reason = self._known.leaving.get(customer_id)
        return None if reason is None else (reason, None)

    def _contraction(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        on = self._known.contractions.get(customer_id)
        said = "it pays less since" if on is None or on <= self._day else "it will pay less from"
        return self._after(on, self._settings.days_after_contraction, said)

    def _low_health(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        points = self._known.health.get(customer_id)
        if points is None or self._health_min is None or points >= self._health_min:
            return None
        return f"its health is {points} points, below {self._health_min}", None

    def _arrears(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        reason = self._known.arrears.get(customer_id)
        return None if reason is None else (reason, None)

    def _with_sales(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        reason = self._known.with_sales.get(customer_id)
        return None if reason is None else (reason, None)

    def _declined(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._after_answer(customer_id, "declined", self._settings.days_after_decline)

    def _accepted(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._after_answer(customer_id, "accepted", self._settings.days_after_acceptance)

    def _customer_cap(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        days, caps = self._of_customer.get(customer_id, ()), self._settings.customer_caps
        before = days[: len(days) - self._answered_now[customer_id]]
        if found := self._capped(before, caps, "it was"):
            return found
        return self._capped(days, caps, "") and ("another offer to it comes first on the list", None)

    def _family_cap(self, customer_id: str, family_id: str) -> tuple[str, date | None] | None:
        days, caps = self._of_family.get(family_id, ()), self._settings.family_caps
        if caps == self._settings.customer_caps and len(days) == len(self._of_customer.get(customer_id, ())):
            return None  # nobody else of it was contacted lately: its own cap says the same
        before = days[: len(days) - self._family_answered_now[family_id]]
        if found := self._capped(before, caps, "its family was"):
            return found
        return self._capped(days, caps, "") and ("another of its family comes first on the list", None)

    def _begun(self, customer_id: str, kind: str) -> list[Quiet]:
        rows = (*self._quiet.get(customer_id, ()), *self._quiet.get(None, ()))
        # The book may be older than what was said: an incident of today counts on a list of yesterday's book.
        return [each for each in rows if each.kind == kind and each.starts_on <= max(self._day, self._known.today)]

    def _quietest(self, rows: Sequence[tuple[Quiet, date | None]]) -> tuple[str, date | None] | None:
        """Of the quiet times that last, the reasons, and when the last of them ends."""
        lasting = [(each.reason, until) for each, until in rows if until is None or until > self._day]
        if not lasting:
            return None
        ends = [until for _, until in lasting]
        last = None if None in ends else max(until for until in ends if until is not None)
        return "; ".join(dict.fromkeys(reason for reason, _ in lasting)), last

    def _after(self, on: date | None, days: int, what: str) -> tuple[str, date | None] | None:
        # No days are none, though the book may be older than what was said today.
        if on is None or not days or on + timedelta(days=days) <= self._day:
            return None
        return f"{what} {on}", on + timedelta(days=days)

    def _after_answer(self, customer_id: str, outcome: str, days: int) -> tuple[str, date | None] | None:
        last = self._last_answers.get((customer_id, outcome))
        return None if last is None else self._after(_answered(last), days, f"it {outcome} {last.offer} on")

    def _capped(self, days: Sequence[date], caps: Sequence[Cap], who: str) -> tuple[str, date | None] | None:
        hit = []
        for cap in caps:
            since = self._day - timedelta(days=cap.days)
            within = sorted((on for on in days if on > since), reverse=True)
            if len(within) >= cap.contacts:
                # The oldest of so many as the cap allows must leave its days first.
                until = within[cap.contacts - 1] + timedelta(days=cap.days) if cap.contacts else None
                times = "1 time" if len(within) == 1 else f"{len(within)} times"
                hit.append((f"{who} contacted {times} in {cap.days} days, and the limit is {cap.contacts}", until))
        if not hit:
            return None
        ends = [until for _, until in hit]
        last = None if None in ends else max(until for until in ends if until is not None)
        return "; ".join(text for text, _ in hit), last


_Check = Callable[[Guards, str, str], tuple[str, date | None] | None]
_CHECKS: Final[tuple[tuple[str, _Check], ...]] = tuple(
    (name, getattr(Guards, f"_{name}")) for name in GUARDRAILS if name not in OF_OFFERS and name != "holdout"
)


def _answered(contact: Contact) -> date:
    return contact.answered_on or contact.on
