"""The commands for what people say: segments, notes, and the audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from upswell.interfaces.cli.app import FormatOption, WorkspaceOption, app, chosen_format, open_chosen
from upswell.interfaces.cli.output import say

AuthorOption = Annotated[
    str | None, typer.Option("--author", help="Who says so.", show_default="UPSWELL_AUTHOR or the system's user")
]

segment_app = typer.Typer(help="Saved, named filters, for `--segment NAME`.", no_args_is_help=True)
note_app = typer.Typer(help="Notes to customers, months and movements.", no_args_is_help=True)
app.add_typer(segment_app, name="segment")
app.add_typer(note_app, name="note")


@segment_app.command("save")
def save_segment(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, - and _.")],
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="As for --where.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Save a filter under a name, in place of a former one of that name."""
    saved = open_chosen(workspace, None).save_segment(name, expression=expression, author=author)
    say(f"segment {saved.name}: {saved.expression}")


@segment_app.command("list")
def list_segments(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every saved segment."""
    from upswell.interfaces.cli.show_state import show_segments  # noqa: PLC0415

    show_segments(open_chosen(workspace, output).segments(), chosen_format())


@segment_app.command("remove")
def remove_segment(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As printed by `segment list`.")],
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Remove a segment; what it was stays in the audit log."""
    removed = open_chosen(workspace, None).remove_segment(name, author=author)
    say(f"segment {removed.name} removed; it was: {removed.expression}")


@note_app.command("add")
def add_note(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="A customer's id, a month, a movement's id.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be remembered.")],
    kind: Annotated[str, typer.Option("--kind", help="What the subject is: customer, month or movement.")] = "customer",
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a note."""
    note = open_chosen(workspace, None).add_note(subject, text=text, kind=kind, author=author)
    say(f"note {note.id} to {note.subject_kind} {note.subject}")


@note_app.command("list")
def list_notes(
    subject: Annotated[str | None, typer.Argument(metavar="SUBJECT", help="Only those to it.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Every note, oldest first."""
    from upswell.interfaces.cli.show_state import show_notes  # noqa: PLC0415

    show_notes(open_chosen(workspace, output).notes(subject), chosen_format())


@app.command()
def audit(
    action: Annotated[str | None, typer.Option(metavar="A", help="Only these: import, build, close ...")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """What was done here, by whom and when: imports, builds, policy changes, closings and edits, oldest first."""
    from upswell.interfaces.cli.show_state import show_audit  # noqa: PLC0415

    show_audit(open_chosen(workspace, output).audit(action=action), chosen_format())
