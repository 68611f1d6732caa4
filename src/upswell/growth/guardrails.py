"""The one gate against fatigue: whatever shows a customer an offer, or somebody a customer to contact, passes it.

    gate = clear(candidates, known, settings, now=date(2026, 3, 4))
    gate.cleared      what may be shown, in the order in which it was given
    gate.suppressed   what may not, with each guardrail that keeps it back, why, and until when

Acme was written to on 25 February. With one contact in 14 days it is suppressed until 11 March (`customer_cap`); if it
declined that offer, until 26 May (`declined`) as well, and both are told. Caps hold inside one answer too: of two
offers to one customer, or to two members of one family, the first that is given is cleared.

A `Cleared` can be made here only: its constructor asks for a seal that this module keeps to itself, and it can be
neither subclassed nor unpickled. So what takes `Cleared` things can be given nothing that did not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NoReturn

from upswell.growth.contacts import Contact, Known
from upswell.growth.holdout import is_held_out
from upswell.growth.settings import Cap, GrowthSettings
from upswell.money.amount import exact_text
from upswell.state.growth_records import Listing, Quiet, RecordedSuppression

# Every guardrail, in the order in which they are told, with what it is for.
GUARDRAILS: Final[Mapping[str, str]] = {
    "no_fit": "nothing that the customer lacks would be offered",
    "opted_out": "the customer wants no offers",
    "leave_alone": "somebody asked to leave the customer alone",
    "incident": "the customer had an incident",
    "leaving": "the customer is about to leave",
    "contraction": "the customer reduced what it pays",
    "low_health": "the customer's health is low",
    "arrears": "the customer has not paid",
    "declined": "the customer declined an offer",
    "accepted": "the customer accepted an offer",
    "customer_cap": "the customer was contacted often enough",
    "family_cap": "the customer's family was contacted often enough",
    "discount_depth": "the discount is deeper than allowed",
    "holdout": "the customer's family is held out, to measure what offers do",
}
# What stands against an offer and not against the customer.
OF_OFFERS: Final = frozenset({"no_fit", "discount_depth"})
_SEAL: Final = object()


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


@dataclass(frozen=True)
class Cleared:
    """An offer that may be made on `day`; `place` is that of `candidate` among those that were given."""

    candidate: Candidate
    day: date
    place: int
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate of upswell.growth.guardrails clears an offer")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("what is cleared is cleared by the gate alone")

    def __reduce__(self) -> NoReturn:
        raise TypeError("what was cleared is cleared anew, never kept")

    @property
    def customer_id(self) -> str:
        """Whom it may be made to."""
        return self.candidate.customer_id

    @property
    def offer(self) -> str:
        """What may be offered."""
        return self.candidate.offer


@dataclass(frozen=True)
class Gate:
    """What passed the gate on `day`, and what did not.

    `held_out` are candidates that the holdout alone keeps back; `not_checked` says which guardrail could not be asked,
    and why.
    """

    day: date
    cleared: tuple[Cleared, ...]
    suppressed: tuple[Suppression, ...]
    held_out: tuple[Candidate, ...]
    not_checked: Mapping[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many customers each guardrail kept something from, of every guardrail."""
        customers: dict[str, set[str]] = {name: set() for name in GUARDRAILS}
        for each in self.suppressed:
            customers[each.guardrail].add(each.customer_id)
        return {name: len(found) for name, found in customers.items()}

    def listings(self) -> tuple[Listing, ...]:
        """Who came on this list, and who would have but for the holdout."""
        offered = [
            Listing(_.customer_id, _.candidate.family_id, _.candidate.what, self.day, "offered") for _ in self.cleared
        ]
        return (*offered, *(Listing(_.customer_id, _.family_id, _.what, self.day, "holdout") for _ in self.held_out))

    def records(self) -> tuple[RecordedSuppression, ...]:
        """The suppressions as they are kept: once for a customer and a guardrail."""
        first: dict[tuple[str, str], RecordedSuppression] = {}
        for each in self.suppressed:
            record = RecordedSuppression(each.customer_id, self.day, each.guardrail, each.reason)
            first.setdefault((each.customer_id, each.guardrail), record)
        return tuple(first.values())


@dataclass(frozen=True)
class LeftAlone:
    """A customer to leave alone: each reason with its guardrail, and until when (None: until something changes)."""

    customer_id: str
    reasons: tuple[Suppression, ...]

    @property
    def until(self) -> date | None:
        """The day on which the last reason is over."""
        days = [each.until for each in self.reasons]
        return None if None in days else max(day for day in days if day is not None)


