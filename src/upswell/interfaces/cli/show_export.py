"""What was written: a file of an answer, or a folder of a book."""

from __future__ import annotations

from pathlib import Path

from upswell.exports.book import ABOUT, ExportedBook
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.workspace import Workspace
from upswell.workspace.core import Answer


def write_answer(workspace: Workspace, answer: Answer, file: Path) -> None:
    """Write the answer of a command to its `--output`, and say so: the one line that such a command needs."""
    written = workspace.write(answer, to=file)
    rows = "1 row" if written.rows == 1 else f"{written.rows:,} rows"
    say(f"{rows} written: {written.path} ({written.path.stat().st_size:,} bytes)")
    for note in written.notes:
        say(f"note: {note}")


def show_exported(exported: ExportedBook, output: Format) -> None:
    """The files of an exported book with their rows."""
    if output is Format.json:
        print_json(
            {
                "folder": str(exported.folder),
                "book_id": exported.book_id,
                "policy": exported.policy,
                "files": exported.rows,
            }
        )
        return
    rows = [{"file": name, "rows": count} for name, count in exported.rows.items()]
    print_rows(rows, columns=("file", "rows"), output=output, right=["rows"])
    say(
        f"book {exported.book_id} under {exported.policy} written: {exported.folder}; {ABOUT} says what each file holds"
    )
