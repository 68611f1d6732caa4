"""From a movement to its rows: every cent leads to a file and a row."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from upswell.errors import NotFoundError
from upswell.ledger.trace import RULES
from upswell.workspace import Workspace

ITEMS = """customer_id,plan_id,starts_at,ends_at,quantity,unit_amount,discount_percent
acme,team,2024-01-10,2024-03-15,5,20.00,
acme,team,2024-03-15,2024-05-01,8,25.00,10
acme,pro,2024-05-01,,8,30.00,
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS, "utf-8")
    workspace = upswell.init(tmp_path / "workspace")
    workspace.import_file(path, table="items")
    workspace.build(as_of=datetime(2024, 6, 1, tzinfo=UTC))
    return workspace


def _ids(workspace: Workspace) -> dict[tuple[str, str, str | None], str]:
    rows = workspace.movements().to_pylist()
    return {(str(row["date"]), row["kind"], row["driver"]): row["movement_id"] for row in rows}


def test_a_driver_leads_to_both_versions_and_its_sister_rows(workspace: Workspace) -> None:
    trace = workspace.trace(_ids(workspace)["2024-03-15", "expansion", "seats"])
    assert trace.movement["amount"] == Decimal("60.000000")
    assert trace.rule == "item_changed"
    assert [(sister["driver"], sister["amount"]) for sister in trace.together_with] == [
        ("discount", Decimal("-20.000000")),
        ("price", Decimal("40.000000")),
    ]
    assert [(source.side, source.file, source.row, source.mrr) for source in trace.sources] == [
        ("before", "items.csv", 2, Decimal("100.000000")),
        ("after", "items.csv", 3, Decimal("180.000000")),
    ]


def test_a_row_that_says_what_shows_it_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS.replace("_percent\n", "_percent,evidence\n").replace("20.00,\n", "20.00,,invoice line il_1\n")
                    .replace("25.00,10\n", "25.00,10,\n").replace("30.00,\n", "30.00,,\n"), "utf-8")  # fmt: skip
    workspace = upswell.init(tmp_path / "workspace")
    workspace.import_file(path, table="items")
    workspace.build(as_of=datetime(2024, 6, 1, tzinfo=UTC))
    trace = workspace.trace(_ids(workspace)["2024-03-15", "expansion", "seats"])
    assert [source.evidence for source in trace.sources] == ["invoice line il_1", None]


def test_a_swap_names_the_plan_it_left(workspace: Workspace) -> None:
    trace = workspace.trace(_ids(workspace)["2024-05-01", "expansion", "plan"])
    assert trace.rule == "item_replaced"
    assert (trace.movement["from_plan_id"], trace.movement["plan_id"]) == ("team", "pro")
    assert [source.row for source in trace.sources] == [3, 4]


def test_a_first_payment_has_one_source(workspace: Workspace) -> None:
    trace = workspace.trace(_ids(workspace)["2024-01-10", "new", None])
    assert [(source.side, source.row) for source in trace.sources] == [("after", 2)]


@pytest.mark.parametrize("unknown", ["20240315-0000000000000000", "20241332-0000000000000000", "nonsense", "'; drop"])
def test_an_unknown_movement_is_refused_with_the_way_to_find_one(workspace: Workspace, unknown: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        workspace.trace(unknown)
    assert "upswell movements" in refused.value.remedy


def test_every_rule_that_books_is_explained(workspace: Workspace) -> None:
    assert {row["rule"] for row in workspace.movements().to_pylist()} <= set(RULES)
