"""An opened workspace: its settings, stores, lock, books and readers; what every use case stands on.

Reading commands follow pointers to files that never change and take no lock; commands that write hold the lock and
commit by replacing one pointer, so that a kill at any moment leaves the former state.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing as closed_after
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from upswell.contract.import_log import ImportLog, ImportResult
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.errors import BookError, UpswellError, UsageError, WorkspaceBusyError, WorkspaceError
from upswell.ledger.books import BookManifest, BookShelf
from upswell.ledger.build import BuildInputs, build_book, prepare
from upswell.ledger.corrections import CorrectionInForce, digest, in_force
from upswell.ledger.reader import BookReader, open_book
from upswell.metrics.planner import run as run_metrics
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy import FoundPolicy, Policy, find, find_all, load
from upswell.sources import read_file
from upswell.state import Correction, open_access, open_growth, open_state, state_url
from upswell.workspace import closing, correcting, knowing
from upswell.workspace.author import this_author
from upswell.workspace.knowing import Knowledge
from upswell.workspace.lock import writing
from upswell.workspace.readers import Readers
from upswell.workspace.settings import FILE_NAME, Settings
from upswell.workspace.stripe import (
    StripeAccount,
    configured_sources,
    system_clock,
)

if TYPE_CHECKING:
    from upswell.state import AccessStore, GrowthStore, StateStore

Progress = Callable[[str], None]
_SCRATCH: Final = ".work"
# The workspaces whose lock is held for several steps; another thread has a context, and so a set, of its own.
_locked: ContextVar[frozenset[Path]] = ContextVar("locked", default=frozenset())
_YEARS: Final = range(1901, 3000)  # what imports accept, less one for the month before


class Opened:
    """One workspace, or with `known` the same as it stood at a former time."""

    def __init__(self, folder: Path, settings: Settings, *, known: Knowledge | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self._known = known
        books = folder / "books"
        self._shelf = BookShelf(books if known is None else books / knowing.FOLDER / known.name)
        self._readers = Readers(self._shelf)
        self._state: StateStore | None = None
        self._access: AccessStore | None = None
        self._growth: GrowthStore | None = None
        self._pinned: BookManifest | None = None
        self._builds = True

    def pinned(self) -> Self:
        """This workspace with today's book for every question, whatever is built meanwhile.

        So the figures of one page are of one book. A policy that the book lacks is refused, not computed.
        """
        same = type(self)(self.folder, self.settings, known=self._known)
        same._shelf, same._readers, same._state, same._access = self._shelf, self._readers, self.state, self.access
        same._growth = self.growth_state
        same._pinned, same._builds = self._current(), False
        return same

    @property
    def state(self) -> StateStore:
        """What people said of this company: segments, closings, corrections, notes, and the audit log."""
        if self._state is None:
            self._state = open_state(state_url(self.folder, self.settings.state))
        return self._state

    @property
    def access(self) -> AccessStore:
        """Who may ask: users, sessions and API tokens, beside the state."""
        if self._access is None:
            self._access = open_access(state_url(self.folder, self.settings.state))
        return self._access

    @property
    def growth_state(self) -> GrowthStore:
        """Offers, contacts, whom to leave alone, and what was listed, held out and suppressed, beside the state."""
        if self._growth is None:
            self._growth = open_growth(state_url(self.folder, self.settings.state))
        return self._growth

    @property
    def standing(self) -> str:
        """How answers stand to what is known today: `as reported: 2026-09 closed ...`, or `as known now`."""
        return "as known now" if self._known is None else self._known.text()

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

    def _take_in_webhooks(self, log: ImportLog, scratch: Path) -> None:
        for name in configured_sources(self.folder, self.settings):
            account = StripeAccount(self.folder, name, self.settings)
            if account.take_in_webhooks(now=system_clock) and account.is_landed:
                for each in account.import_tables(log, scratch, now=system_clock, progress=None):
                    self._record_import(each)

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
            with closed_after(work_connection(scratch)) as connection:
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
            facts = self._facts(manifest)
            yield (
                reader,
                replace(facts, quality=self.settings.quality, seat_metrics=self.settings.growth.seat_metrics),
                policy,
            )

    @contextmanager
    def _reading(self, policy_name: str | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, BookFacts, Policy]]:
        """The current book with every file of it verified."""
        policy = self.policy(policy_name)
        manifest = self._book_with(policy, policy_name)
        with storage_errors(self.folder):
            folder = self._shelf.open_folder(manifest)
            with closed_after(open_book(folder, manifest, policy)) as connection:
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
        if self._pinned is not None:
            named = ", ".join(lacking)
            raise UsageError(
                f"the book holds no policy {named}",
                code="policy_not_in_book",
                where=manifest.book_id,
                expected=f"one of: {', '.join(held)}",
                found=named,
                remedy=f"build it: `upswell build {' '.join(f'--policy {name}' for name in lacking)}`",
            )
        beside = [record.policy for record in manifest.policies if record.name not in lacking]
        return self._build([self.policy(), *beside, *lacking.values()], as_of=manifest.as_of, same_inputs_as=manifest)

    @contextmanager
    def _inputs_of(self, manifest: BookManifest) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the rows that a book was built from, prepared to run the models; nothing is written."""
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix="upswell-") as spill,
            closed_after(work_connection(Path(spill))) as connection,
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
        if self._pinned is not None:
            return self._pinned
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
        if not self._builds:
            raise UsageError(
                f"the book of then is not there: {known.text()}",
                code="former_book_lacking",
                where=known.name,
                remedy="ask for it on the command line once, with --as-of: that builds it again",
            )
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
        """Every metric that a closing fixes, of one month."""
        request = MetricRequest(names=closing.METRICS, month_from=month, month_to=month)
        with self._asking(policy) as (connection, facts, rules):
            return run_metrics(connection, request, facts=facts, policy=rules)

    def _facts(self, manifest: BookManifest) -> BookFacts:
        return replace(facts_of(manifest), standing=None if self._known is None else self._known.text())

    def today(self) -> date:
        """The day it is in the workspace's time zone."""
        return datetime.now(self.settings.zone).date()

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


def facts_of(manifest: BookManifest) -> BookFacts:
    """What questions must know of the book `manifest`."""
    return BookFacts(
        as_of=manifest.as_of,
        as_of_day=manifest.as_of.astimezone(ZoneInfo(manifest.timezone)).date(),
        workspace_currency=manifest.currency,
        book_id=manifest.book_id,
        held_back=manifest.held_back,
        timezone=manifest.timezone,
    )
