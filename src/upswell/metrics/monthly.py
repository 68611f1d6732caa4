"""One month on one screen: how MRR rolled forward, what drove expansion, how well customers stayed.

    month_report(connection, "2026-02", facts=facts, policy=policy)

For a month that opens at 110.00, expands by 10.90 and loses 2.10 to exchange rates, `roll_forward`
reads opening_mrr 110.00, expansion_mrr 10.90, fx_mrr -2.10, closing_mrr 118.80, zeros between. All
figures come from `planner.run`; only the largest movements are a query of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from upswell.metrics import planner
from upswell.metrics.benchmarks import Benchmark, benchmark_of, benchmarks
from upswell.metrics.catalogue import Unit, entry
from upswell.metrics.closed import ClosedMonth
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.totals import no_rate
from upswell.metrics.view import fetch
from upswell.policy.model import Policy

# How a month goes from opening to closing.
ROLL_FORWARD: Final = (
    "opening_mrr",
    "new_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "reactivation_mrr",
    "fx_mrr",
    "closing_mrr",
)
_EXPANSION: Final = ("expansion_mrr", "net_expansion_mrr")
_RETENTION: Final = ("nrr_1m", "grr_1m", "nrr_12m", "grr_12m")
_CUSTOMERS: Final = ("customers", "expansion_customers")
_QUARTERS: Final = 4

_LARGEST_MAX: Final = 10

_LARGEST: Final = """
with changes as (
    select customer_id, cast(kind as varchar) as kind, cast(driver as varchar) as driver, from_plan_id, plan_id,
        case when count(*) = count(rate) then sum(amount * rate) end as money,
        min(case when rate is null then currency end) as lacking_currency,
        min(case when rate is null then date end) as lacking_day
    from movements
    where list_contains($kinds, cast(kind as varchar)) and not scheduled
        and date between $first_day and $last_day
    group by all
)
select changes.customer_id, customers.name, kind, driver, from_plan_id, plan_id, money,
    lacking_currency, lacking_day
from changes
left join customers on customers.customer_id = changes.customer_id
order by money * $sign desc nulls last, changes.customer_id, kind, driver, plan_id, from_plan_id
limit $shown
"""


@dataclass(frozen=True)
class ReportLine:
    """A metric of the month: its exact value, or none and the reason."""

    metric: str
    value: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class DriverLine:
    """Expansion MRR of one driver."""

    driver: str
    value: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class QuarterFigure:
    """A metric over one calendar quarter (`2026-Q1`): what flowed in it, or the balance at its close."""

    quarter: str
    value: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class RetentionLine:
    """A retention figure, the band it falls in, and the benchmark that band comes from.

    `own_quarters` are the company's own last four whole quarters, oldest first; empty without a benchmark.
    """

    metric: str
    value: Decimal | None
    reason: str | None
    band: str | None
    benchmark: Benchmark | None
    own_quarters: tuple[QuarterFigure, ...] = ()


@dataclass(frozen=True)
class BandedLine:
    """A figure of the month beside its band and, which matters more, the company's own last four whole quarters."""

    metric: str
    unit: Unit
    value: Decimal | None
    reason: str | None
    band: str | None
    benchmark: Benchmark
    own_quarters: tuple[QuarterFigure, ...]


@dataclass(frozen=True)
class LargestMovement:
    """What one customer's MRR changed by in the month from one cause, in the workspace's currency.

    `driver` is null where the kind has none (new, churn, reactivation), `from_plan_id` where no plan was replaced.
    """

    customer_id: str
    customer_name: str | None
    kind: str
    driver: str | None
    from_plan_id: str | None
    plan_id: str
    amount: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class MonthReport:
    """Everything the report of a month shows; money is exact and not yet rounded for display.

    `banded` has every metric with a benchmark, in the order of the benchmarks; `running` says how much of a month that
    still runs is over; `closed` that the month is closed, and what was restated since.
    """

    month: str
    complete: bool
    as_of: datetime
    book_id: str
    policy: str
    workspace_currency: str
    roll_forward: tuple[ReportLine, ...]
    expansion: tuple[ReportLine, ...]
    expansion_by_driver: tuple[DriverLine, ...]
    retention: tuple[RetentionLine, ...]
    customers: tuple[ReportLine, ...]
    largest_expansions: tuple[LargestMovement, ...]
    largest_losses: tuple[LargestMovement, ...]
    largest_new: tuple[LargestMovement, ...]
    held_back: int
    banded: tuple[BandedLine, ...] = ()
    running: str | None = None
    closed: ClosedMonth | None = None


