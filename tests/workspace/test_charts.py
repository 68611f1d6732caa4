"""`Workspace.chart` and `Workspace.month_sheet`: the charts and the months behind them, from Python."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import altair as alt
import pytest

import upswell
from tests.interfaces.company import AS_OF, write_files
from upswell.errors import UsageError
from upswell.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("charts")
    files = write_files(folder / "files")
    made = upswell.init(folder / "acme")
    made.import_file(files / "items.csv", table="items")
    made.build(as_of=datetime.fromisoformat(AS_OF))
    return made


@pytest.mark.parametrize("name", ["movements", "drivers", "retention"])
def test_a_chart_is_an_altair_chart_of_the_last_complete_month(workspace: Workspace, name: str) -> None:
    chart = workspace.chart(name)
    assert isinstance(chart, alt.LayerChart)
    assert "2025-01 to 2025-05" in str(chart.to_dict()["description"])
    assert "2025-01 to 2025-03" in str(workspace.chart(name, month="2025-03").to_dict()["description"])


def test_a_chart_saves_as_a_picture(workspace: Workspace, tmp_path: Path) -> None:
    workspace.chart("movements").save(tmp_path / "movements.svg")
    assert "MRR movements by month, USD" in (tmp_path / "movements.svg").read_text("utf-8")


def test_an_unknown_chart_and_no_month_are_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no chart"):
        workspace.chart("pie")
    with pytest.raises(UsageError, match="is not a month"):
        workspace.chart("movements", month="soon")


def test_a_sheet_is_the_report_and_the_months_before_it(workspace: Workspace) -> None:
    sheet = workspace.month_sheet("2025-04")
    assert sheet.report == workspace.report("2025-04")
    assert sheet.trailing.months == ("2025-01", "2025-02", "2025-03", "2025-04")
    assert workspace.month_sheet().report.month == "2025-05"
