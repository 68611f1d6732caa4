"""`make bench`: comparisons in one run, printed as ratios of medians of 3.

    (a) a build of 8 M item versions of 1 M customers against a floor: at most 8x, memory under 8 GB
    (b) the ledger's models against the peers' customers-by-months spine, 1 M versions: at least 5x faster over 60
        months, growing with the months
    (c) a CSV import with all checks against a bare read_csv: at most 5x
    (d) `upswell --help`: under 0.4 s
    (e) questions about a book of 8 M versions, warm: flows by two dimensions and a filter within 200 ms, retention of a
        month within 1.5 s, 300 ms once kept, neither over 1.5x the SQL by hand; `upswell metrics` whole within 1.5 s
    (f) a full sync of a Stripe account against a bare loop of the SDK over the same lists: at least 60 % of its speed
    (g) the proof at full size: 2,000 customers over 30 months, synced in both generations and imported from exports,
        equal to the account's own record movement by movement, and every month reconciled to 0
    (h) an export of 1,000,000 movements to each format beside one of 100,000: ten times the rows, at most twice the
        memory
    (i) a table of cohorts by month, twelve months on, of each measure, on the book of (e): at most 1.5 s
    (j) the pages of the book of (e) in Chromium: first chart within 0.5 s kept and 1.5 s when the server just started,
        a filter within 0.3 s kept and 1.2 s new, under 150 KB; and 50 readers, each a page every 2 s, while another
        book is built on one thread: 95 of 100 answers within 0.5 s, none failed

    (k) durability of a company of 100,000 customers, 800,000 item versions, with 200 draws: at most 10 s
    (l) a forecast of that company, 12 months x 1,000 simulations: at most 5 s, its history read before
    (m) 95 % intervals of durability in 500 companies each of three kinds whose truth is known: 93 to 97 % hold it
    (n) 80 % intervals of forecasts, 20 companies x 8 month ends for each preset: 72 to 88 % hold what came, with a CRPS
        at most 1.05 x the better of AutoETS and naive; about 22 minutes
    (o) intervals of what people would pay, in 400 surveys each of three sizes whose truth is known
    (p) propensity at eight former days of simulated companies: better than segment and rules, off by under 5 points
    (q) 100,000 customers scored with a fitted model, reasons for 500: at most 30 s and 4 GB
    (r) every signal of a day, 100,000 customers with three metrics of use over 36 months: at most 6 s and 2 GB

(m) to (o) say how often intervals hold, from fixed seeds: they are modules of their own.

Give letters to run some of them: `python -m benchmarks b d`. `UPSWELL_BENCH_SCALE=0.1` makes the companies smaller.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.company import Company
from benchmarks.measure import Measured, side_by_side, whole_process
from upswell.analysis.cohorts import MEASURES

_SCALE: Final = float(os.environ.get("UPSWELL_BENCH_SCALE", "1"))


def build_against_floor(folder: Path) -> None:
    """(a): the whole build, files and checks included, over the same rows sorted and looked back once."""
    company = Company(customers=_scaled(1_000_000))
    items, workspace = folder / "items.parquet", folder / "workspace"
    _make(items, company)
    _work("prepare", str(items), str(workspace))
    found = side_by_side(
        {
            "floor": ["-m", "benchmarks.work", "floor", str(items)],
            "build": ["-m", "benchmarks.work", "build", str(workspace)],
        }
    )
    _print(f"(a) build of {company.rows:,} item versions of {company.customers:,} customers", found)
    _say(f"    build / floor = {found['build'].seconds / found['floor'].seconds:.1f} (at most 8)")


def ledger_against_spine(folder: Path) -> None:
    """(b): the same rows and month-end totals; the spine's cost goes with customers x months, ours with versions."""
    for versions, months in ((2, 30), (2, 60), (2, 120), (8, 60)):
        company = Company(customers=_scaled(1_000_000 // versions), items=1, versions=versions, months=months)
        items = folder / "items.parquet"
        _make(items, company)
        found = side_by_side(
            {
                "spine": ["-m", "benchmarks.work", "spine", str(items), str(months)],
                "ledger": ["-m", "benchmarks.work", "ledger", str(items), str(months)],
            }
        )
        _print(f"(b) {company.rows:,} versions of {company.customers:,} customers over {months} months", found)
        _say(f"    spine / ledger = {found['spine'].seconds / found['ledger'].seconds:.1f}")
    _say("    (at least 5 with 2 versions a customer over 60 months)")


def import_against_read(folder: Path) -> None:
    """(c): every check on every row, conflicts between rows and the commit, over a bare read of the file."""
    company = Company(customers=_scaled(250_000))
    items = folder / "items.csv"
    _make(items, company)
    found = side_by_side(
        {
            "read": ["-m", "benchmarks.work", "read", str(items)],
            "import": ["-m", "benchmarks.work", "import", str(items)],
        }
    )
    _print(f"(c) import of {company.rows:,} rows of CSV, {items.stat().st_size / 1e6:.0f} MB", found)
    _say(f"    import / read = {found['import'].seconds / found['read'].seconds:.1f} (at most 5)")


def help_start(_folder: Path) -> None:
    """(d): the start-up that a person waits for."""
    seconds = whole_process([str(Path(sys.executable).parent / "upswell"), "--help"])
    _say(f"(d) upswell --help: {seconds:.2f} s (under 0.4)")


def questions(folder: Path) -> None:
    """(e): an analyst's questions, in an open workspace and as a command of their own."""
    company = Company(customers=_scaled(1_000_000))
    workspace = _book_of(company, folder)
    _say(f"(e) questions about {company.rows:,} item versions of {company.customers:,} customers")
    for question, bound in (("flows", 200), ("retention", 1500)):
        found = side_by_side(
            {
                "asked": ["-m", "benchmarks.work", "ask", str(workspace), question],
                "by hand": ["-m", "benchmarks.work", "written", str(workspace), question],
            }
        )
        asked, by_hand = found["asked"].seconds, found["by hand"].seconds
        _say(f"    {question:<20}{asked * 1000:8.0f} ms (at most {bound}); SQL by hand {by_hand * 1000:.0f} ms")
        _say(f"    asked / by hand = {asked / by_hand:.2f} (at most 1.5)")
    kept = side_by_side({"kept": ["-m", "benchmarks.work", "ask", str(workspace), "kept"]})["kept"].seconds
    _say(f"    {'retention, kept':<20}{kept * 1000:8.0f} ms (at most 300)")
    command = [sys.executable, "-m", "benchmarks.plain", "-w", str(workspace), "metrics"]
    month = ["--from", "2023-06", "--to", "2023-06", "--format", "csv"]
    for words in (
        ["closing_mrr", "expansion_mrr", "--by", "plan"],
        ["expansion_mrr", "--by", "country", "--where", "sector = 'transport'"],
        ["nrr_12m"],
    ):
        seconds = whole_process([*command, *words, *month], rounds=3)
        _say(f"    upswell metrics {' '.join(words)}: {seconds:.2f} s (at most 1.5)")


def cohorts(folder: Path) -> None:
    """(i): a triangle of each measure in an open workspace."""
    company = Company(customers=_scaled(1_000_000))
    workspace = _book_of(company, folder)
    tables: dict[str, list[str]] = {
        measure: ["-m", "benchmarks.work", "triangle", str(workspace), measure] for measure in MEASURES
    }
    found = side_by_side(tables)
    _print(f"(i) cohorts by month of {company.customers:,} customers, ages 0 to 12 (at most 1.5 s)", found)


def lasting(folder: Path) -> None:
    """(k): shares of expansion with intervals, by driver and cut further."""
    company = Company(customers=_scaled(100_000))
    workspace = _book_of(company, folder)
    found = side_by_side({by: ["-m", "benchmarks.work", "lasting", str(workspace), by] for by in ("driver", "plan")})
    _print(f"(k) durability of {company.customers:,} customers, 200 draws (at most 10 s)", found)


def _module(name: str) -> Callable[[Path], None]:
    """A benchmark that is a module of its own, in a process of its own."""

    def run(_folder: Path) -> None:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)

    return run


def _book_of(company: Company, folder: Path) -> Path:
    items, workspace = folder / "items.parquet", folder / "workspace"
    _make(items, company)
    _work("prepare", str(items), str(workspace))
    _work("customers", str(workspace), str(company.customers))
    _work("build", str(workspace))
    return workspace


def pages(folder: Path) -> None:
    """(j): a browser, and fifty readers, on the pages of a large book."""
    workspace = _book_of(Company(customers=_scaled(1_000_000)), folder)
    months = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 6)]
    command = [sys.executable, "-m", "benchmarks.pages", str(workspace), *months]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    _say("(j) the pages of that book, medians of 10")
    for name, value in found.items():
        _say(f"    {name}: {value if isinstance(value, dict) else f'{value:.2f} s'}")


