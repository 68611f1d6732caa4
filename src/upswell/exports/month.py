"""The report of a month as rows: one for each figure that the report shows, in its order, with the section it is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from upswell.exports.about import described, figures
from upswell.exports.answers import about_answer
from upswell.metrics.catalogue import entry
from upswell.metrics.monthly import BandedLine, LargestMovement, MonthReport, ReportLine, RetentionLine
from upswell.metrics.request import BookFacts
from upswell.policy import Policy

_Line = ReportLine | RetentionLine
_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("section", "period", "metric", "kind", "driver", "customer_id")),
        *((name, pa.string()) for name in ("customer_name", "from_plan_id", "plan_id")),
        ("value", pa.decimal128(38, 18)),
        *((name, pa.string()) for name in ("unit", "reason", "band")),
    ]
)


def describe_report(report: MonthReport, facts: BookFacts, policy: Policy) -> pa.Table:
    """The report as a table with what is known about it: `section, period, metric, kind, driver, customer_id,
    customer_name, from_plan_id, plan_id, value` (decimal128(38, 18), null where there is none), `unit` (money, rate,
    count, ratio), `reason, band`.

    `period` is the month, or the quarter in the section `own_quarters`; what a section does not have is null.
    """
    rows = pa.Table.from_pylist(list(_rows(report)), schema=_SCHEMA)
    lines: tuple[_Line, ...] = (*report.roll_forward, *report.expansion, *report.retention, *report.customers)
    return described(
        rows,
        about_answer(
            facts,
            policy,
            question="report of a month",
            asked={"month": report.month, "incomplete": report.running or not report.complete},
            metrics=[line.metric for line in (*lines, *report.banded)],
            columns={"value": figures(report.workspace_currency)},
        ),
    )


def _rows(report: MonthReport) -> Iterator[dict[str, Any]]:
    month = report.month
    for section, lines in (("roll_forward", report.roll_forward), ("expansion", report.expansion)):
        yield from (_line(section, month, line) for line in lines)
    for driver in report.expansion_by_driver:
        yield {
            "section": "expansion_by_driver",
            "period": month,
            "metric": "expansion_mrr",
            "driver": driver.driver,
            "value": driver.value,
            "unit": "money",
            "reason": driver.reason,
        }
    for retention in report.retention:
        yield _line("retention", month, retention) | {"band": retention.band}
    yield from (_line("customers", month, line) for line in report.customers)
    for banded in report.banded:
        yield from _banded(month, banded)
    for section, largest in (
        ("largest_expansions", report.largest_expansions),
        ("largest_losses", report.largest_losses),
        ("largest_new", report.largest_new),
    ):
        yield from (_movement(section, month, movement) for movement in largest)


def _line(section: str, month: str, line: _Line | BandedLine) -> dict[str, Any]:
    return {
        "section": section,
        "period": month,
        "metric": line.metric,
        "value": line.value,
        "unit": entry(line.metric).unit,
        "reason": line.reason,
    }


def _banded(month: str, banded: BandedLine) -> Iterator[dict[str, Any]]:
    yield _line("bands", month, banded) | {"band": banded.band}
    for quarter in banded.own_quarters:
        yield _line("own_quarters", quarter.quarter, ReportLine(banded.metric, quarter.value, quarter.reason))


def _movement(section: str, month: str, movement: LargestMovement) -> dict[str, Any]:
    return {
        "section": section,
        "period": month,
        "kind": movement.kind,
        "driver": movement.driver,
        "customer_id": movement.customer_id,
        "customer_name": movement.customer_name,
        "from_plan_id": movement.from_plan_id,
        "plan_id": movement.plan_id,
        "value": movement.amount,
        "unit": "money",
        "reason": movement.reason,
    }
