"""A workspace: one folder with settings, imports and books, and everything one can do with it.

What feeds a book is here: importing, sources, building. What asks of it is in `questions.py`, what people say of it in
`statements.py`, closed months in `closed_months.py`, and what all of them stand on in `opened.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from upswell.contract.findings import Finding
from upswell.contract.import_log import ImportEntry, ImportResult, UndoResult
from upswell.contract.schema import table_named
from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError, WorkspaceError
from upswell.ledger.books import BookManifest
from upswell.ledger.checks import failed_checks
from upswell.policy import load
from upswell.sources.peek import Peek, peek
from upswell.workspace.foresight import Foresight
from upswell.workspace.health import HealthQuestions
from upswell.workspace.lock import writing
from upswell.workspace.opened import Progress
from upswell.workspace.opportunities import OpportunityLists
from upswell.workspace.pricing import Pricing
from upswell.workspace.questions import Questions
from upswell.workspace.settings import FILE_NAME, new_settings, read_settings
from upswell.workspace.signals import Signals
from upswell.workspace.statements import Statements
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
from upswell.workspace.writing import Answer, Writing

__all__ = ["Answer", "Progress", "Workspace", "init", "open_workspace"]


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


class Workspace(Questions, Foresight, Pricing, OpportunityLists, HealthQuestions, Signals, Statements, Writing):
    """One company's billing data, its books, and the questions one can ask of them.

    Tables come back as `pyarrow.Table` (`.to_pandas()` if you like); money is a decimal, never a float.
    """

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

    def peek(self, path: str | Path, *, table: str) -> Peek:
        """A first look at a file: headings, some rows, and which column is likely which field of `table`.

        Raises `InputError` for a file that cannot be read, `UsageError` for an unknown table.
        """
        with storage_errors(self.folder), tempfile.TemporaryDirectory(prefix="upswell-") as spill:
            return peek(Path(path), table=table_named(table), spill_folder=Path(spill))

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

    def sources(self) -> tuple[tuple[str, str], ...]:
        """Every configured source and in which condition it is."""
        names = configured_sources(self.folder, self.settings)
        return tuple((name, StripeAccount(self.folder, name, self.settings).condition()) for name in names)

    def receive_webhook(self, payload: bytes, *, signature: str, source: str = DEFAULT_SOURCE) -> WebhookReceipt:
        """Keep an event that Stripe sent, if its signature is Stripe's; the next build sees it.

        `payload` is the request's body as it came, `signature` its Stripe-Signature header. The same event may come
        again, and in any order. Raises `InputError` with `http_status` 400 for what Stripe did not sign.
        """
        return StripeAccount(self.folder, source, self.settings).receive(payload, signature)

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
