"""Do the intervals of durability hold what they claim? Companies whose truth is known, through the whole of Upswell.

    python -m benchmarks.durability_coverage

A customer grows and shrinks at random times by random amounts, some are far larger than others, and churn takes all
that is left. 500 companies of each setting are imported as one file and built as one book; each company's lots give
shares and intervals of their own. The truth is what lots born in the same years come to when each is followed for a
year, in a far larger company, by the lowest level since: no lot, curve or interval of the product has a part in it.

At 95 % an interval should hold the truth in 93 to 97 of 100 companies.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import upswell
from upswell.analysis.durability.curves import Tallies
from upswell.analysis.durability.intervals import shares_at
from upswell.analysis.durability.pieces import pieces_of
from upswell.analysis.durability.report import DAYS
from upswell.metrics.lots import Moved, lots_of, read_moved

COMPANIES: Final = 500
WINDOW: Final = 3 * 365
FOLLOWED: Final = 365
OF_TRUTH: Final = 400_000
FIRST_DAY: Final = date(2022, 1, 1)
_YEAR: Final = 365.0


@dataclass(frozen=True)
class Setting:
    """How many customers a company has, how unequal they are, and how often a year they leave, grow and shrink."""

    customers: int
    inequality: float
    leaving: float
    growing: float = 1.2
    shrinking: float = 0.8


SETTINGS: Final = (
    Setting(customers=150, inequality=0.8, leaving=0.3),
    Setting(customers=300, inequality=1.0, leaving=0.25),
    Setting(customers=600, inequality=1.2, leaving=0.15),
)


def main() -> None:
    """Print the coverage of every setting and age, and how long it took."""
    started = perf_counter()
    inside_all: list[bool] = []
    for number, setting in enumerate(SETTINGS):
        truth = _truth(setting, np.random.default_rng([1, number]))
        inside, width = _covered(setting, truth, seed=number)
        inside_all.extend(inside.ravel().tolist())
        print(f"{COMPANIES} companies of {setting.customers} customers, inequality {setting.inequality}")
        for place, days in enumerate(DAYS):
            told = f"{days:>5} days: truth {truth[place]:.3f}, held by {inside[:, place].mean():.1%} of intervals"
            print(f"{told}, {np.median(width[:, place]):.3f} wide")
    print(f"all: {np.mean(inside_all):.1%}; {perf_counter() - started:.0f} s")


def history(setting: Setting, chance: np.random.Generator, *, until: int) -> list[tuple[int, int]]:
    """Days and MRR in cents from that day on, of one customer; 0 is the end."""
    size = float(np.exp(chance.normal(0, setting.inequality))) * 10_000
    day = int(chance.integers(WINDOW))
    level = max(100, int(size))
    steps = [(day, level)]
    rate = setting.leaving + setting.growing + setting.shrinking
    while True:
        day += 1 + int(chance.exponential(_YEAR / rate))
        if day >= until:
            return steps
        what = chance.random() * rate
        if what < setting.leaving:
            return [*steps, (day, 0)]
        amount = max(1, int(size * chance.uniform(0.1, 0.5)))
        level = level + amount if what < setting.leaving + setting.growing else max(50, level - amount)
        if level != steps[-1][1]:
            steps.append((day, level))


def _truth(setting: Setting, chance: np.random.Generator) -> list[float]:
    gained, kept = 0, [0] * len(DAYS)
    for _ in range(OF_TRUTH):
        steps = history(setting, chance, until=WINDOW + FOLLOWED + 1)
        for place, (day, level) in enumerate(steps[1:], 1):
            bottom = steps[place - 1][1]
            if level <= bottom or day >= WINDOW:
                continue
            gained += level - bottom
            for which, days in enumerate(DAYS):
                lowest = min([level, *(later for on, later in steps[place + 1 :] if on <= day + days)])
                kept[which] += max(0, lowest - bottom)
    return [each / gained for each in kept]


def _covered(
    setting: Setting, truth: list[float], *, seed: int
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.bool_]], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    inside, width = [], []
    with tempfile.TemporaryDirectory() as folder:
        workspace = upswell.init(Path(folder) / "w")
        items = Path(folder) / "items.parquet"
        pq.write_table(_items(setting, seed), items)
        workspace.import_file(items, table="items")
        today = FIRST_DAY + timedelta(days=WINDOW)
        workspace.build(as_of=datetime(today.year, today.month, today.day, tzinfo=UTC))
        with workspace._asking(None) as (connection, _, _):
            keys = dict(connection.execute("select distinct customer_key, customer_id from item_keys").fetchall())
            moved = read_moved(connection, through=today - timedelta(days=1))
            for _, rows in groupby(moved, lambda row: keys[row.customer_key].partition("-")[0]):
                found = _shares(list(rows), through=today - timedelta(days=1))
                inside.append([low <= true <= high for true, (low, high) in zip(truth, found, strict=True)])
                width.append([high - low for low, high in found])
    return np.array(inside), np.array(width)


def _shares(moved: list[Moved], *, through: date) -> list[tuple[float, float]]:
    lots = lots_of(moved, through=through)
    expansions = np.array([lot.kind == "expansion" for lot in lots.lots])
    shares = shares_at(Tallies.of(pieces_of(lots).of(expansions)), np.array(DAYS))
    return list(zip(shares.low.tolist(), shares.high.tolist(), strict=True))


def _items(setting: Setting, seed: int) -> pa.Table:
    columns: dict[str, list[object]] = {name: [] for name in ("customer_id", "starts_at", "ends_at", "quantity")}
    for company in range(COMPANIES):
        chance = np.random.default_rng([2, seed, company])
        for customer in range(setting.customers):
            steps = history(setting, chance, until=WINDOW)
            ends = [*(day for day, _ in steps[1:]), None]
            for (day, level), end in zip(steps, ends, strict=True):
                if level:
                    columns["customer_id"].append(f"{company:03d}-{customer}")
                    columns["starts_at"].append(FIRST_DAY + timedelta(days=day))
                    columns["ends_at"].append(None if end is None else FIRST_DAY + timedelta(days=end))
                    columns["quantity"].append(level)
    rows = len(columns["quantity"])
    return pa.table({**columns, "plan_id": ["plan"] * rows, "unit_amount": ["0.01"] * rows})


if __name__ == "__main__":
    main()
