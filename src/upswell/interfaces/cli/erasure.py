"""The command that forgets a customer."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.interfaces.cli.app import FormatOption, WorkspaceOption, app, chosen_format, open_chosen
from upswell.interfaces.cli.state import AuthorOption


@app.command()
def forget(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="TEXT", help="A further text to be gone. Repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be replaced where; change nothing.")] = (
        False
    ),
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Replace a customer's id, names and attributes by a token everywhere; every figure stays."""
    from upswell.interfaces.cli.show_erasure import show_forgotten  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    show_forgotten(opened.forget(customer, also=also or (), author=author, dry_run=dry_run), chosen_format())
