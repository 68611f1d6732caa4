"""The scorecard with what backs it: how right it would have been at former days, beside a score weighed by hand.

origins 8, base rate 6.1 %; AUC 0.67 fitted, 0.56 by hand; of the low band 14 % lost MRR, of the high one 3 %
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.rolling.measures import auc
from upswell.analysis.rolling.origins import Origin, every_day, former_origins, learned_before
from upswell.analysis.signals.reading import first_unknown_day, read_signals
from upswell.growth.health.bins import SIGNALS
from upswell.growth.health.hand import hand_weighted
from upswell.growth.health.outcome import LEAVING, Seen
from upswell.growth.health.scorecard import Band, Scorecard, fit_scorecard
from upswell.metrics.reading import GivesTables
from upswell.metrics.request import BookFacts
from upswell.metrics.view import first_month
from upswell.policy.model import Policy

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Array = np.ndarray[Any, Any]

LOST_MIN: Final = 100
ORIGINS_MIN: Final = 3
NAMES: Final = (*SIGNALS, LEAVING, "mrr")
BANDS: Final[tuple[Band, ...]] = ("low", "medium", "high")


@dataclass(frozen=True)
class HealthOrigin:
    """One origin: how many customers, how many of them lost MRR, and how well each score told them apart."""

    day: date
    customers: int
    lost: int
    auc: float | None
    auc_by_hand: float | None


@dataclass(frozen=True)
class BandRate:
    """A band over all origins: how many customers stood in it, and the share of them that lost MRR."""

    band: Band
    customers: int
    rate: float | None


@dataclass(frozen=True)
class Health:
    """The scorecard of a book as of `day`, and its backtest; without a card, the `reason`.

    `auc` and `auc_by_hand` are means over origins, of customers that the card in question had not learned from.
    """

    policy: str
    policy_hash: str
    book_id: str
    day: date
    card: Scorecard | None
    learned_from: date | None
    learned_to: date | None
    base_rate: float | None
    origins: tuple[HealthOrigin, ...]
    auc: float | None
    auc_by_hand: float | None
    bands: tuple[BandRate, ...]
    reason: str | None


@dataclass(frozen=True)
class HealthPast:
    """What a book knows of former days."""

    policy: str
    policy_hash: str
    book_id: str
    day: date
    origins: tuple[Origin, ...]
    learned: tuple[date, ...]
    seen: Mapping[date, Seen]


def read_health_past(connection: GivesTables, *, facts: BookFacts, policy: Policy) -> HealthPast:
    """Read all that a scorecard and its backtest need."""
    first, day = first_month(connection), first_unknown_day(facts)
    origins = () if first is None else former_origins(day, first=first)
    learned = () if first is None else learned_before(day, first=first)

    def features(each: date) -> pa.Table:
        return read_signals(connection, each, facts=facts, names=NAMES)

    with analysis_extra():
        days = sorted({*every_day(origins), *learned})
        seen = {each: Seen.at(connection, each, features) for each in days}
    return HealthPast(policy.name, policy.content_hash(), facts.book_id, day, origins, learned, seen)


def health_of(past: HealthPast) -> Health:
    """The scorecard and its backtest. With few origins, or few losses, there is none, and the reason."""
    with analysis_extra():
        learned = [past.seen[day] for day in past.learned]
        lost = sum(int(each.lost.sum()) for each in learned)
        customers = sum(len(each.lost) for each in learned)
        if len(past.origins) < ORIGINS_MIN or not customers:
            why = f"{len(past.origins)} former days can be looked at, and {ORIGINS_MIN} are needed"
            return _health(past, None, None, (), (), why)
        base_rate = lost / customers
        if lost < LOST_MIN or lost == customers:
            why = f"{lost} losses of MRR are in the past that can be looked at, and {LOST_MIN} are needed"
            return _health(past, None, base_rate, (), (), why)
        tried = [each for origin in past.origins if (each := _tried(origin, past.seen)) is not None]
        card = _card(learned)
        nothing = None if card is not None else "no signal tells who loses MRR"
        return _health(past, card, base_rate, tuple(each for each, _ in tried), _band_rates(tried), nothing)


def signal_values(table: pa.Table, day: date) -> Mapping[str, Array]:
    """The signals of the scorecard as numbers, nan where nothing is known."""
    from upswell.analysis.rolling.encoding import Encoding  # noqa: PLC0415 -- of the extra

    names = tuple(SIGNALS)
    matrix = Encoding(names, {}).matrix(table, day)
    return {name: matrix[:, place] for place, name in enumerate(names)}


def _values(seen: Sequence[Seen]) -> Mapping[str, Array]:
    import numpy as np  # noqa: PLC0415 -- of the extra

    each_day = [signal_values(each.known.signals, each.known.day) for each in seen]
    return {name: np.concatenate([values[name] for values in each_day]) for name in SIGNALS}


def _card(learned: Sequence[Seen]) -> Scorecard | None:
    import numpy as np  # noqa: PLC0415 -- of the extra

    return fit_scorecard(_values(learned), np.concatenate([each.lost for each in learned]))


_Tried = tuple[HealthOrigin, Mapping[Band, tuple[int, int]]]


def _tried(origin: Origin, seen: Mapping[date, Seen]) -> _Tried | None:
    import numpy as np  # noqa: PLC0415 -- of the extra

    learned, test = [seen[day] for day in origin.learned], seen[origin.day]
    lost = np.concatenate([each.lost for each in learned])
    card = _card(learned) if 0 < lost.sum() < len(lost) else None
    if card is None:
        return None
    values = signal_values(test.known.signals, test.known.day)
    points = card.points(values, rows=len(test.lost))
    by_hand = hand_weighted(values, rows=len(test.lost))
    bands = np.array([card.band(each) for each in points.tolist()], dtype=object)
    counts = {band: (int((bands == band).sum()), int(test.lost[bands == band].sum())) for band in BANDS}
    found = HealthOrigin(
        origin.day, len(test.lost), int(test.lost.sum()), auc(-points, test.lost), auc(-by_hand, test.lost)
    )
    return found, counts


def _band_rates(tried: Sequence[_Tried]) -> tuple[BandRate, ...]:
    found = []
    for band in BANDS:
        customers = sum(counts[band][0] for _, counts in tried)
        lost = sum(counts[band][1] for _, counts in tried)
        found.append(BandRate(band, customers, lost / customers if customers else None))
    return tuple(found)


def _health(
    past: HealthPast,
    card: Scorecard | None,
    base_rate: float | None,
    origins: tuple[HealthOrigin, ...],
    bands: tuple[BandRate, ...],
    reason: str | None,
) -> Health:
    return Health(
        policy=past.policy,
        policy_hash=past.policy_hash,
        book_id=past.book_id,
        day=past.day,
        card=card,
        learned_from=past.learned[-1] if past.learned else None,
        learned_to=past.learned[0] if past.learned else None,
        base_rate=base_rate,
        origins=origins,
        auc=_mean([each.auc for each in origins]),
        auc_by_hand=_mean([each.auc_by_hand for each in origins]),
        bands=bands,
        reason=reason,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
