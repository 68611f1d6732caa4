"""The command that takes a whole book out: `upswell export`. Single answers have `--output` on their own commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upswell.interfaces.cli.app import (
    AsOfOption,
    FormatOption,
    PolicyOption,
    WorkspaceOption,
    app,
    chosen_format,
    open_chosen,
)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; absent or empty.")],
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Write the whole book to a folder of Parquet files, with a page that says what they are."""
    from upswell.interfaces.cli.show import say_held_back  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import show_exported  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    show_exported(opened.export(folder, policy=policy), chosen_format())
    say_held_back(opened.book())
