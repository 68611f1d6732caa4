"""Rendering the answers of the use cases: one function for each kind of answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.contract.findings import Finding
from upswell.contract.import_log import FileResult, ImportEntry, ImportResult, UndoResult
from upswell.interfaces.cli.output import Format, print_json, print_rows, say
from upswell.interfaces.plain.feeding import IMPORT_COLUMNS, IMPORT_COUNTS, check_rows, import_rows
from upswell.interfaces.plain.figures import dimensions, metric_rows
from upswell.ledger.books import BookManifest
from upswell.ledger.checks import CheckResult
from upswell.money.amount import display_text
from upswell.workspace.doctor import Observation

MOVEMENT_COLUMNS: Final = (
    "movement_id",
    "date",
    "customer_id",
    "subscription_id",
    "item_id",
    "product_id",
    "plan_id",
    "from_plan_id",
    "kind",
    "driver",
    "amount",
    "currency",
    "rule",
    "scheduled",
    "sources",
)
_MOVEMENT_TABLE: Final = (
    "movement_id",
    "date",
    "customer_id",
    "plan_id",
    "from_plan_id",
    "kind",
    "driver",
    "amount",
    "currency",
    "scheduled",
)
_FINDING_COLUMNS: Final = ("import_id", "file", "row", "column", "code", "expected", "found", "remedy")
_HELD_BACK: Final = "  the good rows went on; list what was held back with `upswell quarantine`"
_HELD_BACK_DRY: Final = "  the good rows would go on; these would be held back"


def show_movements(table: pa.Table, output: Format) -> None:
    """Movements: money exact in JSON and CSV, in the currency's minor unit in the table."""
    rows = table.to_pylist()
    if output is Format.table:
        for row in rows:
            row["amount"] = display_text(row["amount"], currency=row["currency"])
            row["scheduled"] = "scheduled" if row["scheduled"] else None
    print_rows(rows, columns=MOVEMENT_COLUMNS, output=output, shown=_MOVEMENT_TABLE, right=["amount"])
    if not rows:
        say("no movements match")


def show_metrics(table: pa.Table, manifest: BookManifest, policy: str, output: Format) -> None:
    """Metrics: a table has months as rows; JSON and CSV have one object for each value."""
    say(f"policy {policy}, book {manifest.book_id} as of {manifest.as_of.isoformat()}, money in {manifest.currency}")
    say_held_back(manifest)
    rows = table.to_pylist()
    by = dimensions(table)
    if output is Format.table:
        _show_metric_table(rows, by, manifest.currency)
        return
    columns = ("month", *by, "metric", "value", "reason", "complete", "note")
    print_rows(metric_rows(table), columns=columns, output=output)


def _show_metric_table(rows: Sequence[Mapping[str, Any]], by: Sequence[str], currency: str) -> None:
    names = list(dict.fromkeys(row["metric"] for row in rows))
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    said: list[str] = []
    for row in rows:
        key = (row["month"], *(row[name] for name in by))
        line = lines.setdefault(key, {"month": row["month"], **{name: row[name] or "(none)" for name in by}})
        line[row["metric"]] = _shown_value(row, currency)
        # A figure that is not there says why; one to be read with care says how.
        message = f"n/a: {row['reason']}" if row["value"] is None else row["note"] and f"{row['metric']}: {row['note']}"
        if message and message not in said:
            said.append(message)
        if not row["complete"]:
            line["month"] = f"{row['month']} (incomplete)"
    print_rows(list(lines.values()), columns=("month", *by, *names), output=Format.table, right=names)
    for message in said:
        say(message)


def _shown_value(row: Mapping[str, Any], currency: str) -> str:
    return _shown(row["value"], row["unit"], currency)


def _shown(value: Decimal | None, unit: str, currency: str) -> str:
    if value is None:
        return "n/a"
    match unit:
        case "money":
            return display_text(value, currency=currency)
        case "count":
            return f"{int(value):,}"
        case _:
            return f"{value:.4f}"


