"""Why a customer stands where it stands: what its likelihood would be if one signal were as usual in its segment.

Acme is said to expand with 41 %. Were 60 % of its seats in use, as usual on Team at its size, and not 98 %, it would be
29 %: "Seats in use 98 % (usual 60 %): +12 points". One signal is changed at a time, so the points of several need not
add up; for a regression they are its coefficient x deviation, for trees what the trees do with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.propensity.candidates import Learned
from upswell.analysis.propensity.fitted import Fitted
from upswell.analysis.propensity.snapshots import Known
from upswell.analysis.rolling.wording import worded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

REASONS: Final = 3
_POINTS_MIN: Final = 0.005


def reasons_of(fitted: Fitted, model: Learned, known: Known, places: Sequence[int]) -> list[tuple[str, ...]]:
    """For each of the rows `places` up to three signals that raise its likelihood most, in words."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    if not len(places):
        return []
    matrix = fitted.encoding.matrix(known.signals, known.day)
    asked = np.array(places)
    rows = matrix[asked]
    usual = _usual(matrix, known.segments, known.segments[asked])
    groups = _groups(fitted)
    said = model.likelihoods(rows)
    gains = np.zeros((len(groups), len(asked)))
    for place, columns in enumerate(groups.values()):
        changed = rows.copy()
        changed[:, columns] = usual[:, columns]
        gains[place] = said - model.likelihoods(changed)
    names = list(groups)
    best = np.argsort(-gains, axis=0, kind="stable")[:REASONS]
    found = []
    for row in range(len(asked)):
        told = []
        for place in best[:, row].tolist():
            if gains[place, row] >= _POINTS_MIN:
                told.append(_words(fitted, groups, names[place], rows[row], usual[row], float(gains[place, row])))
        found.append(tuple(told))
    return found


def _groups(fitted: Fitted) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, (name, _) in enumerate(fitted.encoding.columns):
        groups.setdefault(name, []).append(place)
    return groups


def _usual(matrix: Array, segments: Array, asked: Array) -> Array:
    """The middle of each column in the segment of each asked row, of rows where it is known."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    found = np.full((len(asked), matrix.shape[1]), np.nan)
    for segment in sorted(set(asked.tolist())):
        of_segment = matrix[segments == segment]
        known = np.isfinite(of_segment).any(axis=0)
        middle = np.full(matrix.shape[1], np.nan)
        middle[known] = np.nanmedian(of_segment[:, known], axis=0)
        found[asked == segment] = middle
    return found


def _words(fitted: Fitted, groups: Mapping[str, list[int]], name: str, row: Array, usual: Array, gain: float) -> str:
    import numpy as np  # noqa: PLC0415 -- of the extra

    columns = groups[name]
    points = f"+{100 * gain:.0f} points" if gain >= 0.01 else "+1 point"  # noqa: PLR2004
    if name in fitted.encoding.levels:
        levels = fitted.encoding.levels[name]
        held = next((level for level, at in zip(levels, columns, strict=True) if row[at] > 0), "another")
        return f"{worded(name, held)}: {points}"
    value, middle = float(row[columns[0]]), float(usual[columns[0]])
    beside = "" if np.isnan(middle) else f" (usual {worded(name, middle, titled=False)})"
    return f"{worded(name, value)}{beside}: {points}"
