"""An item's rows cut into spans in which nothing changes, by the policy's rules on ends, trials and late payment.

    2026-01-01 to 2026-04-01, 20 % off until 2026-02-01

is two spans, the first discounted. In order: when the row ends (a request to cancel may end it
sooner), the end of its trial and of its discount, its status, and the day on which a payment that
stays late is given up (`lapsed`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.stories.terms import Columns
from upswell.policy import Policy


@dataclass(frozen=True)
class Span:
    """A part of a row: [starts, ends), its status there, and whether its discount has run out."""

    row: Columns
    starts: datetime
    ends: datetime | None
    status: str
    discount_gone: bool


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a timestamp; without offset it is local to the zone."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def spans_of_an_item(rows: Iterable[Columns], *, zone: ZoneInfo, policy: Policy) -> list[Span]:
    """Return the spans of one item in order of start."""
    ordered = sorted(rows, key=lambda row: instant(row["starts_at"], zone))
    starts = {instant(row["starts_at"], zone) for row in ordered}
    spans = [span for row in ordered for span in parts(row, starts, zone=zone, policy=policy)]
    if policy.past_due_churn_days is None:
        return spans
    return [part for run in runs(spans) for part in lapsing(run, zone=zone, days=policy.past_due_churn_days)]


def given(row: Columns, name: str, zone: ZoneInfo) -> datetime | None:
    return instant(row[name], zone) if row.get(name) else None


def effective_end(row: Columns, starts: set[datetime], *, zone: ZoneInfo, policy: Policy) -> datetime | None:
    """Return when a row ends: at the request to cancel if the policy says so and no row of its item adjoins."""
    ends, asked = given(row, "ends_at", zone), given(row, "cancel_requested_at", zone)
    if policy.churn_date == "period_end" or asked is None or ends in starts or (ends is not None and asked >= ends):
        return ends
    return max(asked, instant(row["starts_at"], zone))


def parts(row: Columns, starts: set[datetime], *, zone: ZoneInfo, policy: Policy) -> Iterator[Span]:
    """Yield the parts of a row, cut at the end of its trial and of its discount."""
    start, end = instant(row["starts_at"], zone), effective_end(row, starts, zone=zone, policy=policy)
    trial, discount = given(row, "trial_until", zone), given(row, "discount_until", zone)
    inside = {cut for cut in (trial, discount) if cut and start < cut and (end is None or cut < end)}
    edges: list[datetime | None] = [start, *sorted(inside), end]
    for begins, ends in pairwise(edges):
        if begins is not None and begins != ends:
            gone = discount is not None and begins >= discount
            yield Span(row, begins, ends, status(row, begins, trial), gone)


def status(row: Columns, at: datetime, trial: datetime | None) -> str:
    """Return a row's status at an instant: before the end of its trial it is trialing, after it active."""
    said = row.get("status") or "active"
    if trial is None or said in ("paused", "unpaid"):
        return said
    if at < trial:
        return "trialing"
    return "active" if said == "trialing" else said


def runs(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Yield unbroken runs of late payment together, every other span alone."""
    run: list[Span] = []
    for span in spans:
        late = span.status == "past_due"
        if run and not (late and run[-1].status == "past_due" and run[-1].ends == span.starts):
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def lapsing(run: Sequence[Span], *, zone: ZoneInfo, days: int) -> Iterator[Span]:
    """Yield a run with the part after its last local midnight given up."""
    if run[0].status != "past_due":
        yield from run
        return
    day = run[0].starts.astimezone(zone).date() + timedelta(days=days)
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    for span in run:
        if span.starts >= midnight:
            yield replace(span, status="lapsed")
        elif span.ends is None or span.ends > midnight:
            yield replace(span, ends=midnight)
            yield replace(span, starts=midnight, status="lapsed")
        else:
            yield span
