"""The backtest: at each former origin every model learns only from what was over by then, and is judged by what came.

    origin 2025-10-01 learned from 2024-08-01 to 2025-07-01: 6,713 customers, 15.2 % expanded by 2025-12-29
      boosting AUC 0.72, segment base rate 0.55, rules 0.67

Beside the models stand the segment base rate and the rules, which anybody could use without one. Which model: the one
with the least log loss at all origins but the last two, the regression where they are within 1 %. Whether it may rank
customers is decided over all origins, each against the segment base rate of the same origin: its AUC must be higher at
three origins of four or more, and its Brier score lower on average. One lucky origin proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.propensity.candidates import METHODS
from upswell.analysis.propensity.fitted import EXPANDED_MIN, RULES, SEGMENT, Fitted, Told, learn_from
from upswell.analysis.propensity.report import Backtest, OriginScored, Scored, means
from upswell.analysis.propensity.rules import points_of
from upswell.analysis.propensity.sentences import told_in_words
from upswell.analysis.propensity.snapshots import Snapshot
from upswell.analysis.rolling.measures import (
    Tenth,
    auc,
    brier,
    calibration,
    calibration_error,
    caught_by_top,
    log_loss,
)
from upswell.analysis.rolling.origins import Origin

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

KEPT_FROM_CHOICE: Final = 2
_CLOSE: Final = 1.01
_OF_ORIGINS: Final = 0.75
_FEW: Final = f"fewer than {EXPANDED_MIN} expansions to learn from at each origin"
_SHORT: Final = "the history is too short: an origin needs three month starts whose 90 days were over by then"


@dataclass(frozen=True)
class Asked:
    """What a backtest is of, as it is told beside the figures."""

    policy: str
    book_id: str
    as_of: date
    currency: str
    by: str


@dataclass(frozen=True)
class _Tried:
    """One origin: its figures, and what each model said."""

    scored: OriginScored
    said: Mapping[str, Array]
    expanded: Array


def backtest(
    snapshots: Mapping[date, Snapshot],
    origins: Sequence[Origin],
    *,
    names: Sequence[str],
    asked: Asked,
    leaks: Sequence[str] = (),
) -> Backtest:
    """The backtest over `origins`, whose days are in `snapshots`; `names` are the signals to learn from."""
    tried = [found for origin in origins if (found := _tried(origin, snapshots, names)) is not None]
    return _backtest(tried, asked, reason=_SHORT if not origins else _FEW, leaks=tuple(leaks))


def _tried(origin: Origin, snapshots: Mapping[date, Snapshot], names: Sequence[str]) -> _Tried | None:
    learned, test = [snapshots[day] for day in origin.learned], snapshots[origin.day]
    if sum(int(each.expanded.sum()) for each in learned) < EXPANDED_MIN or not test.expanded.any():
        return None
    models = learn_from(learned, names, methods=METHODS)
    told = {method: model.told(test.known) for method, model in models.items()}
    any_model = next(iter(models.values()))
    segment = any_model.segments.of_rows(test.known.segments)
    points = points_of(test.known.signals)
    ranks = {**{str(method): each.likelihood for method, each in told.items()}, SEGMENT: segment, RULES: points}
    likely = {**ranks, RULES: any_model.points.of_rows(points.astype(int))}
    amount = next(iter(told.values())).amount
    right, commonest = _driver_shares(test, any_model, next(iter(told.values())))
    scored = OriginScored(
        day=origin.day,
        learned_from=origin.learned[-1],
        learned_to=origin.learned[0],
        customers=len(test),
        expanded=int(test.expanded.sum()),
        dollars=float(test.dollars.sum()),
        unrated=test.known.unrated,
        base_rate=float(test.expanded.mean()),
        scored=tuple(_scored(name, ranks[name], likely[name], amount, test) for name in ranks),
        driver_right=right,
        driver_commonest=commonest,
    )
    return _Tried(scored, likely, test.expanded)


def _scored(name: str, ranks: Array, likely: Array, amount: Array, test: Snapshot) -> Scored:
    everything = float(test.dollars.sum())
    return Scored(
        method=name,
        auc=auc(ranks, test.expanded),
        precision=caught_by_top(ranks, test.expanded.astype(float)) / (len(test) / 10),
        dollars=caught_by_top(ranks, test.dollars) / everything if everything else None,
        dollars_by_value=caught_by_top(likely * amount, test.dollars) / everything if everything else None,
        brier=brier(likely, test.expanded),
        log_loss=log_loss(likely, test.expanded),
    )


def _driver_shares(test: Snapshot, model: Fitted, told: Told) -> tuple[float | None, float | None]:
    did = test.expanded
    if not did.any():
        return None, None
    came = test.drivers[did]
    right = float((told.drivers[did].argmax(axis=1) == came).mean())
    return right, float((came == model.drivers.shares.argmax()).mean())


def _backtest(tried: Sequence[_Tried], asked: Asked, *, reason: str, leaks: tuple[str, ...]) -> Backtest:
    import numpy as np  # noqa: PLC0415 -- of the extra

    origins = tuple(each.scored for each in tried)
    by_method: dict[str, list[Scored]] = {}
    for origin in origins:
        for each in origin.scored:
            by_method.setdefault(each.method, []).append(each)
    chosen = _chosen(by_method) if tried else None
    tenths: tuple[Tenth, ...] = ()
    if chosen is not None:
        said = np.concatenate([each.said[chosen] for each in tried])
        tenths = calibration(said, np.concatenate([each.expanded for each in tried]))
    found = Backtest(
        policy=asked.policy,
        book_id=asked.book_id,
        as_of=asked.as_of,
        currency=asked.currency,
        by=asked.by,
        origins=origins,
        pooled=means(by_method),
        chosen=chosen,
        calibration=tenths,
        calibration_error=100 * calibration_error(tenths) if tenths else None,
        beats_segment_base_rate=chosen is not None and _beats(by_method, chosen, SEGMENT),
        beats_rules=chosen is not None and _beats(by_method, chosen, RULES),
        leaks=leaks,
        reason=None if tried else reason,
        sentences=(),
    )
    return told_in_words(found)


def _chosen(by_method: Mapping[str, Sequence[Scored]]) -> str:
    """The model with the least log loss at all origins but the last two (of three or fewer at all of them)."""
    losses = {}
    for method in METHODS:
        scores = by_method[method]
        looked_at = scores[:-KEPT_FROM_CHOICE] if len(scores) > KEPT_FROM_CHOICE + 1 else scores
        losses[method] = sum(each.log_loss for each in looked_at)
    return "logistic" if losses["logistic"] <= _CLOSE * losses["boosting"] else "boosting"


def _beats(by_method: Mapping[str, Sequence[Scored]], chosen: str, other: str) -> bool:
    mine, others = by_method[chosen], by_method[other]
    higher = sum((one.auc or 0.0) > (two.auc or 0.0) for one, two in zip(mine, others, strict=True))
    lower = sum(each.brier for each in mine) < sum(each.brier for each in others)
    return lower and higher >= ceil(_OF_ORIGINS * len(mine))
