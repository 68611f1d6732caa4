"""The command for revenue: from MRR to money."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.interfaces.cli.app import (
    AsOfOption,
    FormatOption,
    OutputOption,
    PolicyOption,
    WorkspaceOption,
    app,
    chosen_format,
    open_chosen,
)


@app.command()
def revenue(
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", show_default="the last complete month")
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """From a month's MRR to its recurring, total and actual revenue, with every difference between them."""
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_revenue import show_revenue  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    bridge = opened.revenue(month, policy=policy)
    if file is None:
        show_revenue(bridge, chosen_format())
    else:
        write_answer(opened, bridge, file)