def sync_against_loop(_folder: Path) -> None:
    """(f): landing every object and counting it, over reading it and letting it go."""
    size = (str(_scaled(600)), "24", "1")
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stripe_account", "serve", *size],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    try:
        # The first reading fills the server's memory of what it has written; neither side pays for that.
        _work_of("benchmarks.stripe_account", "loop", url)
        found = side_by_side(
            {
                "loop": ["-m", "benchmarks.stripe_account", "loop", url],
                "sync": ["-m", "benchmarks.stripe_account", "sync", url],
            }
        )
    finally:
        server.communicate("")
    _print(f"(f) a Stripe account of {size[0]} customers over {size[1]} months", found)
    _say(f"    speed of sync / loop = {found['loop'].seconds / found['sync'].seconds:.0%} (at least 60 %)")


def stripe_at_full_size(_folder: Path) -> None:
    """(g): no time is measured here; what is printed must be all true."""
    _say("(g) Stripe accounts of 2,000 customers over 30 months")
    for generation in ("newest", "old", "mixed", "airbyte", "tables"):
        command = ["-m", "benchmarks.stripe_account", "prove", str(_scaled(2_000)), "30", "1", generation]
        printed = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True).stdout
        _say(f"    {printed.strip()}")


def exports(folder: Path) -> None:
    """(h): memory at its peak must go with what is written at a time, not with the rows. One run each."""
    for name, count in (("100,000", 9_300), ("1,000,000", 93_000)):
        company = Company(customers=_scaled(count))
        _make(folder / "items.parquet", company)
        _work("prepare", str(folder / "items.parquet"), str(folder / name))
        _work("build", str(folder / name))
    for ending in ("csv", "parquet", "xlsx"):
        found = side_by_side(
            {
                name: ["-m", "benchmarks.work", "export", str(folder / name), str(folder / f"movements.{ending}")]
                for name in ("100,000", "1,000,000")
            },
            rounds=1,
        )
        _print(f"(h) movements to .{ending}", found)
        _say(f"    memory = {found['1,000,000'].megabytes / found['100,000'].megabytes:.1f} (at most 2)")


