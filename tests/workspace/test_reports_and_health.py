"""Reports of months that are not complete, the doctor on an ill workspace, and two writers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from tests.workspace.company import JUNE, settings, workspace_of
from upswell.errors import UpswellError
from upswell.workspace.doctor import Observation, examine
from upswell.workspace.lock import writing


def ill(folder: Path) -> dict[str, Observation]:
    return {seen.subject: seen for seen in examine(folder) if not seen.well}


def test_a_month_still_running_is_incomplete_and_has_what_happened_so_far(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=datetime(2025, 3, 20, tzinfo=UTC))
    report = workspace.report("2025-03")
    assert (report.month, report.complete) == ("2025-03", False)
    figures = {line.metric: line.value for line in report.roll_forward}
    asked = [figures[name] for name in ("opening_mrr", "expansion_mrr", "closing_mrr")]
    assert asked == [Decimal(160), Decimal(60), Decimal(220)]
    assert workspace.report().month == "2025-02"


def test_a_month_after_the_book_has_no_figures(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    report = workspace.report("2025-07")
    assert {line.value for line in report.roll_forward} == {None}
    assert {line.reason for line in report.roll_forward} == {
        "2025-07 begins after the book, which is as of 2025-06-01",
    }


def test_a_month_before_everything_is_zero_and_has_no_rates(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    report = workspace.report("2024-01")
    assert {line.value for line in report.roll_forward} == {0}
    assert {line.value for line in report.retention} == {None}


def test_no_book_yet(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    for ask in (workspace.report, workspace.movements, workspace.check, workspace.book):
        with pytest.raises(UpswellError, match="no book yet") as caught:
            ask()
        assert "upswell build" in caught.value.remedy


def test_the_doctor_finds_a_built_workspace_well(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    assert ill(workspace.folder) == {}


def test_the_doctor_names_what_is_missing_with_its_remedy(tmp_path: Path) -> None:
    assert list(ill(tmp_path / "nowhere")) == ["workspace"]
    workspace = workspace_of(tmp_path / "w")
    found = ill(workspace.folder)
    assert list(found) == ["book"]
    assert found["book"].remedy == "import a file, then run `upswell build`"


def test_the_doctor_finds_a_flipped_byte(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    flip(workspace.folder / "books" / "b-000001" / "strict" / "monthly_totals.parquet")
    found = ill(workspace.folder)
    assert list(found) == ["book"]
    assert "monthly_totals.parquet is not what was written" in found["book"].found


def test_the_doctor_finds_a_damaged_import(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    (workspace.folder / "imports" / "state.json").write_text("{", encoding="utf-8")
    assert list(ill(workspace.folder)) == ["imports"]


def test_the_doctor_says_that_settings_and_imports_disagree(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    settings(workspace, 'currency = "EUR"\n')
    found = ill(workspace.folder)
    assert list(found) == ["imports"]
    assert found["imports"].remedy is not None
    assert "back to USD" in found["imports"].remedy


def test_the_doctor_says_that_the_settings_cannot_be_read(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    (workspace.folder / "upswell.toml").write_text("currency = ", encoding="utf-8")
    assert list(ill(workspace.folder)) == ["workspace"]


def test_the_doctor_says_that_the_policy_cannot_run(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    broken = settings(workspace, 'policy = "a"\n[policies.a]\nreactivation = "new_after_days"\n')
    with pytest.raises(UpswellError):
        broken.report()
    assert ill(broken.folder)


def test_the_second_writer_is_refused_by_the_firsts_name(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    with (
        writing(workspace.folder, "build"),
        pytest.raises(UpswellError, match="being written to: build by process") as caught,
        writing(workspace.folder, "import", wait_seconds=0.1),
    ):
        pass
    assert caught.value.code == "workspace_busy"
    with writing(workspace.folder, "import", wait_seconds=0.1):
        pass


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    with writing(workspace.folder, "build"):
        assert workspace.movements().num_rows == 3
        assert workspace.imports()
        assert workspace.quarantine() == []


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_an_undo_takes_the_next_build_back(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=JUNE)
    before = workspace.movements()
    path = tmp_path / "more.csv"
    path.write_text("customer_id,plan_id,starts_at,unit_amount\nCora,Team,2025-04-01,20.00\n", encoding="utf-8")
    result = workspace.import_file(path, table="items")
    workspace.build(as_of=JUNE)
    assert workspace.movements().num_rows == before.num_rows + 1
    workspace.undo(result.import_ids[0])
    workspace.build(as_of=JUNE)
    assert workspace.movements() == before


def test_a_rebuild_as_of_now_goes_past_what_was_scheduled(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    workspace.build(as_of=datetime(2025, 3, 1, tzinfo=UTC))
    assert workspace.movements(kind="expansion")["scheduled"].to_pylist() == [True]
    workspace.build()
    assert workspace.movements(kind="expansion")["scheduled"].to_pylist() == [False]


def test_attributes_are_those_known_at_as_of(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,owner,valid_from\nAcme,Kim,2025-01-01\nAcme,Lee,2026-01-01\n", encoding="utf-8")
    workspace.import_file(path, table="customers")
    workspace.build(as_of=JUNE)
    owners = workspace.metrics(["arr"], by=["owner"], month_from="2025-05", where="customer = 'Acme'")
    assert owners["owner"].to_pylist() == ["Kim"]


def test_opening_by_text_or_path_is_the_same(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "w")
    assert upswell.open(str(workspace.folder)).settings == upswell.open(workspace.folder).settings
