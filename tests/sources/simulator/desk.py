"""Small companies for the tests: written once for each preset, read back as rows of text."""

from __future__ import annotations

import csv
import gzip
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from upswell.sources.simulator import COLUMNS, Company, preset_named, window_until, write_company

PRESETS: Final = ("contract", "self-serve", "seasonal")
END: Final = "2026-01-01"

Rows = list[dict[str, str]]


def company(preset: str, *, customers: int = 300, months: int = 48, seed: int = 1) -> Company:
    window = window_until("2025-12", months=months)
    return Company(preset_named(preset), customers=customers, window=window, seed=seed)


def read(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def tables(preset: str) -> dict[str, Rows]:
    """Every table of a company of 300 customers."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_company(company(preset), Path(folder) / "company")
        assert list(files) == list(COLUMNS)
        return {table: read(path) for table, path in files.items()}
