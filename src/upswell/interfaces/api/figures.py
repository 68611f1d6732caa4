"""Figures: metrics, explanations, reports, cohorts, retention, revenue, rates, charts, comparisons."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from upswell.analysis.cohorts import AGES
from upswell.charts.extra import charts_extra
from upswell.errors import UsageError
from upswell.interfaces.api.accepting import JSON, SVG
from upswell.interfaces.api.answering import AtAnyTime, JsonResponse, OfBook, OfWorkspace
from upswell.interfaces.api.parameters import (
    ByQuery,
    DetailsQuery,
    FromQuery,
    MonthQuery,
    PolicyName,
    SegmentQuery,
    ToQuery,
    WhereQuery,
)
from upswell.interfaces.api.shapes import (
    AS_FILE,
    LASTS,
    CatalogueRow,
    CohortRow,
    ComparisonShape,
    ExplanationShape,
    Listed,
    MetricRow,
    One,
    RatesShape,
    ReconciledMonth,
    RetentionRow,
    RevenueRow,
)
from upswell.interfaces.plain.comparing import comparison_of
from upswell.interfaces.plain.feeding import rates_and_lacking
from upswell.interfaces.plain.figures import (
    cohort_rows,
    explanation,
    metric_rows,
    mistake_rows,
    retention_rows,
    revenue_rows,
)
from upswell.interfaces.plain.reconciling import reconciliation
from upswell.interfaces.server.visitors import needs
from upswell.metrics.catalogue import entries
from upswell.metrics.monthly import MonthReport
from upswell.workspace.comparing import DETAILS

router = APIRouter(tags=["figures"])
_CHART: dict[int | str, dict[str, Any]] = LASTS | {
    200: {"description": "Vega-Lite, or a drawing", "content": {JSON: {"schema": {"type": "object"}}, SVG: {}}}
}
_AGES_MAX = 600


@router.get("/metrics", dependencies=[needs("viewer")], response_model=Listed[MetricRow], responses=AS_FILE)
def metrics(
    asked: AtAnyTime,
    names: Annotated[list[str], Query(description="Names of metrics; repeatable")],
    month_from: FromQuery = None,
    month_to: ToQuery = None,
    by: ByQuery = [],  # noqa: B006 -- FastAPI copies it
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    per_30_days: Annotated[bool, Query(description="Normalise flows for month length")] = False,
) -> Response:
    """Metrics by month, and by each dimension asked for."""
    return asked.table(
        "metrics",
        lambda: asked.workspace.metrics(
            names,
            month_from=month_from,
            month_to=month_to,
            by=by,
            where=where,
            segment=segment,
            policy=asked.policy,
            per_30_days=per_30_days,
        ),
        metric_rows,
    )


@router.get("/metrics/catalogue", dependencies=[needs("viewer")], response_model=Listed[CatalogueRow], responses=LASTS)
def catalogue(asked: OfWorkspace) -> Response:
    """Every metric with its formula, unit, grain and caveat."""
    return asked.rows(lambda: [each.model_dump(include=set(CatalogueRow.model_fields)) for each in entries()])


@router.get("/explain/{metric}", dependencies=[needs("viewer")], response_model=One[ExplanationShape], responses=LASTS)
def explain(
    asked: AtAnyTime,
    metric: str,
    month: MonthQuery = None,
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    details: DetailsQuery = 20,
) -> Response:
    """A figure as the sum of what each customer gives to it."""
    return asked.one(
        lambda: explanation(
            asked.workspace.explain(metric, month=month, where=where, segment=segment, policy=asked.policy),
            details=details,
        )
    )


@router.get("/report/{month}", dependencies=[needs("viewer")], response_model=One[MonthReport], responses=LASTS)
def report(asked: AtAnyTime, month: str) -> Response:
    """Everything about one month that fits on a screen."""
    return asked.one(lambda: asdict(asked.workspace.report(month, policy=asked.policy)))


@router.get("/cohorts", dependencies=[needs("viewer")], response_model=Listed[CohortRow], responses=AS_FILE)
def cohorts(
    asked: AtAnyTime,
    measure: Annotated[str, Query(description="mrr, customers, expansion, contraction, churned, nrr or grr")] = "nrr",
    cohort: Annotated[str, Query(description="month, quarter, year, plan, or an attribute")] = "month",
    month_from: FromQuery = None,
    month_to: ToQuery = None,
    ages: Annotated[int, Query(description="Months after the first, the last to show", ge=0, le=_AGES_MAX)] = AGES,
    by: ByQuery = [],  # noqa: B006 -- FastAPI copies it
    where: WhereQuery = None,
    segment: SegmentQuery = None,
) -> Response:
    """Customers by when they first paid, and what became of them month by month."""
    return asked.table(
        "cohorts",
        lambda: asked.workspace.cohorts(
            measure,
            cohort=cohort,
            month_from=month_from,
            month_to=month_to,
            ages=ages,
            by=by,
            where=where,
            segment=segment,
            policy=asked.policy,
        ),
        cohort_rows,
    )


@router.get("/retention", dependencies=[needs("viewer")], response_model=Listed[RetentionRow], responses=AS_FILE)
def retention(
    asked: AtAnyTime,
    month: MonthQuery = None,
    by: ByQuery = [],  # noqa: B006 -- FastAPI copies it
    where: WhereQuery = None,
    segment: SegmentQuery = None,
    wrong: Annotated[bool, Query(description="What wrong but common formulas would give")] = False,
) -> Response:
    """NRR and GRR of a month over every lag, by cohort and by movements, without and with returns."""
    if not wrong:
        return asked.table(
            "retention",
            lambda: asked.workspace.retention(month, by=by, where=where, segment=segment, policy=asked.policy),
            retention_rows,
        )
    if by:
        raise UsageError(
            "wrong formulas are about the whole, or what `where` leaves of it",
            code="wrong_by_dimension",
            expected="wrong, or by",
            found="both",
            remedy="ask for one slice at a time with `where`",
        )
    return asked.table(
        "retention",
        lambda: asked.workspace.retention_mistakes(month, where=where, segment=segment, policy=asked.policy),
        mistake_rows,
    )


@router.get("/revenue", dependencies=[needs("viewer")], response_model=Listed[RevenueRow], responses=AS_FILE)
def revenue(asked: AtAnyTime, month: MonthQuery = None) -> Response:
    """From a month's MRR to its recurring, total and actual revenue, with every difference between them."""
    return asked.table("revenue", lambda: asked.workspace.revenue(month, policy=asked.policy), revenue_rows)


