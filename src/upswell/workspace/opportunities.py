"""The use cases of the list: whom to speak with, whom to leave alone, what a product may show, who is with sales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

from upswell.errors import UpswellError, UsageError
from upswell.growth.answers import (
    LIMIT,
    LeaveAlone,
    NoOffer,
    OfferNow,
    Opportunities,
    leave_alone_of,
    offer_now,
    part_of,
)
from upswell.growth.guardrails import GUARDRAILS
from upswell.metrics.customer_sheet import customer_sheet
from upswell.metrics.suggest import unknown_name
from upswell.state.growth_records import HANDOVER_STATUSES, Handover, Offer, RecordedSuppression
from upswell.workspace.author import this_author
from upswell.workspace.company_lists import CompanyAsked, CompanyLists

CHANNEL = "in_app"


class OpportunityLists(CompanyLists):
    """What may be offered to whom. Every list is of the day of the book; figures change with the next one."""

    def opportunities(
        self,
        *,
        limit: int = LIMIT,
        owner: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        for_sales: bool = False,
        policy: str | None = None,
    ) -> Opportunities:
        """Whom to speak with next, the better ones first: what to offer, what it is worth, by when, and why.

        `owner` is who has the customer, `where` filters by what customers and their main items are, `for_sales` leaves
        those that are large enough for sales or handed over. The whole company passes the guardrails, and what they
        keep back is counted and recorded, as is who was listed: once for a customer and day. Where the state cannot be
        written the list is told all the same, and that it is not recorded. Raises `UsageError` for what is no filter.
        """
        whole = self._whole_list(policy, condition=self._filter_of(where, segment))
        return part_of(
            whole.listed,
            policy=whole.policy.name,
            book_id=whole.facts.book_id,
            currency=whole.facts.workspace_currency,
            keeps=whole.keeps,
            owner=owner,
            for_sales=for_sales,
            limit=limit,
            not_recorded=whole.not_recorded,
        )

    def leave_alone(
        self,
        *,
        limit: int = LIMIT,
        owner: str | None = None,
        guardrail: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> LeaveAlone:
        """Whom to leave alone, with every guardrail that keeps offers back, why, and until when; by customer.

        Raises `UsageError` for a guardrail or filter that is none.
        """
        if guardrail is not None and guardrail not in GUARDRAILS:
            raise unknown_name("guardrail", guardrail, known=tuple(GUARDRAILS), code="unknown_guardrail")
        whole = self._whole_list(policy, condition=self._filter_of(where, segment))
        return leave_alone_of(
            whole.listed,
            policy=whole.policy.name,
            book_id=whole.facts.book_id,
            currency=whole.facts.workspace_currency,
            keeps=whole.keeps,
            owner=owner,
            guardrail=guardrail,
            limit=limit,
        )

    def offer_for(self, customer_id: str, *, channel: str = CHANNEL, policy: str | None = None) -> OfferNow | NoOffer:
        """The one offer that a product may show to a customer now, with its price, or none and the reasons.

        An offer fits when it runs, is for `channel` (or for any), is of the customer's smallest sensible step, and its
        eligibility holds; of several the one that goes first. Whom somebody in sales has is shown none. What
        guardrails keep back is recorded, nothing else is: record a touch once the offer was shown. Raises
        `NotFoundError` for an unknown customer.
        """
        with self._asking(policy) as (connection, facts, rules):
            asked = self._company_asked(connection, facts, rules)
            if customer_id not in asked.company.at:
                # Of who holds nothing it is looked up whether it ever was a customer.
                customer_sheet(connection, customer_id, facts=facts, policy=rules)
            # Prices are of the book, and an offer that is over today is shown no more, however old the book is.
            offers = self._offers_running(channel, max(asked.now, asked.known.today))
            eligible = self._eligible_for(asked, offers)
            answer = offer_now(
                customer_id,
                asked.company,
                offers,
                replace(asked.known_of(customer_id), with_sales=self._with_sales(asked, customer_id)),
                self.settings.growth,
                now=asked.now,
                is_eligible=lambda offer: offer.eligibility is None or customer_id in eligible[offer.eligibility],
            )
        if isinstance(answer, NoOffer):
            self._keep_suppressed(answer.records())
        return answer

    def hand_over(
        self,
        customer_id: str,
        *,
        to: str,
        from_owner: str | None = None,
        author: str | None = None,
        policy: str | None = None,
    ) -> Handover:
        """Hand the opportunity of a customer to `to`, who has it alone until it is won, lost or returned.

        With `from_owner` an open one is given on by that owner. Raises `UsageError` for a customer that is not on the
        list now, and for one that is with another owner.
        """
        self._require_now("handing over")
        who, at = author or this_author(), datetime.now(UTC)
        if from_owner is not None:
            self._require_with(customer_id, from_owner)
            return self.growth_state.move_handover(customer_id, owner=to, author=who, at=at)
        asked = self._whole_list(policy)
        whole = asked.listed
        found = next((each for each in whole.opportunities if each.customer_id == customer_id), None)
        if found is None:
            kept = next((each for each in whole.kept_back if each.customer_id == customer_id), None)
            raise UsageError(
                f"{customer_id} is not on the list of opportunities",
                code="not_an_opportunity",
                expected="a customer that may be spoken with now",
                found="unknown" if kept is None else "; ".join(reason.reason for reason in kept.reasons),
                remedy="`upswell opportunities` lists them; its `leave-alone` says why others are not there",
            )
        step = found.step
        return self.growth_state.hand_over(
            customer_id,
            offer=step.title,
            owner=to,
            amount=step.worth,
            currency=None if step.worth is None else asked.facts.workspace_currency,
            author=who,
            at=at,
        )

    def close_handover(
        self, customer_id: str, *, status: str, reason: str | None = None, author: str | None = None
    ) -> Handover:
        """Close the open handover of a customer: `won`, `lost` or `returned`. Raises `NotFoundError` without one."""
        self._require_now("closing a handover")
        closed = next((each for each in HANDOVER_STATUSES if each == status and each != "open"), None)
        if closed is None:
            known = tuple(each for each in HANDOVER_STATUSES if each != "open")
            raise unknown_name("end of a handover", status, known=known, code="unknown_status")
        return self.growth_state.move_handover(
            customer_id, status=closed, reason=reason, author=author or this_author(), at=datetime.now(UTC)
        )

    def handovers(self, customer_id: str | None = None) -> tuple[Handover, ...]:
        """Every step of every handover (of one customer), oldest first."""
        return self.growth_state.handovers(customer_id)

    def _offers_running(self, channel: str, day: date) -> tuple[Offer, ...]:
        """The saved offers that run on a day and may be made in a channel, in the order in which they go."""
        wanted = _plain(channel)
        return tuple(
            each
            for each in self.growth_state.offers()
            if each.is_running(day) and (not each.channels or wanted in map(_plain, each.channels))
        )

    def _eligible_for(self, asked: CompanyAsked, offers: tuple[Offer, ...]) -> Mapping[str, frozenset[str]]:
        """Of each condition of `offers` the customers that it holds of; of one that the book cannot be asked, none."""
        conditions = tuple(sorted({each.eligibility for each in offers if each.eligibility is not None}))
        return self._readers.remembered(
            ("eligible", *asked.of_book, conditions), lambda: {each: _holds_of(asked, each) for each in conditions}
        )

    def _keep_suppressed(self, records: Iterable[RecordedSuppression]) -> None:
        """Record what was kept back from one customer, if that can be."""
        if self._known is None:
            with suppress(UpswellError):
                self.growth_state.record_suppressions(records)

    def _open_handover(self, customer_id: str) -> Handover | None:
        last = next(iter(reversed(self.growth_state.handovers(customer_id))), None)
        return last if last is not None and last.status == "open" else None

    def _with_sales(self, asked: CompanyAsked, customer_id: str) -> Mapping[str, str]:
        """What the gate is told of a customer that somebody in sales has; by families of any member of it."""
        last = {each.customer_id: each for each in self.growth_state.handovers()}
        for each in last.values():
            of = asked.known.family(each.customer_id) if asked.policy.level == "family" else each.customer_id
            if of == customer_id and each.status == "open":
                return {customer_id: f"{each.owner} has it in sales: {each.offer}"}
        return {}

    def _require_with(self, customer_id: str, owner: str) -> None:
        handover = self._open_handover(customer_id)
        if handover is None or handover.owner != owner:
            found = "nobody" if handover is None else handover.owner
            raise UsageError(
                f"{customer_id} is not with {owner}",
                code="handover_of_another",
                expected=f"an open handover to {owner}",
                found=found,
                remedy=f"give it on from {found}" if found != "nobody" else "hand it over first",
            )


def _holds_of(asked: CompanyAsked, condition: str) -> frozenset[str]:
    # A column that an offer was saved with may be gone: then nobody is known to be eligible.
    try:
        return asked.chosen(condition)
    except UsageError:
        return frozenset()


def _plain(channel: str) -> str:
    """`in-app` and `in_app` are one channel."""
    return channel.casefold().replace("-", "_")
