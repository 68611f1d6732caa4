"""The commands of `upswell`: what they take, which use case they call, how they answer."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upswell.errors import ExitCode, UsageError
from upswell.interfaces.cli.output import Format, ReportFormat, say
from upswell.interfaces.plain.days import MONTH, day_of

if TYPE_CHECKING:
    from upswell.workspace import Workspace

app = typer.Typer(
    name="upswell",
    help="Exact, explainable Expansion MRR from billing data, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
imports_app = typer.Typer(help="List imports; `imports undo ID` reverses one.", invoke_without_command=True)
app.add_typer(imports_app, name="imports")


@dataclass
class _Chosen:
    """What the options before the command name chose."""

    workspace: Path | None = None
    output: Format = Format.table


_chosen = _Chosen()

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder.", show_default="UPSWELL_WORKSPACE or this folder"),
]
FormatOption = Annotated[Format | None, typer.Option("--format", help="How to print the answer.", show_default="table")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write to this file: .csv, .parquet or .xlsx.")
]
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy", help="Preset, name in upswell.toml, or TOML file; NAME+family, NAME+constant-currency vary it."
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="WHEN", help="YYYY-MM: as reported when that month was closed. A time: as known then."
    ),
]
SegmentOption = Annotated[str | None, typer.Option("--segment", metavar="NAME", help="A saved filter.")]


def _print_version(asked: bool) -> None:
    if asked:
        from upswell import __version__  # noqa: PLC0415

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    # Set anew each time: two commands in one process do not inherit from each other.
    _chosen.workspace, _chosen.output = workspace, output or Format.table


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make a workspace.")],
    currency: Annotated[str, typer.Option(help="Currency of the workspace's figures.")] = "USD",
    timezone: Annotated[str, typer.Option(help="Time zone that decides the day of a change.")] = "UTC",
    policy: Annotated[str, typer.Option(help="The workspace's policy.")] = "strict",
) -> None:
    """Make a new workspace."""
    from upswell import workspace as use_cases  # noqa: PLC0415

    made = use_cases.init(folder, currency=currency, timezone=timezone, policy=policy)
    say(f"workspace {made.folder}: {made.settings.currency}, {made.settings.timezone}, policy {made.settings.policy}")
    say(f"next: upswell -w {shlex.quote(str(made.folder))} import FILE --as items")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")] = Path("upswell-demo"),
    company: Annotated[
        str | None,
        typer.Option(
            help="Simulate a company: contract, self-serve or seasonal.", show_default="ChurnSim's, as shipped"
        ),
    ] = None,
    customers: Annotated[int | None, typer.Option(metavar="N", help="Its customers.", show_default="2000")] = None,
    months: Annotated[int | None, typer.Option(metavar="N", help="Months to simulate.", show_default="48")] = None,
    last_month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The last of them.", show_default="2025-12")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="S", help="Another seed, other chances.", show_default="1")
    ] = None,
    output: FormatOption = None,
) -> None:
    """Make a workspace of a simulated company, build it, check it, and print its last complete month."""
    from upswell.interfaces.cli.show import show_checks  # noqa: PLC0415
    from upswell.interfaces.cli.show_report import show_report  # noqa: PLC0415

    choose(folder, output)
    made = _demo(folder, company, customers=customers, months=months, last_month=last_month, seed=seed)
    say(f"demo company in {folder}: {sum(entry.rows_read for entry in made.imports()):,} rows imported")
    show_checks(made.check(), Format.table, to_stderr=True)
    report = made.report()
    show_report(report, _chosen.output)
    say(f"try: upswell -w {shlex.quote(str(folder))} movements --kind expansion --from {report.month}-01")


@app.command(name="import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="CSV, NDJSON (either may be gzipped) or Parquet; for stripe, a folder."),
    ],
    table: Annotated[str, typer.Option("--as", help="The table: items, customers ... (docs/import.md), or stripe.")],
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Which column a field is. Repeatable.")
    ] = None,
    source: Annotated[str, typer.Option(help="What the rows belong to; rows of one source replace each other.")] = (
        "files"
    ),
    replace: Annotated[bool, typer.Option("--replace", help="The files are the whole truth of their source.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")] = False,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Import files as rows of a table; rows that cannot be understood are held back."""
    from upswell.interfaces.cli.show import show_import  # noqa: PLC0415

    opened = open_chosen(workspace, output)
    if table == "stripe":
        _import_stripe(opened, files, source=source, given=bool(mapping) or replace, dry_run=dry_run)
        return
    with progress_line() as progress:
        result = opened.import_file(
            files,
            table=table,
            mapping=_mapping(mapping or []),
            source=source,
            replace=replace,
            dry_run=dry_run,
            progress=progress,
        )
    show_import(result, _chosen.output)
    if result.rows_held_back:
        raise typer.Exit(ExitCode.ROWS_HELD_BACK)


