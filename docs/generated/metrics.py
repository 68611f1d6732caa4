"""docs/metrics.md: the catalogue, a section for each metric, and the bands beside them."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generated.tables import code, markdown_table
from upswell.metrics.benchmarks import Band, benchmark_of, benchmarks
from upswell.metrics.catalogue import MetricEntry, entries

_GRAINS = {"balance": "balance, at the close of the month", "flow": "flow, within the month"}
_DIMENSIONS = {
    "all": "every dimension",
    "slices": "every dimension but driver and kind",
    "lines": "plan, product, currency, customer and the columns of customers",
    "payments": "currency, customer and the columns of customers",
    "customers": "customer and the columns of customers",
    "company": "none, and no `--where`",
}
_PER_30_DAYS = {
    "scaled": "scaled to 30 days",
    "compared": "each month that it compares is scaled to 30 days",
    "unchanged": "unchanged",
    "refused": "refused",
}
_UNITS = {"money": "money", "rate": "rate, a fraction", "count": "count", "ratio": "ratio"}


def overview() -> str:
    """One line for each metric."""
    rows = [
        [f"[`{each.name}`](#{each.name})", each.formula, each.unit, each.grain, "yes" if each.additive else "no"]
        for each in entries()
    ]
    return markdown_table(("metric", "formula", "unit", "grain", "additive"), rows)


def sections() -> str:
    """A section for each metric with everything the catalogue says of it."""
    return "\n\n".join("\n".join(_section(each)) for each in entries())


def bands() -> str:
    """The bands of every metric that has some, with their source."""
    rows = [
        [code(each.metric), _ladder(each.below, each.bands), each.source, each.date, each.caveat]
        for each in benchmarks()
    ]
    return markdown_table(("metric", "bands", "source", "date", "caveat"), rows)


def _section(metric: MetricEntry) -> Iterator[str]:
    yield f"### {metric.name}"
    yield ""
    yield f"{metric.formula}"
    yield ""
    yield f"- unit: {_UNITS[metric.unit]}; grain: {_GRAINS[metric.grain]}; {_additive(metric)}"
    yield f"- `--by`: {_DIMENSIONS[metric.dimensions]}; `--per-30-days`: {_PER_30_DAYS[metric.per_30_days]}"
    if metric.caveat:
        yield f"- caveat: {metric.caveat}"
    if benchmark_of(metric.name) is not None:
        yield "- bands: [see below](#bands)"
    if metric.running:
        yield f"- in a month that still runs: {metric.running}"
    yield f"- source: {metric.source}"
    yield ""
    yield f"```sql\n{metric.sql.strip()}\n```"


def _additive(metric: MetricEntry) -> str:
    return "additive over months and slices" if metric.additive else "not additive"


def _ladder(below: str, bands_up: tuple[Band, ...]) -> str:
    steps = [
        f"above {band.above}: {band.label}" if band.above is not None else f"from {band.at_least}: {band.label}"
        for band in bands_up
    ]
    return "; ".join([f"else: {below}", *steps])
