"""How templates say figures: one set of words and formats for the month report and for the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from jinja2 import Environment, FunctionLoader, StrictUndefined

from upswell.exports.texts import without_controls
from upswell.metrics.catalogue import MetricEntry
from upswell.metrics.labels import DRIVER_LABELS, KIND_LABELS, METRIC_LABELS, percent_text
from upswell.money.amount import display_text


def environment(text_of: Callable[[str], str]) -> Environment:
    """A Jinja2 environment that escapes everything; `text_of` gives the text of a template by its name."""
    made = Environment(
        loader=FunctionLoader(text_of),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        percent=percent_text,
        count=lambda value: f"{int(value):,}",
        metric=metric_label,
        driver=lambda name: DRIVER_LABELS.get(name, name),
        kind=lambda name: KIND_LABELS.get(name, name),
        printable=without_controls,
        definition=_definition,
    )
    return made


def metric_label(name: str) -> str:
    """The metric as a heading says it."""
    return METRIC_LABELS.get(name, name.replace("_", " ").capitalize())


def value_text(value: Decimal, unit: str, currency: str) -> str:
    """A figure of any unit as a screen shows it."""
    match unit:
        case "money":
            return display_text(value, currency=currency)
        case "count":
            return f"{int(value):,}"
        case "rate":
            return percent_text(value)
        case _:
            return f"{value:.2f}"


def _definition(entry: MetricEntry) -> Sequence[str]:
    return [entry.formula, *([entry.caveat] if entry.caveat else [])]