def show_import(result: ImportResult, output: Format) -> None:
    """What an import did, file by file, and the first findings with their remedies."""
    if output is not Format.table:
        print_json(asdict(result))
        return
    for file in result.files:
        say(_import_line(file, dry_run=result.dry_run))
        if file.ignored_columns:
            say(f"  columns not used: {', '.join(file.ignored_columns)}")
        _say_findings(file.findings)
        if file.held_back:
            say(_HELD_BACK_DRY if result.dry_run else _HELD_BACK)
    if result.kept_for_unreadable:
        say(f"{result.kept_for_unreadable:,} earlier rows were kept: rows that could not be read may stand for them")
    if result.released:
        say(f"{result.released} rows held back before are in force again: what they contradicted is gone")
    if result.conflicts_elsewhere:
        say(f"{len(result.conflicts_elsewhere)} findings on rows of earlier imports, which these files contradict:")
        _say_findings(result.conflicts_elsewhere)


def _import_line(file: FileResult, *, dry_run: bool) -> str:
    counts = {
        "added": file.added,
        "changed": file.changed,
        "unchanged": file.unchanged,
        "withdrawn": file.withdrawn,
        "held back": file.held_back,
    }
    said = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    verb = "would read" if dry_run else "read"
    return f"{file.import_id}  {file.file}: {verb} {file.rows_read:,} rows: {said or 'nothing in it'}"


def show_undo(result: UndoResult, output: Format) -> None:
    """What undoing an import changed."""
    if output is not Format.table:
        print_json(asdict(result))
        return
    say(f"{result.import_id}  {result.file} undone: {result.removed:,} rows taken out, {result.restored:,} put back")
    if result.conflicts:
        say("the undo brought rows into conflict:")
        _say_findings(result.conflicts)
    say("the book is as before until the next `upswell build`")


def _say_findings(findings: Sequence[Finding]) -> None:
    for finding in findings[:5]:
        column = f", {finding.column}" if finding.column else ""
        found = f", found {finding.found}" if finding.found is not None else ""
        say(f"  row {finding.row}{column}: {finding.code}: expected {finding.expected}{found}")
        say(f"    remedy: {finding.remedy}")


def show_findings(findings: Sequence[Finding], output: Format) -> None:
    """The quarantine: every finding on rows now held back."""
    rows = [finding.as_dict() for finding in findings]
    print_rows(rows, columns=_FINDING_COLUMNS, output=output, right=["row"])
    if not rows:
        say("nothing is held back")


def show_imports(entries: Sequence[ImportEntry], output: Format) -> None:
    """Every import with what of it is in force."""
    rows = import_rows(entries)
    if output is Format.table:
        for row in rows:
            row["at"] = row["at"].isoformat(sep=" ", timespec="seconds")
    print_rows(rows, columns=IMPORT_COLUMNS, output=output, right=IMPORT_COUNTS)
    if not rows:
        say("nothing is imported yet: upswell import FILE --as items")


def show_book(manifest: BookManifest, output: Format) -> None:
    """The book just built."""
    if output is Format.table:
        policies = ", ".join(record.name for record in manifest.policies)
        say(f"book {manifest.book_id} as of {manifest.as_of.isoformat()}: policies {policies}; every check passed")
        say_held_back(manifest)
    else:
        print_json(manifest.model_dump(mode="json"))


def say_held_back(manifest: BookManifest) -> None:
    """Figures that lack rows say so wherever they are shown."""
    if manifest.held_back:
        rows = "1 row is" if manifest.held_back == 1 else f"{manifest.held_back:,} rows are"
        say(f"note: {rows} held back and missing from these figures; see `upswell quarantine`")


def show_checks(results: Sequence[CheckResult], output: Format, *, to_stderr: bool = False) -> None:
    """The invariants, one line each, or one line for all where they are not the answer asked for."""
    if to_stderr:
        passed = sum(result.passed for result in results)
        say(f"checks: {passed} of {len(results)} invariants hold")
        return
    rows = check_rows(results)
    columns = ("check", "result", "promise", "broken", "example")
    shown = ("check", "result", "promise") if all(result.passed for result in results) else columns
    print_rows(rows, columns=columns, output=output, shown=shown, right=["broken"])


def show_observations(observations: Sequence[Observation], output: Format) -> None:
    """What the doctor saw."""
    rows = [
        {"subject": seen.subject, "state": "well" if seen.well else "ill", "found": seen.found, "remedy": seen.remedy}
        for seen in observations
    ]
    print_rows(rows, columns=("subject", "state", "found", "remedy"), output=output)
