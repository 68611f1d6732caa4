"""The use cases of propensity: who is likely to expand, by a model that is fitted once and kept beside the books."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.propensity.fitting import PLAN_AND_SIZE, fit_of, read_known, read_past
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import LIMIT, Fit, Scores, score
from upswell.analysis.propensity.total import MONTHS, Total, chosen_share, total_of
from upswell.analysis.signals.reading import Chosen, first_unknown_day
from upswell.errors import UsageError, WorkspaceError
from upswell.workspace import kept_models
from upswell.workspace.forecasting import Forecasting
from upswell.workspace.signals import require_limit

# A model of a former book serves a later one for a month and a few days: what makes customers expand changes slowly.
KEPT_FOR: Final = timedelta(days=35)


class Propensity(Forecasting):
    """What one can ask of a book about who will expand."""

    def propensity(
        self,
        *,
        limit: int = LIMIT,
        where: str | None = None,
        segment: str | None = None,
        by: str | None = None,
        policy: str | None = None,
    ) -> Scores:
        """Each paying customer with its likelihood of expanding within 90 days, and its part of the forecast.

        Beside it stand the rates of all and of its segment: plan and size, or the attribute `by`. The first `limit`
        have their reasons. `where` chooses customers of the list; ranks and parts stay those of all. The model is the
        one that was kept, of this book or of one up to 35 days before; else one is fitted now, and kept. Where none
        beats the segment base rate the list is ranked by rules. Needs `pip install "upswell[analysis]"`.
        """
        require_limit(Chosen(limit=limit))
        chosen = self._filter_of(where, segment)
        fit = self._fit(by, policy)
        with self._asking(policy) as (connection, facts, rules):
            known, ids = read_known(connection, facts=facts, policy=rules, by=by, where=chosen)
            share = chosen_share(connection, known.day)
        total = self._total(share, policy)
        with analysis_extra():
            return score(known, fit, total, policy=rules.name, book_id=facts.book_id, told=limit, only=ids)

    def propensity_backtest(self, *, by: str | None = None, policy: str | None = None) -> Backtest:
        """How right the scores would have been at former origins, beside the segment base rate and the rules.

        The backtest of the kept model where it is of this book; else made now.
        """
        kept = None if self._known is not None else self._kept(by, policy, days=timedelta(0))
        return self._fitted_now(by, policy).backtest if kept is None else kept.backtest

    def fit_propensity(self, *, by: str | None = None, policy: str | None = None) -> Backtest:
        """Fit a model to this book, keep it for the scores to come, and give its backtest."""
        self._require_now("fitting a model")
        fit = self._fitted_now(by, policy)
        kept_models.write(self.folder, fit, by=by or PLAN_AND_SIZE, signals=self._signals_made_of())
        return fit.backtest

    # -- the model that is kept

    def _fit(self, by: str | None, policy: str | None) -> Fit:
        kept = None if self._known is not None else self._kept(by, policy, days=KEPT_FOR)
        if kept is not None:
            return kept
        fit = self._fitted_now(by, policy)
        if self._known is None:
            # Who may only read the folder gets the scores all the same.
            with suppress(WorkspaceError):
                kept_models.write(self.folder, fit, by=by or PLAN_AND_SIZE, signals=self._signals_made_of())
        return fit

    def _fitted_now(self, by: str | None, policy: str | None) -> Fit:
        with self._asking(policy) as (_, facts, rules):
            key = ("propensity", facts.book_id, facts.as_of, rules.content_hash(), by, facts.seat_metrics)

        def make() -> Fit:
            with self._asking(policy) as (connection, facts, rules):
                past = read_past(connection, facts=facts, policy=rules, by=by)
            # The book is let go of before what takes longest: others may ask it meanwhile.
            return fit_of(past)

        return self._readers.remembered(key, make)

    def _kept(self, by: str | None, policy: str | None, *, days: timedelta) -> Fit | None:
        with self._asking(policy) as (_, facts, rules):
            day, content = first_unknown_day(facts), rules.content_hash()
        found = kept_models.read(
            self.folder, policy_hash=content, by=by or PLAN_AND_SIZE, signals=self._signals_made_of()
        )
        if found is None or found.policy_hash != content or not timedelta(0) <= day - found.day <= days:
            return None
        return found if days or found.book_id == facts.book_id else None

    def _signals_made_of(self) -> str:
        return kept_models.made_of(self.settings.growth.seat_metrics)

    def _total(self, share: Decimal | None, policy: str | None) -> Total:
        try:
            return total_of(self.forecast(months=MONTHS, policy=policy), share)
        except UsageError as error:
            return Total(reason=error.message)
