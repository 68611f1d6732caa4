"""The command for propensity: who is likely to expand, and how right that would have been."""

from __future__ import annotations

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
from upswell.interfaces.cli.cohorts import WhereOption


@app.command()
def propensity(
    *,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="How right the scores would have been at former origins.")
    ] = False,
    fit: Annotated[bool, typer.Option("--fit", help="Fit the model anew and keep it; then as --backtest.")] = False,
    by: Annotated[
        str | None,
        typer.Option(metavar="DIM", help="The segment to hold scores against.", show_default="plan and size"),
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    limit: Annotated[int, typer.Option(metavar="N", help="So many customers, the best first.", min=1)] = 50,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Who is likely to expand within 90 days, by which driver, and how far one may trust it."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_propensity import show_backtest, show_scores  # noqa: PLC0415

    if (backtest or fit) and (where or segment):
        raise UsageError(
            "a backtest is of all customers",
            code="options_exclude",
            expected="--backtest or --fit without --where and --segment",
            found="both",
            remedy="leave one of them out",
        )
    opened = open_chosen(workspace, output, as_of)
    if backtest or fit:
        found = (opened.fit_propensity if fit else opened.propensity_backtest)(by=by, policy=policy)
        if file is not None:
            write_answer(opened, found, file)
        else:
            show_backtest(found, chosen_format())
        return
    scores = opened.propensity(limit=limit, where=where, segment=segment, by=by, policy=policy)
    if file is not None:
        write_answer(opened, scores, file)
    else:
        show_scores(scores, limit, opened.book(), chosen_format())
