"""From a book to a model: what is read of it, and what follows, which takes longer and needs no book.

    read = read_past(connection, facts=facts, policy=policy)
    fit = fit_of(read)                                             # with its backtest

The model that scores today learns from the latest month starts whose 90 days are over, by the method that the backtest
chose. Whether a signal looks ahead is tested at the last origin each time: a score that knows the future is worth
nothing, however good its backtest looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa

from upswell.analysis.extra import analysis_extra
from upswell.analysis.propensity.backtest import Asked, backtest
from upswell.analysis.propensity.candidates import METHODS
from upswell.analysis.propensity.fitted import EXPANDED_MIN, learn_from
from upswell.analysis.propensity.scores import Fit
from upswell.analysis.propensity.snapshots import Known, Snapshot
from upswell.analysis.rolling.origins import Origin, every_day, former_origins, learned_before
from upswell.analysis.signals.catalogue import SIGNALS
from upswell.analysis.signals.point_in_time import leaks
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.metrics.reading import GivesTables
from upswell.metrics.request import BookFacts
from upswell.metrics.view import first_month
from upswell.policy.model import Policy

# The stage of a customer knows of ends today that nobody could know of a former day: what a model would learn of it is
# not what it would be told.
_NOT_READ: Final = ("stage",)
NAMES: Final = tuple(each.name for each in SIGNALS if each.is_feature and each.name not in _NOT_READ)
PLAN_AND_SIZE: Final = "plan and size"
_CUSTOMERS_CHECKED: Final = 1000


@dataclass(frozen=True)
class Past:
    """What a book knows of former days: the origins, and all that they and the model of today learn from."""

    asked: Asked
    policy_hash: str
    day: date
    origins: tuple[Origin, ...]
    learned: tuple[date, ...]
    snapshots: Mapping[date, Snapshot]
    leaks: tuple[str, ...]


def signals_on(
    connection: GivesTables, *, facts: BookFacts, policy: Policy, by: str | None
) -> Callable[[date], pa.Table]:
    """The signals of a day that models read, with the attribute that segments are made of, if one is named."""
    beside = () if by is None or by in NAMES else (by,)

    def read(day: date) -> pa.Table:
        return read_signals(connection, day, facts=facts, policy=policy, names=NAMES, attributes=beside)

    return read


def read_past(connection: GivesTables, *, facts: BookFacts, policy: Policy, by: str | None = None) -> Past:
    """Read all that a model and its backtest need. Raises `UsageError` for an attribute that is none."""
    first, day = first_month(connection), first_unknown_day(facts)
    origins = () if first is None else former_origins(day, first=first)
    learned = () if first is None else learned_before(day, first=first)
    features = signals_on(connection, facts=facts, policy=policy, by=by)
    days = sorted({*every_day(origins), *learned})
    with analysis_extra():
        snapshots = {each: Snapshot.at(connection, each, features, by=by) for each in days}
    return Past(
        asked=Asked(policy.name, facts.book_id, day, facts.workspace_currency, by or PLAN_AND_SIZE),
        policy_hash=policy.content_hash(),
        day=day,
        origins=origins,
        learned=learned,
        snapshots=snapshots,
        leaks=_leaks(connection, origins, snapshots, facts),
    )


def fit_of(past: Past) -> Fit:
    """The model of today, and the backtest behind it."""
    with analysis_extra():
        tested = backtest(past.snapshots, past.origins, names=NAMES, asked=past.asked, leaks=past.leaks)
        learned = [each for day in past.learned if len(each := past.snapshots[day])]
        if sum(int(each.expanded.sum()) for each in learned) < EXPANDED_MIN:
            # A rate of so few would look like one that is known.
            return Fit(tested.book_id, past.policy_hash, past.day, None, tested)
        method = next((each for each in METHODS if each == tested.chosen), None)
        fitted = learn_from(learned, NAMES, methods=(method,))[method]
        return Fit(tested.book_id, past.policy_hash, past.day, fitted, tested)


def read_known(
    connection: GivesTables, *, facts: BookFacts, policy: Policy, by: str | None = None, where: str | None = None
) -> tuple[Known, Sequence[str] | None]:
    """What is known of every paying customer now, and the ids of those that `where` lets through (None: all)."""
    day = first_unknown_day(facts)
    with analysis_extra():
        known = Known.at(connection, day, signals_on(connection, facts=facts, policy=policy, by=by), by=by)
    if where is None:
        return known, None
    chosen = read_signals(connection, day, facts=facts, policy=policy, names=("mrr",), where=where)
    return known, chosen["customer_id"].to_pylist()


def _leaks(
    connection: GivesTables, origins: Sequence[Origin], snapshots: Mapping[date, Snapshot], facts: BookFacts
) -> tuple[str, ...]:
    if not origins:
        return ()
    last = origins[-1].day
    part = max(1, len(snapshots[last]) // _CUSTOMERS_CHECKED)
    asked = tuple(each for each in SIGNALS if each.name in NAMES)
    return tuple(each.signal for each in leaks(connection, last, facts=facts, signals=asked, sample=part))
