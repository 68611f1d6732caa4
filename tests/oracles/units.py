"""What pays and leaves as one: the customer, or under `level = "subscription"` each of its subscriptions.

A customer who pays 100 on one subscription takes a second for 40: `expansion` where the customer is
the unit; where the subscription is, the second has paid nothing before and is `new`.

`without_dropped_episodes` does what `new_and_churned = "neither"` says. Where the rules leave room:

- What is dropped is worth nothing and is in no group of netted changes. It goes on to hold its product, as a pause
  does: the customer had it, whatever is booked.
- A moment that the month cuts at `as_of` is two, so an episode begun before and ended after it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .moments import Moment
from .policies import OraclePolicy
from .spans import from_then_on, just_before, pays, split
from .values import Span

Episode = tuple[Moment, Moment]


def unit_of(span: Span, *, policy: OraclePolicy) -> str:
    """The name of the span's unit inside its customer."""
    return "" if policy.level == "customer" else span.version.subscription_id


def of_unit(spans: Iterable[Span], unit: str, *, policy: OraclePolicy) -> list[Span]:
    """The unit's own spans."""
    return [span for span in spans if unit_of(span, policy=policy) == unit]


def without_dropped_episodes(spans: Sequence[Span], moments: Sequence[Moment], *, policy: OraclePolicy) -> list[Span]:
    """The spans as they stand, apart from what is new and churned in one month where neither is booked."""
    if policy.new_and_churned == "both":
        return list(spans)
    kept: list[Span] = []
    for unit in sorted({unit_of(span, policy=policy) for span in spans}):
        own = of_unit(spans, unit, policy=policy)
        dropped = _dropped_episodes(own, moments)
        for episode in dropped:
            own = [part for span in own for part in _without(span, episode)]
        kept += own
    return kept


def _dropped_episodes(spans: Sequence[Span], moments: Sequence[Moment]) -> list[Episode]:
    """The unit's first paying episodes, as long as each begins and ends in one calendar month."""
    dropped: list[Episode] = []
    begun: Moment | None = None
    for moment in moments:
        paid = pays(just_before(spans, moment.first).values())
        paying = pays(from_then_on(spans, moment.last).values())
        if paying and not paid:
            begun = moment
        elif paid and not paying and begun is not None:
            one_month = (begun.day.year, begun.day.month) == (moment.day.year, moment.day.month)
            if not one_month or begun.scheduled != moment.scheduled:
                break
            dropped.append((begun, moment))
    return dropped


def _without(span: Span, episode: Episode) -> list[Span]:
    """The span's parts, the one inside the episode worth nothing."""
    begin, end = episode[0].first, episode[1].last
    if not span.counts:
        return [span]
    parts = [part for half in split(span, begin) for part in split(half, end)]
    return [
        replace(part, counts=False)
        if begin <= part.starts_at and part.ends_at is not None and part.ends_at <= end
        else part
        for part in parts
    ]
