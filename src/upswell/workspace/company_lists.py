"""What lists of a company are made of: the company, what is known of contacts, what is expected, and the gate's answer.

Each is worked out once for a book, its settings and what people said, and kept for the questions that follow. Reading
never fails because the state cannot be written: a list that is not recorded says so.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from upswell.analysis.extra import analysis_extra
from upswell.analysis.propensity.snapshots import Known as Rows
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.errors import UpswellError, UsageError
from upswell.growth.company import Company, company_of
from upswell.growth.contacts import Contact, Known
from upswell.growth.effect import Effect
from upswell.growth.guardrails import Gate
from upswell.growth.health.report import NAMES
from upswell.growth.health.scoring import health_points
from upswell.growth.opportunities import Listed, listed
from upswell.growth.ranking import Outlooks, outlooks_of
from upswell.growth.reading import Health
from upswell.ledger.reader import BookReader
from upswell.metrics.request import BookFacts
from upswell.policy import Policy
from upswell.workspace import kept_models
from upswell.workspace.contacts import Contacts
from upswell.workspace.propensity import KEPT_FOR, Propensity


@dataclass(frozen=True)
class CompanyAsked:
    """One question about a company: the book, what is known of contacts, and a key that names all of it."""

    connection: BookReader
    facts: BookFacts
    policy: Policy
    company: Company
    known: Known
    families: Mapping[str, Sequence[Contact]]
    key: tuple[Hashable, ...]

    @property
    def now(self) -> date:
        """The day of the list: that of the book."""
        return self.facts.as_of_day

    @property
    def of_book(self) -> tuple[Hashable, ...]:
        """The part of the key that names the book, the policy and the kept models."""
        return self.key[:4]

    def known_of(self, customer_id: str) -> Known:
        """What is known of one customer and its family, and so all that its own offers are held against."""
        return replace(self.known, contacts=tuple(self.families.get(self.known.family(customer_id), ())))

    def chosen(self, condition: str) -> frozenset[str]:
        """The customers with an item in force that a condition holds of. Raises `UsageError` for what is none."""
        table = read_signals(
            self.connection, self.company.day, facts=self.facts, policy=self.policy, names=("mrr",), where=condition
        )
        return frozenset(table.column("customer_id").to_pylist())


@dataclass(frozen=True)
class WholeList:
    """The whole list, and of whom (None: all) a part is asked for; `not_recorded` says why it is not recorded."""

    listed: Listed
    facts: BookFacts
    policy: Policy
    chosen: Collection[str] | None
    not_recorded: str | None

    def keeps(self, customer_id: str) -> bool:
        """Whether a customer is in the part that is asked for."""
        return self.chosen is None or customer_id in self.chosen


class CompanyLists(Contacts, Propensity):
    """The whole list of a company, through the gate."""

    def _whole_list(self, policy: str | None, *, condition: str | None = None) -> WholeList:
        # A model that is kept meanwhile has another key than the one that was looked at first.
        kept = self.models_kept()
        outlooks = self._outlooks(policy)
        with self._asking(policy) as (connection, facts, rules):
            asked = self._company_asked(connection, facts, rules)
            chosen = None if condition is None else asked.chosen(condition)
            key = (*asked.key, kept)
            whole = self._readers.remembered(
                ("listed", *key),
                lambda: listed(
                    asked.company,
                    outlooks,
                    asked.known,
                    self.settings.growth,
                    handovers=self.growth_state.handovers(),
                    effect=self._effect_if_told(asked),
                    now=asked.now,
                ),
            )
        return WholeList(whole, facts, rules, chosen, self._why_not_recorded(key, whole.gate, rules))

    def _company_asked(self, connection: BookReader, facts: BookFacts, rules: Policy) -> CompanyAsked:
        growth, prices = self.settings.growth, self.settings.list_prices
        of_book = (facts.book_id, facts.as_of, rules.content_hash(), self.models_kept())
        company = self._readers.remembered(
            ("company", *of_book, repr(prices), facts.seat_metrics),
            lambda: company_of(
                connection,
                given=tuple(each.given(facts.workspace_currency) for each in prices),
                facts=facts,
                policy=rules,
            ),
        )
        said = (self.state.version() if self.state.status().revision is not None else 0, self.today())
        known = self._readers.remembered(
            ("known of all", *of_book, said), lambda: self._known_of(connection, facts, rules)
        )
        families = self._readers.remembered(("contacts of families", *of_book, said), lambda: _by_family(known))
        return CompanyAsked(
            connection, facts, rules, company, known, families, (*of_book, repr(prices), repr(growth), said)
        )

    def models_kept(self) -> str:
        """A text that is another whenever another model or scorecard is kept, and answers may be others."""
        return "" if self._known is not None else kept_models.kept(self.folder)

    def _outlooks(self, policy: str | None) -> Outlooks:
        """What the kept model expects of each customer; a list waits for no model to be fitted."""
        if self._known is not None:
            return Outlooks(how_sure=("A model of today says nothing of a former time.",))
        with self._asking(policy) as (_, facts, rules):
            key = ("outlooks", facts.book_id, facts.as_of, rules.content_hash(), facts.seat_metrics, self.models_kept())
        return self._readers.remembered(key, lambda: self._expected(policy))

    def _expected(self, policy: str | None) -> Outlooks:
        try:
            if not self.models_kept() or self._kept(None, policy, days=KEPT_FOR) is None:
                return Outlooks(how_sure=("No model of who expands is kept: `upswell propensity` fits one.",))
            return outlooks_of(self.propensity(limit=1, policy=policy))
        except UsageError as error:
            return Outlooks(how_sure=(f"No model of who expands: {error.message}.",))

    def _known_of(
        self, connection: BookReader, facts: BookFacts, rules: Policy, *, health: Health | None = None
    ) -> Known:
        """The same, with the points of the kept scorecard."""
        key = (
            "health of all",
            facts.book_id,
            facts.as_of,
            rules.content_hash(),
            facts.seat_metrics,
            self.models_kept(),
        )
        found = health or self._readers.remembered(key, lambda: self._health_of_all(connection, facts, rules))
        return super()._known_of(connection, facts, rules, health=found)

    def _health_of_all(self, connection: BookReader, facts: BookFacts, rules: Policy) -> Health:
        if self._known is not None:
            return Health(reason="a scorecard of today says nothing of a former time")
        content, signals = rules.content_hash(), self._signals_made_of()
        kept = (
            kept_models.read_health(self.folder, policy_hash=content, signals=signals) if self.models_kept() else None
        )
        day = first_unknown_day(facts)
        if kept is None or not timedelta(0) <= day - kept.day <= KEPT_FOR:
            return Health(reason="no scorecard is kept: `upswell health` fits one")
        if kept.card is None:
            return Health(reason=kept.reason or "there is no scorecard")
        try:
            with analysis_extra():
                rows = Rows.at(connection, day, lambda each: read_signals(connection, each, facts=facts, names=NAMES))
                points = health_points(kept.card, rows)
        except UsageError as error:
            return Health(reason=error.message)
        told = {customer: each.points for customer, each in points.items() if each.points is not None}
        return Health(told, kept.card.low_to + 1)

    def _effect_if_told(self, asked: CompanyAsked) -> Effect | None:
        try:
            return self._effect_of(asked.connection, asked.facts, asked.policy, None)
        except UsageError:
            # Without the extra nothing is measured, and what is expected stays an estimate.
            return None

    def _why_not_recorded(self, key: tuple[Hashable, ...], gate: Gate, policy: Policy) -> str | None:
        if self._known is not None:
            return "it is of a former time"
        if policy.name != self.settings.policy:
            return "it is of another policy than the workspace's"
        try:
            self._readers.remembered(("recorded", *key), lambda: self._keep(gate))
        except UpswellError as error:
            return error.message
        return None


def _by_family(known: Known) -> Mapping[str, Sequence[Contact]]:
    found: dict[str, list[Contact]] = {}
    for each in known.contacts:
        found.setdefault(known.family(each.customer_id), []).append(each)
    return found
