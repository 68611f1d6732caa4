"""The command for health: how customers are, and the scorecard that says so."""

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
def health(
    *,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="One customer, with every signal.")] = None,
    scorecard: Annotated[
        bool, typer.Option("--scorecard", help="The points of each signal, and what backs them.")
    ] = False,
    where: WhereOption = None,
    segment: SegmentOption = None,
    limit: Annotated[int, typer.Option(metavar="N", help="So many customers, the worst first.", min=1)] = 50,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """How likely customers are to stay as they are: points from 0 to 100, and what takes them away."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_health import show_customer, show_health, show_scorecard  # noqa: PLC0415

    if scorecard and (customer or where or segment or file):
        raise UsageError(
            "the scorecard is a question of its own",
            code="options_exclude",
            expected="--scorecard without --customer, --where, --segment and --output",
            found="both",
            remedy="ask one after the other",
        )
    opened = open_chosen(workspace, output, as_of)
    if scorecard:
        show_scorecard(opened.scorecard(policy=policy), chosen_format())
        return
    found = opened.health(customer=customer, where=where, segment=segment, limit=limit, policy=policy)
    if file is not None:
        write_answer(opened, found, file)
    elif customer is not None:
        show_customer(found, chosen_format())
    else:
        show_health(found, opened.book(), chosen_format())
