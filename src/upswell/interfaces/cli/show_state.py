"""Segments, notes and the audit log, printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from upswell.interfaces.cli.output import Format, print_rows
from upswell.state import AuditEntry, Note, Segment


def show_segments(segments: Sequence[Segment], output: Format) -> None:
    """One row a segment."""
    print_rows(
        [asdict(segment) for segment in segments], columns=("name", "expression", "author", "saved_at"), output=output
    )


def show_notes(notes: Sequence[Note], output: Format) -> None:
    """One row a note."""
    columns = ("id", "at", "author", "subject_kind", "subject", "text")
    print_rows([asdict(note) for note in notes], columns=columns, output=output)


def show_audit(entries: Sequence[AuditEntry], output: Format) -> None:
    """One row a line of the log; a table has the details as JSON."""
    columns = ("id", "at", "author", "action", "subject", "details")
    rows = [asdict(entry) for entry in entries]
    if output is Format.table:
        rows = [
            row | {"at": f"{row['at']:%Y-%m-%d %H:%M:%S}", "details": json.dumps(row["details"], ensure_ascii=False)}
            for row in rows
        ]
    print_rows(rows, columns=columns, output=output)
