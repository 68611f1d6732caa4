"""The commands for corrections: `upswell correct KIND ...` enters one, `upswell corrections` lists them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from upswell.errors import InputError, UsageError
from upswell.interfaces.cli.app import FormatOption, PolicyOption, WorkspaceOption, app, chosen_format, open_chosen
from upswell.interfaces.cli.state import AuthorOption

ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays with the entry.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would change; enter nothing.")]
FileOption = Annotated[Path | None, typer.Option("--file", metavar="CSV", help="Many at once, as one entry.")]

correct_app = typer.Typer(
    help="Say what the billing system has wrong; each entry shows what it changes.", no_args_is_help=True
)
app.add_typer(correct_app, name="correct")


@correct_app.command()
def merge(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help="Who is not one of its own.")] = None,
    into: Annotated[str | None, typer.Argument(metavar="INTO", help="Whom it is.")] = None,
    file: FileOption = None,
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Two customers are one. A file has the columns customer and into."""
    if file is None:
        rows = [{"customer": _given(customer, "CUSTOMER"), "into": _given(into, "INTO")}]
    else:
        _require_no_names(customer, into)
        rows = _rows(file, ("customer", "into"))
        _require_once(rows, "customer", file)
    payload = {"customers": {row["customer"]: row["into"] for row in rows}}
    _enter("merge", payload, reason, dry_run, author, workspace, output)


@correct_app.command()
def link(
    subscription: Annotated[str | None, typer.Argument(metavar="OLD", help="A subscription.")] = None,
    successor: Annotated[str | None, typer.Argument(metavar="NEW", help="Its successor in another system.")] = None,
    customer: Annotated[str | None, typer.Option(help="Whose the old one is, where several have one.")] = None,
    successor_customer: Annotated[str | None, typer.Option(help="The same of the new one.")] = None,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="NEW=OLD", help="A plan of the new system. Repeatable.")
    ] = None,
    product: Annotated[list[str] | None, typer.Option("--product", metavar="NEW=OLD", help="The same.")] = None,
    max_gap_days: Annotated[int, typer.Option(metavar="N", help="A longer gap is a customer that left.", min=0)] = 31,
    file: FileOption = None,
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """A subscription goes on in another billing system, under another id. A file has the columns subscription and
    successor, and may have customer and successor_customer."""
    if file is None:
        rows = [{"subscription": _given(subscription, "OLD"), "successor": _given(successor, "NEW")}]
        rows[0] |= {"customer": customer or "", "successor_customer": successor_customer or ""}
    else:
        _require_no_names(subscription, successor, customer, successor_customer)
        rows = _rows(file, ("subscription", "successor"), ("customer", "successor_customer"))
    payload = {
        "links": rows,
        "plans": _names(plan, "--plan"),
        "products": _names(product, "--product"),
        "max_gap_days": max_gap_days,
    }
    _enter("link", payload, reason, dry_run, author, workspace, output)


