"""The use case of the price and packaging review: one table for each of its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import pyarrow as pa

from upswell.analysis.pricing import sections
from upswell.analysis.pricing.sections import PricingRequest
from upswell.analysis.pricing.sureness import how_sure
from upswell.analysis.pricing.tables import COUNT, MONEY, PRICE, RATE, RATIO
from upswell.charts.extra import charts_extra
from upswell.exports import about
from upswell.exports.about import Shown, described
from upswell.exports.answers import about_answer
from upswell.workspace.opened import Opened

if TYPE_CHECKING:
    import altair as alt


class Pricing(Opened):
    """What is charged, what could be sold next, and what people would pay."""

    def pricing(
        self,
        section: str = "realised",
        *,
        month: str | None = None,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        cohort: str | None = None,
        ages: int | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """A section of the price and packaging review as of the close of a month (default: the last complete one).

        Sections: lists, realised, discounts, old-prices, steps, next, together, attach, willingness, curves; see
        docs/pricing.md. `cohort` and `ages` are for attach. What cannot be known is null with a `reason`. Raises
        `UsageError` for an option that the section does not take.
        """
        request = PricingRequest(
            section=section,
            month=month,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=self._filter_of(where, segment),
            cohort=cohort,
            ages=ages,
        )
        with self._asking(policy) as (connection, facts, rules):
            given = tuple(each.given(facts.workspace_currency) for each in self.settings.list_prices)
            table = sections.run(connection, request, given=given, facts=facts, policy=rules)
            units = {COUNT: about.COUNT, RATE: about.RATE, RATIO: about.RATIO}
            units |= {MONEY: about.money(facts.workspace_currency), PRICE: about.money(currency_column="currency")}
            columns: dict[str, Shown] = {field.name: units[field.type] for field in table.schema if field.type in units}
            asked = {name: value for name, value in asdict(request).items() if name != "section"}
            asked["how sure"] = " ".join(how_sure(section, table))
            told = about_answer(facts, rules, question=f"pricing {section}", asked=asked, columns=columns)
            return described(table, told)

    def pricing_chart(
        self,
        name: str = "realised",
        *,
        month: str | None = None,
        by: str = "plan",
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> alt.LayerChart:
        """Realised beside list MRR (`realised`, cut `by`), or of the first price survey how prices are seen (`meter`)
        and who would buy (`demand`): an Altair chart as in `chart`. Raises `UsageError` for another name.
        """
        with charts_extra():
            from upswell.charts.pricing import draw  # noqa: PLC0415 -- Altair is an extra, and slow to load

        section, cut = ("realised", by) if name == "realised" else ("curves", ())
        table = self.pricing(section, month=month, by=cut, where=where, segment=segment, policy=policy)
        return draw(name, table.to_pylist(), dimension=by, currency=self.settings.currency)
