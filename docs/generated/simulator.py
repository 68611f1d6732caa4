"""docs/simulator.md: the figures of a company of each preset, measured, beside the ranges that they should lie in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Final

import upswell
from docs.generated.tables import code, markdown_table
from upswell.sources.simulator import COLUMNS, Company, preset_named, preset_names, window_until, write_company
from upswell.workspace.simulated import LAST_MONTH, MONTHS, SEED

CUSTOMERS: Final = 800
_MONTHS: Final = ("2024-01", "2025-12")
_WORDS: Final = {
    "monthly_customer_churn": "customer_churn_rate, mean",
    "nrr_12m": "nrr_12m, mean",
    "grr_12m": "grr_12m, mean",
    "expansion_share": "expansion / (new + expansion), sums",
}


@cache
def measured(company: str) -> Mapping[str, Decimal]:
    """The figures of a preset's `ranges`, under `strict`, over the last 24 months of a company of 800 customers."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _workspace(Path(folder), company)
        expansion, new = (sum(_values(workspace, name), Decimal(0)) for name in ("expansion_mrr", "new_mrr"))
        return {
            "monthly_customer_churn": mean(_values(workspace, "customer_churn_rate")),
            "nrr_12m": mean(_values(workspace, "nrr_12m")),
            "grr_12m": mean(_values(workspace, "grr_12m")),
            "expansion_share": expansion / (new + expansion),
        }


def figures() -> str:
    """One line for each preset and figure: measured, the range, and who publishes it."""
    rows = [
        [code(company), _WORDS[name], _percent(value), _range(company, name), preset_named(company).ranges[name].source]
        for company in preset_names()
        for name, value in measured(company).items()
    ]
    return markdown_table(("company", "figure", "measured", "range", "published"), rows)


def companies() -> str:
    """One line for each preset: what it is, what it sells, who buys."""
    rows = []
    for name in preset_names():
        preset = preset_named(name)
        sold = [*(plan.id for plan in (*preset.plans, preset.second_product)), *(each.id for each in preset.addons)]
        segments = ", ".join(f"{each.name} {each.seats[0]}-{each.seats[1]} seats" for each in preset.segments)
        terms = ", ".join(f"{term} {share:.0%}" for term, share in preset.terms.items())
        rows.append([code(name), preset.title, terms, ", ".join(sold), segments])
    return markdown_table(("company", "is", "terms", "sells", "segments at first"), rows)


def files() -> str:
    """One line for each file and its columns."""
    rows = [[code(f"{table}.csv.gz"), ", ".join(columns)] for table, columns in COLUMNS.items()]
    return markdown_table(("file", "columns"), rows)


def _workspace(folder: Path, company: str) -> upswell.Workspace:
    """What `upswell demo` makes, without the tables that no figure here reads."""
    window = window_until(LAST_MONTH, months=MONTHS)
    simulated = Company(preset_named(company), customers=CUSTOMERS, window=window, seed=SEED)
    files = write_company(simulated, folder / "company")
    workspace = upswell.init(folder / "workspace")
    for table in ("items", "rates"):
        workspace.import_file(files[table], table=table)
    workspace.build(as_of=datetime.combine(window.end, time()))
    return workspace


def _values(workspace: upswell.Workspace, metric: str) -> list[Decimal]:
    table = workspace.metrics([metric], month_from=_MONTHS[0], month_to=_MONTHS[1])
    return [Decimal(row["value"]) for row in table.to_pylist()]


def _range(company: str, name: str) -> str:
    within = preset_named(company).ranges[name]
    return f"{_percent(within.low)} to {_percent(within.high)}"


def _percent(value: Decimal) -> str:
    return f"{value * 100:.1f} %"