def clear(candidates: Iterable[Candidate], known: Known, settings: GrowthSettings, *, now: date) -> Gate:
    """What of `candidates` may be offered on the day `now`, the better ones given first."""
    guards = _Guards(known, settings, now)
    cleared: list[Cleared] = []
    suppressed: list[Suppression] = []
    held_out: list[Candidate] = []
    for place, each in enumerate(candidates):
        found = [*guards.of_offer(each), *guards.of_customer(each.customer_id, each.family_id, each.offer)]
        is_out = is_held_out(each.family_id, share=settings.holdout, salt=settings.holdout_salt)
        if not found:
            # Counted of those held out as well: both arms are listed by the same rules.
            guards.count(each)
            if is_out:
                held_out.append(each)
            else:
                cleared.append(Cleared(each, now, place, _SEAL))
        if is_out:
            found.append(_held_out(each.customer_id, each.offer))
        suppressed += found
    return Gate(now, tuple(cleared), tuple(suppressed), tuple(held_out), guards.not_checked)


def left_alone(
    customers: Iterable[tuple[str, str]], known: Known, settings: GrowthSettings, *, now: date
) -> tuple[LeftAlone, ...]:
    """Of `customers`, each with its family, whom no offer may be made to on the day `now`, and why."""
    guards = _Guards(known, settings, now)
    found = []
    for customer_id, family_id in customers:
        reasons = list(guards.of_customer(customer_id, family_id, ""))
        if is_held_out(family_id, share=settings.holdout, salt=settings.holdout_salt):
            reasons.append(_held_out(customer_id, ""))
        if reasons:
            found.append(LeftAlone(customer_id, tuple(reasons)))
    return tuple(found)


def _answered(contact: Contact) -> date:
    return contact.answered_on or contact.on


def _held_out(customer_id: str, offer: str) -> Suppression:
    return Suppression(customer_id, offer, "holdout", GUARDRAILS["holdout"], None)


class _Guards:
    """The guardrails of one answer: what is known, by customer and family, with what the answer has cleared so far."""

    def __init__(self, known: Known, settings: GrowthSettings, day: date) -> None:
        self._known, self._settings, self._day = known, settings, day
        self._of_customer: dict[str, list[date]] = {}
        self._of_family: dict[str, list[date]] = {}
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

    def opted_out(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        # An opt-out counts from when somebody said so, whatever day the question is about.
        rows = [each for each in self._quiet.get(customer_id, ()) if each.kind == "opt_out"]
        return self._quietest([(each, each.until) for each in rows])

    def leave_alone(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._quietest([(each, each.until) for each in self._begun(customer_id, "leave_alone")])

    def incident(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        days = timedelta(days=self._settings.days_after_incident)
        rows = self._begun(customer_id, "incident")
        return self._quietest([(each, each.until or each.starts_on + days) for each in rows])

    def leaving(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        reason = self._known.leaving.get(customer_id)
        return None if reason is None else (reason, None)

    def contraction(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        on = self._known.contractions.get(customer_id)
        return self._after(on, self._settings.days_after_contraction, "it pays less since")

    def low_health(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        points = self._known.health.get(customer_id)
        if points is None or self._health_min is None or points >= self._health_min:
            return None
        return f"its health is {points} points, below {self._health_min}", None

    def arrears(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        reason = self._known.arrears.get(customer_id)
        return None if reason is None else (reason, None)

    def declined(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._after_answer(customer_id, "declined", self._settings.days_after_decline)

    def accepted(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._after_answer(customer_id, "accepted", self._settings.days_after_acceptance)

    def customer_cap(self, customer_id: str, _family_id: str) -> tuple[str, date | None] | None:
        return self._capped(self._of_customer.get(customer_id, ()), self._settings.customer_caps, "it was")

    def family_cap(self, customer_id: str, family_id: str) -> tuple[str, date | None] | None:
        days, caps = self._of_family.get(family_id, ()), self._settings.family_caps
        if caps == self._settings.customer_caps and len(days) == len(self._of_customer.get(customer_id, ())):
            return None  # nobody else of it was contacted lately: its own cap says the same
        return self._capped(days, caps, "its family was")

    def _begun(self, customer_id: str, kind: str) -> list[Quiet]:
        rows = (*self._quiet.get(customer_id, ()), *self._quiet.get(None, ()))
        return [each for each in rows if each.kind == kind and each.starts_on <= self._day]

    def _quietest(self, rows: Sequence[tuple[Quiet, date | None]]) -> tuple[str, date | None] | None:
        """Of the quiet times that last, the reasons, and when the last of them ends."""
        lasting = [(each.reason, until) for each, until in rows if until is None or until > self._day]
        if not lasting:
            return None
        ends = [until for _, until in lasting]
        last = None if None in ends else max(until for until in ends if until is not None)
        return "; ".join(dict.fromkeys(reason for reason, _ in lasting)), last

    def _after(self, on: date | None, days: int, what: str) -> tuple[str, date | None] | None:
        if on is None or on + timedelta(days=days) <= self._day:
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


_Check = Callable[[_Guards, str, str], tuple[str, date | None] | None]
_CHECKS: Final[tuple[tuple[str, _Check], ...]] = tuple(
    (name, getattr(_Guards, name)) for name in GUARDRAILS if name not in OF_OFFERS and name != "holdout"
)
