"""The use case that looks ahead: the forecast of a book, what backs it, and its fan chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upswell.analysis.forecast.answer import Forecast
from upswell.analysis.forecast.forecast import MONTHS, ForecastRequest, answered, read_known
from upswell.charts.extra import charts_extra
from upswell.workspace.opened import Opened

if TYPE_CHECKING:
    import altair as alt


class Forecasting(Opened):
    """What one can ask of a book about the months to come."""

    def forecast(
        self,
        *,
        months: int = MONTHS,
        scenario: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> Forecast:
        """MRR, its movements, customers and NRR in the next 1 to 18 months, with 50, 80 and 95 % intervals.

        `scenario` are changes that are assumed: `price PLAN +PERCENT`, `churn -POINTS`, `addon PRICE at PERCENT`.
        Beside the rows stand a backtest against naive forecasts, how sure it is in sentences, and committed MRR; see
        docs/forecast.md. Needs `pip install "upswell[analysis]"`. Where nothing can be said there are no rows, and the
        `reason`. Raises `UsageError` for months, filters and scenarios that are none.
        """
        changes = (scenario,) if isinstance(scenario, str) else tuple(scenario)
        request = ForecastRequest(months=months, where=self._filter_of(where, segment), scenario=changes)
        with self._asking(policy) as (connection, facts, rules):
            known = read_known(connection, request, facts=facts, policy=rules)
        # The book is let go of before what takes longest: others may ask it meanwhile.
        key = (facts.book_id, facts.as_of, rules.content_hash(), request)
        return self._readers.remembered(key, lambda: answered(known))

    def forecast_chart(
        self,
        target: str = "closing_mrr",
        *,
        months: int = MONTHS,
        scenario: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> alt.LayerChart:
        """The fan of one target of `forecast`, what was before it; an Altair chart as in `chart`."""
        with charts_extra():
            from upswell.charts.forecast import fan_chart  # noqa: PLC0415 -- Altair is an extra

        answer = self.forecast(months=months, scenario=scenario, where=where, segment=segment, policy=policy)
        return fan_chart(answer, target=target)
