"""A workspace: one folder with settings, imports and books, and everything one can do with it.

Reading commands follow pointers to files that never change and take no lock; commands that write hold the lock and
commit by replacing one pointer, so that a kill at any moment leaves the former state.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from upswell.analysis import cohorts as cohort_analysis
from upswell.analysis import retention as retention_analysis
from upswell.analysis import wrong_retention
from upswell.analysis.cohorts import CohortRequest
from upswell.charts.extra import charts_extra
from upswell.contract.erasure import Erasure
from upswell.contract.findings import Finding
from upswell.contract.import_log import ImportEntry, ImportLog, ImportResult, UndoResult
from upswell.contract.state import LogState
from upswell.contract.store import ImportStore
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.errors import BookError, UpswellError, UsageError, WorkspaceBusyError, WorkspaceError
from upswell.exports.about import MONTH, RATE, Shown, described, figures
from upswell.exports.answers import about_answer, about_metrics, about_movements
from upswell.exports.book import ExportedBook, write_book
from upswell.exports.month import describe_report
from upswell.exports.tables import describe_explanation, describe_revenue
from upswell.exports.write import Written, write_result
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.bridge import kinds_of
from upswell.ledger.build import BuildInputs, build_book, prepare
from upswell.ledger.checks import CheckResult, failed_checks, run_checks
from upswell.ledger.corrections import CorrectionInForce, digest, in_force, original, parse
from upswell.ledger.query import MovementFilter, movement_schema, query_movements, stream_movements
from upswell.ledger.reader import BookReader, open_book
from upswell.ledger.restating import BookSide
from upswell.ledger.trace import Trace, trace_movement
from upswell.metrics.closed import ClosedMonth
from upswell.metrics.explaining import Explanation, explain
from upswell.metrics.monthly import MonthReport, month_report
from upswell.metrics.months import Month
from upswell.metrics.planner import check_filter
from upswell.metrics.planner import run as run_metrics
from upswell.metrics.rates import Rates, given_rates, lacking_rates
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.revenue_bridge import RevenueBridge, revenue_bridge
from upswell.metrics.trailing import MonthSheet, trailing_months
from upswell.policy import FoundPolicy, Policy, find, find_all, load
from upswell.sources import read_file
from upswell.state import AuditEntry, Closing, Correction, Note, Segment, open_state, state_url
from upswell.workspace import closing, correcting, forgetting, knowing
from upswell.workspace.author import this_author
from upswell.workspace.closing import ClosingNotReproducedError, RestatedLine, Restatement
from upswell.workspace.comparing import COMPARED_METRICS, DETAILS, PolicyComparison, compare, compared_policies
from upswell.workspace.correcting import CorrectionPreview
from upswell.workspace.forgetting import Forgotten
from upswell.workspace.knowing import Knowledge
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

    from upswell.state import StateStore

Progress = Callable[[str], None]
Answer: TypeAlias = (
    pa.Table | pa.RecordBatchReader | MonthReport | Explanation | RevenueBridge | tuple[Restatement, ...]
)
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

    def __init__(self, folder: Path, settings: Settings, *, known: Knowledge | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self._known = known
        books = folder / "books"
        self._shelf = BookShelf(books if known is None else books / knowing.FOLDER / known.name)
        self._readers = Readers(self._shelf)
        self._state: StateStore | None = None

    @property
    def state(self) -> StateStore:
        """What people said of this company: segments, closings, corrections, notes, and the audit log."""
        if self._state is None:
            self._state = open_state(state_url(self.folder, self.settings.state))
        return self._state

    def audit(self, *, action: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit log (of one action), oldest first: imports, builds, closings and edits, with who and when."""
        return self.state.audit(action=action)

    def add_note(self, subject: str, *, text: str, kind: str = "customer", author: str | None = None) -> Note:
        """Write a note to a customer, a month or a movement (`kind`)."""
        return self.state.add_note(kind, subject, text, author=author or this_author(), at=datetime.now(UTC))

    def notes(self, subject: str | None = None, *, kind: str | None = None) -> tuple[Note, ...]:
        """Every note (to one subject, of one kind), oldest first."""
        return self.state.notes(kind, subject)

    # -- segments --------------------------------------------------------------------------------

    def save_segment(self, name: str, *, expression: str, author: str | None = None) -> Segment:
        """Save a filter, in the language of `where`, under a name.

        Raises `UsageError` where the current book cannot be filtered by it.
        """
        with self._asking(None) as (connection, _, _):
            check_filter(connection, expression)
        return self.state.save_segment(name, expression, author=author or this_author(), at=datetime.now(UTC))

    def segments(self) -> tuple[Segment, ...]:
        """Every saved segment, by name."""
        return self.state.segments()

    def remove_segment(self, name: str, *, author: str | None = None) -> Segment:
        """Remove a segment. Raises `UsageError` where there is none of that name."""
        return self.state.remove_segment(name, author=author or this_author(), at=datetime.now(UTC))

    def _filter_of(self, where: str | None, segment: str | None) -> str | None:
        """The condition that `where` and the saved `segment` make together."""
        if segment is None:
            return where
        expression = self.state.segment(segment).expression
        return expression if where is None else f"({expression}) and ({where})"

    def _record(self, action: str, subject: str, **details: object) -> None:
        """A line of the audit log for what was just done; what was done stays done, whatever becomes of the line."""
        try:
            self.state.record(action, subject, author=this_author(), at=datetime.now(UTC), details=details)
        except UpswellError as error:
            error.message = f"{subject} is done, but the audit log has no line of it: {error.message}"
            raise

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
            result = self._log(scratch).import_files(
                [Path(each) for each in paths],
                table=table,
                mapping=dict(mapping or {}),
                source=source,
                replace=replace,
                dry_run=dry_run,
                progress=progress,
            )
            if not dry_run:
                self._record_import(result)
            return result

    def imports(self) -> tuple[ImportEntry, ...]:
        """Every import, undone ones too, oldest first."""
        return self._log().entries()

    def undo(self, import_id: str) -> UndoResult:
        """Reverse one import: what is in force is what it would be without it."""
        with self._writing("imports undo") as scratch:
            result = self._log(scratch).undo(import_id)
            self._record("undo", import_id)
            return result

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
            made = account.import_tables(self._log(scratch), scratch, now=now, progress=progress)
            imports = [import_id for each in made for import_id in each.import_ids]
            self._record("sync", source, kind=read.kind, imports=imports)
            return SyncResult(source, read, made)

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
            for each in () if dry_run else made:
                self._record_import(each)
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
                for each in account.import_tables(log, scratch, now=system_clock, progress=None):
                    self._record_import(each)

    # -- correcting ------------------------------------------------------------------------------

    def correct(
        self,
        kind: str,
        *,
        payload: Mapping[str, Any],
        reason: str,
        author: str | None = None,
        policy: str | None = None,
        dry_run: bool = False,
    ) -> CorrectionPreview:
        """Enter a correction, `merge`, `link`, `exclude`, `redate` or `reclassify` (docs/corrections.md), and say what
        it changes, by `policy` (default: the workspace's); with `dry_run` only say it.

        It counts from the next build on. Raises `UsageError` for what is not there, contradicts the rows, breaks the
        ledger under a policy of the book, or has no reason.
        """
        self._require_now("correct")
        why = closing.require_reason(reason, what="a correction")
        with self._writing("correct") as scratch:
            former = self._corrections()
            setting = self._setting(self._log(scratch))
            whole = correcting.completed(kind, payload, setting, former)
            change = parse(kind, whole)
            correcting.require_known(change, setting, former)
            rules = self.policy(policy)
            lines = self._tried(scratch, former, (*former, CorrectionInForce(0, kind, change)), rules)
            entry = None
            if not dry_run:
                by, said = author or this_author(), change.model_dump(mode="json")
                entry = self.state.add_correction(kind, said, author=by, reason=why, at=datetime.now(UTC))
            return CorrectionPreview(entry, kind, change.text(), rules.name, lines)

    def undo_correction(
        self,
        number: int,
        *,
        reason: str,
        author: str | None = None,
        policy: str | None = None,
        dry_run: bool = False,
    ) -> CorrectionPreview:
        """Take a correction back by an entry of its own, and say what that changes; with `dry_run` only say it.

        An undo can be undone like a correction; the correction is then in force again, at its place. Raises
        `UsageError` where there is no entry of that number, another undoes it already, or no reason is given.
        """
        self._require_now("correct")
        why = closing.require_reason(reason, what="undoing a correction")
        by, at = author or this_author(), datetime.now(UTC)
        with self._writing("correct") as scratch:
            entries = self._entries_of_state()
            undone = correcting.require_undoable(number, entries)
            meant = original(undone, {each.id: each for each in entries})
            tried = Correction(entries[-1].id + 1, undone.kind, {}, by, why, at, undoes=number)
            later, rules = in_force((*entries, tried)), self.policy(policy)
            lines = self._tried(scratch, in_force(entries), later, rules)
            entry = None
            if not dry_run:
                entry = self.state.add_correction(undone.kind, {}, author=by, reason=why, at=at, undoes=number)
            again = any(each.id == meant.id for each in later)
            text = f"{'again' if again else 'no longer'}: {parse(meant.kind, meant.payload).text()}"
            return CorrectionPreview(entry, undone.kind, text, rules.name, lines)

    def corrections(self) -> tuple[Correction, ...]:
        """Every correction and every entry that undoes one, oldest first."""
        return self.state.corrections()

    def idle_corrections(self) -> frozenset[int]:
        """The numbers of corrections in force that match nothing now, such as one of a customer imported no longer.

        They do no harm. Whether a reclassification matches is known once a book was built with it.
        """
        with storage_errors(self.folder):
            corrections, log, sides = self._corrections(), self._log(), None
            if corrections and self._shelf.has_book():
                manifest = self._current()
                if manifest.fingerprint == digest(log.fingerprint(), corrections):
                    folder = self._shelf.open_folder(manifest)
                    sides = [BookSide(folder, record.policy) for record in manifest.policies]
            return correcting.idle(self._setting(log), corrections, sides)

    def _tried(
        self,
        scratch: Path,
        former: Sequence[CorrectionInForce],
        later: Sequence[CorrectionInForce],
        policy: Policy,
    ) -> pa.Table:
        """What the book says otherwise under `later` corrections than under `former`, by `policy`; tried under all."""
        manifest, log = self._current(), self._log(scratch)
        held = {record.name: record for record in manifest.policies}
        book = [record.policy for record in held.values()]
        policies = list({each.name: each for each in (policy, self.policy(), *book)}.values())
        is_current = manifest.fingerprint == digest(log.fingerprint(), former) and all(
            each.name in held and held[each.name].hash == each.content_hash() for each in policies
        )
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            return correcting.tried(
                Path(folder),
                self._setting(log),
                former,
                later,
                policies,
                manifest=manifest,
                current=self._shelf.open_folder(manifest) if is_current else None,
            )

    # -- forgetting ------------------------------------------------------------------------------

    def forget(
        self, customer: str, *, also: Sequence[str] = (), author: str | None = None, dry_run: bool = False
    ) -> Forgotten:
        """Replace a customer's id, names and attributes of its own by a token, everywhere in this workspace.

        `also` are further texts to be gone, such as an address in a note. Figures stay what they are: else it raises
        `CheckFailedError`, and nothing is changed. Raises `UsageError` for an unknown customer, `WorkspaceError` where
        files that are not Upswell's still hold a text. With `dry_run` it only says what would be replaced where.
        """
        self._require_now("forget")
        with storage_errors(self.folder), writing(self.folder, "forget"), self._holding_the_lock():
            book = self._shelf.current() if self._shelf.has_book() else None
            with self._writing("forget") as scratch, _closing(work_connection(scratch)) as connection:
                log = self._log(scratch)
                state = None if self.state.status().revision is None else self.state
                stores = forgetting.Stores(folder=self.folder, log_state=log.state(), state=state)
                erasure = forgetting.begun(self.folder, customer) or forgetting.erasure_of(
                    stores, customer, also, connection
                )
                if dry_run:
                    return forgetting.dry_run(stores, erasure, connection)
                done = forgetting.forget(
                    stores,
                    erasure,
                    connection,
                    scratch,
                    sides={} if book is None else self._sides(book, log, scratch),
                    log_of=self._log_of,
                    trial=partial(self._trial, book),
                    author=author or this_author(),
                    at=datetime.now(UTC),
                )
            if book is not None:
                self._build([record.policy for record in book.policies], as_of=book.as_of, takes_in_webhooks=False)
                self._shelf.keep_only_current()
            forgetting.require_forgotten(stores, replace(erasure, token=done.token))
            forgetting.end(self.folder)
            return done

    def _sides(self, book: BookManifest, log: ImportLog, scratch: Path) -> dict[str, BookSide]:
        """The book under each of its policies, as the imports of now make it."""
        corrections = self._corrections()
        if book.fingerprint == digest(log.fingerprint(), corrections):
            folder = self._shelf.open_folder(book)
            return {record.name: BookSide(folder, record.policy) for record in book.policies}
        setting = self._setting(log)
        return {
            record.name: correcting.trial_book(
                scratch / f"now-{number}", setting, corrections, record.policy, manifest=book
            )
            for number, record in enumerate(book.policies)
        }

    def _log_of(self, folder: Path, state: LogState) -> ImportLog:
        """The log that `state` makes of the files of another folder."""
        ImportStore(folder).commit(state)
        return ImportLog(
            folder,
            timezone=self.settings.timezone,
            currency=self.settings.currency,
            spill_folder=folder,
            read_file=read_file,
        )

    def _trial(
        self, book: BookManifest | None, log: ImportLog, folder: Path, policy: Policy, erasure: Erasure
    ) -> BookSide:
        """A book as of the instant of `book` of other imports, with the corrections as an erasure leaves them."""
        corrections = [
            replace(each, change=parse(each.kind, erasure.payload(each.change.model_dump(mode="json"))))
            for each in self._corrections()
        ]
        return correcting.trial_book(folder, self._setting(log), corrections, policy, manifest=book or self._current())

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
        self._require_now("build")
        asked = [self.policy(name) for name in dict.fromkeys((self.settings.policy, *policies))]
        return self._build(asked, as_of=self._instant(as_of), progress=progress)

    def _build(
        self,
        policies: Sequence[Policy],
        *,
        as_of: datetime,
        same_inputs_as: BookManifest | None = None,
        takes_in_webhooks: bool = True,
        progress: Progress | None = None,
    ) -> BookManifest:
        with self._writing("build") as scratch:
            log = self._log(scratch)
            if takes_in_webhooks and same_inputs_as is None and self._known is None:
                self._take_in_webhooks(log, scratch)
            if not any(entry.undone_at is None for entry in log.entries()):
                raise WorkspaceError(
                    "nothing is imported yet",
                    code="nothing_imported",
                    where=str(self.folder),
                    remedy="run `upswell import FILE --as items` first",
                )
            corrections = self._corrections()
            if same_inputs_as is not None:
                self._require_inputs(log, same_inputs_as, lacking=f"policy {policies[-1].name}")
            held_back = {(finding.import_id, finding.row) for finding in log.findings()}
            former = {} if self._known is not None else self._policies_of_former_book()
            with _closing(work_connection(scratch)) as connection:
                self._setting(log).prepare(connection, corrections)
                manifest = build_book(
                    connection,
                    self._shelf,
                    BuildInputs(
                        as_of=as_of,
                        currency=self.settings.currency,
                        timezone=self.settings.timezone,
                        fingerprint=digest(log.fingerprint(), corrections),
                        held_back=len(held_back),
                        policies=tuple({policy.name: policy for policy in policies}.values()),
                    ),
                    progress=progress,
                )
            if self._known is None:
                self._record_build(manifest, former)
            return manifest

    def _policies_of_former_book(self) -> dict[str, str]:
        """The hash of each policy of the current book by its name; of none where there is no such book."""
        try:
            return {record.name: record.hash for record in self._shelf.current().policies}
        except BookError:
            return {}

    def _record_build(self, manifest: BookManifest, former: Mapping[str, str]) -> None:
        for record in manifest.policies:
            if former.get(record.name, record.hash) != record.hash:
                self._record("policy", record.name, former=former[record.name], hash=record.hash)
        hashes = {record.name: record.hash for record in manifest.policies}
        self._record("build", manifest.book_id, as_of=manifest.as_of.isoformat(), policies=hashes)

    def _record_import(self, result: ImportResult) -> None:
        if result.import_ids:
            subject = ", ".join(result.import_ids)
            self._record("import", subject, table=result.table, source=result.source, rows=result.rows_read)

    def book(self) -> BookManifest:
        """The manifest of the current book. Raises `BookError` when there is none or it is damaged."""
        return self._current()

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
        with self._reading(policy) as (connection, facts, rules):
            return described(query_movements(connection, wanted), about_movements(facts, rules, wanted))

    def movement_batches(
        self,
        *,
        date_from: date | None = None,
        date_to: date | None = None,
        customer: str | None = None,
        kind: str | None = None,
        driver: str | None = None,
        policy: str | None = None,
    ) -> pa.RecordBatchReader:
        """The rows of `movements` as a stream, for a book that is larger than memory; `write` takes it as it is.

        The book stays open until the stream is read to its end or let go of.
        """
        wanted = MovementFilter(date_from=date_from, date_to=date_to, customer=customer, kind=kind, driver=driver)

        def schema_then_batches() -> Iterator[Any]:
            with self._reading(policy) as (connection, facts, rules):
                about = about_movements(facts, rules, wanted)
                yield movement_schema(connection).with_metadata(about.metadata())
                yield from stream_movements(connection, wanted)

        stream = schema_then_batches()
        return pa.RecordBatchReader.from_batches(next(stream), stream)

    def metrics(
        self,
        names: str | Sequence[str],
        *,
        month_from: str | None = None,
        month_to: str | None = None,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
        per_30_days: bool = False,
    ) -> pa.Table:
        """Metrics by month ("2026-01"), and by each dimension of `by`; see docs/metrics.md for the names.

        `where` is a filter, `segment` the name of a saved one; with both, both must hold. A value that cannot be known
        is null with a `reason`. Money is in the workspace's currency.
        """
        request = MetricRequest(
            names=(names,) if isinstance(names, str) else tuple(names),
            month_from=month_from,
            month_to=month_to,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=self._filter_of(where, segment),
            per_30_days=per_30_days,
        )
        with self._asking(policy) as (connection, facts, rules):
            table = run_metrics(connection, request, facts=facts, policy=rules)
            return described(table, about_metrics(facts, rules, request))

    # -- closing ---------------------------------------------------------------------------------

    def as_of(self, when: str | datetime) -> Workspace:
        """This workspace as it stood: as of a closed month ("2026-09") or of a time; every question can be asked of it.

        A month is answered by the book with which it was closed, a time from the imports that had come by then, under
        today's rules. Raises `UsageError` for a month that is not closed and a time before the first import.
        """
        self._require_now("as-of")
        if isinstance(when, str):
            then = knowing.closed_knowledge(closing.require_closed(str(Month.parse(when)), self.state.closings()))
            settings = self.settings.model_copy(update={"policy": then.policies[0].name})
        else:
            then = knowing.knowledge_at(self._instant(when), self.imports(), self._entries_of_state(), self.policy())
            settings = self.settings
        return Workspace(self.folder, settings, known=then)

    @property
    def standing(self) -> str:
        """How answers stand to what is known today: `as reported: 2026-09 closed ...`, or `as known now`."""
        return "as known now" if self._known is None else self._known.text()

    def close(self, month: str, *, author: str | None = None) -> Closing:
        """Close a month: every figure of it, under every policy of the current book, stays as reported.

        Raises `UsageError` where the month is not over in the book or closed already, or rows were imported since.
        """
        asked = Month.parse(month)
        with self._writing("close"):
            manifest = self._current()
            require_over([asked], manifest)
            closing.require_open(str(asked), self.state.closings())
            log = self._log()
            self._require_inputs(log, manifest, lacking="what came last")
            figures = {record.name: self._figures(str(asked), record.name) for record in manifest.policies}
            name = knowing.closed_name(str(asked), manifest.fingerprint, manifest.as_of)
            self._shelf.copy_to(self.folder / "books" / knowing.FOLDER / name, manifest)
            record = closing.closing_record(manifest, log.entries(), self._corrections(), figures)
            by = author or this_author()
            return self.state.add_closing(
                str(asked), "close", author=by, at=datetime.now(UTC), reason=None, record=record
            )

    def reopen(self, month: str, *, reason: str, author: str | None = None) -> Closing:
        """Open a closed month again, so that it can be closed anew with what is known by then.

        What was reported stays in the list of closings. Raises `UsageError` without a reason or where it is not closed.
        """
        asked = str(Month.parse(month))
        why = closing.require_reason(reason, what="reopening a month")
        with self._writing("reopen"):
            closing.require_closed(asked, self.state.closings())
            by = author or this_author()
            return self.state.add_closing(asked, "reopen", author=by, at=datetime.now(UTC), reason=why, record={})

    def closings(self, month: str | None = None) -> tuple[Closing, ...]:
        """Every closing and reopening (of one month), oldest first."""
        return self.state.closings(None if month is None else str(Month.parse(month)))

    def restatements(self, month: str | None = None, *, policy: str | None = None) -> tuple[Restatement, ...]:
        """What the current book says otherwise than was reported, for each closed month (or one), with the causes.

        `policy` (default: the one that was the workspace's when the month was closed) must be among those closed.
        Raises
        `UsageError` for a month that is not closed, a policy that was not closed, or rows imported since the build.
        """
        closings = self.state.closings()
        closed = closing.latest(closings)
        asked = list(closed) if month is None else [str(Month.parse(month))]
        return tuple(self._restatement(closing.require_closed(each, closings), policy) for each in asked)

    def _restatement(self, closed: Closing, policy: str | None) -> Restatement:
        then = self.as_of(closed.month)
        name = policy or then.settings.policy
        closing.require_closed_policy(closed, name)
        rules = self.policy(name)
        manifest = self._book_with(rules, name)
        log = self._log()
        self._require_inputs(log, manifest, lacking="what came last")
        lines: tuple[RestatedLine, ...] = ()
        with storage_errors(self.folder), suppress(ClosingNotReproducedError):
            former = BookSide(then._shelf.open_folder(then._current()), then.policy(name))
            later = BookSide(self._shelf.open_folder(manifest), rules)
            lines = closing.restated_lines(
                former,
                later,
                month=closed.month,
                closing=closed,
                entries=log.entries(),
                corrections=self._entries_of_state(),
            )
        return Restatement(
            month=closed.month,
            closed_at=closed.at,
            closed_by=closed.author,
            policy=name,
            currency=manifest.currency,
            figures=closing.restated_figures(closed, name, self._figures(closed.month, name)),
            lines=lines,
        )

    def closed_month(self, month: str, *, policy: str | None = None) -> ClosedMonth | None:
        """Whether a month is closed, by whom, and which of its figures are others now; None if it is open."""
        closed = closing.latest(self.state.closings()).get(str(Month.parse(month)))
        if closed is None:
            return None
        name = self.policy(policy).name
        figures = None
        if self._known is None and name in closed.record["figures"]:
            figures = closing.restated_figures(closed, name, self._figures(closed.month, policy or name))
        return ClosedMonth(
            month=closed.month,
            closed_at=closed.at,
            closed_by=closed.author,
            as_reported=self._known is not None and self._known.closing == closed,
            figures=figures,
        )

    # -- asking about figures --------------------------------------------------------------------

    def explain(
        self,
        metric: str,
        *,
        month: str | None = None,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> Explanation:
        """A figure of a month (default: the last complete one) as the sum of what each customer gives to it."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            condition = self._filter_of(where, segment)
            return explain(connection, metric, asked, where=condition, facts=facts, policy=rules)

    def report(self, month: str | None = None, *, policy: str | None = None) -> MonthReport:
        """Everything about one month (default: the last complete one) that fits on a screen."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            found = month_report(connection, asked, facts=facts, policy=rules)
        return replace(found, closed=self.closed_month(found.month, policy=policy))

    def month_sheet(self, month: str | None = None, *, policy: str | None = None) -> MonthSheet:
        """The report of a month (default: the last complete one) and the months that lead up to it, from one book."""
        with self._asking(policy) as (connection, facts, rules):
            asked = month or str(Month.of(facts.as_of_day).plus(-1))
            found = month_report(connection, asked, facts=facts, policy=rules)
            trailing = trailing_months(connection, asked, facts=facts, policy=rules)
        return MonthSheet(replace(found, closed=self.closed_month(found.month, policy=policy)), trailing)

    def revenue(self, month: str | None = None, *, policy: str | None = None) -> RevenueBridge:
        """From the closing MRR of a month (default: the last complete one) to its recurring, total and actual revenue.

        Every difference is a line of its own (docs/revenue.md); the lines add up. A figure that cannot be known has no
        amount, and the reason. Raises `UsageError` for a month that is not over.
        """
        with self._asking(policy) as (connection, facts, rules):
            asked = Month.of(facts.as_of_day).plus(-1) if month is None else Month.parse(month)
            return revenue_bridge(connection, asked, facts=facts, policy=rules)

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

    def cohorts(
        self,
        measure: str = "nrr",
        *,
        cohort: str = "month",
        month_from: str | None = None,
        month_to: str | None = None,
        ages: int = cohort_analysis.AGES,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """Customers by when they first paid (`cohort`: month, quarter, year, plan or an attribute), by age in months.

        Measures: mrr, customers, expansion, contraction, churned, nrr, grr; expansion and contraction also `by`
        "driver". Rows have cohort, age, month, value, unit, customers_at_start, base and reason; see docs/cohorts.md.
        """
        request = CohortRequest(
            measure=measure,
            cohort=cohort,
            month_from=month_from,
            month_to=month_to,
            ages=ages,
            by=(by,) if isinstance(by, str) else tuple(by),
            where=self._filter_of(where, segment),
        )
        with self._asking(policy) as (connection, facts, rules):
            table = cohort_analysis.run(connection, request, facts=facts, policy=rules)
            columns = {"month": MONTH} | dict.fromkeys(("value", "base"), figures(facts.workspace_currency))
            about = about_answer(facts, rules, question="cohorts", asked=asdict(request), columns=columns)
            return described(table, about)

    def cohort_chart(
        self,
        measure: str = "nrr",
        *,
        cohort: str = "month",
        month_from: str | None = None,
        month_to: str | None = None,
        ages: int = cohort_analysis.AGES,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> alt.LayerChart:
        """The table of `cohorts` as curves over age, one for each cohort and one for all of them.

        An Altair chart like those of `chart`, which needs the same extra.
        """
        with charts_extra():
            from upswell.charts.cohorts import cohorts_chart  # noqa: PLC0415 -- Altair is an extra, and slow to load

        condition = self._filter_of(where, segment)
        request = CohortRequest(measure, cohort, month_from, month_to, ages, where=condition)
        with self._asking(policy) as (connection, facts, rules):
            table = cohort_analysis.run(connection, request, facts=facts, policy=rules)
            return cohorts_chart(table, measure=measure, currency=facts.workspace_currency)

    def retention(
        self,
        month: str | None = None,
        *,
        by: str | Sequence[str] = (),
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """NRR and GRR of a month (default: the last complete one) over every lag, by cohort and by movements, without
        and with returns; see docs/retention.md.

        A value that cannot be known is null with a `reason`.
        """
        dimensions = (by,) if isinstance(by, str) else tuple(by)
        with self._asking(policy) as (connection, facts, rules):
            condition = self._filter_of(where, segment)
            table = retention_analysis.run(connection, month, by=dimensions, where=condition, facts=facts, policy=rules)
            asked = {"month": month, "by": dimensions, "where": condition}
            columns: dict[str, Shown] = {"month": MONTH, "value": RATE}
            return described(table, about_answer(facts, rules, question="retention", asked=asked, columns=columns))

    def retention_mistakes(
        self,
        month: str | None = None,
        *,
        where: str | None = None,
        segment: str | None = None,
        policy: str | None = None,
    ) -> pa.Table:
        """What formulas of retention that are wrong and common would give for a month, and how far each is off."""
        with self._asking(policy) as (connection, facts, rules):
            condition = self._filter_of(where, segment)
            table = wrong_retention.run(connection, month, where=condition, facts=facts, policy=rules)
            asked = {"month": month, "where": condition}
            columns = {"month": MONTH} | dict.fromkeys(("value", "right_value", "error"), RATE)
            return described(
                table, about_answer(facts, rules, question="wrong retention", asked=asked, columns=columns)
            )

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
            self._require_current(manifest.book_id)
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

    def rates(self, currency: str | None = None) -> Rates:
        """The exchange rates in force (of one currency) with their sources, and the days that lack one."""
        asked = None if currency is None else currency.upper()
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix="upswell-") as spill,
            _closing(work_connection(Path(spill))) as connection,
        ):
            self._log(Path(spill)).create_views(connection)
            given = given_rates(connection, asked)
        with self._asking(None) as (book, _, _):
            return Rates(given, lacking_rates(book, asked))

    def trace(self, movement_id: str, *, policy: str | None = None) -> Trace:
        """A movement with its rule, its sister rows and the file rows that caused it."""
        with self._reading(policy) as (connection, _, _):
            return trace_movement(connection, movement_id)

    # -- writing ---------------------------------------------------------------------------------

    def write(self, result: Answer, *, to: str | Path) -> Written:
        """Write an answer to the file `to`, which ends with .csv, .parquet or .xlsx, over a former one.

        An answer is a table of this workspace, a stream (`movement_batches`), a report, an explanation, a revenue
        bridge, or restatements. It carries what was asked, the policy and the book; Parquet has them as metadata, XLSX
        as a sheet (docs/export.md). Raises `UsageError` for another ending, `WorkspaceError` when the disk refuses;
        what stood there before then stays.
        """
        match result:
            case MonthReport():
                self._require_current(result.book_id)
                table = describe_report(result, *self._facts_under(result.policy))
            case RevenueBridge():
                self._require_current(result.book_id)
                table = describe_revenue(result, *self._facts_under(result.policy))
            case Explanation():
                table = describe_explanation(result, *self._facts_under(result.policy))
            case tuple():
                under = result[0].policy if result else self.settings.policy
                about = about_answer(*self._facts_under(under), question="restatements", columns=closing.LINE_AMOUNTS)
                table = described(closing.lines_table(result), about)
            case _:
                return write_result(result, Path(to))
        return write_result(table, Path(to))

    def _facts_under(self, policy: str) -> tuple[BookFacts, Policy]:
        manifest = self._current()
        record = manifest.policy(policy)
        return self._facts(manifest), self.policy(policy) if record is None else record.policy

    def export(self, folder: str | Path, *, policy: str | None = None) -> ExportedBook:
        """Write every relation of the current book as Parquet into `folder`, which must be absent or empty.

        `about.json` beside the files says what book and policy they are of, and what each file holds. Raises
        `WorkspaceError` when the folder is in use or the disk refuses; nothing is left there then.
        """
        with self._reading(policy) as (connection, facts, rules):
            return write_book(connection, Path(folder), facts=facts, policy=rules)

    # -- inside ----------------------------------------------------------------------------------

    def _log(self, scratch: Path | None = None) -> ImportLog:
        return ImportLog(
            self.folder / "imports",
            timezone=self.settings.timezone,
            currency=self.settings.currency,
            spill_folder=scratch or Path(tempfile.gettempdir()),
            read_file=read_file,
            known=None if self._known is None else self._known.imports,
        )

    def _corrections(self) -> tuple[CorrectionInForce, ...]:
        """The corrections in force; for a workspace as of a former time those of then."""
        entries = self._entries_of_state()
        if self._known is None:
            return in_force(entries)
        return in_force(entry for entry in entries if entry.id in self._known.corrections)

    def _entries_of_state(self) -> tuple[Correction, ...]:
        # Nothing is made to be read: a workspace that only can be read may have no state yet.
        return () if self.state.status().revision is None else self.state.corrections()

    def _setting(self, log: ImportLog) -> correcting.Setting:
        return correcting.Setting(log=log, timezone=self.settings.timezone, currency=self.settings.currency)

    def policy(self, name: str | None = None) -> Policy:
        """The policy called `name` (default: the workspace's), with every switch."""
        then = None if self._known is None else self._known.policy(name or self.settings.policy)
        return then or load(name or self.settings.policy, own=self.settings.policies)

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
        if purpose != "build":
            self._require_now(purpose)
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
            yield reader, replace(self._facts(manifest), quality=self.settings.quality), policy

    @contextmanager
    def _reading(self, policy_name: str | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, BookFacts, Policy]]:
        """The current book with every file of it verified."""
        policy = self.policy(policy_name)
        manifest = self._book_with(policy, policy_name)
        with storage_errors(self.folder):
            folder = self._shelf.open_folder(manifest)
            with _closing(open_book(folder, manifest, policy)) as connection:
                yield connection, self._facts(manifest), policy

    def _book_with(self, policy: Policy, asked_as: str | None) -> BookManifest:
        """The current book, built anew with `policy` beside its others if it lacks that one."""
        manifest = self._current()
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
        manifest = self._current()
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
            self._setting(log).prepare(connection, self._corrections())
            # No lock is held: the views are of the same imports if those are still in force now.
            self._require_inputs(log, manifest, lacking=lacking)
            prepare(connection, as_of=manifest.as_of, currency=manifest.currency, timezone=manifest.timezone)
            yield connection

    def _current(self) -> BookManifest:
        """The current book; for a workspace as of a former time the book of then, built again where it is lacking."""
        known = self._known
        if known is None:
            return self._shelf.current()
        try:
            manifest = self._shelf.current()
            made_of = digest(self._log().fingerprint(), self._corrections())
            if manifest.fingerprint == made_of and manifest.as_of == known.as_of:
                return manifest
        except BookError:
            pass
        manifest = self._build(known.policies, as_of=known.as_of)
        if known.closing is not None:
            try:
                for each in known.policies:
                    closing.require_reproduced(known.closing, each.name, self._figures(known.closing.month, each.name))
            except BookError:
                # Nobody is to find it later and take it for what was reported.
                shutil.rmtree(self.folder / "books" / knowing.FOLDER / known.name)
                raise
        knowing.keep_newest(self.folder / "books" / knowing.FOLDER, known.name)
        return manifest

    def _figures(self, month: str, policy: str) -> pa.Table:
        return self.metrics(closing.METRICS, month_from=month, month_to=month, policy=policy)

    def _facts(self, manifest: BookManifest) -> BookFacts:
        return replace(_facts(manifest), standing=None if self._known is None else self._known.text())

    def _require_now(self, purpose: str) -> None:
        if self._known is not None:
            raise UsageError(
                f"{purpose} has no meaning as of a former time",
                code="as_of_is_past",
                found=f"a workspace as of {self._known.as_of.isoformat()}",
                remedy="leave --as-of out: what was known then changes no more",
            )

    def _require_current(self, book_id: str) -> None:
        current = self._current().book_id
        if current != book_id:
            raise WorkspaceBusyError(
                "another book was built while this was answered",
                code="book_replaced",
                where=str(self.folder),
                found=f"book {current} in the place of {book_id}",
                remedy="ask again",
            )

    def _require_inputs(self, log: ImportLog, manifest: BookManifest, *, lacking: str) -> None:
        if digest(log.fingerprint(), self._corrections()) != manifest.fingerprint:
            raise UsageError(
                f"the book lacks {lacking}: rows were imported or undone, or corrections entered, since it was built",
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
