"""The command for exchange rates: which there are, from where, and which days lack one."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.errors import ExitCode
from upswell.interfaces.cli.app import AsOfOption, FormatOption, WorkspaceOption, app, chosen_format, open_chosen


@app.command()
def rates(
    currency: Annotated[str | None, typer.Argument(metavar="CURRENCY", help="Only of this one, e.g. EUR.")] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Exchange rates with their sources; exit code 1 where days of the book lack one."""
    from upswell.interfaces.cli.show_rates import show_rates  # noqa: PLC0415

    found = open_chosen(workspace, output, as_of).rates(currency)
    show_rates(found, chosen_format())
    if found.lacking:
        raise typer.Exit(ExitCode.CHECK_FAILED)
