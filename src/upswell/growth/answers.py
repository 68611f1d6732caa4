"""What is asked of the list: whom to speak with, whom to leave alone, and what a product may show to one customer now.

    opportunities   Acme   Business   75.00 a month   ...        3 of 41, 5 kept back by the customer cap ...
    leave alone     Bolt   it declined upgrade on 2026-01-05, until 2026-04-05
    offer           Acme   "More calls for your team"   75.00 more a month, 50.81 today

Nothing of these but the leave-alone list, which offers nothing, is made of anything that did not pass the gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from upswell.growth.changes import Amounts
from upswell.growth.company import Company
from upswell.growth.contacts import Known
from upswell.growth.effect import Effect
from upswell.growth.guardrails import Candidate, Cleared, Suppression, clear
from upswell.growth.opportunities import Headroom, KeptBack, Listed, Opportunity
from upswell.growth.proposals import NoProposal, Proposal
from upswell.growth.ranking import Basis
from upswell.growth.settings import GrowthSettings
from upswell.growth.step import Step
from upswell.money.amount import display_text
from upswell.state.growth_records import Offer, RecordedSuppression

LIMIT = 50


@dataclass(frozen=True)
class Opportunities:
    """A part of the list: `rows` of `total` that were asked for, the better ones first.

    `suppressed` counts customers of the whole company by guardrail; `not_checked` are guardrails that could not be
    asked. Expected values are estimates; once `effect` is measured against the holdout, it is what lists bring.
    `not_recorded` says why the list was not recorded, where it was not.
    """

    policy: str
    book_id: str
    currency: str
    day: date
    basis: Basis
    ranking: str
    base_rate: Decimal | None
    rows: tuple[Opportunity, ...]
    total: int
    suppressed: Mapping[str, int]
    not_checked: Mapping[str, str]
    without_headroom: Headroom
    how_sure: tuple[str, ...]
    effect: Effect | None = None
    not_recorded: str | None = None


@dataclass(frozen=True)
class LeaveAlone:
    """Whom to leave alone: `rows` of `total`, by customer; `suppressed` and `not_checked` as of `Opportunities`."""

    policy: str
    book_id: str
    currency: str
    day: date
    rows: tuple[KeptBack, ...]
    total: int
    suppressed: Mapping[str, int]
    not_checked: Mapping[str, str]


@dataclass(frozen=True)
class OfferNow:
    """The one offer that may be made to a customer on `day`: a saved offer, the step it is of, and what that costs.

    `amounts` are less the offer's discount, in `step.currency`; None with `step.reason`. `until` is the offer's last
    day.
    """

    cleared: Cleared
    day: date
    offer: Offer
    step: Step
    amounts: Amounts | None
    why: tuple[str, ...]

    @property
    def customer_id(self) -> str:
        """Whom it may be made to."""
        return self.cleared.customer_id

    @property
    def until(self) -> date | None:
        """Its last day; None where it has none."""
        return self.offer.ends_on


@dataclass(frozen=True)
class NoOffer:
    """No offer may be made to a customer on `day`: each reason with its guardrail, and until when."""

    customer_id: str
    day: date
    reasons: tuple[Suppression, ...]

    def records(self) -> tuple[RecordedSuppression, ...]:
        """What is kept of it: each guardrail once."""
        first = {each.guardrail: each for each in reversed(self.reasons)}
        return tuple(
            RecordedSuppression(self.customer_id, self.day, each.guardrail, each.reason) for each in first.values()
        )


def part_of(
    whole: Listed,
    *,
    policy: str,
    book_id: str,
    currency: str,
    keeps: Callable[[str], bool],
    owner: str | None = None,
    for_sales: bool = False,
    limit: int = LIMIT,
    not_recorded: str | None = None,
) -> Opportunities:
    """What of the list is asked for: customers that `keeps` holds of, with their `owner`, those for sales alone."""
    rows = [
        each
        for each in whole.opportunities
        if keeps(each.customer_id)
        and (owner is None or each.owner == owner)
        and (not for_sales or each.is_for_sales or each.handover is not None)
    ]
    return Opportunities(
        policy=policy,
        book_id=book_id,
        currency=currency,
        day=whole.day,
        basis=whole.outlooks.basis,
        ranking=whole.outlooks.ranking,
        base_rate=whole.outlooks.base_rate,
        rows=tuple(rows[:limit]),
        total=len(rows),
        suppressed=whole.gate.counts(),
        not_checked=whole.gate.not_checked,
        without_headroom=whole.without_headroom,
        how_sure=(*whole.outlooks.how_sure, _worth(whole.effect, currency)),
        effect=whole.effect,
        not_recorded=not_recorded,
    )


def leave_alone_of(
    whole: Listed,
    *,
    policy: str,
    book_id: str,
    currency: str,
    keeps: Callable[[str], bool],
    owner: str | None = None,
    guardrail: str | None = None,
    limit: int = LIMIT,
) -> LeaveAlone:
    """Who of the customers that `keeps` holds of is left alone, of one `owner`, because of one `guardrail`."""
    rows = [
        each
        for each in whole.kept_back
        if keeps(each.customer_id)
        and (owner is None or each.owner == owner)
        and (guardrail is None or any(reason.guardrail == guardrail for reason in each.reasons))
    ]
    return LeaveAlone(
        policy=policy,
        book_id=book_id,
        currency=currency,
        day=whole.day,
        rows=tuple(rows[:limit]),
        total=len(rows),
        suppressed=whole.gate.counts(),
        not_checked=whole.gate.not_checked,
    )


def offer_now(
    customer_id: str,
    company: Company,
    offers: Sequence[Offer],
    known: Known,
    settings: GrowthSettings,
    *,
    now: date,
    is_eligible: Callable[[Offer], bool],
) -> OfferNow | NoOffer:
    """The first of `offers`, which are in the order in which they go, that fits the customer and passes the gate."""
    proposal = company.proposal(customer_id)
    family_id = known.family(customer_id)
    reasons: list[Suppression] = []
    if isinstance(proposal, NoProposal):
        return NoOffer(
            customer_id, now, _kept_back(_unfit(customer_id, family_id, proposal.reason), known, settings, now)
        )
    unlike: Counter[str] = Counter()
    for offer in offers:
        why_not = _why_unfit(offer, proposal.step, is_eligible)
        if why_not is not None:
            unlike[why_not] += 1
            continue
        candidate = Candidate(
            customer_id=customer_id,
            family_id=family_id,
            offer=offer.name,
            what=offer.what,
            discount_percent=offer.discount_percent,
        )
        gate = clear([candidate], known, settings, now=now)
        if gate.cleared:
            return _made(gate.cleared[0], offer, proposal, now)
        reasons += gate.suppressed
    if not reasons:
        return NoOffer(customer_id, now, _none_fits(proposal, family_id, unlike, known, settings, now))
    # What stands against the customer is said once, however many offers would fit.
    once = {(each.guardrail, each.reason): each for each in reversed(reasons)}
    return NoOffer(customer_id, now, tuple(reversed(once.values())))


def _made(cleared: Cleared, offer: Offer, proposal: Proposal, now: date) -> OfferNow:
    percent = offer.discount_percent or Decimal(0)
    change = proposal.step.change
    amounts = None if change is None else change.amounts(percent=percent)
    return OfferNow(cleared, now, offer, proposal.step, amounts, proposal.why)


def _why_unfit(offer: Offer, step: Step, is_eligible: Callable[[Offer], bool]) -> str | None:
    if offer.what != step.what:
        return f"it is of {offer.what}"
    if offer.plan_id not in (None, step.plan_id):
        return f"it is of {offer.plan_id}"
    if offer.product_id not in (None, step.product_id):
        return f"it is of {offer.product_id}"
    if not is_eligible(offer):
        return "the customer is not eligible"
    less = None if step.change is None else step.change.amounts(percent=offer.discount_percent or Decimal(0))
    lowers = less is not None and less.mrr <= 0 and step.what != "yearly"
    return "less its discount, the customer would pay less than today" if lowers else None


def _unfit(customer_id: str, family_id: str, reason: str) -> Candidate:
    return Candidate(customer_id=customer_id, family_id=family_id, offer="any offer", what="other", unfit=reason)


def _none_fits(
    proposal: Proposal, family_id: str, unlike: Mapping[str, int], known: Known, settings: GrowthSettings, now: date
) -> tuple[Suppression, ...]:
    wanted = f"the next step is {proposal.step.title} ({proposal.step.what})"
    tried = "; ".join(f"{count} of them: {why}" for why, count in sorted(unlike.items()))
    why = f"{wanted}, and no offer in force is of it" + (f" ({tried})" if tried else "")
    return _kept_back(_unfit(proposal.customer_id, family_id, why), known, settings, now)


def _kept_back(candidate: Candidate, known: Known, settings: GrowthSettings, now: date) -> tuple[Suppression, ...]:
    return clear([candidate], known, settings, now=now).suppressed


def _worth(effect: Effect | None, currency: str) -> str:
    """What an expected value is: an estimate, or beside what was measured."""
    if effect is None or effect.mrr is None:
        why = "nothing is measured" if effect is None else effect.reason
        return f"Expected values are estimates until the holdout has measured what lists bring: {why}."
    value, low, high = (
        display_text(each, currency=currency) for each in (effect.mrr.value, effect.mrr.low, effect.mrr.high)
    )
    return (
        f"Measured against the holdout, being listed brings {value} {currency} a month for each family within 90 days "
        f"({low} to {high} at 95 %)."
    )
