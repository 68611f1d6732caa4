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

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import date
from typing import Final, NoReturn

from upswell.growth.checks import GUARDRAILS, Candidate, Guards, Suppression
from upswell.growth.contacts import Known
from upswell.growth.holdout import is_held_out
from upswell.growth.settings import GrowthSettings
from upswell.state.growth_records import Listing, RecordedSuppression

__all__ = ["GUARDRAILS", "Candidate", "Cleared", "Gate", "Suppressed", "Suppression", "clear", "suppressed"]

_SEAL: Final = object()


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
class Suppressed:
    """A customer that no offer may be made to: each reason with its guardrail, and until when (None: until
    something changes).
    """

    customer_id: str
    reasons: tuple[Suppression, ...]

    @property
    def until(self) -> date | None:
        """The day on which the last reason is over."""
        days = [each.until for each in self.reasons]
        return None if None in days else max(day for day in days if day is not None)


def clear(candidates: Iterable[Candidate], known: Known, settings: GrowthSettings, *, now: date) -> Gate:
    """What of `candidates` may be offered on the day `now`, the better ones given first."""
    guards = Guards(known, settings, now)
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


def suppressed(
    customers: Iterable[tuple[str, str]], known: Known, settings: GrowthSettings, *, now: date
) -> tuple[Suppressed, ...]:
    """Of `customers`, each with its family, whom no offer may be made to on the day `now`, and why."""
    guards = Guards(known, settings, now)
    found = []
    for customer_id, family_id in customers:
        reasons = list(guards.of_customer(customer_id, family_id, ""))
        if is_held_out(family_id, share=settings.holdout, salt=settings.holdout_salt):
            reasons.append(_held_out(customer_id, ""))
        if reasons:
            found.append(Suppressed(customer_id, tuple(reasons)))
    return tuple(found)


def _held_out(customer_id: str, offer: str) -> Suppression:
    return Suppression(customer_id, offer, "holdout", GUARDRAILS["holdout"], None)
