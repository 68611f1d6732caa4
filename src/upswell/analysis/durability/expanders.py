"""Do customers that expanded stay longer? Against customers like them that did not, from the same day on.

Of those who paid at the close of 2024-12, some had expanded in the half year before. Each is matched with the customers
of the same size, age and term that had not: of 40 expanders 36 still pay after a year, of 40 matched to them 31 would.
Who compares expanders with everybody finds that large old customers stay, which was known; and who counts from the day
of the expansion gives the expanders days in which nobody could have left. Both start at one landmark here (Anderson,
Cain and Gelber, Analysis of survival by tumor response, 1983), and those matched are weighed as the expanders are.

It is a comparison and no experiment: what else makes a customer expand may make it stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.durability.intervals import DRAWS, SEED
from upswell.analysis.extra import analysis_extra
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.view import fetch, first_month

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MONTHS: Final = 12
EXPANDED_IN_MONTHS: Final = 6
EXPANDERS_MIN: Final = 20
_SIZES: Final = 4
_DIGITS: Final = Decimal("0.000001")

_PAYING: Final = """
with levels as (
    select customer_key, min(date) as first_day,
        sum(case when date <= $landmark then amount * rate end) as mrr,
        sum(amount * rate) as mrr_later,
        bool_or(kind = 'expansion' and date > $expanded_after and date <= $landmark) as expanded
    from booked_movements
    where not scheduled and date <= $later
    group by customer_key
),
terms as (
    select customer_key, bool_or(billing_interval = 'year' or (billing_interval = 'month' and interval_count >= 12))
        as yearly
    from item_versions
    where mrr > 0 and starts_on <= $landmark and (ends_on is null or ends_on > $landmark)
    group by customer_key
)
select cast(levels.mrr as double), cast(greatest(levels.mrr_later, 0) as double), levels.expanded,
    date_diff('month', levels.first_day, $landmark), coalesce(terms.yearly, false)
from levels left join terms using (customer_key)
where levels.mrr > 0
order by customer_key
"""

_LACKING: Final = """
select currency from booked_movements where rate is null and not scheduled and date <= $later
group by currency order by currency
"""


@dataclass(frozen=True)
class Compared:
    """Expanders beside matched customers that had not: who still pays `months` after the landmark, and MRR kept.

    MRR kept counts a customer up to what it paid at the landmark. `difference` is in customers that still pay, with its
    95 % interval; all is None with a `reason` where there is no answer. `unmatched` expanders have nobody like them.
    """

    landmark: str
    months: int
    expanders: int
    matched: int = 0
    unmatched: int = 0
    paying: Decimal | None = None
    paying_matched: Decimal | None = None
    kept: Decimal | None = None
    kept_matched: Decimal | None = None
    difference: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str | None = None


def expanders_compared(connection: Readable, *, facts: BookFacts, draws: int = DRAWS) -> Compared:
    """The comparison from the landmark a year before the last whole month; needs the extra `analysis`."""
    last = Month.of(facts.as_of_day).plus(-1)
    landmark = last.plus(-MONTHS)
    first = first_month(connection)
    if first is None or Month.of(first) > landmark.plus(-EXPANDED_IN_MONTHS):
        return _none(
            landmark, f"the history begins less than {MONTHS + EXPANDED_IN_MONTHS} months before {last}'s close"
        )
    days = {
        "landmark": landmark.last_day,
        "later": last.last_day,
        "expanded_after": landmark.plus(-EXPANDED_IN_MONTHS).last_day,
    }
    rows = fetch(connection, _PAYING, days)
    if lacking := fetch(connection, _LACKING, days):
        return _none(landmark, f"movements in {lacking[0][0]} have no rate; import rates")
    expanders = sum(1 for row in rows if row[2])
    if expanders < EXPANDERS_MIN:
        return _none(landmark, f"{expanders} customers had expanded by then, fewer than {EXPANDERS_MIN}", expanders)
    with analysis_extra():
        return _compared(_Customers.of(rows), landmark, draws)


@dataclass(frozen=True)
class _Customers:
    """By customer: MRR at the landmark, MRR kept of it, whether it still pays, its stratum, whether it expanded."""

    mrr: NDArray[np.float64]
    kept: NDArray[np.float64]
    paying: NDArray[np.float64]
    stratum: NDArray[np.int64]
    expanded: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Any) -> _Customers:
        """Strata of size (quarters of the expanders' MRR), age (under 6, 12, 24 months, older) and term."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        mrr, later = (np.array([row[place] for row in rows]) for place in (0, 1))
        expanded = np.array([bool(row[2]) for row in rows])
        cuts = np.quantile(mrr[expanded], [part / _SIZES for part in range(1, _SIZES)])
        size = np.searchsorted(cuts, mrr)
        age = np.searchsorted([6, 12, 24], np.array([row[3] for row in rows]), side="right")
        yearly = np.array([int(row[4]) for row in rows])
        return cls(mrr, np.minimum(mrr, later), (later > 0).astype(float), (size * 4 + age) * 2 + yearly, expanded)

    def drawn(self, places: NDArray[np.int64]) -> _Customers:
        """The customers at `places`, as often as they are named."""
        return _Customers(
            self.mrr[places], self.kept[places], self.paying[places], self.stratum[places], self.expanded[places]
        )

    def shares(self) -> Mapping[str, float]:
        """Paying and kept, of expanders with a match, and of the matched customers weighed as the expanders are."""
        import numpy as np  # noqa: PLC0415 -- of the extra

        size = int(self.stratum.max()) + 1
        others = np.bincount(self.stratum[~self.expanded], minlength=size)
        own = np.bincount(self.stratum[self.expanded], minlength=size)
        matched = self.expanded & (others[self.stratum] > 0)
        weight = np.divide(own, others, out=np.zeros(size), where=others > 0)[self.stratum] * ~self.expanded
        found = {"expanders": float(matched.sum()), "matched": float((weight > 0).sum())}
        for name, each in (("", matched.astype(float)), (" of matched", weight)):
            found[f"paying{name}"] = _over((each * self.paying).sum(), each.sum())
            found[f"kept{name}"] = _over((each * self.kept).sum(), (each * self.mrr).sum())
        return found


def _compared(customers: _Customers, landmark: Month, draws: int) -> Compared:
    import numpy as np  # noqa: PLC0415 -- of the extra

    found = customers.shares()
    expanders, compared = int(customers.expanded.sum()), int(found["expanders"])
    if compared < EXPANDERS_MIN:
        return _none(landmark, f"only {compared} of {expanders} expanders have a customer like them", expanders)
    chance, count = np.random.default_rng(SEED), len(customers.mrr)
    drawn = (customers.drawn(chance.integers(count, size=count)).shares() for _ in range(draws))
    differences = [each["paying"] - each["paying of matched"] for each in drawn]
    low, high = np.nanquantile(differences, [0.025, 0.975])
    return Compared(
        landmark=str(landmark),
        months=MONTHS,
        expanders=expanders,
        matched=int(found["matched"]),
        unmatched=expanders - compared,
        paying=_decimal(found["paying"]),
        paying_matched=_decimal(found["paying of matched"]),
        kept=_decimal(found["kept"]),
        kept_matched=_decimal(found["kept of matched"]),
        difference=_decimal(found["paying"] - found["paying of matched"]),
        low=_decimal(low),
        high=_decimal(high),
    )


def _none(landmark: Month, reason: str, expanders: int = 0) -> Compared:
    return Compared(landmark=str(landmark), months=MONTHS, expanders=expanders, reason=reason)


def _over(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(_DIGITS)
