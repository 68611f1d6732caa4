"""The months that lead up to a month: what a chart shows of them, as plain rows.

    trailing_months(connection, "2026-02", facts=facts, policy=policy)

gives 2025-02 to 2026-02, thirteen months, so that the month stands beside the same month a year before; fewer where
the ledger is younger. A figure that cannot be known is None with its reason and stays so, in lines and tables alike:
of two months of a young company `nrr_12m` reads None twice, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Final

from upswell.metrics import planner
from upswell.metrics.monthly import MonthReport
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.view import first_month
from upswell.policy.model import Policy

NET_CHANGE: Final = "net_change"
MOVEMENT_METRICS: Final = ("new_mrr", "expansion_mrr", "reactivation_mrr", "contraction_mrr", "churned_mrr", "fx_mrr")
RETENTION_METRICS: Final = ("nrr_12m", "grr_12m")
_BALANCES: Final = ("opening_mrr", "closing_mrr")
_LOOK_BACK: Final = 12
# Python's own default keeps 28 digits; a balance has up to 38.
_WIDE: Final = Context(prec=200)


@dataclass(frozen=True)
class MonthFigure:
    """The figure `name` (a metric, a driver, `net_change`) of one month: exact, or None and the reason."""

    month: str
    name: str
    value: Decimal | None
    reason: str | None


@dataclass(frozen=True)
class TrailingMonths:
    """The figures of `months`, oldest first; `running` are those of them that the book has not seen the end of.

    `movements` has the change of each kind and `net_change` (closing - opening), `drivers` has Expansion MRR of each
    driver that occurs, `retention` NRR and GRR over twelve months. Money is in `workspace_currency`.
    """

    months: tuple[str, ...]
    running: tuple[str, ...]
    workspace_currency: str
    movements: tuple[MonthFigure, ...]
    drivers: tuple[MonthFigure, ...]
    retention: tuple[MonthFigure, ...]

    def until(self, month: str) -> TrailingMonths:
        """Of these months the thirteen, or fewer, that end with `month`."""
        place = self.months.index(month) + 1
        kept = self.months[max(place - _LOOK_BACK - 1, 0) : place]

        def of(figures: tuple[MonthFigure, ...]) -> tuple[MonthFigure, ...]:
            return tuple(figure for figure in figures if figure.month in kept)

        return replace(
            self,
            months=kept,
            running=tuple(each for each in self.running if each in kept),
            movements=of(self.movements),
            drivers=of(self.drivers),
            retention=of(self.retention),
        )

    @property
    def span(self) -> str:
        """`2025-02 to 2026-02`, or the month alone."""
        return self.months[0] if len(self.months) == 1 else f"{self.months[0]} to {self.months[-1]}"


@dataclass(frozen=True)
class MonthSheet:
    """A month and the months before it, read from one book at one time."""

    report: MonthReport
    trailing: TrailingMonths


def trailing_months(
    connection: Readable,
    month: str,
    *,
    back: int = _LOOK_BACK,
    where: str | None = None,
    facts: BookFacts,
    policy: Policy,
) -> TrailingMonths:
    """`month` (`YYYY-MM`) and the `back` months before it, of all or of what the filter `where` lets through.

    Raises `UsageError` if that is no month, or no filter.
    """
    last = Month.parse(month)
    first_day = first_month(connection)
    began = last if first_day is None else Month.of(first_day)
    months = [Month(number) for number in range(min(last, max(began, last.plus(-back))).number, last.number + 1)]

    def ask(*names: str, by: tuple[str, ...] = ()) -> tuple[MonthFigure, ...]:
        request = MetricRequest(names=names, month_from=str(months[0]), month_to=month, by=by, where=where)
        rows = planner.run(connection, request, facts=facts, policy=policy).to_pylist()
        name = "driver" if by else "metric"
        return tuple(MonthFigure(row["month"], str(row[name] or "(none)"), row["value"], row["reason"]) for row in rows)

    figures = ask(*MOVEMENT_METRICS, *_BALANCES, *RETENTION_METRICS)
    return TrailingMonths(
        months=tuple(map(str, months)),
        running=tuple(str(each) for each in months if not each.complete(facts.as_of_day)),
        workspace_currency=facts.workspace_currency,
        movements=(*_named(figures, MOVEMENT_METRICS), *_net_changes(figures)),
        drivers=ask("expansion_mrr", by=("driver",)),
        retention=_named(figures, RETENTION_METRICS),
    )


def _named(figures: tuple[MonthFigure, ...], names: tuple[str, ...]) -> tuple[MonthFigure, ...]:
    return tuple(figure for figure in figures if figure.name in names)


def _net_changes(figures: tuple[MonthFigure, ...]) -> tuple[MonthFigure, ...]:
    opening, closing = (_named(figures, (name,)) for name in _BALANCES)
    return tuple(_net_change(before, after) for before, after in zip(opening, closing, strict=True))


def _net_change(before: MonthFigure, after: MonthFigure) -> MonthFigure:
    if before.value is None or after.value is None:
        return MonthFigure(before.month, NET_CHANGE, None, before.reason or after.reason)
    return MonthFigure(before.month, NET_CHANGE, _WIDE.subtract(after.value, before.value), None)
