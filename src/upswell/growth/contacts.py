"""What is known of contacts at the time of a question: touches of both sources, each once, and what forbids one.

A touch is recorded in Upswell or imported from elsewhere, and may be both. Imported and recorded twins, of the same
customer, time and offer, are one contact: what was recorded of it rules, and where nothing was, its import does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final, Literal

from upswell.state.growth_records import Quiet, Touch

ContactOutcome = Literal["clicked", "accepted", "declined", "ignored", "pending"]
_RANK: Final = {"pending": 0, "clicked": 1, "ignored": 2, "declined": 3, "accepted": 4}


@dataclass(frozen=True)
class Contact:
    """One time that one customer was made one offer; days are of the workspace's time zone.

    `answered_on` is the day on which its outcome was recorded; of an imported touch, and of one without an answer,
    None. `touch_id` is None where it was only imported.
    """

    customer_id: str
    at: datetime
    on: date
    offer: str
    channel: str | None
    outcome: ContactOutcome
    answered_on: date | None = None
    clicked: bool = False
    reason: str | None = None
    discount_percent: Decimal | None = None
    author: str | None = None
    touch_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What guardrails look at, by customer id.

    `families` has the family of each customer that is not its own. `contractions` has the day of the last contraction,
    `arrears` and `leaving` what is said of a customer that owes or goes, `with_sales`, which only what a product shows
    is asked with, who in sales has a customer. `health` has points; under
    `health_low_below` they are low, by the score's own bands. Where `health` is empty, `no_health` says why.
    What had begun by `today` has begun, though the book may be older; by default no day but the book's counts.
    """

    contacts: tuple[Contact, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)
    contractions: Mapping[str, date] = field(default_factory=dict)
    arrears: Mapping[str, str] = field(default_factory=dict)
    leaving: Mapping[str, str] = field(default_factory=dict)
    with_sales: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    health_low_below: int | None = None
    no_health: str = "no health score"
    today: date = date.min

    def family(self, customer_id: str) -> str:
        """The family of a customer; one without parent or child is its own."""
        return self.families.get(customer_id, customer_id)


def contacts_of(imported: Iterable[Contact], recorded: Iterable[Touch], *, zone: tzinfo) -> tuple[Contact, ...]:
    """Every contact once, oldest first; a touch that was withdrawn is none, nor is its imported twin."""
    twins: dict[tuple[str, datetime, str], Contact] = {}
    for each in imported:
        key = (each.customer_id, each.at, each.offer)
        twin = twins.get(key)
        # Two rows of a file may differ by channel alone: it is one contact, and the further answer counts.
        if twin is None or _RANK[each.outcome] > _RANK[twin.outcome]:
            twins[key] = each
    told: list[Contact] = []
    for touch in recorded:
        twin = twins.pop((touch.customer_id, touch.at, touch.offer), None)
        # Two that were recorded stay two: under a policy by families they may be of two members.
        if touch.outcome != "withdrawn":
            told.append(_contact(touch, twin, zone))
    return tuple(sorted((*twins.values(), *told), key=lambda each: (each.at, each.customer_id, each.offer)))


def _contact(touch: Touch, twin: Contact | None, zone: tzinfo) -> Contact:
    outcome: ContactOutcome = "pending"
    answered_on: date | None = None
    reason: str | None = None
    clicked = any(each.outcome == "clicked" for each in touch.outcomes)
    last = touch.answer
    if last is not None and last.outcome != "withdrawn":
        outcome, answered_on, reason = last.outcome, last.at.astimezone(zone).date(), last.reason
    elif clicked:
        outcome = "clicked"
    if last is None and twin is not None and _RANK[twin.outcome] > _RANK[outcome]:
        outcome = twin.outcome
    return Contact(
        customer_id=touch.customer_id,
        at=touch.at,
        on=touch.at.astimezone(zone).date(),
        offer=touch.offer,
        channel=touch.channel or (twin.channel if twin else None),
        outcome=outcome,
        answered_on=answered_on,
        clicked=clicked or (twin is not None and twin.outcome == "clicked"),
        reason=reason,
        discount_percent=touch.discount_percent
        if touch.discount_percent is not None or twin is None
        else twin.discount_percent,
        author=touch.author,
        touch_id=touch.id,
    )
