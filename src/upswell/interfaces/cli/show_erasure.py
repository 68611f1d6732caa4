"""What was forgotten, printed."""

from __future__ import annotations

from dataclasses import asdict

from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.workspace.forgetting import Forgotten


def show_forgotten(forgotten: Forgotten, output: Format) -> None:
    """How many cells of which file were replaced, or would be; the texts themselves in a dry run alone."""
    if output is Format.json:
        print_json(asdict(forgotten))
        return
    rows = [asdict(each) for each in forgotten.replaced]
    print_rows(rows, columns=("file", "column", "cells"), output=output, right=["cells"])
    if forgotten.is_dry_run:
        say(f"would be replaced: {', '.join(forgotten.texts)}")
        say("nothing is changed: this was a dry run")
    else:
        say(f"forgotten: {forgotten.token} stands for the customer now; every figure is the same")
        say("backups, exports and the files imported from still hold the name: remove them there, too")
