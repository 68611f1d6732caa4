"""The commands for closed months: close, reopen, closings, restatements."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.interfaces.cli.app import (
    FormatOption,
    OutputOption,
    PolicyOption,
    WorkspaceOption,
    app,
    chosen_format,
    open_chosen,
)
from upswell.interfaces.cli.output import say
from upswell.interfaces.cli.state import AuthorOption


@app.command()
def close(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM; it must be over in the current book.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Close a month: its figures stay as reported, and what becomes known later shows as a restatement."""
    closed = open_chosen(workspace, None).close(month, author=author)
    policies = ", ".join(closed.record["figures"])
    say(f"{closed.month} closed by {closed.author}: book {closed.record['book']}, policies {policies}")
    say(f"as reported from now on: --as-of {closed.month}")


@app.command()
def reopen(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="A closed month.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the log.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open a closed month again; what was reported stays in the list of closings."""
    opened = open_chosen(workspace, None).reopen(month, reason=reason, author=author)
    say(f"{opened.month} reopened by {opened.author}: {opened.reason}")


@app.command()
def closings(
    month: Annotated[str | None, typer.Argument(metavar="MONTH", help="Only this month.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Every closing and reopening, oldest first."""
    from upswell.interfaces.cli.show_closing import show_closings  # noqa: PLC0415

    show_closings(open_chosen(workspace, output).closings(month), chosen_format())


@app.command()
def restatements(
    month: Annotated[str | None, typer.Argument(metavar="MONTH", help="Only this closed month.")] = None,
    details: Annotated[int, typer.Option(metavar="N", help="The N largest lines of a month; 0 for all.", min=0)] = 20,
    policy: PolicyOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """What changed since months were closed: figures, and the customers behind them with the cause and the import."""
    from upswell.interfaces.cli.show_closing import show_restatements  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    found = opened.restatements(month, policy=policy)
    if file is None:
        show_restatements(found, chosen_format(), details=details)
    else:
        write_answer(opened, found, file)
