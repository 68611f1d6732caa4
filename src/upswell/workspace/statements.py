"""The use cases for what people say: notes, segments, corrections, whom to forget; and the log of all that was done."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing as closed_after
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from upswell.contract.erasure import Erasure
from upswell.contract.import_log import ImportLog
from upswell.contract.state import LogState
from upswell.contract.store import ImportStore
from upswell.engines.duckdb import storage_errors, work_connection
from upswell.ledger.books import BookManifest
from upswell.ledger.corrections import CorrectionInForce, digest, in_force, original, parse
from upswell.ledger.restating import BookSide
from upswell.metrics.planner import check_filter
from upswell.policy import Policy
from upswell.sources import read_file
from upswell.state import AuditEntry, Correction, Note, Segment
from upswell.workspace import closing, correcting, forgetting
from upswell.workspace.author import this_author
from upswell.workspace.correcting import CorrectionPreview
from upswell.workspace.forgetting import Forgotten
from upswell.workspace.lock import writing

if TYPE_CHECKING:
    pass

from upswell.workspace.opened import Opened


class Statements(Opened):
    """What people know that no billing system does, with its author."""

    def audit(self, *, action: str | None = None) -> tuple[AuditEntry, ...]:
        """The audit log (of one action), oldest first: imports, builds, closings and edits, with who and when."""
        return self.state.audit(action=action)

    def add_note(self, subject: str, *, text: str, kind: str = "customer", author: str | None = None) -> Note:
        """Write a note to a customer, a month or a movement (`kind`)."""
        return self.state.add_note(kind, subject, text, author=author or this_author(), at=datetime.now(UTC))

    def notes(self, subject: str | None = None, *, kind: str | None = None) -> tuple[Note, ...]:
        """Every note (to one subject, of one kind), oldest first."""
        return self.state.notes(kind, subject)

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
            with self._writing("forget") as scratch, closed_after(work_connection(scratch)) as connection:
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
