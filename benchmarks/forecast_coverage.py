"""Do the forecasts keep what they claim? Simulated companies, each forecast at eight month ends of its past.

    python -m benchmarks.forecast_coverage

For each preset of the simulator 20 companies of 400 customers live through nine years and are imported and built like
any other book. At eight month ends, three months apart and each after six years or more, the forecast is made that a
reader would have been shown then: from the months up to there, pooled by what the month ends before had taught by then.
It is compared with the twelve months that came, beside AutoETS and the last value again.

80 % intervals should hold 72 to 88 of 100 outcomes, and the CRPS be at most 1.05 times that of the better of the two.
The rates, weights and priors of the forecast were chosen on companies of other seeds (101 to 112).
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from time import perf_counter
from typing import Final

import upswell
from upswell.analysis.forecast.backtest import SHOWN, Case, backtest
from upswell.analysis.forecast.history import History, read_history
from upswell.sources.simulator import COLUMNS, Company, preset_named, window_until

PRESETS: Final = ("contract", "self-serve", "seasonal")
TARGETS: Final = ("closing_mrr", "expansion_mrr", "customers")
BOOKS: Final = 20
ORIGINS: Final = 8
BEFORE: Final = 8
EVERY: Final = 3
AHEAD: Final = 12
CUSTOMERS: Final = 400
MONTHS: Final = 108
_LAST_MONTH: Final = "2025-12"
_TABLES: Final = ("customers", "items", "rates")
_80: Final = 1


def main(books: int = BOOKS) -> None:
    """Print coverage and CRPS by preset and target, and how long it took."""
    started = perf_counter()
    for preset in PRESETS:
        cases = [case for seed in range(1, books + 1) for case in cases_of(history_of(preset, seed))]
        for target in TARGETS:
            print(told(preset, target, cases), flush=True)
    print(f"{books} books x {ORIGINS} month ends x {AHEAD} months for each preset; {perf_counter() - started:.0f} s")


def history_of(preset: str, seed: int) -> History:
    """The history of one simulated company, read from its book."""
    window = window_until(_LAST_MONTH, months=MONTHS)
    company = Company(preset_named(preset), customers=CUSTOMERS, window=window, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        workspace = upswell.init(Path(folder) / "w")
        for table, path in zip(_TABLES, _written(company, Path(folder)), strict=True):
            workspace.import_file(path, table=table)
        workspace.build(as_of=datetime.combine(window.end, time()))
        with workspace._asking(None) as (connection, facts, policy):
            return read_history(connection, facts=facts, policy=policy)


def cases_of(history: History) -> Iterator[Case]:
    """The cases of the eight month ends; those before only teach."""
    latest = history.last - AHEAD
    origins = [latest - EVERY * number for number in range(ORIGINS + BEFORE)]
    tried = backtest(history, months=AHEAD, origins=origins, targets=TARGETS)
    asked = set(origins[:ORIGINS])
    return (case for case in tried.cases if case.origin in asked and case.target in TARGETS)


def told(preset: str, target: str, cases: Sequence[Case]) -> str:
    """One line: coverage and CRPS of what is shown, and of the better of the two it is measured by."""
    scores = {
        method: _mean([case.crps for case in _of(cases, target, method)]) for method in ("autoets", "naive", SHOWN)
    }
    best = min(scores["autoets"], scores["naive"])
    shown = _of(cases, target, SHOWN)
    held = [_mean([case.covered[place] for case in shown]) for place in range(3)]
    ends = [_mean([case.covered[_80] for case in shown if case.ahead == ahead]) for ahead in (1, 3, 6, 12)]
    good = "good" if 0.72 <= held[_80] <= 0.88 and scores[SHOWN] <= 1.05 * best else "BAD"
    return (
        f"{preset:<10} {target:<13} 80 % held {held[_80]:.1%} (1, 3, 6, 12 months ahead: "
        f"{', '.join(f'{each:.0%}' for each in ends)}), 50 % {held[0]:.0%}, 95 % {held[2]:.0%}; "
        f"CRPS {scores[SHOWN]:,.2f} = {scores[SHOWN] / best:.2f} x the better of AutoETS {scores['autoets']:,.2f} and "
        f"naive {scores['naive']:,.2f}: {good}"
    )


def _of(cases: Sequence[Case], target: str, method: str) -> list[Case]:
    return [case for case in cases if case.target == target and case.method == method]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _written(company: Company, folder: Path) -> list[Path]:
    """The files that a forecast needs: what was bought, by whom, and at which rates."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for history in company.histories():
        for table in ("customers", "items"):
            rows[table].extend(history.tables.get(table, ()))
    rows["rates"].extend(company.rates())
    paths = []
    for table in _TABLES:
        paths.append(folder / f"{table}.csv")
        with paths[-1].open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS[table])
            writer.writerows(rows[table])
    return paths


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
