"""The command for the forecast: the months to come, what backs them, what is assumed."""

from __future__ import annotations

from pathlib import Path
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
from upswell.interfaces.cli.output import say


@app.command()
def forecast(
    target: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TARGET...", help="closing_mrr, expansion_mrr, new_mrr ..., customers, nrr_12m, or all."
        ),
    ] = None,
    *,
    months: Annotated[int, typer.Option(metavar="N", help="Months ahead, 1 to 18.")] = 12,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="'price PLAN +PERCENT', 'churn -POINTS' or 'addon PRICE at PERCENT'. Repeatable."
        ),
    ] = None,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="How former forecasts did, by method and months ahead.")
    ] = False,
    where: WhereOption = None,
    segment: SegmentOption = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw the first target's fan to this .svg or .html file.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """MRR, its movements, customers and NRR in the months to come, with intervals and what backs them."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_forecast import asked_targets, show_backtest, show_forecast, write_fan  # noqa: PLC0415

    targets = asked_targets(target or ())
    opened = open_chosen(workspace, output, as_of)
    answer = opened.forecast(months=months, scenario=scenario or (), where=where, segment=segment, policy=policy)
    if file is not None:
        write_answer(opened, answer, file)
    elif backtest:
        show_backtest(answer, targets, chosen_format())
    else:
        show_forecast(answer, targets, opened.book(), chosen_format())
    if chart is not None:
        written = write_fan(answer, targets[0], chart)
        say(f"chart written: {written} ({written.stat().st_size:,} bytes)")
