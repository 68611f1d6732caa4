"""The effect of offers, measured against the holdout: what those who could be offered something expanded by, less what
those did who were left alone at random.

Of 900 listed families 4.10 a month were gained in the 90 days after each was listed first, of 100 that were held out
2.60: an effect of 1.50 a family, from 0.40 to 2.60. Intention to treat: a family counts in its arm from the day on
which it was listed, or would have been, whether or not anybody wrote to it, and whatever came of that; so the arms
differ by the draw alone. What is left out of both arms is a family whose 90 days are not over, and one that a change of
the draw moved from one arm to the other.

Intervals are at 95 %, over families, which decide by themselves. Revenue is mostly 0 and skewed otherwise, and of a
small holdout few expand: Welch's interval (Biometrika 34, 1947), which takes each arm's spread from that arm alone,
then held the truth in 86 to 94 of 100 simulated companies. So the size of an expansion, not how often there is one, is
taken to be spread alike in both arms: with p of an arm's n families expanding, and m1, m2 the mean and the mean square
of all expansions of both, the variance of its mean is (p m2 - (p m1)^2) / n; with Student's t at Welch's degrees of
freedom, counted in families that expanded, 95 to 98 of 100 held it (benchmarks/effect_coverage.py). Of the share that
expanded it is Newcombe's (Interval estimation for the difference between independent proportions, Statistics in
Medicine 17, 1998, method 10), with l and u the limits of Wilson for each arm:

    d - sqrt((p1 - l1)^2 + (u2 - p2)^2)   to   d + sqrt((u1 - p1)^2 + (p2 - l2)^2)

With fewer than `FAMILIES_MIN` families, or `EXPANDED_MIN` that expanded, in an arm there is no effect, and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from statistics import fmean
from typing import Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.pricing.proportions import estimate, wilson
from upswell.growth.gains import Gain, amount_of
from upswell.metrics.lots import MONEY_DIGITS
from upswell.state.growth_records import Arm, Listing

EFFECT_DAYS: Final = 90
FAMILIES_MIN: Final = 50
EXPANDED_MIN: Final = 5
LEVEL: Final = 0.95
_NO_RATE: Final = "an expansion has no exchange rate; import rates"


@dataclass(frozen=True)
class ArmSeen:
    """One arm: its families whose 90 days are over, how many of them expanded and by how much, and those too young."""

    families: int
    expanded: int
    expanded_mrr: Decimal | None
    too_young: int


@dataclass(frozen=True)
class Interval:
    """A difference, offered less holdout, with its limits at 95 %."""

    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Effect:
    """What being listed changed within 90 days: `mrr` for each family on average, and `share` of families expanding.

    Both are None with `reason` until there are enough families. `moved` were in both arms and count in neither.
    """

    what: str | None
    offered: ArmSeen
    holdout: ArmSeen
    moved: int
    mrr: Interval | None
    share: Interval | None
    reason: str | None

    @property
    def is_measured(self) -> bool:
        """Whether there is an effect; until then what an offer is worth is an estimate."""
        return self.reason is None


def effect_of(
    listings: Sequence[Listing],
    gains: Mapping[str, Sequence[Gain]],
    members: Mapping[str, Sequence[str]],
    *,
    day: date,
    what: str | None = None,
) -> Effect:
    """The effect as of `day`, of all offers or of one kind (`what`).

    `gains` are the expansions of each customer, `members` the customers of each family that is not of one. Needs
    `pip install "upswell[analysis]"` once there is enough to measure.
    """
    arms: dict[str, set[Arm]] = {}
    first: dict[str, date] = {}
    for each in listings:
        # Who moved from arm to arm moved for every kind of offer.
        arms.setdefault(each.family_id, set()).add(each.arm)
        if what in (None, each.offer):
            first[each.family_id] = min(each.first_on, first.get(each.family_id, each.first_on))
    seen: dict[Arm, list[int | None]] = {"offered": [], "holdout": []}
    young: dict[Arm, int] = {"offered": 0, "holdout": 0}
    for family, since in first.items():
        if len(arms[family]) > 1:
            continue
        (arm,) = arms[family]
        end = since + timedelta(days=EFFECT_DAYS)
        if end >= day:
            young[arm] += 1
            continue
        found = [
            gain.money
            for customer in members.get(family, (family,))
            for gain in gains.get(customer, ())
            if since <= gain.day <= end
        ]
        seen[arm].append(None if None in found else sum(money for money in found if money is not None))
    offered, holdout = (_arm(seen[arm], young[arm]) for arm in ("offered", "holdout"))
    reason = _lacking(offered, holdout, any(None in money for money in seen.values()))
    mrr = share = None
    if reason is None:
        mrr = _mean_difference(*([money or 0 for money in seen[arm]] for arm in ("offered", "holdout")))
        share = None if mrr is None else _newcombe(offered, holdout)
        reason = None if mrr is not None else "every family of both arms gained the same"
    moved = sum(len(arms[family]) > 1 for family in first)
    return Effect(what, offered, holdout, moved, mrr, share, reason)


def _arm(money: Sequence[int | None], young: int) -> ArmSeen:
    whole = None if None in money else amount_of(sum(each for each in money if each is not None))
    return ArmSeen(len(money), sum(each != 0 for each in money), whole, young)


def _lacking(offered: ArmSeen, holdout: ArmSeen, no_rate: bool) -> str | None:
    for arm, name in ((offered, "listed"), (holdout, "held out")):
        if arm.families < FAMILIES_MIN:
            return f"{arm.families} families {name} 90 days ago; an effect needs {FAMILIES_MIN} in each arm"
        if arm.expanded < EXPANDED_MIN:
            return f"{arm.expanded} families {name} expanded; an effect needs {EXPANDED_MIN} in each arm"
    return _NO_RATE if no_rate else None


def _mean_difference(offered: Sequence[int], holdout: Sequence[int]) -> Interval | None:
    """With its interval; None where all families of both arms gained the same."""
    with analysis_extra():
        from scipy.stats import t  # noqa: PLC0415 -- of the extra

    arms = [[money / 10**MONEY_DIGITS for money in arm] for arm in (offered, holdout)]
    gained = [[money for money in arm if money] for arm in arms]
    together = [*gained[0], *gained[1]]
    mean, square = fmean(together), fmean(money * money for money in together)
    variances = []
    for arm, own in zip(arms, gained, strict=True):
        share = len(own) / len(arm)
        # Where all gain the same, rounding may leave a hair below 0.
        variances.append(max(0.0, share * square - (share * mean) ** 2) / len(arm))
    spread = sum(variances)
    if not spread:
        return None
    freedom = spread**2 / sum(each**2 / len(own) for each, own in zip(variances, gained, strict=True))
    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * sqrt(spread)
    difference = fmean(arms[0]) - fmean(arms[1])
    return Interval(*map(estimate, (difference, difference - half, difference + half)))


def _newcombe(offered: ArmSeen, holdout: ArmSeen) -> Interval:
    one, other = offered.expanded / offered.families, holdout.expanded / holdout.families
    (one_low, one_high), (other_low, other_high) = (
        tuple(map(float, wilson(arm.expanded, arm.families))) for arm in (offered, holdout)
    )
    difference = one - other
    low = difference - sqrt((one - one_low) ** 2 + (other_high - other) ** 2)
    high = difference + sqrt((one_high - one) ** 2 + (other - other_low) ** 2)
    return Interval(estimate(difference), estimate(low), estimate(high))
