"""The use cases of offers and contacts: what is offered, who was contacted, what came of it, whom to leave alone."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from upswell.errors import BookError, UsageError
from upswell.growth.contacts import Contact, Known
from upswell.growth.effect import Effect, effect_of
from upswell.growth.funnel import Funnel, funnel_of
from upswell.growth.gains import Gain, gains_of
from upswell.growth.guardrails import Gate, Suppressed, suppressed
from upswell.growth.labels import labels_of
from upswell.growth.reading import Health, customers_of, known_of
from upswell.ledger.reader import BookReader
from upswell.metrics.planner import check_customer_filter
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.policy import Policy
from upswell.state import WHATS, Offer, OfferDraft, Quiet, Touch
from upswell.state.growth_records import Outcome, QuietKind
from upswell.workspace.author import this_author
from upswell.workspace.opened import Opened, facts_of

_CUSTOMERS: Final = """
select customer_id from item_keys where customer_id = $customer or starts_with(customer_id, $start)
union
select customer_id from customers where customer_id = $customer or starts_with(customer_id, $start)
"""
_RECENT_DAYS: Final = 30
_OFFERS: Final = "select distinct offer from touches order by offer"


class Contacts(Opened):
    """Offers as data, touches with their outcomes, quiet times, and what the guardrails look at."""

    def offers(self) -> tuple[Offer, ...]:
        """Every offer, retired ones too, the one that goes first first."""
        return self.growth_state.offers()

    def save_offer(self, draft: OfferDraft, *, author: str | None = None) -> Offer:
        """Save an offer, in place of a former version of it. Raises `UsageError` where a part of it cannot be, such as
        an eligibility that is no filter of customers of the current book.
        """
        if draft.eligibility is not None:
            with self._asking(None) as (connection, _, _):
                check_customer_filter(connection, draft.eligibility)
        return self.growth_state.save_offer(draft, author=author or this_author(), at=datetime.now(UTC))

    def retire_offer(self, name: str, *, author: str | None = None) -> Offer:
        """Make an offer no more. Raises `NotFoundError` where there is none of that name."""
        return self.growth_state.retire_offer(name, author=author or this_author(), at=datetime.now(UTC))

    def touches(self, customer: str | None = None, *, policy: str | None = None) -> tuple[Contact, ...]:
        """Every contact (with one customer), imported or recorded, each once, oldest first."""
        with self._asking(policy) as (connection, facts, rules):
            contacts = self._known_of(connection, facts, rules).contacts
        return tuple(each for each in contacts if customer in (None, each.customer_id))

    def add_touch(
        self,
        customer: str,
        *,
        offer: str,
        at: datetime | None = None,
        channel: str | None = None,
        discount_percent: Decimal | None = None,
        author: str | None = None,
    ) -> Touch:
        """Record that a customer was made an offer, `at` some time (default: now; without offset: in the workspace's
        time zone).

        `offer` is one that is saved, one that was imported, or what was offered (seats, upgrade, addon, cross_sell,
        yearly, other). Raises `UsageError` for an unknown customer or offer.
        """
        self._require_now("recording a touch")
        now = datetime.now(UTC)
        with self._asking(None) as (connection, _, _):
            self._require_customer(connection, customer)
            self._require_offer(connection, offer)
        return self.growth_state.add_touch(
            customer,
            offer=offer,
            at=now if at is None else self._moment(at),
            channel=channel,
            discount_percent=discount_percent,
            author=author or this_author(),
            recorded_at=now,
        )

    def add_outcome(
        self,
        touch: int,
        *,
        outcome: Outcome,
        reason: str | None = None,
        at: datetime | None = None,
        author: str | None = None,
    ) -> Touch:
        """Say what came of a recorded touch: clicked, accepted, declined, ignored, or withdrawn, which takes back a
        touch that never was. The last that is said rules; `at` is when the answer came (default: now).

        Raises `NotFoundError` for an unknown touch, `UsageError` for a time before the touch or still to come.
        """
        by, now = author or this_author(), datetime.now(UTC)
        answered = now if at is None else self._moment(at)
        return self.growth_state.add_outcome(touch, outcome, reason=reason, author=by, at=now, answered_at=answered)

    def quiet(self) -> tuple[Quiet, ...]:
        """Every opt-out, incident and leave-alone, ended ones too, oldest first."""
        return self.growth_state.quiet()

    def add_quiet(
        self,
        customer: str | None,
        *,
        kind: QuietKind = "leave_alone",
        reason: str,
        starts_on: date | None = None,
        until: date | None = None,
        author: str | None = None,
    ) -> Quiet:
        """Leave a customer alone, or with None everybody: for an `opt_out`, an `incident`, or as `leave_alone`.

        `starts_on` defaults to the book's day or today, whichever is earlier, so that it holds at once; that of an
        incident without an end, which lasts for so many days, to today. `until` is the first day on which it is over.
        Raises `UsageError` for an unknown customer, and without a reason.
        """
        self._require_now("leaving a customer alone")
        now = datetime.now(UTC)
        first = self.today()
        try:
            with self._asking(None) as (connection, facts, _):
                if kind != "incident" or until is not None:
                    first = min(first, facts.as_of_day)
                if customer is not None:
                    self._require_customer(connection, customer)
        except BookError:
            # Whoever wants no offers says so before there is a book.
            pass
        return self.growth_state.add_quiet(
            customer,
            kind,
            reason=reason,
            starts_on=starts_on or first,
            until=until,
            author=author or this_author(),
            at=now,
        )

    def end_quiet(self, number: int, *, author: str | None = None) -> Quiet:
        """End a quiet time. Raises `NotFoundError` where none of that number is left to end."""
        return self.growth_state.end_quiet(number, author=author or this_author(), at=datetime.now(UTC))

    def suppressions(self, customer: str | None = None, *, policy: str | None = None) -> tuple[Suppressed, ...]:
        """Whom (or whether `customer`) no offer may be made to as of the book, every reason, and until when.

        Of customers that never had an item those are told that somebody said something of. Raises `UsageError` for an
        unknown `customer`.
        """
        with self._asking(policy) as (connection, facts, rules):
            known = self._known_of(connection, facts, rules)
            asked = dict(customers_of(connection))
            if customer is not None:
                self._require_customer(connection, customer)
                family = known.family(customer)
                asked = {family if rules.level == "family" else customer: family}
            for quiet in known.quiet:
                if quiet.customer_id is not None and customer is None:
                    asked.setdefault(quiet.customer_id, known.family(quiet.customer_id))
            return suppressed(asked.items(), known, self.settings.growth, now=facts.as_of_day)

    def offer_funnel(
        self,
        *,
        by: str = "offer",
        where: str | None = None,
        segment: str | None = None,
        first: date | None = None,
        last: date | None = None,
        policy: str | None = None,
    ) -> Funnel:
        """Of the offers made from `first` to `last`: shown, clicked, accepted, declined, expanded within 90 days, still
        there after 180, and where people hesitate, by offer, channel, author or any dimension of customers.

        Raises `UsageError` for a dimension or a filter that says nothing of customers.
        """
        condition = self._filter_of(where, segment)
        with self._asking(policy) as (connection, facts, rules):
            contacts = self._known_of(connection, facts, rules).contacts
            labels = labels_of(connection, contacts, by=by, where=condition, facts=facts, policy=rules)
            within = [
                chosen and (first is None or first <= contact.on) and (last is None or contact.on <= last)
                for chosen, contact in zip(labels.chosen, contacts, strict=True)
            ]
            gains = self._gains_of(connection, facts, rules)
            return funnel_of(contacts, gains, by=by, values=labels.values, chosen=within, day=facts.as_of_day)

    def offer_effect(self, *, what: str | None = None, policy: str | None = None) -> Effect:
        """What being offered something changed, against the families held out, of all offers or of one kind (`what`).

        Without an effect there is a reason. Needs `pip install "upswell[analysis]"` once there is enough to measure.
        Raises `UsageError` for a kind that is none.
        """
        if what is not None and what not in WHATS:
            raise unknown_name("kind of offer", what, known=WHATS, code="unknown_kind_of_offer")
        with self._asking(policy) as (connection, facts, rules):
            return self._effect_of(connection, facts, rules, what)

    def suppression_counts(self, *, first: date, last: date) -> dict[str, tuple[int, int]]:
        """By guardrail: how many customers it kept offers from between two days, and on how many customer-days."""
        return self.growth_state.suppression_counts(first, last)

    def _effect_of(self, connection: Readable, facts: BookFacts, rules: Policy, what: str | None) -> Effect:
        members: dict[str, list[str]] = {}
        for customer, family in customers_of(connection):
            members.setdefault(family, []).append(customer)
        gains = self._gains_of(connection, facts, rules)
        return effect_of(self.growth_state.listings(), gains, members, day=facts.as_of_day, what=what)

    def recent_days(self, *, first: date | None = None, last: date | None = None) -> tuple[date, date]:
        """The days from `first` to `last`: by default the 30 up to the book's day, or to today without a book."""
        if last is None:
            try:
                last = facts_of(self._current()).as_of_day
            except BookError:
                last = datetime.now(self.settings.zone).date()
        return first or date.fromordinal(max(last.toordinal() - _RECENT_DAYS, 1)), last

    def _known_of(
        self, connection: BookReader, facts: BookFacts, rules: Policy, *, health: Health | None = None
    ) -> Known:
        """What the guardrails look at, of this book and of what people said."""
        store = self.growth_state

        def made() -> Known:
            return known_of(
                connection, touches=store.touches(), quiet=store.quiet(), facts=facts, policy=rules, health=health
            )

        scored = None if health is None else (health.reason, health.low_below, hash(frozenset(health.points.items())))
        known = self._readers.remembered(("known", *_book(facts, rules), store.said_version(), scored), made)
        return known if self._known is not None else replace(known, today=self.today())

    def _gains_of(self, connection: Readable, facts: BookFacts, rules: Policy) -> Mapping[str, tuple[Gain, ...]]:
        """What customers expanded by of their own decision, up to the book's day."""
        key = ("gains", *_book(facts, rules))
        return self._readers.remembered(key, lambda: gains_of(connection, through=facts.as_of_day))

    def _keep(self, gate: Gate) -> None:
        """Record what a gate listed, held out and suppressed; a question about a former time leaves no trace."""
        if self._known is None:
            self.growth_state.record_suppressions(gate.records())
            self.growth_state.record_listings(gate.listings())

    def _moment(self, at: datetime) -> datetime:
        return at if at.tzinfo else at.replace(tzinfo=self.settings.zone)

    def _require_customer(self, connection: Readable, customer: str) -> None:
        known = [
            row[0] for row in connection.execute(_CUSTOMERS, {"customer": customer, "start": customer[:2]}).fetchall()
        ]
        if customer not in known:
            raise UsageError(
                f"there is no customer {customer}",
                code="unknown_customer",
                expected="the id of a customer of the book",
                found=customer,
                remedy=_did_you_mean(customer, known)
                or "`upswell customers --search TEXT` finds ids by a part of them",
            )

    def _require_offer(self, connection: Readable, offer: str) -> None:
        saved = [each.name for each in self.offers()]
        imported = [row[0] for row in connection.execute(_OFFERS).fetchall()]
        known = sorted({*saved, *imported, *WHATS})
        if offer not in known:
            raise UsageError(
                f"there is no offer {offer}",
                code="unknown_offer",
                expected=f"one of: {', '.join(known[:20])}",
                found=offer,
                remedy=_did_you_mean(offer, known) or "`upswell offers save` saves an offer",
            )


def _book(facts: BookFacts, rules: Policy) -> tuple[object, ...]:
    """What names a book under one policy."""
    return facts.book_id, facts.as_of, facts.standing, rules.content_hash()


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {', '.join(near)}?" if near else ""
