"""Do scores of propensity say more than the segment and plain rules? The whole backtest on simulated companies.

    python -m benchmarks.propensity_backtest [CUSTOMERS]

10,000 customers of each preset live through 48 months and are imported and built like any other book. What stands in
the report is printed: at each former origin both models, the segment base rate and the rules, all of them over the
origins, calibration by tenths, and the scorecard of health beside a score weighed by hand. For `contract` a model must
beat both on AUC and on the dollars of the top tenth, and be off by less than 5 points on average over tenths.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Final

from upswell.analysis.propensity.fitted import RULES, SEGMENT
from upswell.analysis.propensity.report import Backtest, Scored
from upswell.workspace.simulated import make_simulated

PRESETS: Final = ("contract", "self-serve", "seasonal")
CUSTOMERS: Final = 10_000


def main(customers: int = CUSTOMERS) -> None:
    """Print what the report of each preset says."""
    for preset in PRESETS:
        with tempfile.TemporaryDirectory() as folder:
            workspace = make_simulated(Path(folder) / "w", company=preset, customers=customers)
            started = perf_counter()
            found = workspace.propensity_backtest()
            took = perf_counter() - started
            started = perf_counter()
            card = workspace.scorecard()
            of_health = perf_counter() - started
        print(f"{preset}, {customers:,} customers: {len(found.origins)} origins, {took:.0f} s")
        for origin in found.origins:
            print(f"  {origin.day}: {origin.customers:,} customers, {100 * origin.base_rate:.1f} % expanded")
            for each in origin.scored:
                print(f"    {_told(each)}")
        print(f"  all origins, chosen {found.chosen}")
        for each in found.pooled:
            print(f"    {_told(each)}")
        for tenth in found.calibration:
            print(f"    said {100 * tenth.predicted:5.1f} %, came {100 * tenth.observed:5.1f} %")
        print(f"  off by {found.calibration_error or 0:.2f} points on average; look ahead: {found.leaks or 'none'}")
        print(f"  better than both on AUC and dollars: {'yes' if _better(found) else 'NO'}")
        print(f"  health: AUC {card.auc or 0:.3f}, by hand {card.auc_by_hand or 0:.3f}, {of_health:.0f} s")


def _told(each: Scored) -> str:
    auc, dollars, value = (each.auc or 0.0, 100 * (each.dollars or 0.0), 100 * (each.dollars_by_value or 0.0))
    return (
        f"{each.method:<18} AUC {auc:.3f}  top tenth {100 * each.precision:4.1f} %, dollars {dollars:4.1f} %, "
        f"by value {value:4.1f} %  Brier {each.brier:.4f}"
    )


def _better(found: Backtest) -> bool:
    if found.chosen is None:
        return False
    mine = found.of(found.chosen)
    return all(
        (mine.auc or 0) > (other.auc or 0) and (mine.dollars or 0) > (other.dollars or 0)
        for other in (found.of(SEGMENT), found.of(RULES))
    )


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