@router.get("/rates", dependencies=[needs("viewer")], response_model=One[RatesShape])
def rates(
    asked: AtAnyTime, currency: Annotated[str | None, Query(description="Of this one alone, e.g. EUR")] = None
) -> Response:
    """Exchange rates with their sources, and the days that lack one."""
    return asked.one(lambda: rates_and_lacking(asked.workspace.rates(currency)), lasts=False)


@router.get("/charts/{name}", dependencies=[needs("viewer")], responses=_CHART)
def chart(asked: AtAnyTime, name: str, month: MonthQuery = None) -> Response:
    """The chart movements, drivers or retention of the months up to `month`: Vega-Lite as it is, or a drawing."""

    def draw(form: str) -> Response:
        drawn = asked.workspace.chart(name, month=month, policy=asked.policy)
        if form == JSON:
            return JsonResponse(drawn.to_dict())
        with charts_extra():
            from upswell.charts.render import svg  # noqa: PLC0415 -- Altair is an extra, and slow to load
        return Response(svg(drawn, name=name), media_type=SVG)

    return asked.picture((JSON, SVG), draw)


@router.get("/compare", dependencies=[needs("viewer")], response_model=One[ComparisonShape])
def compare(
    asked: OfBook,
    policies: Annotated[
        list[PolicyName], Query(description="The first is the base; of one alone, the workspace's policy; repeatable")
    ],
    month_from: FromQuery = None,
    month_to: ToQuery = None,
    metric: Annotated[str, Query(description="What bridges explain: expansion_mrr, new_mrr ...")] = "expansion_mrr",
    details: Annotated[int, Query(description="The so many largest customers of each line", ge=0, le=1000)] = DETAILS,
) -> Response:
    """Months under several policies of the book, and why they differ, switch by switch."""
    return asked.one(
        lambda: comparison_of(
            asked.workspace.compare_policies(
                policies, month_from=month_from, month_to=month_to, metric=metric, details=details
            )
        ),
        lasts=False,
    )


@router.get("/reconcile", dependencies=[needs("viewer")], response_model=Listed[ReconciledMonth])
def reconcile(
    asked: OfBook,
    month: Annotated[list[str], Query(description="YYYY-MM; repeatable; default: the last complete month")] = [],  # noqa: B006
    against: Annotated[str, Query(description="The source to hold the ledger against")] = "stripe",
) -> Response:
    """The ledger beside the billing system's own figures, and every cent between them."""

    def months() -> list[dict[str, Any]]:
        found = asked.workspace.reconcile(month or None, against=against, policy=asked.policy)
        return [reconciliation(each) for each in found]

    return asked.rows(months, lasts=False)
