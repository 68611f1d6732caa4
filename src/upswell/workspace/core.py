"""A workspace: one folder with settings, imports and books, and everything one can do with it.

Reading commands follow pointers to files that never change and take no lock; commands that write hold the lock and
commit by replacing one pointer, so that a kill at any moment leaves the former state.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from upswell.charts.extra import charts_extra
from upswell.contract.findings import Finding
from upswell.contract.import_log import ImportEntry, ImportLog, ImportResult, UndoResult
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.errors import UsageError, WorkspaceBusyError, WorkspaceError
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.bridge import kinds_of
from upswell.ledger.build import BuildInputs, build_book, prepare
from upswell.ledger.checks import CheckResult, failed_checks, run_checks
from upswell.ledger.query import MovementFilter, query_movements
from upswell.ledger.reader import BookReader, open_book
from upswell.ledger.trace import Trace, trace_movement
from upswell.metrics.monthly import MonthReport, month_report
from upswell.metrics.months import Month
from upswell.metrics.planner import run as run_metrics
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.trailing import MonthSheet, trailing_months
from upswell.policy import FoundPolicy, Policy, find, find_all, load
from upswell.sources import read_file
from upswell.workspace.comparing import COMPARED_METRICS, DETAILS, PolicyComparison, compare, compared_policies
from upswell.workspace.lock import writing
from upswell.workspace.readers import Readers
from upswell.workspace.reconciling import MonthReconciliation, reconcile, require_comparable, require_over
from upswell.workspace.settings import FILE_NAME, Settings, new_settings, read_settings
from upswell.workspace.stripe import (
    DEFAULT_SOURCE,
    Clock,
    FolderImport,
    StripeAccount,
    SyncResult,
    WebhookReceipt,
    configured_sources,
    system_clock,
)

if TYPE_CHECKING:
    import altair as alt

Progress = Callable[[str], None]
_SCRATCH: Final = ".work"
# The workspaces whose lock is held for several steps; another thread has a context, and so a set, of its own.
_locked: ContextVar[frozenset[Path]] = ContextVar("locked", default=frozenset())
_YEARS: Final = range(1901, 3000)  # what imports accept, less one for the month before


def init(path: str | Path, *, currency: str = "USD", timezone: str = "UTC", policy: str = "strict") -> Workspace:
    """Make a new workspace in the folder `path` and open it.

    Raises `UsageError` for an unknown currency, time zone or policy and `WorkspaceError` when the
    folder already is a workspace or cannot be written.
    """
    folder = Path(path)
    settings = new_settings(currency=currency, timezone=timezone, policy=policy)
    load(settings.policy)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        written = folder / f".{FILE_NAME}.new"
        written.write_text(settings.as_toml(), "utf-8")
        try:
            # A link appears whole or not at all, and never over an existing file.
            (folder / FILE_NAME).hardlink_to(written)
        except FileExistsError as error:
            raise WorkspaceError(
                f"{folder} already is a workspace",
                code="workspace_exists",
                where=str(folder / FILE_NAME),
                remedy="use it as it is, or name another folder",
            ) from error
        finally:
            written.unlink(missing_ok=True)
    return Workspace(folder, settings)


def open_workspace(path: str | Path) -> Workspace:
    """Open the workspace in the folder `path`. Raises `WorkspaceError` when there is none."""
    folder = Path(path)
    return Workspace(folder, read_settings(folder))


class Workspace:
    """One company's billing data, its books, and the questions one can ask of them.

    Tables come back as `pyarrow.Table` (`.to_pandas()` if you like); money is a decimal, never a float.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self._shelf = BookShelf(folder / "books")
        self._readers = Readers(self._shelf)

    # -- importing -------------------------------------------------------------------------------

    def import_file(
        self,
        path: str | Path | Sequence[str | Path],
        *,
        table: str,
        mapping: Mapping[str, str] | None = None,
        source: str = "files",
        replace: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportResult:
        """Import one file, or several as one step, as rows of `table`.

        `mapping` maps fields to the file's headings. Rows that cannot be understood are held back and listed in the
        result; the good rows go on. With `replace` the files are the whole truth of `source`. With `dry_run` nothing
        is kept. Raises `InputError` when a file as a whole cannot be used, `UsageError` for a wrong call.
        """
        paths = [path] if isinstance(path, str | Path) else list(path)
        with self._writing("import") as scratch:
            return self._log(scratch).import_files(
                [Path(each) for each in paths],
                table=table,
                mapping=dict(mapping or {}),
                source=source,
                replace=replace,
                dry_run=dry_run,
                progress=progress,
            )

    def imports(self) -> tuple[ImportEntry, ...]:
        """Every import, undone ones too, oldest first."""
        return self._log().entries()

    def undo(self, import_id: str) -> UndoResult:
        """Reverse one import: what is in force is what it would be without it."""
        with self._writing("imports undo") as scratch:
            return self._log(scratch).undo(import_id)

    def quarantine(self) -> list[Finding]:
        """The findings on rows now held back, with file, row, expected, found and remedy."""
        return self._log().findings()

    # -- sources ---------------------------------------------------------------------------------

    def sync(
        self,
        source: str = DEFAULT_SOURCE,
        *,
        full: bool = False,
        now: Clock = system_clock,
        sleep: Callable[[float], None] | None = None,
        progress: Progress | None = None,
    ) -> SyncResult:
        """Read a configured source (what is new; with `full` everything) and import what is made of it.

        An interrupted sync goes on where it stopped when it is called again. `now` is the clock by which objects are
        dated, `sleep` what waits between tries. Raises `UsageError` and `InputError` for a missing or refused key,
        `StripeUnreachableError` when Stripe does not answer, `InputError` (stripe_shortfall) when fewer objects were
        read than were listed; nothing is imported then.
        """
        account = StripeAccount(self.folder, source, self.settings)
        with self._writing("sync") as scratch:
            read = account.read(full=full, now=now, sleep=sleep, progress=progress)
            return SyncResult(
                source, read, account.import_tables(self._log(scratch), scratch, now=now, progress=progress)
            )

    def import_folder(
        self,
        folder: str | Path,
        *,
        source: str = DEFAULT_SOURCE,
        at: datetime | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> FolderImport:
        """Import a folder of exported Stripe tables (Stripe's own, Fivetran's, Airbyte's) as if it had been synced.

        `at` is when the export was made (default: when its newest row was copied, if its columns tell, and else the
        time of its newest file). What a table lists is the whole truth of it at that time; the same folder again
        changes nothing. Rows that cannot be understood are held back and listed in the result. With `dry_run` nothing
        is kept. Raises `InputError` for a folder that lacks tables, mixes exports or has a file that cannot be read.
        """
        account = StripeAccount(self.folder, source, self.settings)
        moment = None if at is None else self._instant(at)
        with self._writing("import") as scratch:
            if dry_run:
                account = account.rehearsal(scratch)
            read = account.read_folder(Path(folder), at=moment, scratch=scratch, progress=progress)
            made = account.import_tables(
                self._log(scratch), scratch, now=lambda: read.at, progress=progress, dry_run=dry_run
            )
            return FolderImport(source, read, made, dry_run)

    def refresh(self, *, now: Clock = system_clock, log: Progress | None = None) -> bool:
        """Sync every configured source, build, and check, under one lock; whether no row was held back.

        `log` is told of each step. Raises what the steps raise; `UsageError` when no source is configured.
        """
        names = configured_sources(self.folder, self.settings)
        if not names:
            raise UsageError(
                "there is no source to refresh",
                code="no_source",
                where="upswell.toml, [sources]",
                expected="a source, or STRIPE_API_KEY",
                found="neither",
                remedy="see docs/stripe.md; files are imported with `upswell import`",
            )
        say = log or (lambda _text: None)
        with storage_errors(self.folder), writing(self.folder, "refresh", wait_seconds=0), self._holding_the_lock():
            held_back = 0
            for name in names:
                result = self.sync(name, now=now)
                held_back += result.rows_held_back
                listed = sum(each.listed for each in result.read.lists)
                say(f"sync {name}: {result.read.kind}, {listed:,} objects read, {result.rows_held_back} rows held back")
            manifest = self.build(as_of=now())
            say(f"build: book {manifest.book_id}")
            failed_checks(self.check())
            say("check: every invariant holds")
        return held_back == 0

    def receive_webhook(self, payload: bytes, *, signature: str, source: str = DEFAULT_SOURCE) -> WebhookReceipt:
        """Keep an event that Stripe sent, if its signature is Stripe's; the next build sees it.

        `payload` is the request's body as it came, `signature` its Stripe-Signature header. The same event may come
        again, and in any order. Raises `InputError` with `http_status` 400 for what Stripe did not sign.
        """
        return StripeAccount(self.folder, source, self.settings).receive(payload, signature)

    def _take_in_webhooks(self, log: ImportLog, scratch: Path) -> None:
        for name in configured_sources(self.folder, self.settings):
            account = StripeAccount(self.folder, name, self.settings)
            if account.take_in_webhooks(now=system_clock) and account.is_landed:
                account.import_tables(log, scratch, now=system_clock, progress=None)

    # -- building --------------------------------------------------------------------------------

    def build(
        self,
        *,
        as_of: datetime | None = None,
        policies: Sequence[str] = (),
        full: bool = False,
        progress: Progress | None = None,
    ) -> BookManifest:
        """Build a book from all imports in force and make it the current one.

        `as_of` (default now; without offset: the workspace's time zone) parts what has happened from what is
        scheduled. The book holds the workspace's policy and each of `policies`. Raises `CheckFailedError` when an
        invariant does not hold; the former book then stays.
        """
        asked = [self.policy(name) for name in dict.fromkeys((self.settings.policy, *policies))]
        return self._build(asked, as_of=self._instant(as_of), progress=progress)

    def _build(
        self,
        policies: Sequence[Policy],
        *,
        as_of: datetime,
        same_inputs_as: BookManifest | None = None,
        progress: Progress | None = None,
    ) -> BookManifest:
        with self._writing("build") as scratch:
            log = self._log(scratch)
            if same_inputs_as is None:
                self._take_in_webhooks(log, scratch)
            if not any(entry.undone_at is None for entry in log.entries()):
                raise WorkspaceError(
                    "nothing is imported yet",
                    code="nothing_imported",
                    where=str(self.folder),
                    remedy="run `upswell import FILE --as items` first",
                )
            fingerprint = log.fingerprint()
            if same_inputs_as is not None:
                self._require_inputs(log, same_inputs_as, lacking=f"policy {policies[-1].name}")
            held_back = {(finding.import_id, finding.row) for finding in log.findings()}
            with _closing(work_connection(scratch)) as connection:
                log.create_views(connection)
                return build_book(
                    connection,
                    self._shelf,
                    BuildInputs(
                        as_of=as_of,
                        currency=self.settings.currency,
                        timezone=self.settings.timezone,
                        fingerprint=fingerprint,
                        held_back=len(held_back),
                        policies=tuple({policy.name: policy for policy in policies}.values()),
                    ),
                    progress=progress,
                )

    def book(self) -> BookManifest:
        """The manifest of the current book. Raises `BookError` when there is none or it is damaged."""
        return self._shelf.current()

    def check(self, *, policy: str | None = None) -> tuple[CheckResult, ...]:
        """Read the current book back and check every invariant."""
        with self._reading(policy) as (connection, _, _):
            return run_checks(connection)

    def verify(self) -> None:
        """Check every file of the current book, if there is one, against its digest. Raises `BookError`."""
        if self._shelf.has_book():
            self._shelf.open_folder(self._shelf.current())

    # -- asking ----------------------------------------------------------------------------------

    def movements(
        self,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        customer: str | None = None,
        kind: str | None = None,
        driver: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """The booked movements, one row for each driver, ordered by date and customer.

        Columns: movement_id, date, customer_id, subscription_id, item_id, product_id, plan_id, from_plan_id, kind,
        driver, amount (decimal, 6 places, in `currency`), currency, rule, scheduled, sources (list of import_id,
        file, row). `date_to` is inclusive.
        """
        wanted = MovementFilter(date_from=date_from, date_to=date_to, customer=customer, kind=kind, driver=driver)
        with self._reading(policy) as (connection, _, _):
            return query_movements(connection, wanted)

    def metrics(
        self,
        names: str | Sequence[str],
        *,
        month_from: str | None = None,
        month_to: str | None = None,
        by: str | Sequence[str] = (),
        where: str | None = None,
        policy: str | None = None,
        per_30_days: bool = False,
    ) -> pa.Table:
        """Metrics by month ("2026-01"), and by each dimension of `by`; see docs/metrics.md for the names.

        A value that cannot be known is null with a `reason`. Money is in the workspace's currency.
        """
        request = MetricRequest(
            names=(names,) if isinstance(names, str) else tuple(names),
            month_from=month_from,
            month_to=month_to,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=where,
            per_30_days=per_30_days,
        )
        with self._asking(policy) as (connection, facts, rules):
            return run_metrics(connection, request, facts=facts, policy=rules)

    def report(self, month: str | None = None, *, policy: str | None = None) -> MonthReport:
        """Everything about one month (default: the last complete one) that fits on a screen."""
        with self._asking(policy) as (connection, facts, rules):
            return month_report(connection, month or str(Month.of(facts.as_of_day).plus(-1)), facts=facts, policy=rules)

    def month_sheet(self, month: str | None = None, *, policy: str | None = None) -> MonthSheet:
        """The report of a month (default: the last complete one) and the months that lead up to it, from one book."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            return MonthSheet(
                report=month_report(connection, asked, facts=facts, policy=rules),
                trailing=trailing_months(connection, asked, facts=facts, policy=rules),
            )

    def chart(self, name: str, *, month: str | None = None, policy: str | None = None) -> alt.LayerChart:
        """The chart `movements`, `drivers` or `retention` of the months up to `month` (default: the last complete one).

        An Altair chart: a notebook shows it, `.save("chart.svg")` writes it. Needs `pip install "upswell[charts]"` and
        raises `UsageError` without it, and for an unknown name.
        """
        with charts_extra():
            from upswell.charts.named import draw  # noqa: PLC0415 -- Altair is an extra, and slow to load

        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            return draw(name, trailing_months(connection, asked, facts=facts, policy=rules))

    def compare_policies(
        self,
        names: str | Sequence[str],
        *,
        month_from: str | None = None,
        month_to: str | None = None,
        metric: str = "expansion_mrr",
        details: int | None = DETAILS,
        progress: Progress | None = None,
    ) -> PolicyComparison:
        """Months (default: the last complete one) under several policies, with a bridge from the first to each other.

        A single name is set beside the workspace's policy. A bridge explains `metric`, money that flows in a month, by
        changing one switch at a time in the order of docs/policies.md; each of its lines is the sum over the customers
        it changes, of whom the `details` largest are listed with their movements (None: all). A policy that the book
        lacks is computed first; those in between are computed for the answer and leave no trace. Raises `UsageError`
        where there is nothing to compare or rows were imported since the build, `CheckFailedError` if a bridge does not
        end at 0.
        """
        kinds_of(metric)
        if details is not None and details < 0:
            raise UsageError(
                f"details {details} is no number of customers",
                code="details_malformed",
                expected="0 or more",
                found=str(details),
                remedy="give how many customers of a line are listed",
            )
        given = (names,) if isinstance(names, str) else tuple(names)
        if len(set(given)) == 1:
            self._book_with(self.policy(), None)
            given = (self.settings.policy, *given)
        asked = compared_policies(given, find=lambda name: self.policies(name)[0])
        manifest = self._book_with_all([found.policy for found in asked.values()])
        if month_from is None and month_to is None:
            month_from = month_to = str(
                Month.of(manifest.as_of.astimezone(ZoneInfo(manifest.timezone)).date()).plus(-1)
            )

        def figures(name: str, first: str | None, last: str | None) -> pa.Table:
            table = self.metrics(COMPARED_METRICS, month_from=first, month_to=last, policy=name)
            self._require_current(manifest)
            return table

        with self._inputs_of(manifest) as connection:
            return compare(
                asked,
                metric=metric,
                details=details,
                manifest=manifest,
                figures=figures,
                connection=connection,
                months=(month_from, month_to),
                progress=progress,
            )

    def reconcile(
        self,
        month: str | Sequence[str] | None = None,
        *,
        against: str = DEFAULT_SOURCE,
        policy: str | None = None,
        now: Clock = system_clock,
    ) -> tuple[MonthReconciliation, ...]:
        """Months (default: the last complete one) of the book beside what Stripe's own definition gives, and every
        cent between.

        Each month has a bridge for the closing MRR and one for each kind of movement, and one from MRR to cash in each
        currency; `is_explained` says that nothing is left over. Raises `UsageError` where the source was never synced,
        the book is older than what was imported, a month is not over, or the policy has a rule that cannot be led to
        Stripe's objects.
        """
        rules = self.policy(policy)
        require_comparable(rules)
        account = StripeAccount(self.folder, against, self.settings)
        manifest = self._book_with(rules, policy)
        log = self._log()
        self._require_inputs(log, manifest, lacking="what was synced last")
        last = str(Month.of(_facts(manifest).as_of_day).plus(-1))
        asked = [Month.parse(each) for each in ([month] if isinstance(month, str) else month or [last])]
        require_over(asked, manifest)
        imports = [entry.no for entry in log.entries() if entry.source == against and entry.undone_at is None]
        with (
            self._reading(policy) as (book, _, _),
            tempfile.TemporaryDirectory(prefix="upswell-") as scratch,
            account.landed(Path(scratch), now=now) as stripe,
        ):
            return reconcile(book, stripe, asked, manifest=manifest, policy=rules, imports=imports)

    def trace(self, movement_id: str, *, policy: str | None = None) -> Trace:
        """A movement with its rule, its sister rows and the file rows that caused it."""
        with self._reading(policy) as (connection, _, _):
            return trace_movement(connection, movement_id)

    # -- inside ----------------------------------------------------------------------------------

    def _log(self, scratch: Path | None = None) -> ImportLog:
        return ImportLog(
            self.folder / "imports",
            timezone=self.settings.timezone,
            currency=self.settings.currency,
            spill_folder=scratch or Path(tempfile.gettempdir()),
            read_file=read_file,
        )

    def policy(self, name: str | None = None) -> Policy:
        """The policy called `name` (default: the workspace's), with every switch."""
        return load(name or self.settings.policy, own=self.settings.policies)

    def policies(self, name: str | None = None) -> tuple[FoundPolicy, ...]:
        """Every policy one can ask for, presets first, each with its source; with `name` (a TOML file, too) that one.

        They are to be looked at: `policy.switches()`, `policy.differences()` from strict, `policy.content_hash()`.
        """
        own = self.settings.policies
        return find_all(own=own) if name is None else (find(name, own=own),)

    def _instant(self, moment: datetime | None) -> datetime:
        if moment is None:
            return datetime.now(UTC)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.settings.zone)
        # A day at both ends is left for the shift between time zones.
        if not _YEARS[0] <= aware.year <= _YEARS[-1]:
            raise UsageError(
                f"--as-of {moment.isoformat()} is outside the years of a book",
                code="as_of_out_of_range",
                expected=f"a time in the years {_YEARS[0]} to {_YEARS[-1]}",
                found=moment.isoformat(),
                remedy="leave it out for now, or give the time up to which changes have happened",
            )
        return aware

    @contextmanager
    def _writing(self, purpose: str) -> Iterator[Path]:
        scratch = self.folder / _SCRATCH
        held = self.folder.resolve() in _locked.get()
        with storage_errors(self.folder), nullcontext() if held else writing(self.folder, purpose):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                yield scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    @contextmanager
    def _holding_the_lock(self) -> Iterator[None]:
        """Within this block what writes does so under the lock that is held around it."""
        token = _locked.set(_locked.get() | {self.folder.resolve()})
        try:
            yield
        finally:
            _locked.reset(token)

    @contextmanager
    def _asking(self, policy_name: str | None) -> Iterator[tuple[BookReader, BookFacts, Policy]]:
        """The current book for a question about figures: what it reads is verified, and stays open for the next."""
        policy = self.policy(policy_name)
        manifest = self._book_with(policy, policy_name)
        with storage_errors(self.folder), self._readers.reader(manifest, policy) as reader:
            yield reader, _facts(manifest), policy

    @contextmanager
    def _reading(self, policy_name: str | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, BookFacts, Policy]]:
        """The current book with every file of it verified."""
        policy = self.policy(policy_name)
        manifest = self._book_with(policy, policy_name)
        with storage_errors(self.folder):
            folder = self._shelf.open_folder(manifest)
            with _closing(open_book(folder, manifest, policy)) as connection:
                yield connection, _facts(manifest), policy

    def _book_with(self, policy: Policy, asked_as: str | None) -> BookManifest:
        """The current book, built anew with `policy` beside its others if it lacks that one."""
        manifest = self._shelf.current()
        record = manifest.policy(policy.name)
        if record is not None and record.hash == policy.content_hash():
            return manifest
        if asked_as is None:
            raise UsageError(
                f"the current book was built under other rules than today's policy {policy.name}",
                code="policy_changed",
                where=str(self.folder / FILE_NAME),
                remedy="run `upswell build`",
            )
        return self._book_with_all([policy])

    def _book_with_all(self, policies: Sequence[Policy]) -> BookManifest:
        """The current book, built anew once with those of `policies` that it lacks beside its others."""
        manifest = self._shelf.current()
        held = {record.name: record for record in manifest.policies}
        lacking = {
            policy.name: policy
            for policy in policies
            if policy.name not in held or held[policy.name].hash != policy.content_hash()
        }
        if not lacking:
            return manifest
        beside = [record.policy for record in manifest.policies if record.name not in lacking]
        return self._build([self.policy(), *beside, *lacking.values()], as_of=manifest.as_of, same_inputs_as=manifest)

    @contextmanager
    def _inputs_of(self, manifest: BookManifest) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the rows that a book was built from, prepared to run the models; nothing is written."""
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix="upswell-") as spill,
            _closing(work_connection(Path(spill))) as connection,
        ):
            log = self._log(Path(spill))
            lacking = "the policies between those compared"
            self._require_inputs(log, manifest, lacking=lacking)
            log.create_views(connection)
            # No lock is held: the views are of the same imports if those are still in force now.
            self._require_inputs(log, manifest, lacking=lacking)
            prepare(connection, as_of=manifest.as_of, currency=manifest.currency, timezone=manifest.timezone)
            yield connection

    def _require_current(self, manifest: BookManifest) -> None:
        if self._shelf.current().book_id != manifest.book_id:
            raise WorkspaceBusyError(
                "another book was built while this was answered",
                code="book_replaced",
                where=str(self.folder),
                found=f"book {self._shelf.current().book_id} in the place of {manifest.book_id}",
                remedy="ask again",
            )

    def _require_inputs(self, log: ImportLog, manifest: BookManifest, *, lacking: str) -> None:
        if log.fingerprint() != manifest.fingerprint:
            raise UsageError(
                f"the book lacks {lacking}, and rows were imported or undone since it was built",
                code="policy_needs_build",
                where=str(self.folder),
                remedy="run `upswell build`, with --policy for each: a question never moves the book to new rows",
            )


def _facts(manifest: BookManifest) -> BookFacts:
    return BookFacts(
        as_of=manifest.as_of,
        as_of_day=manifest.as_of.astimezone(ZoneInfo(manifest.timezone)).date(),
        workspace_currency=manifest.currency,
        book_id=manifest.book_id,
        held_back=manifest.held_back,
        timezone=manifest.timezone,
    )


@contextmanager
def _closing(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        yield connection
    finally:
        connection.close()
