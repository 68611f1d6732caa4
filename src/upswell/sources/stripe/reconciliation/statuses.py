"""When a subscription was on trial, paused, past due or unpaid, read off invoices, failed payments and sightings.

sub_1   2026-01-10 to 01-24   trialing    its trial
        2026-04-24 to 04-27   past_due    in_31: ch_40 failed, paid on the 27th
        2026-06-24 to 07-24   paused      in_44 was voided without an attempt
        2026-09-10 to         unpaid      in_60: ch_71 was the last try

The ledger works this out in SQL; here it is done again, by plain loops, since what borrows its answer controls nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import duckdb

# A change that a sync saw within so much of the one before is of that day; a young draft may only wait for its hour.
DAY_KNOWN: Final = timedelta(hours=26)
_DRAFT_WAITS: Final = timedelta(days=3)
# Of several at one time the highest rules: nobody collects what is paused, and who does not pay is past nothing.
_STANDING: Final = {"past_due": 1, "trialing": 2, "paused": 3, "unpaid": 4}
_NEVER_BEGUN: Final = ("incomplete", "incomplete_expired")


@dataclass(frozen=True)
class Span:
    """A time in which the subscription is paused, unpaid, on trial or past due, and the objects that show it."""

    status: str
    starts_at: datetime
    ends_at: datetime | None
    objects: tuple[str, ...]

    @property
    def standing(self) -> int:
        """Which of two overlapping ones rules: the greater."""
        return _STANDING[self.status]

    def covers(self, instant: datetime) -> bool:
        """Whether it lasts at an instant."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass
class _Told:
    """What is told of one subscription: its versions as they were seen, its invoices, its failed payments."""

    versions: list[Mapping[str, Any]] = field(default_factory=list)
    invoices: list[Mapping[str, Any]] = field(default_factory=list)
    failures: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    period_starts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))


def read_spans(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Span]]:
    """The spans of each subscription, from a connection on which an account is landed (`derive.landed`)."""
    told: dict[str, _Told] = defaultdict(_Told)
    for row in _rows(connection, _VERSIONS):
        told[row["subscription_id"]].versions.append(row)
    owner: dict[str, str] = {}
    for row in _rows(connection, "select * exclude (lines) from invoices where subscription_id is not null"):
        owner[row["invoice_id"]] = row["subscription_id"]
        told[row["subscription_id"]].invoices.append(row)
    for invoice, failed_at, payment in connection.execute(_FAILURES).fetchall():
        if invoice in owner:
            told[owner[invoice]].failures[invoice].append((failed_at, payment))
    for invoice, started_at in connection.execute(_PERIOD_STARTS).fetchall():
        if invoice in owner:
            told[owner[invoice]].period_starts[invoice].append(started_at)
    last_read = connection.execute("select max(started_at) from readings").fetchone()
    read_at = last_read[0] if last_read else None
    # What becomes of a subscription when retries are exhausted is a setting of the account, which any unpaid one shows.
    leaves_unpaid = any(version["status"] == "unpaid" for each in told.values() for version in each.versions)
    return {
        name: [*_spans(name, each, read_at, leaves_unpaid=leaves_unpaid)]
        for name, each in told.items()
        if each.versions
    }


def _spans(name: str, told: _Told, read_at: datetime | None, *, leaves_unpaid: bool) -> Iterator[Span]:
    found = [
        *_trials(name, told.versions),
        *_past_due(told),
        *_unpaid(told, leaves_unpaid=leaves_unpaid),
        *_paused(name, told, read_at),
    ]
    return (span for span in found if span.ends_at is None or span.starts_at < span.ends_at)


