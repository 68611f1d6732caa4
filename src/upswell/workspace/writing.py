"""The use cases that write: an answer as a file, a whole book as a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

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
from upswell.exports.opportunities import describe_leave_alone, describe_opportunities
from upswell.exports.propensity import describe_backtest, describe_scores
from upswell.exports.signals import describe_customer_signals, describe_overview
from upswell.exports.tables import describe_explanation, describe_revenue
from upswell.exports.write import Written, write_result
from upswell.growth.answers import LeaveAlone, Opportunities
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
    | Opportunities
    | LeaveAlone
    | tuple[Restatement, ...]
)

# The answers that name the book that they are of: how each becomes a table.
_OF_A_BOOK: Final[Mapping[type, Callable[[Any, BookFacts, Policy], pa.Table]]] = {
    MonthReport: describe_report,
    RevenueBridge: describe_revenue,
    Durability: describe_durability,
    AtRisk: describe_at_risk,
    Forecast: describe_forecast,
    CustomerSignals: describe_customer_signals,
    Overview: describe_overview,
    Opportunities: describe_opportunities,
    LeaveAlone: describe_leave_alone,
    Scores: describe_scores,
    Backtest: describe_backtest,
    HealthList: describe_health,
}


class Writing(Opened):
    """What becomes a file."""

    def write(self, result: Answer, *, to: str | Path) -> Written:
        """Write an answer to the file `to`, which ends with .csv, .parquet or .xlsx, over a former one.

        An answer is a table of this workspace, a stream (`movement_batches`), a report, an explanation, a revenue
        bridge, durability, expansions at risk, a forecast, signals, scores of propensity or their backtest, health,
        opportunities, whom to leave alone, or restatements. It carries what was asked, the policy and the book; Parquet
        has them as metadata, XLSX as a sheet (docs/export.md). Raises `UsageError` for another ending, `WorkspaceError`
        when the disk refuses; what stood there before then stays.
        """
        describe = _OF_A_BOOK.get(type(result))
        if describe is not None:
            of_book: Any = result
            self._require_current(of_book.book_id)
            return write_result(describe(of_book, *self._facts_under(of_book.policy)), Path(to))
        match result:
            case Explanation():
                table = describe_explanation(result, *self._facts_under(result.policy))
            case tuple():
                under = result[0].policy if result else self.settings.policy
                about = about_answer(*self._facts_under(under), question="restatements", columns=closing.LINE_AMOUNTS)
                table = described(closing.lines_table(result), about)
            case pa.Table() | pa.RecordBatchReader():
                return write_result(result, Path(to))
            case _:
                raise TypeError(f"{type(result).__name__} is no answer")
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