def _import_stripe(opened: Workspace, files: list[Path], *, source: str, given: bool, dry_run: bool) -> None:
    """A folder of exported Stripe tables."""
    from upswell.interfaces.cli.show_sync import show_folder  # noqa: PLC0415

    if len(files) != 1 or given:
        raise UsageError(
            "exported Stripe tables are imported as one folder",
            code="stripe_folder_expected",
            expected="upswell import DIR --as stripe, without --map or --replace",
            found=f"{len(files)} paths" if len(files) != 1 else "an option that has no meaning here",
            remedy="put the tables into one folder; what it lists is the whole truth of its tables",
        )
    with progress_line() as progress:
        name = "stripe" if source == "files" else source
        result = opened.import_folder(files[0], source=name, dry_run=dry_run, progress=progress)
    show_folder(result, _chosen.output)
    if result.rows_held_back:
        raise typer.Exit(ExitCode.ROWS_HELD_BACK)


@imports_app.callback()
def imports(context: typer.Context, workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """List every import, undone ones too."""
    choose(workspace, output)
    if context.invoked_subcommand is None:
        from upswell.interfaces.cli.show import show_imports  # noqa: PLC0415

        show_imports(open_chosen(None, None).imports(), _chosen.output)


@imports_app.command()
def undo(
    import_id: Annotated[str, typer.Argument(metavar="ID", help="As printed by `upswell imports`.")],
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Reverse one import; the next build is what it would be without it."""
    from upswell.interfaces.cli.show import show_undo  # noqa: PLC0415

    show_undo(open_chosen(workspace, output).undo(import_id), _chosen.output)


@app.command()
def quarantine(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """List the rows held back, each with what was expected, what was found and the remedy."""
    from upswell.interfaces.cli.show import show_findings  # noqa: PLC0415

    show_findings(open_chosen(workspace, output).quarantine(), _chosen.output)


@app.command()
def build(
    full: Annotated[bool, typer.Option("--full", help="Build from nothing (this release always does).")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="T", help="ISO time; what comes later is scheduled.")
    ] = None,
    engine: Annotated[str, typer.Option(help="The engine that runs the models: duckdb.")] = "duckdb",
    policy: Annotated[list[str] | None, typer.Option("--policy", help="Also build this policy. Repeatable.")] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Build a book from the imports, check it, and make it the current one."""
    from upswell.interfaces.cli.show import show_book  # noqa: PLC0415

    if engine != "duckdb":
        raise UsageError(
            f"the engine {engine} is not built yet",
            code="engine_not_built",
            expected="duckdb",
            found=engine,
            remedy="leave --engine out",
        )
    opened = open_chosen(workspace, output)
    with progress_line() as progress:
        manifest = opened.build(
            as_of=None if as_of is None else _instant(as_of), policies=policy or (), full=full, progress=progress
        )
    show_book(manifest, _chosen.output)


@app.command()
def check(policy: PolicyOption = None, workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Read the current book back and check every invariant."""
    from upswell.interfaces.cli.show import show_checks  # noqa: PLC0415

    results = open_chosen(workspace, output).check(policy=policy)
    show_checks(results, _chosen.output)
    if not all(result.passed for result in results):
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command()
def metrics(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Names of metrics; docs/metrics.md lists them.")],
    month_from: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM", help="First month; default: the first with a movement.")
    ] = None,
    month_to: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month; default: the last complete one.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="DIM", help="plan, product, driver, country ... Repeatable.")
    ] = None,
    where: Annotated[str | None, typer.Option(metavar="EXPR", help="For example: plan = 'pro' and country <> 'DE'")] = (
        None
    ),
    segment: SegmentOption = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    per_30_days: Annotated[bool, typer.Option("--per-30-days", help="Normalise flows for month length.")] = False,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Metrics by month, and by each dimension asked for."""
    from upswell.interfaces.cli.show import say_held_back, show_metrics  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    table = opened.metrics(
        names,
        month_from=month_from,
        month_to=month_to,
        by=by or (),
        where=where,
        segment=segment,
        policy=policy,
        per_30_days=per_30_days,
    )
    if file is not None:
        write_answer(opened, table, file)
        say_held_back(opened.book())
        return
    show_metrics(table, opened.book(), opened.policy(policy).name, _chosen.output)


@app.command()
def explain(
    metric: Annotated[
        str, typer.Argument(metavar="NAME", help="closing_mrr, arr, expansion_mrr, nrr_12m, grr_12m ...")
    ],
    month: Annotated[str | None, typer.Option(metavar="M", help="YYYY-MM; default: the last complete month.")] = None,
    where: Annotated[str | None, typer.Option(metavar="EXPR", help="As for metrics.")] = None,
    segment: SegmentOption = None,
    details: Annotated[int, typer.Option(metavar="N", help="Name so many customers; 0 for all.", min=0)] = 20,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """A figure as the sum of what each customer gives to it, with the movement to trace next."""
    from upswell.interfaces.cli.show_explanation import show_explanation  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    found = opened.explain(metric, month=month, where=where, segment=segment, policy=policy)
    if file is None:
        show_explanation(found, _chosen.output, details=details)
    else:
        write_answer(opened, found, file)


@app.command()
def movements(
    date_from: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day.")] = None,
    date_to: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day, included.")] = None,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Of this customer.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="K", help="Of this kind, e.g. expansion.")] = None,
    driver: Annotated[str | None, typer.Option(metavar="D", help="By this driver, e.g. seats.")] = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: OutputOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Booked movements, one row for each driver."""
    from upswell.interfaces.cli.show import show_movements  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    found = (opened.movements if file is None else opened.movement_batches)(
        date_from=day_of(date_from, "--from", last=False),
        date_to=day_of(date_to, "--to", last=True),
        customer=customer,
        kind=kind,
        driver=driver,
        policy=policy,
    )
    if file is None:
        show_movements(found, _chosen.output)
    else:
        write_answer(opened, found, file)


@app.command()
def trace(
    movement_id: Annotated[str, typer.Argument(metavar="MOVEMENT_ID", help="As printed by `upswell movements`.")],
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """A movement down to the file rows that caused it."""
    from upswell.interfaces.cli.show_trace import show_trace  # noqa: PLC0415

    opened = open_chosen(workspace, output, as_of)
    show_trace(opened.trace(movement_id, policy=policy), opened.settings.zone, _chosen.output)


@app.command()
def report(
    month: Annotated[str | None, typer.Option(metavar="M", help="YYYY-MM; default: the last complete month.")] = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write to this file: .csv, .parquet or .xlsx; a page, with --format html."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    output: Annotated[
        ReportFormat | None, typer.Option("--format", help="How to print the answer.", show_default="table")
    ] = None,
) -> None:
    """One month on one screen, or as a page that prints."""
    from upswell.interfaces.cli.show import say_held_back  # noqa: PLC0415
    from upswell.interfaces.cli.show_export import write_answer  # noqa: PLC0415
    from upswell.interfaces.cli.show_page import show_page  # noqa: PLC0415
    from upswell.interfaces.cli.show_report import show_report  # noqa: PLC0415

    if output is ReportFormat.html:
        if file is not None:
            _require_ending(file, page=True)
        opened = open_chosen(workspace, None, as_of)
        show_page(opened.month_sheet(month, policy=policy), opened.folder, file)
    elif file is not None:
        _require_ending(file, page=False)
        opened = open_chosen(workspace, None, as_of)
        write_answer(opened, opened.report(month, policy=policy), file)
    else:
        opened = open_chosen(workspace, Format(output.value) if output else None, as_of)
        show_report(opened.report(month, policy=policy), _chosen.output)
    say_held_back(opened.book())


@app.command()
def policies(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Explain this one: preset, name in upswell.toml, or TOML file.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """List the policies, presets and your own, or explain every switch of one."""
    from upswell.interfaces.cli.show_policies import show_policies, show_policy  # noqa: PLC0415
    from upswell.policy import find, find_all  # noqa: PLC0415

    choose(workspace, output)
    # The presets can be read before there is a workspace; a folder that is named must be one.
    here = None if _is_nowhere() else open_chosen(None, None)
    if name is None:
        show_policies(find_all() if here is None else here.policies(), _chosen.output)
    else:
        show_policy(find(name) if here is None else here.policies(name)[0], _chosen.output)


@app.command()
def compare_policies(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="The first is the base; of one alone, the workspace's policy."),
    ],
    month: Annotated[
        str | None, typer.Option(metavar="M", help="YYYY-MM.", show_default="the last complete month")
    ] = None,
    month_from: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First of several months.")] = (
        None
    ),
    month_to: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last of several months.")] = None,
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="What bridges explain: expansion_mrr, net_expansion_mrr, new_mrr ...")
    ] = "expansion_mrr",
    details: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="The N largest customers of each line.", show_default="none in tables, 20 in JSON"
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = None,
) -> None:
    """Months under several policies, and why they differ, switch by switch."""
    from upswell.interfaces.cli.show import say_held_back  # noqa: PLC0415
    from upswell.interfaces.cli.show_compare import show_comparison  # noqa: PLC0415
    from upswell.workspace.comparing import DETAILS  # noqa: PLC0415

    if month is not None and (month_from is not None or month_to is not None):
        raise UsageError(
            "--month is one month, --from and --to are several",
            code="months_twice",
            expected="--month, or --from and --to",
            found="both",
            remedy="leave one out",
        )
    opened = open_chosen(workspace, output)
    unless_asked = DETAILS if _chosen.output is Format.json else 0
    with progress_line() as progress:
        comparison = opened.compare_policies(
            names,
            month_from=month or month_from,
            month_to=month or month_to,
            metric=metric,
            details=unless_asked if details is None else details,
            progress=progress,
        )
    show_comparison(comparison, _chosen.output)
    say_held_back(opened.book())


@app.command()
def sql(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the ledger, e.g. movements.")],
    dialect: Annotated[str, typer.Option(metavar="D", help="duckdb (as it stands), spark, postgres, snowflake ...")] = (
        "duckdb"
    ),
) -> None:
    """Print a model of the ledger, in another engine's dialect if asked."""
    from upswell.workspace.models import model_sql  # noqa: PLC0415

    typer.echo(model_sql(model, dialect=dialect))


@app.command()
def doctor(workspace: WorkspaceOption = None, output: FormatOption = None) -> None:
    """Say whether this machine and this workspace are fit."""
    from upswell.interfaces.cli.show import show_observations  # noqa: PLC0415
    from upswell.workspace.doctor import examine  # noqa: PLC0415

    choose(workspace, output)
    observations = examine(_folder())
    show_observations(observations, _chosen.output)
    if not all(observation.well for observation in observations):
        raise typer.Exit(ExitCode.UNUSABLE)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The .tar.gz to write.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Write the whole workspace to one file."""
    from upswell.workspace.backup import backup as write_backup  # noqa: PLC0415

    written = write_backup(open_chosen(workspace, None), file)
    say(f"backup written: {written} ({written.stat().st_size:,} bytes)")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file written by `upswell backup`.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Unpack a backup as the workspace named by -w, which must be absent or empty."""
    from upswell.workspace.backup import restore as unpack_backup  # noqa: PLC0415

    choose(workspace, None)
    say(f"restored: {unpack_backup(file, _folder()).folder}")


def _require_ending(file: Path, *, page: bool) -> None:
    """A page is asked for by its format, a table by its ending: the two may not contradict each other."""
    if page and file.suffix.lower() in (".csv", ".parquet", ".xlsx"):
        raise UsageError(
            f"--format html writes a page, and {file.name} is no name for one",
            code="output_not_html",
            expected="a file that ends with .html",
            found=file.name,
            remedy="leave --format html out, or name another file",
        )
    if not page and file.suffix.lower() in (".html", ".htm"):
        raise UsageError(
            "an .html of --output is for pages, which --format html asks for",
            code="output_needs_html",
            expected="--format html beside it, or a file that ends with .csv, .parquet or .xlsx",
            found=file.name,
            remedy="add --format html",
        )


def _demo(folder: Path, company: str | None, **simulation: int | str | None) -> Workspace:
    from upswell.workspace.demo import make_demo  # noqa: PLC0415
    from upswell.workspace.simulated import make_simulated  # noqa: PLC0415

    given: dict[str, Any] = {name: value for name, value in simulation.items() if value is not None}
    if company is None and given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(
            f"{options} without --company",
            code="company_missing",
            expected="--company contract, self-serve or seasonal",
            found="none",
            remedy="add --company contract, or leave these options out",
        )
    with progress_line() as progress:
        if company is None:
            return make_demo(folder, progress=progress)
        return make_simulated(folder, company=company, progress=progress, **given)


def choose(workspace: Path | None, output: Format | None) -> None:
    """Keep what the options say, for whatever command comes next."""
    if workspace is not None:
        _chosen.workspace = workspace
    if output is not None:
        _chosen.output = output


def _folder() -> Path:
    return _chosen.workspace or Path(os.environ.get("UPSWELL_WORKSPACE") or ".")


def chosen_folder(workspace: Path | None) -> Path:
    """The folder that the options name, whether or not it is a workspace."""
    choose(workspace, None)
    return _folder()


def chosen_format() -> Format:
    """How the answer is printed."""
    return _chosen.output


def _is_nowhere() -> bool:
    """Whether no workspace is named and the current folder is none."""
    from upswell.workspace.settings import FILE_NAME  # noqa: PLC0415

    named = _chosen.workspace or os.environ.get("UPSWELL_WORKSPACE")
    return not named and not Path(FILE_NAME).exists()


def open_chosen(workspace: Path | None, output: Format | None, as_of: str | None = None) -> Workspace:
    """The workspace that the options name, before or after the command; as it stood, with `as_of`."""
    from upswell.workspace import open_workspace  # noqa: PLC0415

    choose(workspace, output)
    opened = open_workspace(_folder())
    if as_of is None:
        return opened
    then = opened.as_of(as_of if MONTH.fullmatch(as_of) else _instant(as_of))
    say(then.standing)
    return then


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is being done; nothing where stderr is not a terminal."""
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status("starting") as status:
        yield status.update


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise UsageError(
                f"--map {pair} is not FIELD=COLUMN",
                code="map_malformed",
                expected="--map customer_id=account_id",
                found=pair,
                remedy="name the field of the table, an equals sign, and the file's heading",
            )
        if field.strip() in mapping:
            raise UsageError(
                f"--map names {field.strip()} twice",
                code="map_malformed",
                expected="each field once",
                found=pair,
                remedy="keep the one that is right",
            )
        mapping[field.strip()] = column.strip()
    return mapping


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--as-of {text} is not a time",
            code="time_malformed",
            expected="2026-01-31 or 2026-01-31T12:00:00+01:00",
            found=text,
            remedy="write an ISO time",
        ) from error
