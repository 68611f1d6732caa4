"""A simulated company through the public API: ordinary imports, nothing held back, a book that passes its checks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import upswell
from upswell.errors import UsageError
from upswell.workspace.simulated import make_simulated


@pytest.mark.parametrize("company", ["contract", "self-serve", "seasonal"])
def test_files_are_imported_like_a_users_own(company: str, tmp_path: Path) -> None:
    made = make_simulated(tmp_path / "w", company=company, customers=150)
    assert made.quarantine() == []
    entries = {entry.table: entry for entry in made.imports()}
    written = {path.name.removesuffix(".csv.gz") for path in (tmp_path / "w" / "company").iterdir()}
    assert set(entries) == written
    assert all(entry.added == entry.rows_read > 0 for entry in entries.values())
    assert [result.name for result in made.check() if not result.passed] == []
    assert made.book().as_of == datetime(2026, 1, 1, tzinfo=UTC)
    assert made.report().month == "2025-12"
    [efficiency] = made.metrics("sales_efficiency", month_from="2025-12")["value"].to_pylist()
    assert efficiency is not None, "costs are among what was imported"
    again = made.import_file(tmp_path / "w" / "company" / "items.csv.gz", table="items")
    assert (again.added, again.changed) == (0, 0)


def test_every_driver_occurs(tmp_path: Path) -> None:
    made = make_simulated(tmp_path / "w", company="contract", customers=300)
    movements = made.movements().to_pylist()
    assert {row["driver"] for row in movements} - {None} >= {
        *("seats", "plan", "price", "term", "addon", "cross_sell", "usage", "discount"),
    }
    assert {row["kind"] for row in movements} == {
        *("new", "expansion", "contraction", "churn", "reactivation", "transfer"),
    }
    assert any(row["scheduled"] for row in movements)


def test_the_window_can_be_chosen(tmp_path: Path) -> None:
    made = make_simulated(tmp_path / "w", company="self-serve", customers=30, months=6, last_month="2024-06", seed=7)
    assert made.report().month == "2024-06"
    days = made.movements().column("date").to_pylist()
    assert min(days) >= datetime(2023, 1, 1).date()  # noqa: DTZ001 -- a day of the workspace


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"company": "contracts"}, "company_unknown"),
        ({"company": "contract", "customers": 0}, "customers_out_of_range"),
        ({"company": "contract", "customers": 1_000_000}, "customers_out_of_range"),
        ({"company": "contract", "months": 0}, "months_out_of_range"),
        ({"company": "contract", "last_month": "2025-13"}, "last_month_malformed"),
    ],
)
def test_what_cannot_be_simulated_leaves_no_folder(options: dict[str, object], code: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        make_simulated(tmp_path / "w", **options)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.remedy
    assert not (tmp_path / "w").exists()


def test_a_workspace_that_is_there_is_left_alone(tmp_path: Path) -> None:
    upswell.init(tmp_path / "w")
    with pytest.raises(upswell.UpswellError, match="already is a workspace"):
        make_simulated(tmp_path / "w", company="contract", customers=10)
    assert not (tmp_path / "w" / "company").exists()
