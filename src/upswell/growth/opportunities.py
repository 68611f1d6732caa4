"""The list of whom to speak with next: proposals that passed the gate, each with what it is expected to be worth.

    Acme   Business   75.00 a month   12.0 % (all: 6.1 %)   by 30 April 2026   owner Ada
           at the present pace you pass 10,000 calls a month on 14 May 2026; Business carries 50,000

An `Opportunity` is made of what the gate cleared (growth/guardrails.py) and of nothing else. The whole company passes
it in the order of its ranking, whatever part of the list is asked for: so a cap of a family keeps back the same member
for every reader. What was kept back is counted by guardrail, and stands on the leave-alone list with its reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from upswell.analysis.pricing.tables import rate
from upswell.growth.company import Company
from upswell.growth.contacts import Known
from upswell.growth.effect import Effect
from upswell.growth.guardrails import Candidate, Cleared, Gate, Suppressed, Suppression, clear
from upswell.growth.proposals import Evidence, NoProposal, Proposal
from upswell.growth.ranking import Outlook, Outlooks, ranked
from upswell.growth.settings import GrowthSettings
from upswell.growth.step import Step
from upswell.growth.telling import When
from upswell.metrics.figures import EXACT, ZERO
from upswell.state.growth_records import Handover

Kind = Literal["expansion", "free"]


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A step that may be offered to a customer now; `kind` `free` is a customer that outgrows the free tier.

    `outlook` is what is expected of it in 90 days. `is_for_sales`: the step is worth as much a month as is handed over;
    `handover` is the open one of the customer. `owner` has the customer, or took it over.
    """

    cleared: Cleared
    name: str | None
    owner: str | None
    kind: Kind
    step: Step
    outlook: Outlook
    when: When
    why: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    is_for_sales: bool
    handover: Handover | None

    @property
    def customer_id(self) -> str:
        """Whom to speak with."""
        return self.cleared.customer_id


@dataclass(frozen=True)
class KeptBack(Suppressed):
    """A customer to leave alone, with its name and who is responsible for it."""

    name: str | None
    owner: str | None


@dataclass(frozen=True)
class Headroom:
    """Customers that have everything there is to buy, and what they pay; `share` of all MRR is None without rates."""

    customers: int
    mrr: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class Listed:
    """The whole list of a company as of `day`, and whom to leave alone; `effect` is what lists have been measured to
    change, None where that cannot be asked.
    """

    day: date
    outlooks: Outlooks
    gate: Gate
    opportunities: tuple[Opportunity, ...]
    kept_back: tuple[KeptBack, ...]
    without_headroom: Headroom
    effect: Effect | None


def listed(
    company: Company,
    outlooks: Outlooks,
    known: Known,
    settings: GrowthSettings,
    *,
    handovers: Sequence[Handover] = (),
    effect: Effect | None = None,
    now: date,
) -> Listed:
    """The list of `company` on the day `now`, through the gate."""
    found: list[Proposal] = []
    without: list[NoProposal] = []
    for proposal in company.proposals():
        if isinstance(proposal, Proposal):
            found.append(proposal)
        else:
            without.append(proposal)
    order = ranked(found, outlooks)
    candidates = [*(candidate_of(each, known) for each in order), *(candidate_of(each, known) for each in without)]
    gate = clear(candidates, known, settings, now=now)
    open_ones = {each.customer_id: each for each in handovers}
    opportunities = tuple(
        _opportunity(cleared, order[cleared.place], company, outlooks, settings, open_ones) for cleared in gate.cleared
    )
    return Listed(now, outlooks, gate, opportunities, kept_back(gate, company), _headroom(found, without), effect)


def candidate_of(proposal: Proposal | NoProposal, known: Known) -> Candidate:
    """What the gate is asked about a proposal, or about a customer that has none."""
    customer_id, family_id = proposal.customer_id, known.family(proposal.customer_id)
    if isinstance(proposal, NoProposal):
        return Candidate(
            customer_id=customer_id, family_id=family_id, offer="any offer", what="other", unfit=proposal.reason
        )
    step = proposal.step
    return Candidate(customer_id=customer_id, family_id=family_id, offer=step.title, what=step.what)


def kept_back(gate: Gate, company: Company) -> tuple[KeptBack, ...]:
    """Whom the gate kept back, by customer, with every reason once."""
    reasons: dict[str, list[Suppression]] = defaultdict(list)
    for each in gate.suppressed:
        reasons[each.customer_id].append(each)
    return tuple(
        KeptBack(customer_id, tuple(reasons[customer_id]), company.name_of(customer_id), company.owner_of(customer_id))
        for customer_id in sorted(reasons)
    )


def _opportunity(
    cleared: Cleared,
    proposal: Proposal,
    company: Company,
    outlooks: Outlooks,
    settings: GrowthSettings,
    handovers: Mapping[str, Handover],
) -> Opportunity:
    last = handovers.get(cleared.customer_id)
    handover = last if last is not None and last.status == "open" else None
    worth = proposal.step.worth
    return Opportunity(
        cleared=cleared,
        name=company.name_of(cleared.customer_id),
        owner=company.owner_of(cleared.customer_id) if handover is None else handover.owner,
        kind="free" if proposal.is_free else "expansion",
        step=proposal.step,
        outlook=outlooks.of(cleared.customer_id),
        when=proposal.when,
        why=proposal.why,
        evidence=proposal.evidence,
        is_for_sales=worth is not None and worth >= settings.handover_amount,
        handover=handover,
    )


def _headroom(found: Sequence[Proposal], without: Sequence[NoProposal]) -> Headroom:
    full = [each for each in without if each.holds_plan]
    mrr, of_all = _sum(full), _sum((*found, *without))
    return Headroom(len(full), mrr, None if mrr is None or of_all is None else rate(mrr, of_all))


def _sum(of: Sequence[Proposal | NoProposal]) -> Decimal | None:
    amount = ZERO
    for each in of:
        if each.mrr is None:
            return None
        amount = EXACT.add(amount, each.mrr)
    return amount
