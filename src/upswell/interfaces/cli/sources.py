"""The commands for sources: read them, keep up with them, and hold the ledger against them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from upswell.errors import ExitCode
from upswell.interfaces.cli.app import (
    FormatOption,
    PolicyOption,
    WorkspaceOption,
    app,
    chosen_format,
    open_chosen,
    progress_line,
)
from upswell.interfaces.cli.output import say


@app.command()
def sync(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="stripe, or a name under [sources] in upswell.toml.")],
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what is new.")] = False,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Read a billing system (what is new since the last time) and import what is made of it."""
    from upswell.interfaces.cli.show_sync import show_sync  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    with progress_line() as progress:
        result = opened.sync(source, full=full, progress=progress)
    show_sync(result, chosen_format())
    if result.rows_held_back:
        raise typer.Exit(ExitCode.ROWS_HELD_BACK)


@app.command()
def refresh(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Sync every configured source, build and check, under one lock; a line on stderr for each step."""
    opened = open_chosen(workspace, output)
    whole = opened.refresh(log=lambda text: say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}"))
    if not whole:
        raise typer.Exit(ExitCode.ROWS_HELD_BACK)


@app.command()
def reconcile(
    month: Annotated[
        list[str] | None,
        typer.Option("--month", metavar="YYYY-MM", help="Repeatable.", show_default="the last complete month"),
    ] = None,
    against: Annotated[str, typer.Option(metavar="SOURCE", help="The source to hold the ledger against.")] = "stripe",
    details: Annotated[int, typer.Option(metavar="N", help="Name so many objects of each line.", min=0)] = 0,
    policy: PolicyOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """The ledger beside the billing system's own figures, and every cent between them; exit code 1 unless all is
    explained.
    """
    from upswell.interfaces.cli.show_reconcile import show_reconciliation  # noqa: PLC0415

    months = open_chosen(workspace, output).reconcile(month or None, against=against, policy=policy)
    show_reconciliation(months, chosen_format(), details=details)
    if not all(each.is_explained for each in months):
        raise typer.Exit(ExitCode.CHECK_FAILED)
