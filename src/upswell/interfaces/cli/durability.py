"""The command for durability: what lasts, what is at risk, who stays."""

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
def durability(
    by: Annotated[
        str | None,
        typer.Option(metavar="DIM", help="Cut each driver: plan, product, term, price, offer, cohort, country ..."),
    ] = None,
    *,
    driver: Annotated[
        str | None, typer.Option(metavar="D", help="Of this driver alone: seats, plan, price ...")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Draws of customers behind an interval.")] = 200,
    at_risk: Annotated[
        bool, typer.Option("--at-risk", help="The last year's expansions that may not stay, and why.")
    ] = False,
    expanders: Annotated[
        bool, typer.Option("--expanders", help="Whether who expanded stayed longer than customers like them.")
    ] = False,
    limit: Annotated[int, typer.Option(metavar="N", help="With --at-risk: so many, the largest first.", min=1)] = 50,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """How much of an expansion is still there 30, 90, 180 and 365 days later, by driver, with intervals."""
    from upswell.interfaces.cli.show_durability import show_at_risk, show_compared, show_durability  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    _require_one(at_risk=at_risk, expanders=expanders, cut=bool(by or driver), to_file=file is not None)
    opened = open_chosen(workspace, output, as_of)
    if expanders:
        show_compared(opened.expanders(policy=policy), chosen_format())
        return
    if at_risk:
        found = opened.expansions_at_risk(where=where, segment=segment, limit=limit, policy=policy)
        if file is not None:
            write_answer(opened, found, file)
        else:
            show_at_risk(found, chosen_format())
        return
    answer = opened.durability(by=by, driver=driver, where=where, segment=segment, draws=draws, policy=policy)
    if file is not None:
        write_answer(opened, answer, file)
    else:
        show_durability(answer, opened.book(), opened.policy(policy).name, chosen_format())


def _require_one(*, at_risk: bool, expanders: bool, cut: bool, to_file: bool) -> None:
    asked = [name for name, given in (("--at-risk", at_risk), ("--expanders", expanders)) if given]
    wrong = [*asked, *(["--by or --driver"] if cut else [])] if asked else []
    if expanders and to_file:
        wrong = ["--expanders", "--output"]
    if len(wrong) > 1:
        raise UsageError(
            f"{wrong[0]} is a question of its own",
            code="questions_mixed",
            expected=wrong[0],
            found=" with ".join(wrong),
            remedy="ask one after the other",
        )
