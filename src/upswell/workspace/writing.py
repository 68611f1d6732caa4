"""The use cases that write: an answer as a file, a whole book as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from upswell.analysis.durability.at_risk import AtRisk
from upswell.analysis.durability.report import Durability
from upswell.analysis.forecast.answer import Forecast
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import Scores
from upswell.analysis.signals.customer import CustomerSignals
from upswell.analysis.signals.overview import Overview
from upswell.exports.about import described
from upswell.exports.answers import about_answer
from upswell.exports.book import ExportedBook, write_book
from upswell.exports.forecast import describe_forecast
from upswell.exports.foresight import describe_at_risk, describe_durability
from upswell.exports.health import describe_health
from upswell.exports.month import describe_report
from upswell.exports.propensity import describe_backtest, describe_scores
from upswell.exports.signals import describe_customer_signals, describe_overview
from upswell.exports.tables import describe_explanation, describe_revenue
from upswell.exports.write import Written, write_result
from upswell.growth.health.listing import HealthList
from upswell.metrics.explaining import Explanation
from upswell.metrics.monthly import MonthReport
from upswell.metrics.request import BookFacts
from upswell.metrics.revenue_bridge import RevenueBridge
from upswell.policy import Policy
from upswell.workspace import closing
from upswell.workspace.closing import Restatement
from upswell.workspace.opened import Opened

Answer: TypeAlias = (
    pa.Table
    | pa.RecordBatchReader
    | MonthReport
    | Explanation
    | RevenueBridge
    | Durability
    | AtRisk
    | Forecast
    | Scores
    | Backtest
    | HealthList
    | CustomerSignals
    | Overview
    | tuple[Restatement, ...]
)


class Writing(Opened):
    """What becomes a file."""

    def write(self, result: Answer, *, to: str | Path) -> Written:
        """Write an answer to the file `to`, which ends with .csv, .parquet or .xlsx, over a former one.

        An answer is a table of this workspace, a stream (`movement_batches`), a report, an explanation, a revenue
        bridge, durability, expansions at risk, a forecast, signals, scores of propensity or their backtest, health, or
        restatements. It carries what was asked, the policy and the book; Parquet has them as metadata, XLSX as a sheet
        (docs/export.md). Raises `UsageError` for another ending, `WorkspaceError` when the disk refuses; what stood
        there before then stays.
        """
        match result:
            case MonthReport():
                self._require_current(result.book_id)
                table = describe_report(result, *self._facts_under(result.policy))
            case RevenueBridge():
                self._require_current(result.book_id)
                table = describe_revenue(result, *self._facts_under(result.policy))
            case Durability():
                self._require_current(result.book_id)
                table = describe_durability(result, *self._facts_under(result.policy))
            case AtRisk():
                self._require_current(result.book_id)
                table = describe_at_risk(result, *self._facts_under(result.policy))
            case Forecast():
                self._require_current(result.book_id)
                table = describe_forecast(result, *self._facts_under(result.policy))
            case Scores():
                self._require_current(result.book_id)
                table = describe_scores(result, *self._facts_under(result.policy))
            case Backtest():
                table = describe_backtest(result, *self._facts_under(result.policy))
            case HealthList():
                self._require_current(result.book_id)
                table = describe_health(result, *self._facts_under(result.health.policy))
            case CustomerSignals():
                self._require_current(result.book_id)
                table = describe_customer_signals(result, *self._facts_under(result.policy))
            case Overview():
                self._require_current(result.book_id)
                table = describe_overview(result, *self._facts_under(result.policy))
            case Explanation():
                table = describe_explanation(result, *self._facts_under(result.policy))
            case tuple():
                under = result[0].policy if result else self.settings.policy
                about = about_answer(*self._facts_under(under), question="restatements", columns=closing.LINE_AMOUNTS)
                table = described(closing.lines_table(result), about)
            case _:
                return write_result(result, Path(to))
        return write_result(table, Path(to))

    def _facts_under(self, policy: str) -> tuple[BookFacts, Policy]:
        manifest = self._current()
        record = manifest.policy(policy)
        return self._facts(manifest), self.policy(policy) if record is None else record.policy

    def export(self, folder: str | Path, *, policy: str | None = None) -> ExportedBook:
        """Write every relation of the current book as Parquet into `folder`, which must be absent or empty.

        `about.json` beside the files says what book and policy they are of, and what each file holds. Raises
        `WorkspaceError` when the folder is in use or the disk refuses; nothing is left there then.
        """
        with self._reading(policy) as (connection, facts, rules):
            return write_book(connection, Path(folder), facts=facts, policy=rules)
