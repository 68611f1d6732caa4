"""Cohorts: customers by when they first paid (or by plan, channel ...), and what became of them month by month.

    run(connection, CohortRequest("nrr"), facts=facts, policy=policy)

Ann and Bob first pay in January, 100.00 and 50.00 at its close; in February Ann pays 130.00, in March Bob has left.
The cohort 2026-01 has a base of 150.00 and an NRR of 1 at age 0, 180 / 150 = 1.2 at age 1 and 130 / 150 at age 2; its
GRR is 1, 150 / 150 = 1 and 100 / 150. Age 0 is a customer's own first month, age k is k months later, at its close.

A cell has a value once every customer of the cohort has reached its age in a month that is over: until then it is
absent and says which customers it waits for. Retention follows the policy exactly as `nrr_12m` and `grr_12m` do: of a
cohort by month, age 12 is the `nrr_12m` of these customers twelve months after their first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import pyarrow as pa

from upswell.analysis.cohort_sums import CohortSums, Kept, Start
from upswell.analysis.members import CALENDAR, Members, cohort_column, customers_filter
from upswell.errors import UsageError
from upswell.metrics.catalogue import Unit
from upswell.metrics.figures import ZERO, Figure, quotient, total
from upswell.metrics.months import Month, asked_months
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.metrics.view import first_month
from upswell.policy.model import Policy

Measure = Literal["mrr", "customers", "expansion", "contraction", "churned", "nrr", "grr"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
UNITS: Final[Mapping[Measure, Unit]] = {
    "mrr": "money",
    "customers": "count",
    "expansion": "money",
    "contraction": "money",
    "churned": "money",
    "nrr": "rate",
    "grr": "rate",
}
ALL_COHORTS: Final = "all cohorts"
AGES: Final = 12
VALUE_TYPE: Final = pa.decimal128(38, 18)
_KINDS: Final[Mapping[str, str]] = {"expansion": "expansion", "contraction": "contraction", "churned": "churn"}
_WITH_DRIVERS: Final = ("expansion", "contraction")
_AGES_MAX: Final = 600
_ROWS_MAX: Final = 1_000_000
_NOBODY: Final = "no customer of the cohort paid at the close of its first month"


@dataclass(frozen=True)
class CohortRequest:
    """One question: a measure, what makes a cohort, which first months (`YYYY-MM`, both included), ages 0 to `ages`."""

    measure: str = "nrr"
    cohort: str = "month"
    month_from: str | None = None
    month_to: str | None = None
    ages: int = AGES
    by: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class _Cell:
    """A figure as a part and what it is a part of (None where it is no quotient)."""

    part: Figure
    whole: Figure | None = None

    @property
    def figure(self) -> Figure:
        return self.part if self.whole is None else quotient(self.part, self.whole, zero=_NOBODY)


_Cells = Mapping[Start, Sequence[_Cell]]


@dataclass(frozen=True)
class _Found:
    """What the book says: sizes and bases by start, and by driver ("" where none is asked) the cells of each start."""

    sizes: Mapping[Start, int]
    bases: Mapping[Start, Figure]
    cells: Mapping[str, _Cells]


@dataclass(frozen=True)
class _Row:
    cohort: str | None
    age: int
    month: str | None
    driver: str
    cell: _Cell
    reached: bool
    customers: int
    base: Figure


def run(connection: Readable, request: CohortRequest, *, facts: BookFacts, policy: Policy) -> pa.Table:
    """The answer as a table: `cohort` (null: customers without the attribute), `age` (months), `month` (YYYY-MM; null
    where the customers of a cohort have several), `driver` if asked for, `value` (decimal128(38, 18), null where there
    is none), `unit` (money, count, rate), `customers_at_start` (all that first paid then), `base` (their MRR at the
    close of their first month), `reason` (null where there is a value) and `reached` (whether every customer of the
    cohort has reached the age in a complete month).

    Rows are ordered by cohort, driver and age; the last ones are `all cohorts`: of those that have reached the age, the
    sum, or for nrr and grr the average weighted by base. Money is in the workspace's currency and exact; rates have 12
    decimals, half to even. Raises `UsageError` for names, months, filters and combinations that cannot be answered.
    """
    measure = _measure(request)
    by_driver = _by_driver(request)
    latest = Month.of(facts.as_of_day).plus(-1)
    members = Members(
        by=request.cohort,
        attribute=cohort_column(connection, request.cohort),
        filter=customers_filter(connection, request.where),
        cohorts=asked_months(
            request.month_from,
            request.month_to,
            first_movement=first_month(connection),
            as_of_day=facts.as_of_day,
        ),
        ages=request.ages,
        last_month=latest.number,
        facts=facts,
        policy=policy,
    )
    found = _found(CohortSums(connection, members), members, measure, by_driver=by_driver)
    cohorts = _cohorts(found.sizes, members)
    drivers = len(found.cells)
    _require_bounded((len(cohorts) + 1) * (request.ages + 1) * drivers)
    rows = [row for cohort in cohorts for row in _rows(cohort, found, members)]
    return _table([*rows, *_all_cohorts(rows)], UNITS[measure], by_driver=by_driver)


def _measure(request: CohortRequest) -> Measure:
    for measure in MEASURES:
        if request.measure == measure:
            if not 0 <= request.ages <= _AGES_MAX:
                raise UsageError(
                    f"{request.ages} is no age to go up to",
                    code="ages_out_of_range",
                    expected=f"0 to {_AGES_MAX} months",
                    found=str(request.ages),
                    remedy="give the last age to show, such as --ages 12",
                )
            return measure
    raise unknown_name("measure", request.measure, known=MEASURES, code="unknown_measure")


def _by_driver(request: CohortRequest) -> bool:
    for name in request.by:
        if name != "driver" or request.measure not in _WITH_DRIVERS:
            raise UsageError(
                f"{request.measure} of a cohort cannot be split by {name}",
                code="dimension_not_possible",
                where=f"measure {request.measure}, --by {name}",
                expected="driver, for expansion or contraction",
                found=name,
                remedy="ask for expansion --by driver, or make it the cohort: --cohort plan, --cohort country",
            )
    return bool(request.by)


def _require_bounded(rows: int) -> None:
    if rows > _ROWS_MAX:
        raise UsageError(
            f"the answer would have {rows} rows",
            code="answer_too_large",
            expected=f"at most {_ROWS_MAX} rows",
            found=str(rows),
            remedy="ask for fewer ages or a coarser cohort, or filter with --where",
        )


# -- what the book says


def _found(sums: CohortSums, members: Members, measure: Measure, *, by_driver: bool) -> _Found:
    by_movements = members.policy.retention_cohort == "movements"
    if measure == "customers" or (measure in ("nrr", "grr") and not by_movements):
        return _from_states(sums, members, measure)
    balances = sums.balances(ages=members.ages if measure == "mrr" else 0)
    bases = {start: levels[0] for start, levels in balances.items()}
    cells: Mapping[str, _Cells]
    match measure:
        case "mrr":
            cells = {"": {start: [_Cell(level) for level in levels] for start, levels in balances.items()}}
        case "nrr" | "grr":
            kinds = ("contraction", "churn") if measure == "grr" else ("contraction", "churn", "expansion")
            cells = {"": _moved(bases, sums.flows(*kinds), members)}
        case _:
            cells = _flowed(bases, sums.flows(_KINDS[measure], by_driver=by_driver), members, by_driver=by_driver)
    return _Found(sums.sizes(), bases, cells)


def _from_states(sums: CohortSums, members: Members, measure: Measure) -> _Found:
    kept = sums.paying() if measure == "customers" else sums.retained(gross=measure == "grr")
    sizes = {start: each.customers for start, each in kept.items()}
    bases = {start: each.base for start, each in kept.items()}
    if measure == "customers" and not sums.at_home:
        bases = {start: levels[0] for start, levels in sums.balances(ages=0).items()}
    if members.cohorts.last.number > members.last_month:
        sizes = sums.sizes()
    whole: Callable[[Kept], Figure | None] = (lambda _: None) if measure == "customers" else (lambda each: each.base)
    return _Found(
        sizes,
        bases,
        {"": {start: [_Cell(level, whole(each)) for level in each.levels] for start, each in kept.items()}},
    )


def _moved(
    bases: Mapping[Start, Figure], flows: Mapping[Start, Mapping[str, Mapping[int, Figure]]], members: Members
) -> _Cells:
    """The base and the movements since, over the base: who they are of is not asked."""
    cells: dict[Start, list[_Cell]] = {}
    for start, base in bases.items():
        by_age = flows.get(start, {}).get("", {})
        kept, found = base, [_Cell(base, base)]
        for age in range(1, _reached(start, members) + 1):
            kept = total(kept, by_age.get(age, Figure(ZERO)))
            found.append(_Cell(kept, base))
        cells[start] = found
    return cells


def _flowed(
    bases: Mapping[Start, Figure],
    flows: Mapping[Start, Mapping[str, Mapping[int, Figure]]],
    members: Members,
    *,
    by_driver: bool,
) -> dict[str, _Cells]:
    names = sorted({name for by_name in flows.values() for name in by_name}) if by_driver else [""]
    return {
        name: {
            start: [
                _Cell(flows.get(start, {}).get(name, {}).get(age, Figure(ZERO)))
                for age in range(_reached(start, members) + 1)
            ]
            for start in bases
        }
        for name in names
    }


def _reached(start: Start, members: Members) -> int:
    return min(members.ages, members.last_month - start[1])


# -- from starts to cohorts


def _cohorts(sizes: Mapping[Start, int], members: Members) -> list[tuple[str | None, list[Start]]]:
    """Each cohort with its starts, in order of time or of name; who has no name comes last."""
    found: dict[str | None, list[Start]] = {}
    for start in sorted(sizes, key=lambda each: each[1]):
        found.setdefault(_name(start, members), []).append(start)
    return sorted(found.items(), key=lambda each: (each[0] is None, each[0] or ""))


def _name(start: Start, members: Members) -> str | None:
    slice_, first = start
    month = Month(first)
    if members.by not in CALENDAR:
        return slice_
    return {"month": str(month), "quarter": month.quarter, "year": str(month)[:4]}[members.by]


def _rows(cohort: tuple[str | None, list[Start]], found: _Found, members: Members) -> Iterator[_Row]:
    name, starts = cohort
    youngest = max(first for _, first in starts)
    customers = sum(found.sizes[start] for start in starts)
    absent = {start: Figure.missing(_not_over(start[1], 0, members)) for start in starts}
    base = total(*(found.bases.get(start, absent[start]) for start in starts))
    alone = len({first for _, first in starts}) == 1
    for driver, cells in found.cells.items():
        for age in range(members.ages + 1):
            month = str(Month(youngest + age)) if alone else None
            reached = youngest + age <= members.last_month
            cell = _Cell(Figure.missing(_not_over(youngest, age, members)))
            if reached:
                cell = _together([cells[start][age] for start in starts])
            yield _Row(name, age, month, driver, cell, reached, customers, base)


def _all_cohorts(rows: Sequence[_Row]) -> Iterator[_Row]:
    """What the cohorts come to together at each age, of those that have reached it."""
    reached: dict[tuple[str, int], list[_Row]] = {}
    for row in rows:
        reached.setdefault((row.driver, row.age), []).extend([row] if row.reached else [])
    for (driver, age), there in reached.items():
        cell = _together([row.cell for row in there]) if there else _Cell(Figure.missing(f"no cohort is of age {age}"))
        customers = sum(row.customers for row in there)
        base = total(*(row.base for row in there)) if there else Figure.missing(f"no cohort is of age {age}")
        yield _Row(ALL_COHORTS, age, None, driver, cell, bool(there), customers, base)


def _together(cells: Sequence[_Cell]) -> _Cell:
    wholes = [cell.whole for cell in cells if cell.whole is not None]
    return _Cell(total(*(cell.part for cell in cells)), total(*wholes) if wholes else None)


def _not_over(first: int, age: int, members: Members) -> str:
    month, wanted = Month(first), Month(first + age)
    when = "begin" if age == 0 else f"reach age {age}"
    return f"customers of {month} {when} in {wanted}, which is not over as of {members.facts.as_of_day}"


def _table(rows: Sequence[_Row], unit: Unit, *, by_driver: bool) -> pa.Table:
    figures = [row.cell.figure for row in rows]
    text = pa.string()
    columns = {
        "cohort": pa.array([row.cohort for row in rows], text),
        "age": pa.array([row.age for row in rows], pa.int32()),
        "month": pa.array([row.month for row in rows], text),
        **({"driver": pa.array([row.driver for row in rows], text)} if by_driver else {}),
        "value": pa.array([figure.value for figure in figures], VALUE_TYPE),
        "unit": pa.array([unit for _ in rows], text),
        "customers_at_start": pa.array([row.customers for row in rows], pa.int64()),
        "base": pa.array([row.base.value for row in rows], VALUE_TYPE),
        "reason": pa.array([figure.reason for figure in figures], text),
        "reached": pa.array([row.reached for row in rows], pa.bool_()),
    }
    return pa.table(columns)
