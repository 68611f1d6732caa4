"""The family of retention figures of one month: lags, what they are made of, and whether returns count.

Opening 100.00 and 50.00; over a month Ann grows to 130.00, Bob leaves on the 5th and is back with 50.00 on the 20th:

    NRR by cohort, without returns      130 / 150             0.866666666667
    NRR by cohort, with returns         (130 + 50) / 150      1.2
    NRR by movements, without returns   (150 + 30 - 50) / 150 0.866666666667
    NRR by movements, with returns      (150 + 30) / 150      1.2

Three of the four are values of the policy's switch `retention_cohort` and are asked of the metrics under a policy that
differs in this switch alone: it decides how a book is read, not what is in it. GRR by movements with returns does not
exist: a return is a gain, and no movement says up to which amount it only makes good what was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Final, Literal

import pyarrow as pa

from upswell.metrics import planner
from upswell.metrics.columns import Columns
from upswell.metrics.figures import RATIO_DECIMALS, Figure, Quotient, decimal_of, total
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.policy.model import Policy, RetentionCohort

Basis = Literal["cohort", "movement"]
LAGS: Final = ("1", "3", "12", "trailing 12")
_METRICS: Final = {"1": "1m", "3": "3m", "12": "12m", "trailing 12": "trailing_12m"}
_FLOWS: Final = ("expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr")
_YEAR: Final = 12
_A_RETURN_IS_A_GAIN: Final = "a return is a gain, and gross retention leaves gains out"
_THEN: Final = {"1": "one month before", "3": "three months before", "12": "twelve months before"}


@dataclass(frozen=True)
class Variant:
    """One way to count: the switch that gives it (None: no switch does), and its formulas in words."""

    basis: Basis
    returns: bool
    switch: RetentionCohort | None
    nrr: str
    grr: str | None


VARIANTS: Final = (
    Variant(
        "cohort",
        False,
        "reactivated_zero",
        "MRR now / MRR then, of who paid then; who left since counts 0, even if back",
        "min(MRR now, MRR then) of each who paid then / MRR then; who left since counts 0, even if back",
    ),
    Variant(
        "cohort",
        True,
        "included",
        "MRR now / MRR then, of who paid then; who left and is back counts",
        "min(MRR now, MRR then) of each who paid then / MRR then; who left and is back counts",
    ),
    Variant(
        "movement",
        False,
        "movements",
        "(MRR then + expansion + contraction + churn since) / MRR then",
        "(MRR then + contraction + churn since) / MRR then",
    ),
    Variant(
        "movement",
        True,
        None,
        "(MRR then + expansion + contraction + churn + reactivation since) / MRR then",
        None,
    ),
)


@dataclass(frozen=True)
class _Cell:
    slice_: tuple[str | None, ...]
    lag: str
    variant: Variant
    metric: Literal["nrr", "grr"]
    figure: Figure


def run(
    connection: Readable,
    month: str | None,
    *,
    by: tuple[str, ...] = (),
    where: str | None = None,
    facts: BookFacts,
    policy: Policy,
) -> pa.Table:
    """The matrix of a month (default: the last complete one): `month`, a column for each dimension, `lag` (1, 3, 12,
    trailing 12), `basis` (cohort, movement), `reactivation` (without, with), `metric` (nrr, grr), `value`
    (decimal128(38, 18), null where there is none), `reason`, `formula`, `policy`: whether this is the figure that the
    policy gives, and `complete`: whether the month is over. Raises `UsageError` as `upswell.metrics.planner.run` does.
    """
    asked = str(Month.of(facts.as_of_day).plus(-1)) if month is None else month
    cells = list(_cells(connection, asked, by=by, where=where, facts=facts, policy=policy))
    dimensions = list(dict.fromkeys(Columns.of(connection).dimension(name).name for name in by))
    slices = list(dict.fromkeys(cell.slice_ for cell in cells))
    order = {
        (slice_, lag, variant): place
        for place, (slice_, lag, variant) in enumerate(
            (slice_, lag, variant) for slice_ in slices for lag in LAGS for variant in VARIANTS
        )
    }
    cells.sort(key=lambda cell: (order[cell.slice_, cell.lag, cell.variant], cell.metric == "grr"))
    text = pa.string()
    return pa.table(
        {
            "month": pa.array([asked for _ in cells], text),
            **{name: pa.array([cell.slice_[place] for cell in cells], text) for place, name in enumerate(dimensions)},
            "lag": pa.array([cell.lag for cell in cells], text),
            "basis": pa.array([cell.variant.basis for cell in cells], text),
            "reactivation": pa.array(["with" if cell.variant.returns else "without" for cell in cells], text),
            "metric": pa.array([cell.metric for cell in cells], text),
            "value": pa.array([cell.figure.value for cell in cells], planner.VALUE_TYPE),
            "reason": pa.array([cell.figure.reason for cell in cells], text),
            "formula": pa.array([_formula(cell) for cell in cells], text),
            "policy": pa.array([cell.variant.switch == policy.retention_cohort for cell in cells], pa.bool_()),
            "complete": pa.array([Month.parse(asked).complete(facts.as_of_day) for _ in cells], pa.bool_()),
        }
    )


def _cells(
    connection: Readable, month: str, *, by: tuple[str, ...], where: str | None, facts: BookFacts, policy: Policy
) -> Iterator[_Cell]:
    names = tuple(f"{metric}_{suffix}" for suffix in _METRICS.values() for metric in ("nrr", "grr"))
    lags = {suffix: lag for lag, suffix in _METRICS.items()}
    request = MetricRequest(names=names, month_from=month, month_to=month, by=by, where=where)
    slices: list[tuple[str | None, ...]] = []
    for variant in VARIANTS:
        if variant.switch is None:
            continue
        rules = policy.model_copy(update={"retention_cohort": variant.switch})
        rows = _asked(connection, request, facts=facts, policy=rules)
        slices = list(dict.fromkeys(slice_ for slice_, _ in rows))
        for slice_, row in rows:
            metric, _, suffix = row["metric"].partition("_")
            yield _Cell(slice_, lags[suffix], variant, metric, Figure(row["value"], row["reason"]))
    changes = _Changes(connection, month, by=by, where=where, facts=facts, policy=policy)
    for variant in VARIANTS:
        if variant.switch is None:
            for slice_ in slices:
                for lag in LAGS:
                    yield _Cell(slice_, lag, variant, "nrr", changes.with_returns(slice_, lag))
                    yield _Cell(slice_, lag, variant, "grr", Figure.missing(_A_RETURN_IS_A_GAIN))


class _Changes:
    """Openings and movements of the twelve months up to `month`, by slice, for what no switch gives."""

    def __init__(
        self,
        connection: Readable,
        month: str,
        *,
        by: tuple[str, ...],
        where: str | None,
        facts: BookFacts,
        policy: Policy,
    ) -> None:
        self._last = Month.parse(month)
        request = MetricRequest(
            names=("opening_mrr", *_FLOWS),
            month_from=str(self._last.plus(1 - _YEAR)),
            month_to=month,
            by=by,
            where=where,
        )
        self._figures = {
            (slice_, row["month"], row["metric"]): Figure(row["value"], row["reason"])
            for slice_, row in _asked(connection, request, facts=facts, policy=policy)
        }

    def with_returns(self, slice_: tuple[str | None, ...], lag: str) -> Figure:
        """(then + every movement but new since) / then; for the trailing lag the product of twelve of them."""
        if lag in _THEN:
            return self._quotient(slice_, self._last.last_of(int(lag))).figure
        months = self._last.last_of(_YEAR)
        rates = [self._quotient(slice_, [each]) for each in months]
        for each, rate in zip(months, rates, strict=True):
            if rate.figure.value is None:
                return Figure.missing(f"the rate of {each} is not known: {rate.figure.reason}")
        exact = prod((rate.exact for rate in rates), start=Fraction(1))
        return Figure(decimal_of(exact, decimals=RATIO_DECIMALS))

    def _quotient(self, slice_: tuple[str | None, ...], months: Sequence[Month]) -> Quotient:
        then = self._figures[slice_, str(months[0]), "opening_mrr"]
        moved = (self._figures[slice_, str(month), name] for month in months for name in _FLOWS)
        return Quotient(total(then, *moved), then, zero=f"closing_mrr of {months[0].plus(-1)} is 0")


def _asked(
    connection: Readable, request: MetricRequest, *, facts: BookFacts, policy: Policy
) -> list[tuple[tuple[str | None, ...], dict[str, Any]]]:
    table = planner.run(connection, request, facts=facts, policy=policy)
    width = table.column_names.index("metric")
    dimensions = table.column_names[1:width]
    return [(tuple(row[name] for name in dimensions), row) for row in table.to_pylist()]


def _formula(cell: _Cell) -> str:
    words = cell.variant.nrr if cell.metric == "nrr" else cell.variant.grr
    if words is None:
        return "none"
    if cell.lag in _THEN:
        return f"{words}; then: the close {_THEN[cell.lag]}"
    return f"the product over twelve months of: {words}; then: the close one month before"