def _work_of(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.DEVNULL)


def _make(path: Path, company: Company) -> None:
    sizes = (company.customers, company.items, company.versions, company.months)
    _work("make", str(path), *(str(size) for size in sizes))


def _work(*arguments: str) -> None:
    # In a process of its own: a child starts with its parent's peak memory, so this one stays small.
    subprocess.run([sys.executable, "-m", "benchmarks.work", *arguments], check=True, stdout=subprocess.DEVNULL)


def _print(title: str, found: dict[str, Measured]) -> None:
    _say(title)
    for name, measured in found.items():
        _say(f"    {name:<11}{measured.seconds:8.2f} s  {measured.megabytes:8,.0f} MB at its peak")


def _say(text: str) -> None:
    print(text, flush=True)


def _scaled(number: int) -> int:
    return max(1, int(number * _SCALE))


_ALL: Final[dict[str, Callable[[Path], None]]] = {
    "a": build_against_floor,
    "b": ledger_against_spine,
    "c": import_against_read,
    "d": help_start,
    "e": questions,
    "f": sync_against_loop,
    "g": stripe_at_full_size,
    "h": exports,
    "i": cohorts,
    "j": pages,
    "k": lasting,
    "l": _module("forecast_speed"),
    "m": _module("durability_coverage"),
    "n": _module("forecast_coverage"),
    "o": _module("willingness_coverage"),
    "p": _module("propensity_backtest"),
    "q": _module("propensity_speed"),
    "r": _module("signals_speed"),
    "s": _module("effect_coverage"),
}

if __name__ == "__main__":
    for letter in sys.argv[1:] or _ALL:
        with tempfile.TemporaryDirectory(prefix="upswell-bench-") as scratch:
            _ALL[letter](Path(scratch))
