"""A simulated company in a workspace: its files are written like exports, then imported like a user's own.

make_simulated(Path("demo"), company="contract", customers=2000) leaves `demo/company/*.csv.gz`, what they say in
force, and a book as of the end of the last month.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import Final

from upswell.engines.duckdb import storage_errors
from upswell.errors import UsageError
from upswell.sources.simulator import Company, Window, preset_named, window_until, write_company
from upswell.workspace.core import Progress, Workspace, init

CUSTOMERS: Final = 2000
MONTHS: Final = 48
LAST_MONTH: Final = "2025-12"
SEED: Final = 1

_MOST_CUSTOMERS: Final = 100_000
_MOST_MONTHS: Final = 240
_MONTH: Final = re.compile(r"(19[5-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])")


def make_simulated(
    folder: Path,
    *,
    company: str,
    customers: int = CUSTOMERS,
    months: int = MONTHS,
    last_month: str = LAST_MONTH,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Workspace:
    """A new workspace in `folder` with a simulated company imported and built; its files lie in `folder/company`.

    `company` is contract, self-serve or seasonal. The same arguments give the same files, byte for byte, and customer
    17 is the same whatever the number of customers. Raises `UsageError` for an unknown company or an impossible
    number, `WorkspaceError` when the folder already is a workspace or cannot be written.
    """
    preset = preset_named(company)
    window = _window(last_month, months=months)
    _require("customers", customers, most=_MOST_CUSTOMERS)
    workspace = init(folder)
    with storage_errors(folder):
        simulated = Company(preset, customers=customers, window=window, seed=seed)
        files = write_company(simulated, folder / "company", progress=progress)
    for table, path in files.items():
        workspace.import_file(path, table=table, progress=progress)
    workspace.build(as_of=datetime.combine(window.end, time()), progress=progress)
    return workspace


def _window(last_month: str, *, months: int) -> Window:
    _require("months", months, most=_MOST_MONTHS)
    if not _MONTH.fullmatch(last_month):
        raise UsageError(
            f"--last-month {last_month} is no month that can be simulated",
            code="last_month_malformed",
            expected="a month such as 2025-12, from 1950 to 2199",
            found=last_month,
            remedy="write it as YYYY-MM, or leave it out",
        )
    return window_until(last_month, months=months)


def _require(what: str, number: int, *, most: int) -> None:
    if not 1 <= number <= most:
        raise UsageError(
            f"--{what} {number} cannot be simulated",
            code=f"{what}_out_of_range",
            expected=f"a whole number from 1 to {most}",
            found=str(number),
            remedy=f"choose --{what} in that range, or leave it out",
        )
