"""Answering a request: check it, read what it needs in as few scans as will do, apply formulas.

    run(connection, MetricRequest(names=("expansion_mrr", "nrr_12m"), by=("plan",)),
        facts=facts, policy=policy)

gives one row for each month, slice and metric. Flows and balances by plan, product or currency are
read from `monthly_totals`; counts, retention, transfers and attributes need one scan of `movements`
each. A slice that exists in the range appears in each of its months, with flows of 0 where nothing
happened. A month that the book has not seen the end of says `complete = false` and, in `note`, what part of it a figure
is about; one that begins after the book has no values, and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

import pyarrow as pa

from upswell.errors import UsageError
from upswell.metrics.activation import Activations, activations
from upswell.metrics.catalogue import MetricEntry, chosen
from upswell.metrics.columns import Column, Columns
from upswell.metrics.concentration import largest_expansions
from upswell.metrics.contracted import contracted
from upswell.metrics.costs import Costs, load_costs
from upswell.metrics.customers import kind_counts, leavers, paying_steps
from upswell.metrics.durable import DurableExpansion, durable_expansion
from upswell.metrics.figures import Figure
from upswell.metrics.filter import Filter
from upswell.metrics.formulas import FORMULAS, expansion_growth_per_30_days, per_30_days
from upswell.metrics.involuntary import Arrears, arrears
from upswell.metrics.months import Month, MonthRange, asked_months
from upswell.metrics.placing import place
from upswell.metrics.quality import quality
from upswell.metrics.reading import KeepsTotals, Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.retention import CohortStep, cohort_steps
from upswell.metrics.revenue import Earned, Received, earned, received
from upswell.metrics.slices import Lag, Loaded, SliceFigures
from upswell.metrics.terms import yearly_terms
from upswell.metrics.totals import Slice, Totals, load_totals
from upswell.metrics.view import View, first_month
from upswell.policy.model import Policy

VALUE_TYPE: Final = pa.decimal128(38, 18)
_ROWS_MAX: Final = 1_000_000
_QUARTER_MONTHS: Final = 3
_POSSIBLE: Final = {
    "all": "any dimension",
    "slices": "a dimension that balances have: plan, product, currency or an attribute",
    "lines": "a dimension that invoice lines have: plan, product, currency, customer or an attribute of customers",
    "payments": "a dimension that payments have: currency, customer or an attribute of customers",
    "customers": "customer or an attribute of customers: a customer is created without plan or currency",
    "company": "no dimension and no filter: costs are the company's",
}
# What a metric needs of cohorts: the lag, and how many months before the ones asked it is told for as well.
_COHORTS: Final[Mapping[str, tuple[Lag, int]]] = {
    "cohort_1m": (1, 0),
    "cohort_1m_trailing": (1, 11),
    "cohort_3m": (3, 0),
    "cohort_12m": (12, 0),
}
_Row = tuple[Month, Slice, MetricEntry, Figure]


def run(
    connection: Readable,
    request: MetricRequest,
    *,
    facts: BookFacts,
    policy: Policy,
) -> pa.Table:
    """The answer as a table: `month` (YYYY-MM), a column for each dimension, then `metric`,
    `value` (decimal128(38, 18), null where there is none), `unit` (money, rate, count, ratio),
    `reason` (null where there is a value), `complete`, and `note` (null where there is nothing to say of a value).

    Rows are ordered by month, slice (nulls last) and the order the metrics were asked in. Money is
    in the workspace's currency and exact; quotients have 12 decimals, half to even. Raises
    `UsageError` for names, months, filters or combinations that cannot be answered.
    """
    metrics = chosen(request.names)
    view = asked_view(connection, request, facts=facts, policy=policy)
    loaded = _load(connection, view, metrics, policy)
    slices = loaded.slices()
    _require_bounded(view, len(slices) * len(metrics))
    rows = list(_rows(loaded, slices, metrics, normal=request.per_30_days))
    return _table(rows, view)


def asked_view(connection: Readable, request: MetricRequest, *, facts: BookFacts, policy: Policy) -> View:
    """The view that a request looks at; raises `UsageError` as `run` does."""
    metrics = chosen(request.names)
    view = _view(connection, request, metrics, facts)
    _require_sensible(metrics, view, per_30_days=request.per_30_days)
    return _placed(connection, view, policy)


def check_filter(connection: Readable, text: str) -> None:
    """Raise `UsageError` where `text` is no filter of this book."""
    filter_of(text, Columns.of(connection))


def check_customer_filter(connection: Readable, text: str) -> None:
    """Raise `UsageError` where `text` is no filter of customers: of their attributes, and of bands."""
    for column in filter_of(text, Columns.of(connection)).columns:
        require_of_customers(column)


def require_of_customers(column: Column) -> None:
    """Raise `UsageError` where a column says nothing of a customer as a whole."""
    if column.is_of_customers or column.is_placed:
        return
    raise UsageError(
        f"{column.name} is not a column of customers",
        code="column_not_of_customers",
        expected="attributes of customers, such as country, and bands, such as mrr_band",
        found=column.name,
        remedy=f"filter movements or metrics by {column.name}, and customers by what they are",
    )


def quarterly(
    connection: Readable, names: Sequence[str], last: Month, *, quarters: int, facts: BookFacts, policy: Policy
) -> dict[str, list[tuple[Month, Figure]]]:
    """For each metric its figures of the last `quarters` whole quarters up to the month `last`, oldest first.

    What flows is that of the quarter, a balance that of its close; a month stands for the quarter that it ends.
    """
    latest = min(last, Month.of(facts.as_of_day).plus(-1))
    end = next(month for month in (latest.plus(-back) for back in range(_QUARTER_MONTHS)) if month.ends_quarter)
    ends = [end.plus(-_QUARTER_MONTHS * back) for back in reversed(range(quarters))]
    metrics = chosen(names)
    look_back = max(metric.looks_back for metric in metrics) + _QUARTER_MONTHS - 1
    view = View((), Filter(), MonthRange(ends[0], end), base=ends[0].number - look_back - 1, facts=facts)
    figures = SliceFigures(_load(connection, view, metrics, policy), (), window=_QUARTER_MONTHS)
    return {metric.name: [(month, FORMULAS[metric.name](figures, month)) for month in ends] for metric in metrics}


def _view(
    connection: Readable,
    request: MetricRequest,
    metrics: tuple[MetricEntry, ...],
    facts: BookFacts,
) -> View:
    columns = Columns.of(connection) if request.by or request.where is not None else Columns(())
    asked = asked_months(
        request.month_from,
        request.month_to,
        first_movement=first_month(connection),
        as_of_day=facts.as_of_day,
    )
    view = View(
        dimensions=tuple(dict.fromkeys(columns.dimension(name) for name in request.by)),
        filter=filter_of(request.where, columns),
        asked=asked,
        base=asked.first.number - max(metric.looks_back for metric in metrics) - 1,
        facts=facts,
    )
    return _with_totals(connection, view)


def _with_totals(connection: Readable, view: View) -> View:
    """The view over monthly totals that have its attributes, where the reader keeps such."""
    attributes = frozenset(column for column in view.columns if column.is_attribute)
    others = view.columns - attributes
    if not attributes or any(column.place != "totals" for column in others):
        return view
    if not isinstance(connection, KeepsTotals):
        return view
    kept = connection.totals_with([column.attribute for column in attributes])
    return view if kept is None else replace(view, totals=kept, totals_have=attributes)


def _placed(connection: Readable, view: View, policy: Policy) -> View:
    """The view with the relations that place customers, where it names a column that they pass along in time."""
    columns = [column for column in view.columns if column.is_placed]
    return replace(view, placing=place(connection, columns, facts=view.facts, policy=policy)) if columns else view


def _require_sensible(metrics: tuple[MetricEntry, ...], view: View, *, per_30_days: bool) -> None:
    for metric in metrics:
        wrong = sorted(column.name for column in view.columns if not _cuts(column, metric))
        if wrong:
            raise UsageError(
                f"{metric.name} cannot be split or filtered by {wrong[0]}",
                code="dimension_not_possible",
                where=f"metric {metric.name}, dimension {wrong[0]}",
                expected=_POSSIBLE[metric.dimensions],
                found=wrong[0],
                remedy=_remedy(metric, wrong[0]),
            )
        if per_30_days and metric.per_30_days == "refused":
            raise UsageError(
                f"{metric.name} has no form per 30 days",
                code="per_30_days_not_possible",
                where=f"metric {metric.name}",
                expected="money that flows within a month, or a figure whose length plays no part",
                found=metric.name,
                remedy="leave out --per-30-days or this metric",
            )


def _cuts(column: Column, metric: MetricEntry) -> bool:
    match metric.dimensions:
        case "all":
            return True
        case "slices":
            return not column.tells_rows_apart
        case "lines":
            return column.is_of_lines
        case "payments":
            return column.is_of_payments
        case "customers":
            return column.is_of_customers
        case "company":
            return False


def _remedy(metric: MetricEntry, column: str) -> str:
    if metric.dimensions == "slices":
        return f"{column} belongs to changes of MRR; ask for expansion_mrr"
    return f"ask for {metric.name} alone, without {column}"


def _require_bounded(view: View, rows_per_month: int) -> None:
    months = view.asked.last.number - view.asked.first.number + 1
    if rows_per_month * months > _ROWS_MAX:
        raise UsageError(
            f"the answer would have {rows_per_month * months} rows",
            code="answer_too_large",
            expected=f"at most {_ROWS_MAX} rows",
            found=f"{rows_per_month} rows for each of {months} months",
            remedy="ask for fewer months or a coarser dimension, or filter with --where",
        )


def _load(
    connection: Readable,
    view: View,
    metrics: tuple[MetricEntry, ...],
    policy: Policy,
) -> Loaded:
    needs = {need for metric in metrics for need in metric.needs}
    kinds = {kind for metric in metrics for kind in metric.kinds}
    if "leavers" in needs and policy.customer_churn_denominator == "opening_and_new":
        needs.add("kind_customers")
        kinds |= {"new", "churn"}
    if policy.retention_cohort == "movements":
        needs -= set(_COHORTS)
    chosen_kinds = tuple(sorted(kinds))
    totals = load_totals(connection, view, policy=policy, kinds=chosen_kinds, transfers="transfers" in needs)
    costs = load_costs(connection) if "costs" in needs else Costs()
    return Loaded(
        view=view,
        policy=policy,
        totals=totals,
        paying=paying_steps(connection, view) if "paying" in needs else {},
        kind_customers=kind_counts(connection, view, kinds=chosen_kinds) if "kind_customers" in needs else {},
        leavers=leavers(connection, view) if "leavers" in needs else {},
        cohorts=_cohorts(connection, view, totals, needs, policy),
        terms=yearly_terms(connection, view, policy=policy) if "terms" in needs else {},
        contracted=contracted(connection, view, policy=policy) if "contracted" in needs else {},
        largest=largest_expansions(connection, view) if "largest_expansions" in needs else {},
        arrears=arrears(connection, view) if "arrears" in needs else Arrears(),
        activations=activations(connection, view) if "activations" in needs else Activations(),
        earned=earned(connection, view) if "earned" in needs else Earned(),
        received=received(connection, view) if "received" in needs else Received(),
        quality=quality(connection, view, policy=policy, weights=view.facts.quality) if "quality" in needs else {},
        durable=durable_expansion(connection, view) if "durable" in needs else DurableExpansion(),
        costs=costs,
        company=_company(connection, view, policy) if costs.amounts and view.columns else None,
    )


def _company(connection: Readable, view: View, policy: Policy) -> Loaded:
    whole = View((), Filter(), view.asked, view.base, view.facts)
    return Loaded(view=whole, policy=policy, totals=load_totals(connection, whole, policy=policy))


def _cohorts(
    connection: Readable,
    view: View,
    totals: Totals,
    needs: Set[str],
    policy: Policy,
) -> dict[Lag, dict[Slice, dict[int, CohortStep]]]:
    home = view.facts.workspace_currency
    foreign = any(currency != home for held in totals.natives.values() for currency in held)
    months_before: dict[Lag, int] = {}
    for need, (lag, before) in _COHORTS.items():
        if need in needs:
            months_before[lag] = max(before, months_before.get(lag, 0))
    return {
        lag: cohort_steps(connection, view.from_before(before), lag=lag, policy=policy, foreign=foreign)
        for lag, before in months_before.items()
    }


def _rows(loaded: Loaded, slices: list[Slice], metrics: tuple[MetricEntry, ...], *, normal: bool) -> Iterator[_Row]:
    facts = loaded.view.facts
    known = [(slice_, SliceFigures(loaded, slice_)) for slice_ in slices]
    for month in loaded.view.asked:
        later = Figure.missing(f"{month} begins after the book, which is as of {facts.as_of_day}")
        for slice_, figures in known:
            for metric in metrics:
                figure = later
                if month.first_day <= facts.as_of_day:
                    figure = _figure(figures, metric, month, normal=normal)
                if figure.value is not None and not month.complete(facts.as_of_day):
                    figure = replace(figure, note=_running(metric, month, facts, figure.note, normal=normal))
                yield month, slice_, metric, figure


def _figure(figures: SliceFigures, metric: MetricEntry, month: Month, *, normal: bool) -> Figure:
    if normal and metric.per_30_days == "compared":
        return expansion_growth_per_30_days(figures, month)
    figure = FORMULAS[metric.name](figures, month)
    return per_30_days(figures, figure, month) if normal and metric.per_30_days == "scaled" else figure


def _running(metric: MetricEntry, month: Month, facts: BookFacts, note: str | None, *, normal: bool) -> str:
    """What a figure of the month still running is about."""
    part = facts.part_of_month
    if normal and metric.per_30_days in ("scaled", "compared"):
        part += ", scaled to 30"
    elif metric.grain == "balance":
        part = f"{month} still runs: as of {facts.as_of_day}"
    elif metric.running:
        part += f", {metric.running}"
    return f"{part}; {note}" if note else part


def filter_of(text: str | None, columns: Columns) -> Filter:
    """The filter written as `text`, or one that lets everything through; raises `UsageError` if it is none."""
    if text is None:
        return Filter()
    from upswell.metrics.where import parse_filter  # noqa: PLC0415 -- SQLGlot: 0.1 s that only a filter needs

    return parse_filter(text, columns=columns)


def _table(rows: list[_Row], view: View) -> pa.Table:
    as_of_day = view.facts.as_of_day
    text = pa.string()
    columns = {
        "month": pa.array([str(month) for month, _, _, _ in rows], text),
        **{
            column.name: pa.array([slice_[place] for _, slice_, _, _ in rows], text)
            for place, column in enumerate(view.dimensions)
        },
        "metric": pa.array([metric.name for _, _, metric, _ in rows], text),
        "value": pa.array([figure.value for _, _, _, figure in rows], VALUE_TYPE),
        "unit": pa.array([metric.unit for _, _, metric, _ in rows], text),
        "reason": pa.array([figure.reason for _, _, _, figure in rows], text),
        "complete": pa.array([month.complete(as_of_day) for month, _, _, _ in rows], pa.bool_()),
        "note": pa.array([figure.note for _, _, _, figure in rows], text),
    }
    return pa.table(columns)
