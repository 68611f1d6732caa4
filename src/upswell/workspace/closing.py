"""Closing a month: what was reported stays what was reported, and what became known later is said with its cause.

    close("2026-09")        fixes imports, rules, instant and every figure of September under every policy of the book
    late invoice, build
    restatements("2026-09") expansion_mrr 1,200.00 reported, 1,260.00 now; Acme, seats, 60.00: import i-000009, late.csv

A closed month takes new facts like any other; they change what the current book says and never what was reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.contract.import_log import ImportEntry
from upswell.errors import BookError, UsageError
from upswell.exports.about import MONTH, money
from upswell.ledger.books import BookManifest
from upswell.ledger.corrections import CorrectionInForce, in_force, parse
from upswell.ledger.restating import BookSide, ChangedRows, changed_lines, changed_rows
from upswell.metrics.catalogue import entries as catalogue
from upswell.metrics.closed import RestatedFigure, restated
from upswell.state import Closing, Correction

# Figures that need more than the book: today's settings weigh them.
_NOT_REPORTED: Final = frozenset({"quality_mrr"})
METRICS: Final = tuple(metric.name for metric in catalogue() if metric.name not in _NOT_REPORTED)
_RATES: Final = "rates"
_AMOUNT: Final = pa.decimal128(38, 6)
_LINE_TYPES: Final = {
    **dict.fromkeys(("month", "policy", "customer_id", "plan_id", "kind", "driver", "currency"), pa.string()),
    **dict.fromkeys(("reported", "restated", "difference"), _AMOUNT),
    "money_difference": pa.decimal128(38, 18),
    "causes": pa.string(),
}
LINE_AMOUNTS: Final = {"month": MONTH} | dict.fromkeys(
    ("reported", "restated", "difference"), money(currency_column="currency")
)
_SAYS: Final = {
    "import": "import {subject}, {file}",
    "undo": "import {subject} undone, {file}",
    "withdrawn": "withdrawn by import {subject}, {file}",
    "held_back": "held back since import {subject}, {file}",
    "rates": "rates of import {subject}, {file}",
    "correction": "correction {subject}",
    "policy": "policy {subject} has other rules",
    "program": "{subject}",
}


class ClosingNotReproducedError(BookError):
    """This release computes other figures from the inputs of a closing than were reported."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why lines of a customer differ: what kind of event, which import (or policy), and what it is called.

    `kind` is import, undo, withdrawn, held_back, rates, correction, policy or program.
    """

    kind: str
    subject: str
    file: str | None = None
    at: datetime | None = None

    def text(self) -> str:
        """One line for a reader."""
        return _SAYS[self.kind].format(subject=self.subject, file=self.file)


@dataclass(frozen=True, kw_only=True)
class RestatedLine:
    """What differs for one customer, plan, kind and driver in a currency; kind `opening` is all that came before.

    Amounts are exact, in `currency`; `money_difference` is in the workspace's currency, None where a rate is lacking.
    """

    customer_id: str
    plan_id: str | None
    kind: str
    driver: str | None
    currency: str
    reported: Decimal
    restated: Decimal
    difference: Decimal
    money_difference: Decimal | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True, kw_only=True)
class Restatement:
    """A closed month under one policy: the figures that differ from those reported, and the lines behind them."""

    month: str
    closed_at: datetime
    closed_by: str
    policy: str
    currency: str
    figures: tuple[RestatedFigure, ...]
    lines: tuple[RestatedLine, ...]

    @property
    def is_restated(self) -> bool:
        """Whether anything differs."""
        return bool(self.figures or self.lines)


def latest(closings: Sequence[Closing]) -> dict[str, Closing]:
    """The closing in force of each month that is closed, by month."""
    last = {closing.month: closing for closing in closings}
    return {month: last[month] for month in sorted(last) if last[month].action == "close"}


def require_closed(month: str, closings: Sequence[Closing]) -> Closing:
    """The closing of `month` in force. Raises `UsageError` where there is none."""
    closed = latest(closings)
    if month in closed:
        return closed[month]
    before = [closing for closing in closings if closing.month == month]
    found = "it was never closed" if not before else f"reopened {before[-1].at:%Y-%m-%d %H:%M} by {before[-1].author}"
    raise UsageError(
        f"{month} is not closed",
        code="month_not_closed",
        expected=f"one of: {', '.join(closed)}" if closed else "a closed month; none is",
        found=found,
        remedy=f"`upswell close {month}` closes it; --as-of takes a time as well, such as 2026-10-05T12:00",
    )


def require_open(month: str, closings: Sequence[Closing]) -> None:
    """Raise `UsageError` where `month` is closed already."""
    closing = latest(closings).get(month)
    if closing is not None:
        raise UsageError(
            f"{month} is closed already",
            code="month_closed",
            expected="a month that is open",
            found=f"closed {closing.at:%Y-%m-%d %H:%M} by {closing.author}",
            remedy=f"`upswell reopen {month} --reason TEXT` opens it again",
        )


def require_closed_policy(closing: Closing, policy: str) -> None:
    """Raise `UsageError` where a month was closed without `policy`: nothing was reported under it."""
    reported = closing.record["figures"]
    if policy not in reported:
        raise UsageError(
            f"{closing.month} was not closed under policy {policy}",
            code="policy_not_closed",
            expected=f"one of: {', '.join(reported)}",
            found=policy,
            remedy="ask for one of them; a month is closed under the policies that the book then holds",
        )


def require_reason(reason: str, *, what: str) -> str:
    """The reason without blanks around it. Raises `UsageError` for an empty one."""
    if not reason.strip():
        raise UsageError(
            f"{what} needs a reason",
            code="reason_missing",
            expected="--reason TEXT",
            found="no text",
            remedy="say why, for whoever reads the log later",
        )
    return reason.strip()


def closing_record(
    manifest: BookManifest,
    entries: Sequence[ImportEntry],
    corrections: Sequence[CorrectionInForce],
    figures: Mapping[str, pa.Table],
) -> dict[str, Any]:
    """What the closing of a month fixes; `figures` are the metrics of the month under each policy by its name."""
    return {
        "book": manifest.book_id,
        "as_of": manifest.as_of.isoformat(),
        "fingerprint": manifest.fingerprint,
        "currency": manifest.currency,
        "held_back": manifest.held_back,
        "imports": [each.import_id for each in entries if each.undone_at is None],
        "corrections": [each.id for each in corrections],
        "policies": [record.model_dump(mode="json") for record in manifest.policies],
        "figures": {policy: _texts(table) for policy, table in figures.items()},
    }


def restated_figures(closing: Closing, policy: str, now: pa.Table) -> tuple[RestatedFigure, ...]:
    """The figures that the closing fixed under `policy` and that are others in the table `now` of the same month."""
    texts = closing.record["figures"][policy]
    return restated({metric: None if text is None else Decimal(text) for metric, text in texts.items()}, _values(now))


def require_reproduced(closing: Closing, policy: str, again: pa.Table) -> None:
    """Raise `ClosingNotReproducedError` where the book of a closing, built again, does not say what was reported."""
    differing = [each for each in restated_figures(closing, policy, again) if each.unit == "money"]
    if differing:
        first = differing[0]
        raise ClosingNotReproducedError(
            f"{closing.month} cannot be shown as it was closed: this release computes another {first.metric} from the "
            "same inputs",
            code="closing_not_reproduced",
            where=f"closing of {closing.month}, {closing.at:%Y-%m-%d %H:%M}",
            expected=f"{first.metric} {first.reported}, as reported",
            found=f"{first.restated}",
            remedy="`upswell restatements` shows what was reported beside what is computed now; restore a backup of "
            "the closed book to drill into it",
        )


def restated_lines(
    former: BookSide,
    later: BookSide,
    *,
    month: str,
    closing: Closing,
    entries: Sequence[ImportEntry],
    corrections: Sequence[Correction],
) -> tuple[RestatedLine, ...]:
    """Customer by customer what makes a month differ from what was reported, with the causes."""
    first = datetime.strptime(f"{month}-01", "%Y-%m-%d").date()  # noqa: DTZ007 -- a day, not an instant
    rows = changed_lines(former, later, month=first).to_pylist()
    rows.sort(key=lambda row: (-abs(row["money_difference"] or row["difference"]), row["customer_id"], row["kind"]))
    customers = sorted({row["customer_id"] for row in rows})
    changes: dict[str, list[ChangedRows]] = {}
    for change in changed_rows(former, later, customers) if customers else ():
        changes.setdefault(change.customer_id, []).append(change)
    known = _Causes(closing, entries, corrections, former, later)
    return tuple(
        RestatedLine(
            customer_id=row["customer_id"],
            plan_id=row["plan_id"],
            kind=row["kind"],
            driver=row["driver"],
            currency=row["currency"],
            reported=row["former"],
            restated=row["later"],
            difference=row["difference"],
            money_difference=row["money_difference"],
            causes=tuple(
                known.of(row["customer_id"], changes.get(row["customer_id"], []), at_rate=row["difference"] == 0)
            ),
        )
        for row in rows
    )


def lines_table(restatements: Sequence[Restatement]) -> pa.Table:
    """The lines of restatements as a table: month, policy, the columns of `RestatedLine`, causes as one text."""
    rows = [
        {
            "month": each.month,
            "policy": each.policy,
            **{name: getattr(line, name) for name in _LINE_TYPES if name not in ("month", "policy", "causes")},
            "causes": "; ".join(cause.text() for cause in line.causes),
        }
        for each in restatements
        for line in each.lines
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(_LINE_TYPES.items())))


class _Causes:
    """Which events since a closing stand behind the changed rows of a customer."""

    def __init__(
        self,
        closing: Closing,
        entries: Sequence[ImportEntry],
        corrections: Sequence[Correction],
        former: BookSide,
        later: BookSide,
    ) -> None:
        self._entries = {entry.no: entry for entry in entries}
        reported = set(closing.record["imports"])
        self._since = [entry for entry in entries if entry.import_id not in reported and entry.undone_at is None]
        self._undone = [entry for entry in entries if entry.import_id in reported and entry.undone_at is not None]
        self._rules_changed = former.policy.content_hash() != later.policy.content_hash()
        self._policy = later.policy.name
        corrected = set(closing.record["corrections"])
        self._in_force = {each.id for each in in_force(corrections)}
        differing = corrected ^ self._in_force
        self._corrected = [each for each in corrections if each.undoes is None and each.id in differing]
        self._undoing = {each.undoes: each for each in corrections if each.undoes is not None}

    def of(self, customer: str, changes: Sequence[ChangedRows], *, at_rate: bool) -> Iterator[Cause]:
        """The causes of one line; `at_rate` says that its amount is the same and only the rates differ."""
        if at_rate:
            yield from self._of_rates()
            return
        # A row of an import of then counts again where what had taken its place is gone: no cause of its own.
        new = {entry.no for entry in self._since}
        come = {change.import_no for change in changes if change.change == "come"} & new
        gone = {change.import_no for change in changes if change.change == "gone"}
        corrected = list(self._of_corrections(customer))
        if corrected:
            # Rows that a correction gives to somebody else, or dates anew, are gone for no other cause.
            yield from corrected
            gone &= {entry.no for entry in self._undone}
        causes: list[Cause] = [
            *(_import("import", self._entries[number]) for number in sorted(come)),
            *self._of_gone(sorted(gone), replaced=bool(come)),
        ]
        yield from causes or (() if corrected else self._of_rules())

    def _of_corrections(self, customer: str) -> Iterator[Cause]:
        for each in self._corrected:
            change = parse(each.kind, each.payload)
            if customer in change.touched():
                # The last word on it: an undo, or an undo of that.
                entry = each
                while entry.id in self._undoing:
                    entry = self._undoing[entry.id]
                word = "" if entry is each else "again: " if each.id in self._in_force else "no longer: "
                yield Cause(kind="correction", subject=f"{entry.id}, {word}{change.text()}", at=entry.at)

    def _of_gone(self, numbers: Sequence[int], *, replaced: bool) -> Iterator[Cause]:
        for number in numbers:
            entry = self._entries.get(number)
            if entry is None:
                continue
            if entry.undone_at is not None:
                yield Cause(kind="undo", subject=entry.import_id, file=entry.file, at=entry.undone_at)
            elif not replaced:
                of_source = [each for each in self._since if (each.table, each.source) == (entry.table, entry.source)]
                yield from (_import("withdrawn", each) for each in of_source if each.replace)
                yield from (_import("held_back", each) for each in of_source if not each.replace)

    def _of_rates(self) -> Iterator[Cause]:
        yield from (_import("rates", each) for each in self._since if each.table == _RATES)
        yield from (
            Cause(kind="undo", subject=each.import_id, file=each.file, at=each.undone_at)
            for each in self._undone
            if each.table == _RATES
        )

    def _of_rules(self) -> Iterator[Cause]:
        if self._rules_changed:
            yield Cause(kind="policy", subject=self._policy)
        else:
            # A row that left no trace in what counts, such as one that takes an item's place and is worth the same.
            yield from (_import("import", each) for each in self._since)
            if not self._since:
                yield Cause(kind="program", subject="another release, or a later as-of")


def _import(kind: str, entry: ImportEntry) -> Cause:
    return Cause(kind=kind, subject=entry.import_id, file=entry.file, at=entry.at)


def _texts(table: pa.Table) -> dict[str, str | None]:
    return {metric: None if value is None else str(value) for metric, value in _values(table).items()}


def _values(table: pa.Table) -> dict[str, Decimal | None]:
    return dict(zip(table.column("metric").to_pylist(), table.column("value").to_pylist(), strict=True))
