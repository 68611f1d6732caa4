"""`upswell sync`: what each list of the account gave, and what became of each table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from upswell.contract.import_log import ImportResult
from upswell.interfaces.cli.output import Format, print_json, print_rows, printable, say, stdout
from upswell.workspace.stripe import FolderImport, SyncResult

_LISTS = ("list", "listed", "landed", "gone")


def show_sync(result: SyncResult, output: Format) -> None:
    """A table of the lists and a line for each table; JSON has both, CSV the lists."""
    lists = [asdict(each) for each in result.read.lists]
    rows = [{"list": each.pop("name"), **each} for each in lists]
    if output is Format.json:
        tables = _tables(result.tables)
        print_json({"source": result.source, "kind": result.read.kind, "resumed": result.read.resumed, "lists": rows,
                    "tables": tables})  # fmt: skip
        return
    print_rows(rows, columns=_LISTS, output=output, right=_LISTS[1:])
    if output is Format.csv:
        return
    _print_tables(result.tables)


def show_folder(result: FolderImport, output: Format) -> None:
    """What a folder of exported tables held, and what became of each table of the contract."""
    read = result.read
    rows = [{"object": name, "landed": landed} for name, landed in read.landed.items()]
    say(f"{read.shape}, as of {read.at:%Y-%m-%dT%H:%M:%SZ}{'; a dry run, nothing is kept' if result.dry_run else ''}")
    for finding in result.read.findings:
        column = f", {finding.column}" if finding.column else ""
        say(f"held back: {finding.file} row {finding.row}{column}: {finding.code}")
        say(f"  expected {finding.expected}; found {finding.found or 'nothing'}; {finding.remedy}")
    if read.held_back > len(read.findings):
        say(f"and more: {read.held_back:,} rows are held back in all")
    for notice in result.read.notices:
        say(f"not there: {notice}")
    if output is Format.json:
        print_json({"source": result.source, "shape": read.shape, "at": read.at, "dry_run": result.dry_run,
                    "landed": rows, "held_back": result.rows_held_back,
                    "findings": [each.as_dict() for each in read.findings], "notices": list(read.notices),
                    "tables": _tables(result.tables)})  # fmt: skip
        return
    print_rows(rows, columns=("object", "landed"), output=output, right=("landed",))
    if output is Format.table:
        _print_tables(result.tables)


def _tables(results: Sequence[ImportResult]) -> list[dict[str, Any]]:
    return [
        {"table": each.table, "added": each.added, "changed": each.changed, "unchanged": each.unchanged,
         "withdrawn": each.withdrawn, "held_back": each.rows_held_back, "import_ids": list(each.import_ids)}
        for each in results
    ]  # fmt: skip


def _print_tables(results: Sequence[ImportResult]) -> None:
    console = stdout()
    for each in results:
        counts = f"{each.added:,} added, {each.changed:,} changed, {each.unchanged:,} unchanged"
        rest = f"{each.withdrawn:,} withdrawn, {each.rows_held_back:,} held back"
        console.print(printable(f"{each.table}: {counts}, {rest}"))
    if not results:
        console.print("nothing new")