def _trials(name: str, versions: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    """A trial lasts as long as it was ever said to; without a way to pay at its end the subscription is paused."""
    ends: dict[datetime, datetime] = {}
    for version in versions:
        start, end = version["trial_start"], version["trial_end"]
        if start is not None and end is not None:
            ends[start] = max(end, ends.get(start, end))
    for start, end in ends.items():
        yield Span("trialing", start, end, (name,))
    last = versions[-1]
    if last["status"] == "paused" and last["trial_end"] is not None:
        yield Span("paused", last["trial_end"], None, (name,))


def _past_due(told: _Told) -> Iterator[Span]:
    for invoice in told.invoices:
        failed = sorted(told.failures.get(invoice["invoice_id"], ()))
        if failed and invoice["billing_reason"] != "subscription_create":
            settled = invoice["paid_at"] or invoice["voided_at"] or invoice["uncollectible_at"]
            yield Span("past_due", failed[0][0], settled, (invoice["invoice_id"], *(payment for _, payment in failed)))


def _unpaid(told: _Told, *, leaves_unpaid: bool) -> Iterator[Span]:
    """From the last try on, where retries are exhausted and the subscription goes on unpaid."""
    last = told.versions[-1]
    exhausted = []
    for invoice in told.invoices:
        failed = sorted(told.failures.get(invoice["invoice_id"], ()))
        open_still = invoice["status"] in ("open", "uncollectible") and invoice["next_attempt_at"] is None
        if not failed or not open_still or invoice["billing_reason"] == "subscription_create":
            continue
        given_up_at, payment = failed[-1]
        went_on = last["ended_at"] is not None and last["ended_at"] > given_up_at
        drafts_since = any(each["status"] == "draft" and each["created_at"] > given_up_at for each in told.invoices)
        if last["status"] == "unpaid" or (went_on and (leaves_unpaid or drafts_since)):
            exhausted.append((given_up_at, invoice["invoice_id"], payment))
    if exhausted:
        given_up_at, invoice_id, payment = min(exhausted)
        yield Span("unpaid", given_up_at, None, (invoice_id, payment))


def _paused(name: str, told: _Told, read_at: datetime | None) -> Iterator[Span]:
    """Each moment at which something tells whether collection was paused: a period's invoice, else a sighting."""
    moments: dict[datetime, tuple[bool, str]] = {}
    for version in told.versions:
        at = _seen(version)
        if at is not None and version["status"] not in _NEVER_BEGUN:
            moments[at] = (bool(version["collection_paused"]), name)
    periods: dict[datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for invoice in told.invoices:
        if invoice["billing_reason"] == "subscription_cycle" and not _waits(invoice, read_at):
            for start in told.period_starts.get(invoice["invoice_id"], ()):
                periods[start].append(invoice)
    for start, invoices in periods.items():
        moments[start] = (all(_uncollected(each) for each in invoices), invoices[-1]["invoice_id"])
    turns: Sequence[tuple[datetime, datetime | None]] = [*pairwise(sorted(moments)), *_last(sorted(moments))]
    for at, until in turns:
        paused, shown_by = moments[at]
        if paused:
            yield Span("paused", at, until, (shown_by,))


def _last(moments: Sequence[datetime]) -> list[tuple[datetime, None]]:
    return [(moments[-1], None)] if moments else []


def _seen(version: Mapping[str, Any]) -> datetime | None:
    """From when on a sighting speaks: its moment or day where that is known, else the next period."""
    moment: datetime | None
    former: datetime | None = version["former_started_at"]
    if version["seen_in"] in ("event", "webhook") or (former is not None and version["seen_at"] - former <= DAY_KNOWN):
        moment = version["seen_at"]
    else:
        moment = version["current_period_end"] or version["items_period_end"]
    return moment


def _waits(invoice: Mapping[str, Any], read_at: datetime | None) -> bool:
    young = read_at is not None and invoice["created_at"] >= read_at - _DRAFT_WAITS
    return bool(invoice["status"] == "draft" and young)


def _uncollected(invoice: Mapping[str, Any]) -> bool:
    """What the three ways of pausing leave behind: void, uncollectible without an attempt, a draft."""
    if invoice["status"] == "uncollectible":
        return bool(invoice["attempt_count"] == 0)
    return invoice["status"] in ("void", "draft")


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_VERSIONS: Final = """
select versions.subscription_id, versions.status, versions.seen_at, versions.seen_in, versions.ended_at,
    versions.trial_start, versions.trial_end, versions.collection_paused, versions.current_period_end,
    items.period_end as items_period_end, readings.former_started_at
from subscription_versions as versions
asof left join readings on versions.seen_at >= readings.started_at
left join (
    select subscription_id, seen_no, max(current_period_end) as period_end
    from subscription_items group by subscription_id, seen_no
) as items on items.subscription_id = versions.subscription_id and items.seen_no = versions.seen_no
order by versions.seen_at, versions.seen_no
"""
_FAILURES: Final = """
select invoice_id, happened_at, payment_id from payments where status = 'failed' and invoice_id is not null
"""
_PERIOD_STARTS: Final = """
select distinct lines.invoice_id, lines.period_start
from lines
left join prices on prices.price_id = lines.price_id
where lines.item_id is not null and lines.subscription_id is not null and lines.amount >= 0
    and not lines.proration and not coalesce(prices.metered, false)
order by lines.invoice_id
"""
