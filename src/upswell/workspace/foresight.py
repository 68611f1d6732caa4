"""The use cases that look at what lasts: how durable expansion is, what of it is at risk, and who stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upswell.analysis.durability.at_risk import LIMIT, AtRisk, expansions_at_risk
from upswell.analysis.durability.expanders import Compared, expanders_compared
from upswell.analysis.durability.intervals import DRAWS
from upswell.analysis.durability.report import Durability, DurabilityRequest, durability
from upswell.charts.extra import charts_extra
from upswell.workspace.opened import Opened

if TYPE_CHECKING:
    import altair as alt


class Foresight(Opened):
    """What one can ask of a book about the time after an expansion."""

    def durability(
        self,
        *,
        by: str | None = None,
        driver: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        draws: int = DRAWS,
        policy: str | None = None,
    ) -> Durability:
        """The share of expansion dollars still there after 30, 90, 180 and 365 days, by driver, with 95 % intervals.

        `by` cuts each driver further: plan, product, term, price (discounted or full), offer, cohort, or a column of
        the imported customers. Needs `pip install "upswell[analysis]"`. Raises `UsageError` for names and filters that
        are none; a share that cannot be told is None with its reason.
        """
        request = DurabilityRequest(by=by, driver=driver, where=self._filter_of(where, segment), draws=draws)
        with self._asking(policy) as (connection, facts, rules):
            return durability(connection, request, facts=facts, policy=rules)

    def expansions_at_risk(
        self, *, where: str | None = None, segment: str | None = None, limit: int = LIMIT, policy: str | None = None
    ) -> AtRisk:
        """Expansions of the last year that are still there, largest first, with what speaks against their staying."""
        chosen = self._filter_of(where, segment)
        with self._asking(policy) as (connection, facts, rules):
            return expansions_at_risk(connection, facts=facts, policy=rules, where=chosen, limit=limit)

    def expanders(self, *, policy: str | None = None) -> Compared:
        """Whether customers that expanded stayed longer than customers like them, over the last year.

        Needs `pip install "upswell[analysis]"`. Without enough history there are no shares, and the reason.
        """
        with self._asking(policy) as (connection, facts, _):
            return expanders_compared(connection, facts=facts)

    def durability_chart(
        self,
        *,
        by: str | None = None,
        driver: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> alt.LayerChart:
        """The curves of `durability`, with bands where there are at most three; an Altair chart as in `chart`."""
        with charts_extra():
            from upswell.charts.durability import durability_chart  # noqa: PLC0415 -- Altair is an extra

        return durability_chart(self.durability(by=by, driver=driver, where=where, segment=segment, policy=policy))
