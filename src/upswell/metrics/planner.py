"""Answering a request: check it, read what it needs in as few scans as will do, apply formulas.

    run(connection, MetricRequest(names=("expansion_mrr", "nrr_12m"), by=("plan",)),
        facts=facts, policy=policy)

gives one row for each month, slice and metric. Flows and balances by plan, product or currency are
read from `monthly_totals`; counts, retention, transfers and attributes need one scan of `movements`
each. A slice that exists in the range appears in each of its months, with flows of 0 where nothing
happened. A month that the book has not seen the end of says `complete = false`; one that begins
after the book has no values, and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import duckdb
import pyarrow as pa

from upswell.errors import UsageError
from upswell.metrics.catalogue import MetricEntry, chosen
from upswell.metrics.columns import Columns
from upswell.metrics.customers import kind_counts, leavers, paying_steps
from upswell.metrics.figures import Figure, scaled
from upswell.metrics.formulas import FORMULAS
from upswell.metrics.months import Month, asked_months
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.retention import CohortStep, cohort_steps
from upswell.metrics.slices import Lag, Loaded, SliceFigures
from upswell.metrics.totals import Slice, Totals, load_totals
from upswell.metrics.view import View, first_movement_day
from upswell.metrics.where import parse_filter
from upswell.policy.model import Policy

VALUE_TYPE: Final = pa.decimal128(38, 18)
_ROWS_MAX: Final = 1_000_000
_Row = tuple[Month, Slice, MetricEntry, Figure]


def run(
    connection: duckdb.DuckDBPyConnection,
    request: MetricRequest,
    *,
    facts: BookFacts,
    policy: Policy,
) -> pa.Table:
    """The answer as a table: `month` (YYYY-MM), a column for each dimension, then `metric`,
    `value` (decimal128(38, 18), null where there is none), `unit` (money, rate, count, ratio),
    `reason` (null where there is a value) and `complete`.

    Rows are ordered by month, slice (nulls last) and the order the metrics were asked in. Money is
    in the workspace's currency and exact; quotients have 12 decimals, half to even. Raises
    `UsageError` for names, months, filters or combinations that cannot be answered.
    """
    metrics = chosen(request.names)
    view = _view(connection, request, metrics, facts)
    _require_sensible(metrics, view, per_30_days=request.per_30_days)
    loaded = _load(connection, view, metrics, policy)
    slices = loaded.slices()
    _require_bounded(view, len(slices) * len(metrics))
    rows = list(_rows(loaded, slices, metrics, per_30_days=request.per_30_days))
    return _table(rows, view)


def _view(
    connection: duckdb.DuckDBPyConnection,
    request: MetricRequest,
    metrics: tuple[MetricEntry, ...],
    facts: BookFacts,
) -> View:
    columns = Columns.of(connection)
    asked = asked_months(
        request.month_from,
        request.month_to,
        first_movement=first_movement_day(connection),
        as_of_day=facts.as_of_day,
    )
    look_back = 12 if any("cohort_12m" in metric.needs for metric in metrics) else 1
    return View(
        dimensions=tuple(dict.fromkeys(columns.dimension(name) for name in request.by)),
        filter=parse_filter(request.where, columns=columns),
        asked=asked,
        base=asked.first.number - look_back - 1,
        facts=facts,
    )


def _require_sensible(metrics: tuple[MetricEntry, ...], view: View, *, per_30_days: bool) -> None:
    splitting = sorted(column.name for column in view.columns if column.tells_rows_apart)
    for metric in metrics:
        if splitting and metric.dimensions != "all":
            raise UsageError(
                f"{metric.name} cannot be split or filtered by {splitting[0]}",
                code="dimension_not_possible",
                where=f"metric {metric.name}, dimension {splitting[0]}",
                expected="a dimension that balances have: plan, product, currency or an attribute",
                found=splitting[0],
                remedy=f"{splitting[0]} belongs to changes of MRR; ask for expansion_mrr",
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
    connection: duckdb.DuckDBPyConnection,
    view: View,
    metrics: tuple[MetricEntry, ...],
    policy: Policy,
) -> Loaded:
    needs = frozenset(need for metric in metrics for need in metric.needs)
    kinds = tuple(sorted({kind for metric in metrics for kind in metric.kinds}))
    totals = load_totals(connection, view, kinds=kinds, transfers="transfers" in needs)
    return Loaded(
        view=view,
        totals=totals,
        paying=paying_steps(connection, view) if "paying" in needs else {},
        kind_customers=kind_counts(connection, view, kinds=kinds) if "kind_customers" in needs else {},
        leavers=leavers(connection, view) if "leavers" in needs else {},
        cohorts=_cohorts(connection, view, totals, needs, policy),
    )


def _cohorts(
    connection: duckdb.DuckDBPyConnection,
    view: View,
    totals: Totals,
    needs: frozenset[str],
    policy: Policy,
) -> dict[Lag, dict[Slice, dict[int, CohortStep]]]:
    home = view.facts.workspace_currency
    foreign = any(currency != home for held in totals.natives.values() for currency in held)
    lags: tuple[Lag, ...] = (1, 12)
    return {
        lag: cohort_steps(connection, view, lag=lag, policy=policy, foreign=foreign)
        for lag in lags
        if f"cohort_{lag}m" in needs
    }


def _rows(
    loaded: Loaded,
    slices: list[Slice],
    metrics: tuple[MetricEntry, ...],
    *,
    per_30_days: bool,
) -> Iterator[_Row]:
    as_of_day = loaded.view.facts.as_of_day
    known = [(slice_, SliceFigures(loaded, slice_)) for slice_ in slices]
    for month in loaded.view.asked:
        later = Figure.missing(f"{month} begins after the book, which is as of {as_of_day}")
        factor = Fraction(30, month.days)
        for slice_, figures in known:
            for metric in metrics:
                figure = later
                if month.first_day <= as_of_day:
                    figure = FORMULAS[metric.name](figures, month)
                if per_30_days and metric.per_30_days == "scaled":
                    figure = scaled(figure, factor)
                yield month, slice_, metric, figure


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
    }
    return pa.table(columns)
