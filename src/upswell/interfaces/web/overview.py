"""Overview: the figures of a month with their way there, how MRR moved, and what expansion came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from upswell.interfaces.markup import metric_label, value_text
from upswell.interfaces.reports.page import trailing_figures
from upswell.interfaces.server.visitors import needs
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.shell import View, figures_page
from upswell.metrics.benchmarks import benchmarks
from upswell.metrics.labels import bands_text, percent_text
from upswell.metrics.trailing import MonthFigure

TILES: Final = (
    *("closing_mrr", "expansion_mrr", "net_expansion_mrr", "nrr_12m", "grr_12m"),
    *("quick_ratio", "arpa", "customers"),
)
KIND_OF: Final = {
    "new_mrr": "new",
    "expansion_mrr": "expansion",
    "contraction_mrr": "contraction",
    "churned_mrr": "churn",
    "reactivation_mrr": "reactivation",
}
_WIDTH: Final = 120
_HEIGHT: Final = 28
_MARGIN: Final = 2
_PAIR: Final = 2
router = APIRouter(include_in_schema=False, dependencies=[needs("viewer")])


@dataclass(frozen=True)
class Tile:
    """A figure with its change since the month before, its last thirteen months as a line, and the band it is in."""

    metric: str
    label: str
    text: str | None
    reason: str | None
    delta: str | None
    points: str
    spark_label: str
    band: str | None
    bands: str | None


@router.get("/")
def overview(request: Request) -> Response:
    """The page one begins with."""
    return figures_page(request, VIEW)


def _context(scope: Scope) -> Mapping[str, Any]:
    trailing = scope.trailing()
    closed = scope.workspace.closed_month(scope.month, policy=scope.policy)
    movements, drivers = trailing_figures(trailing, names=("movements", "drivers"), link=links(scope))
    return {
        "tiles": tiles(scope, TILES),
        "movements": movements,
        "drivers": drivers,
        "closed": None if closed is None else closed.text(),
        "running": scope.month > scope.last_complete,
    }


def tiles(scope: Scope, names: Sequence[str], *, whole: bool = True) -> list[Tile]:
    """The tiles of the month for the metrics `names`; `whole` as for `Scope.metrics`."""
    rows = scope.metrics(names, whole=whole)
    return [_tile(name, [row for row in rows if row["metric"] == name], scope.currency) for name in names]


def links(scope: Scope) -> Callable[[MonthFigure], str]:
    """Where a bar leads: to the movements of its month and kind, or driver."""

    def link(figure: MonthFigure) -> str:
        months: dict[str, object] = {"from": figure.month, "to": figure.month, "month": None}
        if figure.name == "fx_mrr":
            return scope.link("/figures/fx_mrr", month=figure.month)
        if figure.name in KIND_OF:
            return scope.link("/movements", **months, kind=KIND_OF[figure.name])
        driver = None if figure.name == "(none)" else figure.name
        return scope.link("/movements", **months, kind="expansion", driver=driver)

    return link


def _tile(name: str, rows: Sequence[Mapping[str, Any]], currency: str) -> Tile:
    last = rows[-1]
    values = [row["value"] for row in rows]
    text = None if last["value"] is None else value_text(last["value"], last["unit"], currency)
    label = metric_label(name)
    benchmark = next((each for each in benchmarks() if each.metric == name), None)
    known = [(row["month"], row["value"]) for row in rows if row["value"] is not None]
    said = ""
    if known:
        ends = [f"{value_text(value, last['unit'], currency)} in {month}" for month, value in (known[0], known[-1])]
        said = f"{label} from {ends[0]} to {ends[1]}"
    return Tile(
        metric=name,
        label=label,
        text=text,
        reason=last["reason"],
        delta=_delta(values, last["unit"], currency),
        points=points(values),
        spark_label=said,
        band=benchmark.label(last["value"]) if benchmark and last["value"] is not None else None,
        bands=bands_text(benchmark, last["unit"]) if benchmark else None,
    )


def _delta(values: Sequence[Decimal | None], unit: str, currency: str) -> str | None:
    if len(values) < _PAIR or values[-1] is None or values[-2] is None:
        return None
    change = values[-1] - values[-2]
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change < 0 else "±"
    if unit == "rate":
        return f"{sign}{abs(change) * 100:.1f} points"
    share = f" ({sign}{percent_text(abs(change / values[-2]))})" if values[-2] and unit == "money" else ""
    return f"{sign}{value_text(abs(change), unit, currency)}{share}"


def points(values: Sequence[Decimal | None]) -> str:
    """The points of a line through `values` in a box of 120 by 28; empty where there are fewer than two."""
    known = [value for value in values if value is not None]
    if len(known) < _PAIR or len(known) < len(values) / 2:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or Decimal(1)
    step = Decimal(_WIDTH - 2 * _MARGIN) / max(len(values) - 1, 1)
    return " ".join(
        f"{_MARGIN + step * place:.1f},{_HEIGHT - _MARGIN - (value - low) / span * (_HEIGHT - 2 * _MARGIN):.1f}"
        for place, value in enumerate(values)
        if value is not None
    )


VIEW: Final = View("overview.html.j2", "Overview", _context)
