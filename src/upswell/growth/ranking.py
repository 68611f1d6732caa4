"""In which order proposals are looked at: by what they are expected to be worth, or by rules.

With a kept model each paying customer has a likelihood of expanding within 90 days, what that would come to, and its
part of the forecast's dollars: its expected value. The largest likelihood x amount comes first.

    Acme   12 % of 2,600 a month   310.00        Bolt   31 % of 390   120.00          Acme before Bolt

Without one, and for customers without a score, which come last, rules decide: what a customer outgrows before what it
might like, the sooner the first, then the larger amount a month, then the customer's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from upswell.analysis.pricing.proportions import estimate
from upswell.analysis.propensity.scores import Scores
from upswell.analysis.rolling.measures import Tenth
from upswell.growth.proposals import Proposal
from upswell.metrics.figures import ZERO
from upswell.money.amount import display_text

Basis = Literal["model", "rules"]
BY_MODEL: Final = "by the model: how likely a customer expands within 90 days, times what that would come to"
BY_RULES: Final = "by rules: what a customer outgrows first, the sooner the first, then the larger amount a month"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of one customer within 90 days: a likelihood (0 to 1) of expanding, by which driver, and its
    part of the forecast's dollars, in the workspace's currency; `base_rate` is that of its segment, `rank` its place.
    """

    rank: int | None = None
    likelihood: Decimal | None = None
    driver: str | None = None
    value: Decimal | None = None
    base_rate: Decimal | None = None


@dataclass(frozen=True)
class Outlooks:
    """What is expected of every customer, by its id, and what that stands on: a model, or nothing but rules.

    `base_rate` is the share of all customers that expand within 90 days; None where no history tells.
    """

    basis: Basis = "rules"
    customers: Mapping[str, Outlook] = field(default_factory=dict)
    base_rate: Decimal | None = None
    how_sure: tuple[str, ...] = ()

    def of(self, customer_id: str) -> Outlook:
        """What is expected of one customer."""
        return self.customers.get(customer_id, Outlook())

    @property
    def ranking(self) -> str:
        """How proposals are ranked, in words."""
        return BY_MODEL if self.basis == "model" else BY_RULES


def ranked(proposals: Iterable[Proposal], outlooks: Outlooks) -> list[Proposal]:
    """The proposals, the better ones first."""

    def key(each: Proposal) -> tuple[object, ...]:
        rank = outlooks.of(each.customer_id).rank if outlooks.basis == "model" else None
        by_rules = (not each.step.relieves, each.when.by, each.step.worth is None, -(each.step.worth or ZERO))
        return (rank is None, rank or 0, *by_rules, each.customer_id)

    return sorted(proposals, key=key)


def outlooks_of(scores: Scores) -> Outlooks:
    """What the scores of a day say of each customer."""
    columns = ("customer_id", "rank", "likelihood", "driver", "allocated", "segment_rate")
    customers = {
        row["customer_id"]: Outlook(
            rank=row["rank"],
            likelihood=_share(row["likelihood"]),
            driver=row["driver"],
            value=row["allocated"],
            base_rate=_share(row["segment_rate"]),
        )
        for row in scores.table.select(columns).to_pylist()
    }
    total = scores.total
    told = (
        f"No expected value: {total.reason}."
        if total.value is None
        else f"Expected values share out {display_text(total.value, currency=scores.currency)} {scores.currency}, what "
        f"the forecast expects of {total.months[0]} to {total.months[-1]} by drivers that customers choose."
    )
    fitted = f"The model was fitted on {scores.fitted_on}."
    sure = (fitted, *scores.backtest.sentences, *_calibration(scores.backtest.calibration), told)
    return Outlooks(scores.ranked_by, customers, _share(scores.base_rate), sure)


def _calibration(tenths: Sequence[Tenth]) -> tuple[str, ...]:
    """The table of what was said and what came, as a sentence; none without a model."""
    pairs = ", ".join(f"{100 * each.predicted:.1f} and {100 * each.observed:.1f}" for each in tenths)
    return (f"By tenths, said and came in percent: {pairs}.",) if tenths else ()


def _share(value: float | None) -> Decimal | None:
    return None if value is None else estimate(value)
