"""The use cases of health: how likely customers are to stay, by a scorecard fitted once and kept beside the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.propensity.snapshots import Known
from upswell.analysis.signals.reading import Chosen, first_unknown_day, read_signals
from upswell.errors import NotFoundError, WorkspaceError
from upswell.growth.health.listing import HealthList, list_health
from upswell.growth.health.report import NAMES, Health, health_of, read_health_past
from upswell.growth.health.scoring import HealthPoints, health_points
from upswell.workspace import kept_models
from upswell.workspace.opened import Opened
from upswell.workspace.signals import require_limit

LIMIT: Final = 50
# As a model of who expands: what makes customers leave changes slowly.
KEPT_FOR: Final = timedelta(days=35)


class HealthQuestions(Opened):
    """What one can ask of a book about how its customers are."""

    def health(
        self,
        *,
        customer: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        limit: int = LIMIT,
        policy: str | None = None,
    ) -> HealthList:
        """Paying customers by the points of the scorecard, the worst first, with reasons and the signals behind them.

        The scorecard stands beside them with its backtest: `answer.health`. With too little history there are no
        points, and `answer.health.reason` says why. Needs `pip install "upswell[analysis]"`. Raises `UsageError` for
        a filter that is none, `NotFoundError` for a customer that does not pay.
        """
        require_limit(Chosen(limit=limit))
        chosen = self._filter_of(where, segment)
        card = self.scorecard(policy=policy)
        only: Collection[str] | None = None if customer is None else (customer,)
        with self._asking(policy) as (connection, facts, rules):
            day = first_unknown_day(facts)
            if chosen is not None:
                found = read_signals(connection, day, facts=facts, policy=rules, names=("mrr",), where=chosen)
                ids = set(found["customer_id"].to_pylist())
                only = ids if customer is None else ids & {customer}
            with analysis_extra():
                known = Known.at(connection, day, lambda each: read_signals(connection, each, facts=facts, names=NAMES))
                answer = list_health(
                    card, known, book_id=facts.book_id, currency=facts.workspace_currency, only=only, limit=limit
                )
        if customer is not None and not answer.rows:
            raise NotFoundError(
                f"{customer} has no health",
                code="customer_not_paying",
                where=answer.book_id,
                expected="a customer that pays at the book's instant",
                found=customer,
                remedy="`upswell health` lists them",
            )
        return answer

    def scorecard(self, *, policy: str | None = None) -> Health:
        """The scorecard of health with its backtest: the one that was kept, of this book or up to 35 days before.

        Else one is fitted to this book's past, and kept.
        """
        with self._asking(policy) as (_, facts, rules):
            day, content = first_unknown_day(facts), rules.content_hash()
            signals = kept_models.made_of(facts.seat_metrics)
            key = ("health", facts.book_id, facts.as_of, content, signals)
        kept = None
        if self._known is None:
            kept = kept_models.read_health(self.folder, policy_hash=content, signals=signals)
        if kept is not None and kept.policy_hash == content and timedelta(0) <= day - kept.day <= KEPT_FOR:
            return kept

        def make() -> Health:
            with self._asking(policy) as (connection, facts, rules):
                past = read_health_past(connection, facts=facts, policy=rules)
            # The book is let go of before what takes longest: others may ask it meanwhile.
            return health_of(past)

        found = self._readers.remembered(key, make)
        if self._known is None:
            # Who may only read the folder gets the points all the same.
            with suppress(WorkspaceError):
                kept_models.write_health(self.folder, found, signals=signals)
        return found

    def health_points(self, *, policy: str | None = None) -> Mapping[str, HealthPoints]:
        """Points, band and reasons of every paying customer by its id; none where there is no scorecard."""
        card = self.scorecard(policy=policy).card
        if card is None:
            return {}
        with self._asking(policy) as (connection, facts, _), analysis_extra():
            day = first_unknown_day(facts)
            known = Known.at(connection, day, lambda each: read_signals(connection, each, facts=facts, names=NAMES))
            return health_points(card, known)
