"""The use cases that ask: figures, movements, cohorts, comparisons; and their answers as files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing as closed_after
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from upswell.analysis import cohorts as cohort_analysis
from upswell.analysis import retention as retention_analysis
from upswell.analysis import wrong_retention
from upswell.analysis.cohorts import CohortRequest
from upswell.charts.extra import charts_extra
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.errors import UsageError
from upswell.exports.about import MONTH, RATE, Shown, described, figures, money
from upswell.exports.answers import about_answer, about_metrics, about_movements
from upswell.ledger.books import BookManifest
from upswell.ledger.bridge import kinds_of
from upswell.ledger.checks import CheckResult, run_checks
from upswell.ledger.paging import Page
from upswell.ledger.query import (
    MovementFilter,
    MovementPage,
    movement_page,
    movement_schema,
    query_movements,
    stream_movements,
)
from upswell.ledger.trace import Trace, trace_movement
from upswell.metrics.columns import Columns
from upswell.metrics.customer_list import CustomerFilter, list_customers
from upswell.metrics.customer_sheet import CustomerSheet, customer_sheet
from upswell.metrics.explaining import Explanation, explain
from upswell.metrics.monthly import LargestMovement, MonthReport, largest_movements, month_report
from upswell.metrics.months import Month
from upswell.metrics.planner import run as run_metrics
from upswell.metrics.rates import Rates, given_rates, lacking_rates
from upswell.metrics.request import MetricRequest
from upswell.metrics.revenue_bridge import RevenueBridge, revenue_bridge
from upswell.metrics.trailing import MonthSheet, TrailingMonths, trailing_months
from upswell.metrics.view import first_month
from upswell.workspace.comparing import COMPARED_METRICS, DETAILS, PolicyComparison, compare, compared_policies
from upswell.workspace.reconciling import MonthReconciliation, reconcile, require_comparable, require_over
from upswell.workspace.stripe import (
    DEFAULT_SOURCE,
    Clock,
    StripeAccount,
    system_clock,
)

if TYPE_CHECKING:
    import altair as alt


from upswell.workspace.closed_months import ClosedMonths
from upswell.workspace.opened import Progress, facts_of


class Questions(ClosedMonths):
    """Everything one can ask of a book."""

    def book(self) -> BookManifest:
        """The manifest of the current book. Raises `BookError` when there is none or it is damaged."""
        return self._current()

    def check(self, *, policy: str | None = None) -> tuple[CheckResult, ...]:
        """Read the current book back and check every invariant."""
        with self._reading(policy) as (connection, _, _):
            return run_checks(connection)

    def verify(self) -> None:
        """Check every file of the current book, if there is one, against its digest. Raises `BookError`."""
        if self._shelf.has_book():
            self._shelf.open_folder(self._shelf.current())

    def movements(
        self,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        customer: str | None = None,
        kind: str | None = None,
        driver: str | None = None,
        plan: str | None = None,
        product: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """The booked movements, one row for each driver, ordered by date and customer.

        Columns: movement_id, date, customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id, kind,
        driver, amount (decimal, 6 places, in `currency`), currency, rule, scheduled, sources (list of import_id,
        file, row). `date_to` is inclusive.
        """
        wanted = MovementFilter(
            date_from=date_from,
            date_to=date_to,
            customer=customer,
            kind=kind,
            driver=driver,
            plan=plan,
            product=product,
        )
        with self._reading(policy) as (connection, facts, rules):
            return described(query_movements(connection, wanted), about_movements(facts, rules, wanted))

    def movement_batches(
        self,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        customer: str | None = None,
        kind: str | None = None,
        driver: str | None = None,
        plan: str | None = None,
        product: str | None = None,
        policy: str | None = None,
    ) -> pa.RecordBatchReader:
        """The rows of `movements` as a stream, for a book that is larger than memory; `write` takes it as it is.

        The book stays open until the stream is read to its end or let go of.
        """
        wanted = MovementFilter(
            date_from=date_from,
            date_to=date_to,
            customer=customer,
            kind=kind,
            driver=driver,
            plan=plan,
            product=product,
        )

        def schema_then_batches() -> Iterator[Any]:
            with self._reading(policy) as (connection, facts, rules):
                about = about_movements(facts, rules, wanted)
                yield movement_schema(connection).with_metadata(about.metadata())
                yield from stream_movements(connection, wanted)

        stream = schema_then_batches()
        return pa.RecordBatchReader.from_batches(next(stream), stream)

    def movement_page(
        self,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        customer: str | None = None,
        kind: str | None = None,
        driver: str | None = None,
        plan: str | None = None,
        product: str | None = None,
        order: str = "-date",
        limit: int = 50,
        offset: int = 0,
        policy: str | None = None,
    ) -> MovementPage:
        """A page of `movements`: `limit` rows from `offset` on, by date, -date, amount or -amount, and their total.

        A place in the list holds for as long as the book is the same.
        """
        wanted = MovementFilter(
            date_from=date_from,
            date_to=date_to,
            customer=customer,
            kind=kind,
            driver=driver,
            plan=plan,
            product=product,
        )
        with self._asking(policy) as (connection, facts, rules):
            page = movement_page(connection, wanted, order=order, limit=limit, offset=offset)
            return replace(page, rows=described(page.rows, about_movements(facts, rules, wanted)))

    def customers(
        self,
        *,
        search: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        status: str | None = None,
        order: str = "-mrr",
        limit: int = 50,
        offset: int = 0,
        policy: str | None = None,
    ) -> Page:
        """A page of customers with what each pays at the book's `as_of`: customer_id, name, status (paying, former,
        free), mrr, reason, expansion_12m, first_on, last_on, movements.

        `search` is a part of an id or name, `where` and `segment` filter by attributes. `order` is mrr, expansion,
        name, since, last or customer, with a minus the other way round.
        """
        wanted = CustomerFilter(where=self._filter_of(where, segment), search=search, status=status)
        with self._asking(policy) as (connection, facts, rules):
            page = list_customers(
                connection, wanted, order=order, limit=limit, offset=offset, facts=facts, policy=rules
            )
            worth = money(facts.workspace_currency)
            columns = {"mrr": worth, "expansion_12m": worth}
            asked = {**asdict(wanted), "order": order}
            about = about_answer(facts, rules, question="customers", asked=asked, columns=columns)
            return replace(page, rows=described(page.rows, about))

    def customer(self, customer_id: str, *, policy: str | None = None) -> CustomerSheet:
        """What a customer pays by month, holds, uses and paid. Raises `NotFoundError` for one that is unknown."""
        with self._asking(policy) as (connection, facts, rules):
            return customer_sheet(connection, customer_id, facts=facts, policy=rules)

    def metrics(
        self,
        names: str | Sequence[str],
        *,
        month_from: str | None = None,
        month_to: str | None = None,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
        per_30_days: bool = False,
    ) -> pa.Table:
        """Metrics by month ("2026-01"), and by each dimension of `by`; see docs/metrics.md for the names.

        `where` is a filter, `segment` the name of a saved one; with both, both must hold. A value that cannot be known
        is null with a `reason`. Money is in the workspace's currency.
        """
        request = MetricRequest(
            names=(names,) if isinstance(names, str) else tuple(names),
            month_from=month_from,
            month_to=month_to,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=self._filter_of(where, segment),
            per_30_days=per_30_days,
        )
        with self._asking(policy) as (connection, facts, rules):
            table = run_metrics(connection, request, facts=facts, policy=rules)
            return described(table, about_metrics(facts, rules, request))

    def explain(
        self,
        metric: str,
        *,
        month: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> Explanation:
        """A figure of a month (default: the last complete one) as the sum of what each customer gives to it."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            condition = self._filter_of(where, segment)
            return explain(connection, metric, asked, where=condition, facts=facts, policy=rules)

    def report(self, month: str | None = None, *, policy: str | None = None) -> MonthReport:
        """Everything about one month (default: the last complete one) that fits on a screen."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            found = month_report(connection, asked, facts=facts, policy=rules)
        return replace(found, closed=self.closed_month(found.month, policy=policy))

    def largest_expansions(self, month: str | None = None, *, policy: str | None = None) -> tuple[LargestMovement, ...]:
        """The ten largest expansions of a month (default: the last complete one), by customer and cause."""
        with self._asking(policy) as (connection, facts, _):
            asked = Month.of(facts.as_of_day).plus(-1) if month is None else Month.parse(month)
            return largest_movements(connection, asked, ("expansion",))

    def month_sheet(self, month: str | None = None, *, policy: str | None = None) -> MonthSheet:
        """The report of a month (default: the last complete one) and the months that lead up to it, from one book."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            found = month_report(connection, asked, facts=facts, policy=rules)
            trailing = trailing_months(connection, asked, facts=facts, policy=rules)
        return MonthSheet(replace(found, closed=self.closed_month(found.month, policy=policy)), trailing)

    def months(self) -> tuple[str, ...]:
        """Every month of the ledger, from the first with a movement to that of the book's `as_of`."""
        with self._asking(None) as (connection, facts, _):
            first = first_month(connection)
            last = Month.of(facts.as_of_day)
            began = last if first is None else min(Month.of(first), last)
            return tuple(str(Month(number)) for number in range(began.number, last.number + 1))

    def dimensions(self) -> tuple[str, ...]:
        """What metrics can be cut `by`: of the ledger, bands, and attributes of customers."""
        with self._asking(None) as (connection, _, _):
            return tuple(column.name for column in Columns.of(connection).columns if column.dimension)

    def trailing(
        self,
        month: str | None = None,
        *,
        back: int = 12,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> TrailingMonths:
        """`month` (default: the last complete one) and the `back` before it: movements, drivers and retention."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            condition = self._filter_of(where, segment)
            return trailing_months(connection, asked, back=back, where=condition, facts=facts, policy=rules)

    def revenue(self, month: str | None = None, *, policy: str | None = None) -> RevenueBridge:
        """From the closing MRR of a month (default: the last complete one) to its recurring, total and actual revenue.

        Every difference is a line of its own (docs/revenue.md); the lines add up. A figure that cannot be known has no
        amount, and the reason. Raises `UsageError` for a month that is not over.
        """
        with self._asking(policy) as (connection, facts, rules):
            asked = Month.of(facts.as_of_day).plus(-1) if month is None else Month.parse(month)
            return revenue_bridge(connection, asked, facts=facts, policy=rules)

    def chart(self, name: str, *, month: str | None = None, policy: str | None = None) -> alt.LayerChart:
        """The chart `movements`, `drivers` or `retention` of the months up to `month` (default: the last complete one).

        An Altair chart: a notebook shows it, `.save("chart.svg")` writes it. Needs `pip install "upswell[charts]"` and
        raises `UsageError` without it, and for an unknown name.
        """
        with charts_extra():
            from upswell.charts.named import draw  # noqa: PLC0415 -- Altair is an extra, and slow to load

        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            return draw(name, trailing_months(connection, asked, facts=facts, policy=rules))

    def cohorts(
        self,
        measure: str = "nrr",
        *,
        cohort: str = "month",
        month_from: str | None = None,
        month_to: str | None = None,
        ages: int = cohort_analysis.AGES,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """Customers by when they first paid (`cohort`: month, quarter, year, plan or an attribute), by age in months.

        Measures: mrr, customers, expansion, contraction, churned, nrr, grr; expansion and contraction also `by`
        "driver". Rows have cohort, age, month, value, unit, customers_at_start, base and reason; see docs/cohorts.md.
        """
        request = CohortRequest(
            measure=measure,
            cohort=cohort,
            month_from=month_from,
            month_to=month_to,
            ages=ages,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=self._filter_of(where, segment),
        )
        with self._asking(policy) as (connection, facts, rules):
            table = cohort_analysis.run(connection, request, facts=facts, policy=rules)
            columns = {"month": MONTH} | dict.fromkeys(("value", "base"), figures(facts.workspace_currency))
            about = about_answer(facts, rules, question="cohorts", asked=asdict(request), columns=columns)
            return described(table, about)

    def cohort_chart(
        self,
        measure: str = "nrr",
        *,
        cohort: str = "month",
        month_from: str | None = None,
        month_to: str | None = None,
        ages: int = cohort_analysis.AGES,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> alt.LayerChart:
        """The table of `cohorts` as curves over age, one for each cohort and one for all of them.

        An Altair chart like those of `chart`, which needs the same extra.
        """
        with charts_extra():
            from upswell.charts.cohorts import cohorts_chart  # noqa: PLC0415 -- Altair is an extra, and slow to load

        condition = self._filter_of(where, segment)
        request = CohortRequest(measure, cohort, month_from, month_to, ages, where=condition)
        with self._asking(policy) as (connection, facts, rules):
            table = cohort_analysis.run(connection, request, facts=facts, policy=rules)
            return cohorts_chart(table, measure=measure, currency=facts.workspace_currency)

    def retention(
        self,
        month: str | None = None,
        *,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """NRR and GRR of a month (default: the last complete one) over every lag, by cohort and by movements, without
        and with returns; see docs/retention.md.

        A value that cannot be known is null with a `reason`.
        """
        dimensions = (by,) if isinstance(by, str) else tuple(by)
        with self._asking(policy) as (connection, facts, rules):
            condition = self._filter_of(where, segment)
            table = retention_analysis.run(connection, month, by=dimensions, where=condition, facts=facts, policy=rules)
            asked = {"month": month, "by": dimensions, "where": condition}
            columns: dict[str, Shown] = {"month": MONTH, "value": RATE}
            return described(table, about_answer(facts, rules, question="retention", asked=asked, columns=columns))

    def retention_mistakes(
        self,
        month: str | None = None,
        *,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """What formulas of retention that are wrong and common would give for a month, and how far each is off."""
        with self._asking(policy) as (connection, facts, rules):
            condition = self._filter_of(where, segment)
            table = wrong_retention.run(connection, month, where=condition, facts=facts, policy=rules)
            asked = {"month": month, "where": condition}
            columns = {"month": MONTH} | dict.fromkeys(("value", "right_value", "error"), RATE)
            return described(
                table, about_answer(facts, rules, question="wrong retention", asked=asked, columns=columns)
            )

    def compare_policies(
        self,
        names: str | Sequence[str],
        *,
        month_from: str | None = None,
        month_to: str | None = None,
        metric: str = "expansion_mrr",
        details: int | None = DETAILS,
        progress: Progress | None = None,
    ) -> PolicyComparison:
        """Months (default: the last complete one) under several policies, with a bridge from the first to each other.

        A single name is set beside the workspace's policy. A bridge explains `metric`, money that flows in a month, by
        changing one switch at a time in the order of docs/policies.md; each of its lines is the sum over the customers
        it changes, of whom the `details` largest are listed with their movements (None: all). A policy that the book
        lacks is computed first; those in between are computed for the answer and leave no trace. Raises `UsageError`
        where there is nothing to compare or rows were imported since the build, `CheckFailedError` if a bridge does not
        end at 0.
        """
        kinds_of(metric)
        if details is not None and details < 0:
            raise UsageError(
                f"details {details} is no number of customers",
                code="details_malformed",
                expected="0 or more",
                found=str(details),
                remedy="give how many customers of a line are listed",
            )
        given = (names,) if isinstance(names, str) else tuple(names)
        if len(set(given)) == 1:
            self._book_with(self.policy(), None)
            given = (self.settings.policy, *given)
        asked = compared_policies(given, find=lambda name: self.policies(name)[0])
        manifest = self._book_with_all([found.policy for found in asked.values()])
        if month_from is None and month_to is None:
            month_from = month_to = str(
                Month.of(manifest.as_of.astimezone(ZoneInfo(manifest.timezone)).date()).plus(-1)
            )

        def figures(name: str, first: str | None, last: str | None) -> pa.Table:
            table = self.metrics(COMPARED_METRICS, month_from=first, month_to=last, policy=name)
            self._require_current(manifest.book_id)
            return table

        with self._inputs_of(manifest) as connection:
            return compare(
                asked,
                metric=metric,
                details=details,
                manifest=manifest,
                figures=figures,
                connection=connection,
                months=(month_from, month_to),
                progress=progress,
            )

    def reconcile(
        self,
        month: str | Sequence[str] | None = None,
        *,
        against: str = DEFAULT_SOURCE,
        policy: str | None = None,
        now: Clock = system_clock,
    ) -> tuple[MonthReconciliation, ...]:
        """Months (default: the last complete one) of the book beside what Stripe's own definition gives, and every
        cent between.

        Each month has a bridge for the closing MRR and one for each kind of movement, and one from MRR to cash in each
        currency; `is_explained` says that nothing is left over. Raises `UsageError` where the source was never synced,
        the book is older than what was imported, a month is not over, or the policy has a rule that cannot be led to
        Stripe's objects.
        """
        rules = self.policy(policy)
        require_comparable(rules)
        account = StripeAccount(self.folder, against, self.settings)
        manifest = self._book_with(rules, policy)
        log = self._log()
        self._require_inputs(log, manifest, lacking="what was synced last")
        last = str(Month.of(facts_of(manifest).as_of_day).plus(-1))
        asked = [Month.parse(each) for each in ([month] if isinstance(month, str) else month or [last])]
        require_over(asked, manifest)
        imports = [entry.no for entry in log.entries() if entry.source == against and entry.undone_at is None]
        with (
            self._reading(policy) as (book, _, _),
            tempfile.TemporaryDirectory(prefix="upswell-") as scratch,
            account.landed(Path(scratch), now=now) as stripe,
        ):
            return reconcile(book, stripe, asked, manifest=manifest, policy=rules, imports=imports)

    def rates(self, currency: str | None = None) -> Rates:
        """The exchange rates in force (of one currency) with their sources, and the days that lack one."""
        asked = None if currency is None else currency.upper()
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix="upswell-") as spill,
            closed_after(work_connection(Path(spill))) as connection,
        ):
            self._log(Path(spill)).create_views(connection)
            given = given_rates(connection, asked)
        with self._asking(None) as (book, _, _):
            return Rates(given, lacking_rates(book, asked))

    def trace(self, movement_id: str, *, policy: str | None = None) -> Trace:
        """A movement with its rule, its sister rows and the file rows that caused it."""
        with self._asking(policy) as (connection, _, _):
            return trace_movement(connection, movement_id)
