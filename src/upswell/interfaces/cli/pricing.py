"""The command for the price and packaging review."""

from __future__ import annotations

from typing import Annotated

import typer

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
from upswell.interfaces.cli.cohorts import WhereOption


@app.command()
def pricing(
    section: Annotated[
        str,
        typer.Argument(
            metavar="SECTION",
            help="lists, realised, discounts, old-prices, steps, next, together, attach, willingness or curves.",
        ),
    ] = "realised",
    *,
    month: Annotated[
        str | None,
        typer.Option(metavar="M", help="As of the close of YYYY-MM.", show_default="the last complete month"),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="DIM", help="plan, product, country ... Repeatable.")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    cohort: Annotated[
        str | None, typer.Option(metavar="C", help="Of attach: month, quarter or year.", show_default="quarter")
    ] = None,
    ages: Annotated[
        int | None, typer.Option(metavar="N", help="Of attach: the last month of age.", show_default="12")
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """What is charged against the list, what could be sold next, and what people would pay."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_pricing import show_pricing  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    table = opened.pricing(
        section,
        month=month,
        by=by or (),
        where=where,
        segment=segment,
        cohort=cohort,
        ages=ages,
        policy=policy,
    )
    if file is None:
        show_pricing(section, table, opened.book(), opened.policy(policy).name, chosen_format())
    else:
        write_answer(opened, table, file)
