"""How long does it take to score 100,000 customers with a fitted model, with reasons for the first 500?

    python -m benchmarks.propensity_speed [CUSTOMERS]

The company is simulated, imported and built, and a model is fitted and kept; neither is counted. Then a process of its
own opens the workspace and scores everybody: reading signals, the model, the forecast that is shared out, reasons. At
most 30 s and 4 GB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Final

import upswell
from benchmarks.measure import side_by_side
from upswell.workspace.simulated import make_simulated

CUSTOMERS: Final = 100_000
REASONS: Final = 500
_MODULE: Final = "benchmarks.propensity_speed"


def main(customers: int = CUSTOMERS) -> None:
    """Print the seconds and the peak memory of a scoring process."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "w"
        workspace = make_simulated(place, company="contract", customers=customers)
        started = perf_counter()
        workspace.fit_propensity()
        print(f"fitted with its backtest in {perf_counter() - started:.0f} s")
        measured(place)


def measured(place: Path) -> None:
    """Score the customers of a workspace whose model is fitted."""
    found = side_by_side({"scored": ["-m", _MODULE, "score", str(place)]}, rounds=3)["scored"]
    print(f"scored, reasons for the first {REASONS}: {found.seconds:.1f} s (at most 30), {found.megabytes:,.0f} MB")


def score(place: str) -> None:
    """Score, and print the seconds that it took."""
    started = perf_counter()
    scores = upswell.open(place).propensity(limit=REASONS)
    if scores.told != REASONS:
        raise SystemExit(f"{scores.told} customers have reasons")
    print(perf_counter() - started)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["score", place]:
            score(place)
        case ["measured", place]:
            measured(Path(place))
        case given:
            main(*(int(each) for each in given[:1]))
