"""The signals of the scorecard, and how each is cut into a few bins.

Seats in use: under 45 %, 45 to 70 %, 70 to 90 %, 90 % and more, or not known. Edges are quarters of the company's own
past. Where more is known to be better, or worse, a bin may not say otherwise: neighbours that do are taken together
(pool adjacent violators; Ayer and others, 1955), so that chance in a small bin takes no points from anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from upswell.analysis.rolling.wording import as_told

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Better = Literal["more", "less", "either"]
# Whether more of it is better for staying; either: the past decides. When a contract can end is none of them: it says
# when a customer can leave, not how it is, and would take the place of all the others.
SIGNALS: Final[Mapping[str, Better]] = {
    "use_30d_vs_90d": "more",
    "seats_used_share": "more",
    "use_per_seat": "more",
    "limit_share": "more",
    "metrics_used_30d": "more",
    "rising_two_months": "more",
    "last_nps": "more",
    "last_csat": "more",
    "open_feedback": "less",
    "open_failed_charges": "less",
    "failed_charges_180d": "less",
    "in_arrears": "less",
    "touches_90d": "less",
    "discount_depth": "less",
    "tenure_days": "either",
}
_QUARTERS: Final = (0.25, 0.5, 0.75)
_PRIOR: Final = 50.0


@dataclass(frozen=True)
class Bins:
    """The bins of one signal: inner edges (a bin begins at its edge), and what each says, the last: not known.

    `weights` are log odds of staying in the bin against those of all: above 0 is better than usual.
    """

    signal: str
    edges: tuple[float, ...]
    weights: tuple[float, ...]

    def of(self, values: Array) -> Array:
        """The bin of each value; nan is the last."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        found = np.searchsorted(np.array(self.edges), values, side="right")
        return np.where(np.isfinite(values), found, len(self.edges) + 1)


def learn_bins(signal: str, values: Array, lost: Array) -> Bins | None:
    """The bins of a signal, from rows of the past; None where it tells nothing apart."""
    import numpy as np  # noqa: PLC0415 -- of the extra

    known = np.isfinite(values)
    if len(np.unique(values[known])) < 2:  # noqa: PLR2004
        return None
    quarters = np.unique(np.quantile(values[known], _QUARTERS))
    lowest = values[known].min()
    # A bin begins where a person reads that it does.
    edges = sorted({as_told(signal, float(edge)) for edge in quarters if as_told(signal, float(edge)) > lowest})
    if not edges:
        # More than three quarters have the lowest value: whether there is any is what it says.
        edges = [float(np.min(values[known][values[known] > lowest]))]
    places = np.where(known, np.searchsorted(np.array(edges), values, side="right"), len(edges) + 1)
    counts = np.bincount(places, minlength=len(edges) + 2).astype(float)
    losses = np.bincount(places, weights=lost.astype(float), minlength=len(edges) + 2)
    overall = float(lost.mean())
    rates = (losses + _PRIOR * overall) / (counts + _PRIOR)
    better = SIGNALS[signal]
    if better != "either":
        told = pooled(rates[:-1], counts[:-1], rising=better == "less")
        kept = [place for place in range(len(edges)) if told[place] != told[place + 1]]
        edges = [edges[place] for place in kept]
        # Who did not say is not better than the best that was said, nor worse than the worst.
        unknown = np.clip(rates[-1], told.min(), told.max())
        rates = np.append(np.append(told[kept], told[-1]), unknown)
    weights = np.log(overall / (1 - overall)) - np.log(rates / (1 - rates))
    return Bins(signal, tuple(edges), tuple(weights.tolist()))


def pooled(rates: Array, counts: Array, *, rising: bool) -> Array:
    """The rates that rise (or fall) and are nearest to these, each weighed by its count."""
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 -- of the extra

    fitted = IsotonicRegression(increasing=rising)
    found: Array = fitted.fit_transform(range(len(rates)), rates, sample_weight=counts + 1e-9)
    return found
