"""The command for signals: of the company, of customers by a signal, of one customer."""

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
from upswell.interfaces.plain.days import day_of


@app.command()
def signals(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="limit_share, seats_used_share, headroom ...")
    ] = None,
    *,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Every signal of one customer.")] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="As known before YYYY-MM-DD.", show_default="now")
    ] = None,
    where: WhereOption = None,
    segment: SegmentOption = None,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="By another signal; with a minus the largest first.", show_default="-NAME, the first"
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="So many customers.", show_default="20 on a screen")
    ] = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="What each signal is, and what to mind.")] = False,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """What tells who is ready for more, as of any day: use against limits, seats, renewal, headroom, arrears ..."""
    from upswell.analysis.signals.catalogue import chosen  # noqa: PLC0415
    from upswell.interfaces.cli.output import Format  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_signals import (  # noqa: PLC0415
        ROWS_SHOWN,
        show_catalogue,
        show_customer,
        show_overview,
        show_signals,
    )

    _require_one(
        customer=customer is not None,
        catalogue=catalogue,
        list_options=any(each is not None for each in (where, segment, order, limit)),
        output=file is not None,
    )
    if (order is not None or limit is not None) and not names and customer is None and file is None:
        raise UsageError(
            "--order and --limit are of a list, and without names of signals all are summed up",
            code="questions_mixed",
            expected="a name of a signal, or --output",
            found="--order or --limit alone",
            remedy="name the signals to list, such as `upswell signals mrr`",
        )
    opened = open_chosen(workspace, output, as_of)
    when = day_of(day, "--day", last=False)
    if catalogue:
        show_catalogue(chosen(names or ()), chosen_format())
    elif customer is not None:
        answer = opened.customer_signals(customer, names=names or (), day=when, policy=policy)
        if file is None:
            show_customer(answer, chosen_format())
        else:
            write_answer(opened, answer, file)
    elif names:
        on_screen = file is None and chosen_format() is Format.table
        table = opened.signals(
            names,
            day=when,
            where=where,
            segment=segment,
            order=order,
            limit=ROWS_SHOWN if limit is None and on_screen else limit,
            policy=policy,
        )
        if file is None:
            show_signals(table, names, opened.book(), chosen_format())
        else:
            write_answer(opened, table, file)
    elif file is None:
        show_overview(opened.signals_overview(day=when, where=where, segment=segment, policy=policy), chosen_format())
    else:
        table = opened.signals(day=when, where=where, segment=segment, order=order, limit=limit, policy=policy)
        write_answer(opened, table, file)


def _require_one(*, customer: bool, catalogue: bool, list_options: bool, output: bool) -> None:
    asked = [name for name, given in (("--customer", customer), ("--catalogue", catalogue)) if given]
    wrong = [*asked, *(["--where, --segment, --order or --limit"] if list_options else [])] if asked else []
    if catalogue and output:
        wrong.append("--output")
    if len(wrong) > 1:
        raise UsageError(
            f"{wrong[0]} is a question of its own",
            code="questions_mixed",
            expected=wrong[0],
            found=" with ".join(wrong),
            remedy="ask one after the other",
        )
