"""The guardrails once more, each as a plain loop: what a customer may not be offered on a day, and by which guardrail.

Another test asserts with `require_only_cleared` that a surface shows nobody whom this forbids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

from upswell.growth.contacts import Known
from upswell.growth.guardrails import Candidate
from upswell.growth.settings import GrowthSettings


def forbidden(
    candidate: Candidate, known: Known, settings: GrowthSettings, day: date, *, shown: Iterable[Candidate] = ()
) -> set[str]:
    """The guardrails that keep an offer back, when `shown` are the ones before it in the same answer."""
    found = _of_quiet_times(candidate.customer_id, known, settings, day)
    found |= _of_what_it_does(candidate.customer_id, known, settings, day)
    found |= _of_answers(candidate.customer_id, known, settings, day)
    found |= _of_caps(candidate, known, settings, day, shown)
    if candidate.unfit is not None:
        found.add("no_fit")
    if candidate.discount_percent is not None and candidate.discount_percent > settings.discount_percent_max:
        found.add("discount_depth")
    if is_in_holdout(candidate.family_id, settings):
        found.add("holdout")
    return found


def _of_quiet_times(customer: str, known: Known, settings: GrowthSettings, day: date) -> set[str]:
    found = set()
    for quiet in known.quiet:
        if quiet.ended_at is not None or quiet.customer_id not in (None, customer):
            continue
        end = quiet.until
        if quiet.kind == "incident" and end is None:
            if settings.days_after_incident == 0:
                continue  # 0 days: turned off
            end = quiet.starts_on + timedelta(days=settings.days_after_incident)
        if end is not None and day >= end:
            continue
        if quiet.kind == "opt_out" and quiet.customer_id == customer:
            found.add("opted_out")
        # What has begun today has begun, even where the book is older.
        elif quiet.kind in ("leave_alone", "incident") and (quiet.starts_on <= day or quiet.starts_on <= known.today):
            found.add(quiet.kind)
    return found


def _of_what_it_does(customer: str, known: Known, settings: GrowthSettings, day: date) -> set[str]:
    found = set()
    if customer in known.leaving:
        found.add("leaving")
    if customer in known.with_sales:
        found.add("with_sales")
    if customer in known.arrears:
        found.add("arrears")
    days = settings.days_after_contraction
    if days and customer in known.contractions and (day - known.contractions[customer]).days < days:
        found.add("contraction")
    least = settings.health_points_min if settings.health_points_min is not None else known.health_low_below
    if least is not None and customer in known.health and known.health[customer] < least:
        found.add("low_health")
    return found


def _of_answers(customer: str, known: Known, settings: GrowthSettings, day: date) -> set[str]:
    found = set()
    for contact in known.contacts:
        if contact.customer_id == customer:
            ago = (day - (contact.answered_on or contact.on)).days
            # 0 days are turned off, and not until the day is over.
            if contact.outcome == "declined" and settings.days_after_decline and ago < settings.days_after_decline:
                found.add("declined")
            days = settings.days_after_acceptance
            if contact.outcome == "accepted" and days and ago < days:
                found.add("accepted")
    return found


def _of_caps(
    candidate: Candidate, known: Known, settings: GrowthSettings, day: date, shown: Iterable[Candidate]
) -> set[str]:
    own, related = [], []
    longest = max((cap.days for cap in (*settings.customer_caps, *settings.family_caps)), default=0)
    for contact in known.contacts:
        if (day - contact.on).days >= longest:
            continue
        if contact.customer_id == candidate.customer_id:
            own.append(contact.on)
        if known.families.get(contact.customer_id, contact.customer_id) == candidate.family_id:
            related.append(contact.on)
    for other in shown:
        if other.customer_id == candidate.customer_id:
            own.append(day)
        if other.family_id == candidate.family_id:
            related.append(day)
    found = set()
    if any(sum((day - on).days < cap.days for on in own) >= cap.contacts for cap in settings.customer_caps):
        found.add("customer_cap")
    # Of a family in which nobody else was contacted as lately its own cap says the same.
    is_same = len(own) == len(related) and settings.family_caps == settings.customer_caps
    over = any(sum((day - on).days < cap.days for on in related) >= cap.contacts for cap in settings.family_caps)
    if over and not is_same:
        found.add("family_cap")
    return found


def is_in_holdout(family: str, settings: GrowthSettings) -> bool:
    """The draw, from the hash's hexadecimal digits."""
    digits = hashlib.sha256(settings.holdout_salt.encode() + b"\0" + family.encode()).hexdigest()[:16]
    return int(digits, 16) < settings.holdout * 2**64


def require_only_cleared(
    shown: Iterable[str], known: Known, settings: GrowthSettings, day: date, *, families: dict[str, str] | None = None
) -> None:
    """No customer among `shown` (ids as a list, a file, an answer or a page has them) is one to leave alone.

    `families` has the family of each customer that is not its own. Nor are there more of one customer, or of one
    family, than the caps allow.
    """
    before: list[Candidate] = []
    for customer in shown:
        family = (families or {}).get(customer, customer)
        candidate = Candidate(customer_id=customer, family_id=family, offer="any", what="other")
        reasons = forbidden(candidate, known, settings, day, shown=before)
        assert not reasons, f"{customer} is shown although: {', '.join(sorted(reasons))}"
        before.append(candidate)