def month_report(
    connection: Readable,
    month: str,
    *,
    facts: BookFacts,
    policy: Policy,
    largest: int = _LARGEST_MAX,
) -> MonthReport:
    """The report of `month` (`YYYY-MM`); raises `UsageError` if that is no month."""
    asked = Month.parse(month)
    banded = tuple(benchmark.metric for benchmark in benchmarks())
    names = dict.fromkeys((*ROLL_FORWARD, *_EXPANSION, *_RETENTION, *_CUSTOMERS, *banded))
    lines = {line.metric: line for line, _ in _ask(connection, month, tuple(names), facts, policy, by=())}
    by_driver = _ask(connection, month, ("expansion_mrr",), facts, policy, by=("driver",))
    quarters = _own_quarters(connection, banded, asked, facts, policy)
    complete = asked.complete(facts.as_of_day)
    return MonthReport(
        month=month,
        complete=complete,
        as_of=facts.as_of,
        book_id=facts.book_id,
        policy=policy.name,
        workspace_currency=facts.workspace_currency,
        roll_forward=tuple(lines[name] for name in ROLL_FORWARD),
        expansion=tuple(lines[name] for name in _EXPANSION),
        expansion_by_driver=_by_size(by_driver),
        retention=tuple(_retention(lines[name], quarters.get(name, ())) for name in _RETENTION),
        customers=tuple(lines[name] for name in _CUSTOMERS),
        largest_expansions=largest_movements(connection, asked, ("expansion",), shown=largest),
        largest_losses=largest_movements(connection, asked, ("contraction", "churn"), sign=-1, shown=largest),
        largest_new=largest_movements(connection, asked, ("new", "reactivation"), shown=largest),
        held_back=facts.held_back,
        banded=tuple(_banded(each, lines[each.metric], quarters[each.metric]) for each in benchmarks()),
        running=None if complete or asked > Month.of(facts.as_of_day) else facts.part_of_month,
    )


def _ask(
    connection: Readable,
    month: str,
    names: tuple[str, ...],
    facts: BookFacts,
    policy: Policy,
    *,
    by: tuple[str, ...],
) -> list[tuple[ReportLine, str]]:
    request = MetricRequest(names=names, month_from=month, month_to=month, by=by)
    rows = planner.run(connection, request, facts=facts, policy=policy).to_pylist()
    return [
        (ReportLine(row["metric"], row["value"], row["reason"]), str(row.get("driver") or "(none)")) for row in rows
    ]


def _by_size(lines: list[tuple[ReportLine, str]]) -> tuple[DriverLine, ...]:
    drivers = [DriverLine(driver, line.value, line.reason) for line, driver in lines]
    return tuple(sorted(drivers, key=_largest_first))


def _largest_first(line: DriverLine) -> tuple[bool, Decimal, str]:
    return line.value is None, (line.value or Decimal(0)).copy_negate(), line.driver


def _own_quarters(
    connection: Readable, names: tuple[str, ...], month: Month, facts: BookFacts, policy: Policy
) -> dict[str, tuple[QuarterFigure, ...]]:
    found = planner.quarterly(connection, names, month, quarters=_QUARTERS, facts=facts, policy=policy)
    return {
        name: tuple(QuarterFigure(end.quarter, figure.value, figure.reason) for end, figure in figures)
        for name, figures in found.items()
    }


def _retention(line: ReportLine, quarters: tuple[QuarterFigure, ...]) -> RetentionLine:
    benchmark = benchmark_of(line.metric)
    return RetentionLine(line.metric, line.value, line.reason, _band(benchmark, line), benchmark, quarters)


def _banded(benchmark: Benchmark, line: ReportLine, quarters: tuple[QuarterFigure, ...]) -> BandedLine:
    return BandedLine(
        metric=line.metric,
        unit=entry(line.metric).unit,
        value=line.value,
        reason=line.reason,
        band=_band(benchmark, line),
        benchmark=benchmark,
        own_quarters=quarters,
    )


def _band(benchmark: Benchmark | None, line: ReportLine) -> str | None:
    return None if benchmark is None or line.value is None else benchmark.label(line.value)


def largest_movements(
    connection: Readable, month: Month, kinds: tuple[str, ...], *, shown: int = _LARGEST_MAX, sign: int = 1
) -> tuple[LargestMovement, ...]:
    """The `shown` largest changes of those kinds in the month, by customer and cause; `sign` -1 for losses."""
    parameters = {
        "first_day": month.first_day,
        "last_day": month.last_day,
        "kinds": list(kinds),
        "sign": sign,
        "shown": shown,
    }
    return tuple(
        LargestMovement(
            customer_id=customer_id,
            customer_name=name,
            kind=kind,
            driver=driver,
            from_plan_id=from_plan_id,
            plan_id=plan_id,
            amount=money,
            reason=None if day is None else no_rate(currency, day),
        )
        for customer_id, name, kind, driver, from_plan_id, plan_id, money, currency, day in fetch(
            connection, _LARGEST, parameters
        )
    )
