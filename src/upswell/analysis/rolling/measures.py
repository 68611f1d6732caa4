"""How right scores were: AUC, what the top tenth caught, calibration by tenths, Brier score and log loss.

Of four customers with scores 0.9, 0.6, 0.6, 0.1 the first and third expanded: of the four pairs of one that did and one
that did not, the first wins two, the third wins one and ties one, so AUC = 3.5 / 4. Scores that tie share a place: a
top tenth whose edge falls among equals counts the same part of each of them, so that no order of rows decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TENTHS: Final = 10
_SURE: Final = 1e-6


@dataclass(frozen=True)
class Tenth:
    """Customers of about equal scores: how likely they were said to be, and how many did."""

    customers: int
    predicted: float
    observed: float


def auc(scores: Array, happened: Array) -> float | None:
    """The share of pairs (one that did, one that did not) in the right order, ties half; None without both sorts.

    Mann and Whitney (1947), from mean ranks.
    """
    from scipy.stats import rankdata  # noqa: PLC0415 -- of the extra

    did = happened.astype(bool)
    positives, negatives = int(did.sum()), int((~did).sum())
    if not positives or not negatives:
        return None
    ranks = rankdata(scores)
    return float((ranks[did].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def caught_by_top(scores: Array, amounts: Array, *, share: float = 0.1) -> float:
    """The sum of `amounts` in the best `share` of rows by score; rows that tie at the edge count in part."""
    return float((amounts * top_weights(scores, share=share)).sum())


def top_weights(scores: Array, *, share: float = 0.1) -> Array:
    """How much of each row belongs to the best `share`: 1, 0, or of rows that tie at the edge the same part."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    wanted = share * len(scores)
    if not len(scores):
        return np.zeros(0)
    edge = np.sort(scores)[::-1][max(0, int(np.ceil(wanted)) - 1)]
    above, tied = scores > edge, scores == edge
    weights: Array = above.astype(float)
    weights[tied] = (wanted - above.sum()) / tied.sum()
    return weights


def brier(scores: Array, happened: Array) -> float:
    """The mean squared difference of likelihood and outcome (Brier, 1950)."""
    return float(((scores - happened) ** 2).mean())


def log_loss(scores: Array, happened: Array) -> float:
    """The mean of -log of the likelihood that was given to what came."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    sure = np.clip(scores, _SURE, 1 - _SURE)
    return float(-np.where(happened, np.log(sure), np.log(1 - sure)).mean())


def calibration(scores: Array, happened: Array, *, parts: int = TENTHS) -> tuple[Tenth, ...]:
    """Rows in order of their scores, in `parts` groups of equal size: what was said and what came."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    order = np.argsort(scores, kind="stable")
    groups = [each for each in np.array_split(order, parts) if len(each)]
    return tuple(Tenth(len(each), float(scores[each].mean()), float(happened[each].mean())) for each in groups)


def calibration_error(tenths: tuple[Tenth, ...]) -> float:
    """The mean absolute difference of what was said and what came, over the groups, as a fraction."""
    return sum(abs(each.predicted - each.observed) for each in tenths) / len(tenths)
