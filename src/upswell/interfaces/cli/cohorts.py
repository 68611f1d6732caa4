"""The commands for cohorts and for the family of retention figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upswell.errors import UsageError
from upswell.interfaces.cli.app import (
    AsOfOption,
    FormatOption,
    OutputOption,
    PolicyOption,
    SegmentOption,
    WorkspaceOption,
    app,
    chosen_format,
    open_chosen,
)
from upswell.interfaces.cli.output import say

WhereOption = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="For example: country = 'DE' and channel <> 'ads'")
]


@app.command()
def cohorts(
    measure: Annotated[
        str, typer.Argument(metavar="MEASURE", help="mrr, customers, expansion, contraction, churned, nrr or grr.")
    ] = "nrr",
    *,
    cohort: Annotated[
        str, typer.Option(metavar="C", help="month, quarter or year of the first payment; plan; channel, country ...")
    ] = "month",
    month_from: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM", help="First month to begin in; default: the first.")
    ] = None,
    month_to: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month to begin in; default: the last complete.")
    ] = None,
    ages: Annotated[int, typer.Option(metavar="N", help="Months after the first, the last to show.", min=0)] = 12,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="driver", help="Split expansion or contraction by driver.")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw the curves to this .svg or .html file.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Customers by when they first paid, and what became of them month by month."""
    from upswell.interfaces.cli.show_cohorts import show_cohorts, write_curves  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    if chart is not None and by:
        raise UsageError(
            "a chart has no drivers",
            code="chart_by_driver",
            expected="--chart, or --by driver",
            found="both",
            remedy="leave one out",
        )
    opened = open_chosen(workspace, output, as_of)
    table = opened.cohorts(
        measure,
        cohort=cohort,
        month_from=month_from,
        month_to=month_to,
        ages=ages,
        by=by or (),
        where=where,
        segment=segment,
        policy=policy,
    )
    if file is None:
        show_cohorts(table, measure, opened.book(), opened.policy(policy).name, chosen_format())
    else:
        write_answer(opened, table, file)
    if chart is not None:
        drawn = opened.cohort_chart(
            measure,
            cohort=cohort,
            month_from=month_from,
            month_to=month_to,
            ages=ages,
            where=where,
            segment=segment,
            policy=policy,
        )
        written = write_curves(drawn, table, chart, currency=opened.settings.currency)
        say(f"chart written: {written} ({written.stat().st_size:,} bytes)")


@app.command()
def retention(
    month: Annotated[
        str | None, typer.Option(metavar="M", help="YYYY-MM.", show_default="the last complete month")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="DIM", help="plan, product, country ... Repeatable.")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="What wrong but common formulas would give, and how far they are off.")
    ] = False,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """NRR and GRR of a month over every lag, by cohort and by movements, without and with returns."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_retention import show_mistakes, show_retention  # noqa: PLC0415

    if wrong and by:
        raise UsageError(
            "--wrong is about the whole, or what --where leaves of it",
            code="wrong_by_dimension",
            expected="--wrong, or --by",
            found="both",
            remedy="ask for one slice at a time with --where",
        )
    opened = open_chosen(workspace, output, as_of)
    if wrong:
        table = opened.retention_mistakes(month, where=where, segment=segment, policy=policy)
    else:
        table = opened.retention(month, by=by or (), where=where, segment=segment, policy=policy)
    if file is None:
        show = show_mistakes if wrong else show_retention
        show(table, opened.book(), opened.policy(policy).name, chosen_format())
    else:
        write_answer(opened, table, file)