@correct_app.command()
def exclude(
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER", help="Test accounts, one's own.")],
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Customers that are none: they count nowhere."""
    _enter("exclude", {"customers": customers}, reason, dry_run, author, workspace, output)


@correct_app.command()
def redate(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Whose change it is.")],
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="When it is said to have happened.")],
    to: Annotated[str, typer.Option("--to", metavar="DATE", help="When it happened.")],
    subscription: Annotated[str | None, typer.Option(help="Of this subscription alone.")] = None,
    item: Annotated[str | None, typer.Option(help="Of this item alone.")] = None,
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """A change happened on another day (or at another instant)."""
    payload = {"customer": customer, "at": at, "to": to, "subscription": subscription, "item": item}
    _enter("redate", payload, reason, dry_run, author, workspace, output)


@correct_app.command()
def reclassify(
    movement_id: Annotated[str, typer.Argument(metavar="MOVEMENT_ID", help="As printed by `upswell movements`.")],
    kind: Annotated[str | None, typer.Option(metavar="K", help="What it is: new, expansion, churn ...")] = None,
    driver: Annotated[str | None, typer.Option(metavar="D", help="Its driver: seats, plan, price ...")] = None,
    policy: PolicyOption = None,
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """A movement is of another kind or driver. Of another kind are all rows of its item that day."""
    movement = open_chosen(workspace, output).trace(movement_id, policy=policy).movement
    to_kind = kind or movement["kind"]
    payload = {
        "customer": movement["customer_id"],
        "subscription": movement["subscription_id"],
        "item": movement["item_id"],
        "date": movement["date"].isoformat(),
        "kind": movement["kind"],
        "driver": movement["driver"] if to_kind == movement["kind"] else None,
        "to_kind": to_kind,
        "to_driver": driver,
    }
    _enter("reclassify", payload, reason, dry_run, author, workspace, output, policy=policy)


@correct_app.command()
def undo(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As printed by `upswell corrections`.")],
    *,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    author: AuthorOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Take a correction back, by an entry of its own; an undo can be undone, too."""
    from upswell.interfaces.cli.show_corrections import show_preview  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    preview = opened.undo_correction(number, reason=reason, author=author, dry_run=dry_run)
    show_preview(preview, chosen_format())


@app.command()
def corrections(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Every correction, with its author and reason, what was undone by which entry, and what matches nothing now."""
    from upswell.interfaces.cli.show_corrections import show_corrections  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    show_corrections(opened.corrections(), opened.idle_corrections(), chosen_format())


def _enter(
    kind: str,
    payload: Mapping[str, Any],
    reason: str,
    dry_run: bool,
    author: str | None,
    workspace: Path | None,
    output: Any,
    *,
    policy: str | None = None,
) -> None:
    from upswell.interfaces.cli.show_corrections import show_preview  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    preview = opened.correct(kind, payload=payload, reason=reason, author=author, policy=policy, dry_run=dry_run)
    show_preview(preview, chosen_format())


def _given(text: str | None, name: str) -> str:
    if not text:
        raise UsageError(
            f"{name} is missing",
            code="argument_missing",
            expected=f"{name}, or --file CSV",
            found="neither",
            remedy="name what is corrected, or a file with one row for each",
        )
    return text


def _names(pairs: list[str] | None, option: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for pair in pairs or ():
        new, equals, old = pair.partition("=")
        if not (new and equals and old):
            raise UsageError(
                f"{option} {pair} is not NEW=OLD",
                code="names_malformed",
                expected=f"{option} price_123=team",
                found=pair,
                remedy="write the new system's name, an equals sign, the old one's",
            )
        if names.setdefault(new, old) != old:
            raise UsageError(
                f"{option} says two things of {new}",
                code="names_contradict",
                expected="one name of the old system for each of the new one",
                found=f"{names[new]} and {old}",
                remedy="leave one of them out",
            )
    return names


def _require_no_names(*given: str | None) -> None:
    if any(given):
        raise UsageError(
            "what is corrected is named twice: by a file and at the command",
            code="corrections_named_twice",
            expected="names, or --file CSV",
            found=f"--file and {', '.join(name for name in given if name)}",
            remedy="leave one of them out, or enter them one after the other",
        )


def _require_once(rows: Sequence[Mapping[str, str]], column: str, file: Path) -> None:
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if row[column] in seen:
            raise InputError(
                f"{file} names {row[column]} twice",
                code="corrections_file_malformed",
                where=f"{file}, row {number}",
                expected=f"each {column} once",
                found=row[column],
                remedy="leave one of the rows out",
            )
        seen.add(row[column])


def _rows(file: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
            headings = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{file} cannot be read: {error}",
            code="file_unreadable",
            where=str(file),
            remedy="name a CSV file in UTF-8",
        ) from error
    lacking = [column for column in columns if column not in headings]
    holes = [number for number, row in enumerate(rows, 2) if any(not row.get(column) for column in columns)]
    empty = holes[0] if holes and not lacking else None
    if lacking or not rows or empty is not None:
        raise InputError(
            f"{file} is no file of corrections",
            code="corrections_file_malformed",
            where=str(file) if empty is None else f"{file}, row {empty}",
            expected=f"the columns {', '.join(columns)}, filled in every row",
            found=f"no {', '.join(lacking)}" if lacking else "no rows" if not rows else "an empty cell",
            remedy="see docs/corrections.md",
        )
    return [{name: row.get(name, "") for name in (*columns, *optional)} for row in rows]
