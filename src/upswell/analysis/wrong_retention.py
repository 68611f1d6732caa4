"""Formulas of retention that are wrong and common: what each gives for a month, what is right, and how far it is off.

Of customers who paid 100.00 a year ago 90.00 is left, and newcomers pay 30.00 now. Dividing all MRR now by all MRR
then gives 1.2, the NRR is 0.9: the newcomers are an error of 30 points. Every figure is worked from the same book as
the right one, so the error is the formula's alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pyarrow as pa

from upswell.errors import UsageError
from upswell.metrics import planner
from upswell.metrics.figures import RATIO_DECIMALS, ZERO, Figure, decimal_of, difference, quotient, total
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy.model import Policy

_YEAR: Final = 12
_BALANCES: Final = ("opening_mrr", "closing_mrr")
_FLOWS: Final = ("expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr")
_RATES: Final = ("nrr_1m", "nrr_12m", "grr_12m", "nrr_trailing_12m", "gross_mrr_churn_rate", "expansion_rate_12m")
_ONE: Final = Figure(Decimal(1))


@dataclass(frozen=True)
class WrongFormula:
    """A wrong formula with its figure and the right ones."""

    name: str
    formula: str
    value: Figure
    right: str
    right_value: Figure

    @property
    def error(self) -> Figure:
        """Wrong less right, a fraction: 0.08 is 8 percentage points too much."""
        return difference(self.value, self.right_value)


def run(
    connection: Readable, month: str | None, *, where: str | None = None, facts: BookFacts, policy: Policy
) -> pa.Table:
    """One row for each wrong formula of a month (default: the last complete one).

    Columns: `month`, `mistake`, `formula`, `value`, `right` (a metric, or a formula), `right_value`, `error` (a
    fraction; value less right_value), `reason` (null unless a figure is not known) and `complete` (whether the month
    is over). Values are decimal128(38, 18); null where there is none. Raises `UsageError` as
    `upswell.metrics.planner.run` does.
    """
    asked = Month.of(facts.as_of_day).plus(-1) if month is None else Month.parse(month)
    found = list(_Year(connection, asked, where=where, facts=facts, policy=policy).wrong_formulas())
    text = pa.string()
    return pa.table(
        {
            "month": pa.array([str(asked) for _ in found], text),
            "mistake": pa.array([each.name for each in found], text),
            "formula": pa.array([each.formula for each in found], text),
            "value": pa.array([each.value.value for each in found], planner.VALUE_TYPE),
            "right": pa.array([each.right for each in found], text),
            "right_value": pa.array([each.right_value.value for each in found], planner.VALUE_TYPE),
            "error": pa.array([each.error.value for each in found], planner.VALUE_TYPE),
            "reason": pa.array([each.error.reason for each in found], text),
            "complete": pa.array([asked.complete(facts.as_of_day) for _ in found], pa.bool_()),
        }
    )


class _Year:
    """The twelve months up to one, and what each customer paid at both ends."""

    def __init__(
        self, connection: Readable, month: Month, *, where: str | None, facts: BookFacts, policy: Policy
    ) -> None:
        self._connection = connection
        self._month = month
        self._where = where
        self._facts = facts
        self._policy = policy
        self._figures = {
            (row[0], Month.parse(row[1]).number): row[2]
            for row in self._ask((*_BALANCES, *_FLOWS, *_RATES), month.plus(1 - _YEAR))
        }

    def wrong_formulas(self) -> Iterator[WrongFormula]:
        """Every wrong formula, those about NRR first."""
        then, now = self._of("opening_mrr", self._month.plus(1 - _YEAR)), self._of("closing_mrr")
        nrr, grr, trailing = self._of("nrr_12m"), self._of("grr_12m"), self._of("nrr_trailing_12m")
        year = f"closing_mrr of {self._month.plus(-_YEAR)} is 0"
        yield WrongFormula(
            "new customers in NRR", "closing MRR now / then", self._over(now, then, year), "nrr_12m", nrr
        )
        yield WrongFormula("only who is still there", "now / then of who pays now", self._survivors(), "nrr_12m", nrr)
        yield WrongFormula(
            "average of ratios", "mean of each customer's now / then", self._mean_ratio(), "nrr_12m", nrr
        )
        yield WrongFormula("chained months as a cohort", "product of nrr_1m", trailing, "nrr_12m", nrr)
        months = [self._of("nrr_1m", each) for each in self._months]
        yield WrongFormula(
            "average of months", "(mean of nrr_1m)^12", _power(_mean(months), _YEAR), "nrr_trailing_12m", trailing
        )
        changed = total(then, *(self._sum(name) for name in ("expansion_mrr", "contraction_mrr", "churned_mrr")))
        yield WrongFormula(
            "expansion in GRR",
            "(then + expansion + contraction + churn) / then",
            self._over(changed, then, year),
            "grr_12m",
            grr,
        )
        yield WrongFormula("GRR capped as a whole", "min(1, NRR)", _at_most_one(nrr), "grr_12m", grr)
        gained = total(self._sum("expansion_mrr"), self._sum("reactivation_mrr"))
        yield WrongFormula(
            "reactivation as expansion",
            "(expansion + reactivation) / then",
            self._over(gained, then, year),
            "expansion_rate_12m",
            self._of("expansion_rate_12m"),
        )
        lost = total(self._of("churned_mrr"), self._of("contraction_mrr")).negated()
        churn = self._of("gross_mrr_churn_rate")
        yield WrongFormula(
            "divided by the closing",
            "-(churn + contraction) / closing",
            self._over(lost, now, "closing_mrr is 0"),
            "gross_mrr_churn_rate",
            churn,
        )
        yield WrongFormula(
            "times twelve",
            "12 x gross_mrr_churn_rate",
            _times(churn, _YEAR),
            "1 - (1 - gross_mrr_churn_rate)^12",
            difference(_ONE, _power(difference(_ONE, churn), _YEAR)),
        )

    @property
    def _months(self) -> list[Month]:
        return self._month.last_of(_YEAR)

    def _of(self, name: str, month: Month | None = None) -> Figure:
        return self._figures[name, (month or self._month).number]

    def _sum(self, name: str) -> Figure:
        return total(*(self._of(name, each) for each in self._months))

    def _over(self, part: Figure, whole: Figure, zero: str) -> Figure:
        return quotient(part, whole, zero=zero)

    def _survivors(self) -> Figure:
        """Net retention of those alone who paid at both ends: what the list of today's customers would tell."""
        try:
            then, now = self._by_customer(self._month.plus(-_YEAR)), self._by_customer(self._month)
        except UsageError as error:
            return Figure.missing(error.message)
        # A rate that is not known makes the customer's MRR so, too.
        both = [
            customer
            for customer in then.keys() & now.keys()
            if then[customer].value != ZERO and now[customer].value != ZERO
        ]
        zero = "nobody paid at both ends"
        if not both:
            return Figure.missing(zero)
        ends = (total(*(of[customer] for customer in sorted(both, key=str))) for of in (now, then))
        return quotient(*ends, zero=zero)

    def _mean_ratio(self) -> Figure:
        """Of customers whose NRR has no value there is none who paid then: where a rate lacks, nrr_12m has none."""
        if self._of("nrr_12m").value is None:
            return self._of("nrr_12m")
        try:
            rows = list(self._ask(("nrr_12m",), self._month, by=("customer",)))
        except UsageError as error:
            return Figure.missing(error.message)
        ratios = [figure for _, _, figure, _ in rows if figure.value is not None]
        return _mean(ratios)

    def _by_customer(self, month: Month) -> dict[str | None, Figure]:
        return {row[3]: row[2] for row in self._ask(("closing_mrr",), month, last=month, by=("customer",))}

    def _ask(
        self, names: tuple[str, ...], first: Month, *, last: Month | None = None, by: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, str, Figure, str | None]]:
        request = MetricRequest(
            names=names, month_from=str(first), month_to=str(last or self._month), by=by, where=self._where
        )
        for row in planner.run(self._connection, request, facts=self._facts, policy=self._policy).to_pylist():
            yield row["metric"], row["month"], Figure(row["value"], row["reason"]), row[by[0]] if by else None


def _mean(figures: list[Figure]) -> Figure:
    summed = total(*figures)
    return summed if summed.value is None else _rounded(Fraction(summed.value) / len(figures))


def _power(figure: Figure, times: int) -> Figure:
    return figure if figure.value is None else _rounded(Fraction(figure.value) ** times)


def _times(figure: Figure, factor: int) -> Figure:
    return figure if figure.value is None else _rounded(Fraction(figure.value) * factor)


def _at_most_one(figure: Figure) -> Figure:
    return figure if figure.value is None else Figure(min(figure.value, Decimal(1)))


def _rounded(exact: Fraction) -> Figure:
    return Figure(decimal_of(exact, decimals=RATIO_DECIMALS))
