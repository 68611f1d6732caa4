"""The use cases of closed months: close, reopen, as of, restatements."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from upswell.engines.duckdb import storage_errors
from upswell.ledger.restating import BookSide
from upswell.metrics.closed import ClosedMonth
from upswell.metrics.months import Month
from upswell.state import Closing
from upswell.workspace import closing, knowing
from upswell.workspace.author import this_author
from upswell.workspace.closing import ClosingNotReproducedError, RestatedLine, Restatement
from upswell.workspace.reconciling import require_over

if TYPE_CHECKING:
    pass

from upswell.workspace.opened import Opened


class ClosedMonths(Opened):
    """What was reported stays, and what came later is said with its cause (docs/closing.md)."""

    def as_of(self, when: str | datetime) -> Self:
        """This workspace as it stood: as of a closed month ("2026-09") or of a time; every question can be asked of it.

        A month is answered by the book with which it was closed, a time from the imports that had come by then, under
        today's rules. Raises `UsageError` for a month that is not closed and a time before the first import.
        """
        self._require_now("as-of")
        if isinstance(when, str):
            then = knowing.closed_knowledge(closing.require_closed(str(Month.parse(when)), self.state.closings()))
            settings = self.settings.model_copy(update={"policy": then.policies[0].name})
        else:
            then = knowing.knowledge_at(
                self._instant(when), self._log().entries(), self._entries_of_state(), self.policy()
            )
            settings = self.settings
        former = type(self)(self.folder, settings, known=then)
        former._state, former._builds = self._state, self._builds
        return former

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
