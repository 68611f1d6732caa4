"""What a backtest found, as plain rows: each origin, all of them together, calibration, and what follows for the list.

origins 8, customers 5,800, base rate 15.1 %
boosting           AUC 0.72   0.41 of the top tenth expanded   0.42 of the dollars   Brier 0.115
segment base rate  AUC 0.56   0.24                             0.30                  Brier 0.126
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from upswell.analysis.rolling.measures import Tenth


@dataclass(frozen=True)
class Scored:
    """How right one way of ranking was; shares are fractions.

    `precision` is the share of the top tenth that expanded, `dollars` the share of all expansion dollars that the top
    tenth brought, `dollars_by_value` the same where the tenth is ranked by likelihood x amount. None where an origin
    has no expansion, or no dollars.
    """

    method: str
    auc: float | None
    precision: float
    dollars: float | None
    dollars_by_value: float | None
    brier: float
    log_loss: float


@dataclass(frozen=True)
class OriginScored:
    """One origin: how many customers, how many of them expanded by how many dollars a month, and each way's scores.

    `learned_from` and `learned_to` are the first and the last day that the models of this origin learned from.
    `unrated` customers are left out, since a movement of theirs has no rate. `driver_right` is the share of expanders
    whose driver was told, `driver_commonest` what telling the commonest one gives.
    """

    day: date
    learned_from: date
    learned_to: date
    customers: int
    expanded: int
    dollars: float
    unrated: int
    base_rate: float
    scored: tuple[Scored, ...]
    driver_right: float | None
    driver_commonest: float | None

    def of(self, method: str) -> Scored:
        """The scores of one way of ranking."""
        return next(each for each in self.scored if each.method == method)


@dataclass(frozen=True)
class Backtest:
    """A backtest over `origins`, oldest first, and what follows from it.

    `pooled` are means over the origins. `chosen` is the model that had the least log loss at all but the last two
    origins; None, with a `reason`, where there was too little to learn from. `calibration` is of the chosen model over
    all origins, `calibration_error` its mean absolute error in points. `leaks` are signals that change when the book
    learns more, and so look ahead. `sentences` say the same in words.
    """

    policy: str
    book_id: str
    as_of: date
    currency: str
    by: str
    origins: tuple[OriginScored, ...]
    pooled: tuple[Scored, ...]
    chosen: str | None
    calibration: tuple[Tenth, ...]
    calibration_error: float | None
    beats_segment_base_rate: bool
    beats_rules: bool
    leaks: tuple[str, ...]
    reason: str | None
    sentences: tuple[str, ...]

    @property
    def base_rate(self) -> float | None:
        """The share of customers that expanded, over all origins."""
        customers = sum(each.customers for each in self.origins)
        return sum(each.expanded for each in self.origins) / customers if customers else None

    def of(self, method: str) -> Scored:
        """The pooled scores of one way of ranking."""
        return next(each for each in self.pooled if each.method == method)


def means(by_method: Mapping[str, list[Scored]]) -> tuple[Scored, ...]:
    """The mean of each figure over origins; of figures that are None at some origins, over the others."""
    return tuple(
        Scored(
            method,
            _mean([each.auc for each in scores]),
            _mean([each.precision for each in scores]) or 0.0,
            _mean([each.dollars for each in scores]),
            _mean([each.dollars_by_value for each in scores]),
            _mean([each.brier for each in scores]) or 0.0,
            _mean([each.log_loss for each in scores]) or 0.0,
        )
        for method, scores in by_method.items()
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
