"""Books held open between questions: what is kept, what is looked at again, and that neither changes a figure."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

import upswell
from tests.workspace.company import JUNE, add_rows, workspace_of
from upswell.errors import BookError, UsageError
from upswell.ledger import books
from upswell.ledger.reader import BookReader
from upswell.workspace import readers

CUSTOMERS = "customer_id,country,tier\nAcme,DE,gold\nBolt,AT,\n"
AGO_NS = 60_000_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> upswell.Workspace:
    made = workspace_of(tmp_path / "w")
    path = tmp_path / "customers.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    made.import_file(path, table="customers")
    made.build(as_of=JUNE)
    return made


def totals(workspace: upswell.Workspace) -> Path:
    return workspace.folder / "books" / workspace.book().book_id / "strict" / "monthly_totals.parquet"


def settle(path: Path, *, ns: int = AGO_NS) -> None:
    """Give the file times that lie behind us, as those of any book but the newest do."""
    then = time.time_ns() - ns
    os.utime(path, ns=(then, then))


def test_a_new_build_is_what_the_next_question_is_about(workspace: upswell.Workspace) -> None:
    before = workspace.metrics("closing_mrr", month_from="2025-05")
    add_rows(workspace, "Cy,Team,2025-04-01,,1,20.00,", name="more.csv")
    assert workspace.metrics("closing_mrr", month_from="2025-05") == before
    workspace.build(as_of=JUNE)
    after = workspace.metrics("closing_mrr", month_from="2025-05")
    assert after["value"][0].as_py() - before["value"][0].as_py() == 20


def test_a_file_is_verified_again_after_every_write(workspace: upswell.Workspace) -> None:
    path, sound = totals(workspace), totals(workspace).read_bytes()
    workspace.metrics("closing_mrr")
    path.write_bytes(sound[:40] + bytes([sound[40] ^ 1]) + sound[41:])
    with pytest.raises(BookError, match=r"monthly_totals\.parquet is not what was written"):
        workspace.metrics("closing_mrr")
    path.write_bytes(sound)
    assert workspace.metrics("closing_mrr").num_rows


def test_a_file_that_nobody_wrote_to_is_read_in_full_once(
    workspace: upswell.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: list[str] = []
    monkeypatch.setattr(books, "_TICK_NS", 0)
    counted = books._digest

    def digest(path: Path) -> str:
        digests.append(path.name)
        return counted(path)

    monkeypatch.setattr(books, "_digest", digest)
    first = workspace.metrics(["closing_mrr", "nrr_1m"], by="country")
    read = sorted(digests)
    assert workspace.metrics(["closing_mrr", "nrr_1m"], by="country") == first
    assert sorted(digests) == read == sorted(set(read))
    assert "item_versions.parquet" not in read, "a question verifies what it reads and no more"
    settle(totals(workspace))
    workspace.metrics("closing_mrr")
    assert len(digests) == len(read) + 1


def test_attributes_rolled_up_give_the_same_figures(workspace: upswell.Workspace) -> None:
    names = ["opening_mrr", "new_mrr", "expansion_mrr", "net_new_mrr", "closing_mrr", "expansion_rate"]
    asked: list[dict[str, Any]] = [
        {"by": ["country"]},
        {"by": ["country", "plan"]},
        {"by": ["plan"], "where": "country = 'DE'"},
        {"by": ["tier", "country"], "where": "tier is null or tier <> 'x'"},
        {"by": ["tier"], "where": "country is not null and plan = 'Team'"},
    ]
    first = [upswell.open(workspace.folder).metrics(names, **request) for request in asked]
    for _ in range(3):
        assert [workspace.metrics(names, **request) for request in asked] == first
    with workspace._asking(None) as (reader, _, _):
        assert isinstance(reader, BookReader)
        assert reader.totals_with(["country"]) is not None
        assert reader.totals_with(["tier", "country"]) == reader.totals_with(["country", "tier"])


def test_an_attribute_called_like_the_key_of_a_book_is_not_taken_for_it(tmp_path: Path) -> None:
    made = workspace_of(tmp_path / "w")
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,Customer_Key,country\nAcme,7,DE\nBolt,8,AT\nCy,9,DE\n", encoding="utf-8")
    made.import_file(path, table="customers")
    made.build(as_of=JUNE)
    assert by(made, "country") == {"AT": 60, "DE": 160}
    assert by(made, "Customer_Key_1") == {"7": 160, "8": 60}


def by(workspace: upswell.Workspace, column: str) -> dict[str, int]:
    table = workspace.metrics("closing_mrr", by=column, month_from="2025-05")
    return dict(zip(table[column].to_pylist(), map(int, table["value"].to_pylist()), strict=True))


def test_a_wrong_question_leaves_the_book_open(workspace: upswell.Workspace) -> None:
    workspace.metrics("closing_mrr")
    with workspace._asking(None) as (reader, _, _):
        pass
    with pytest.raises(UsageError):
        workspace.metrics("closing_mrr", by="nothing")
    with workspace._asking(None) as (again, _, _):
        assert again is reader


def test_a_few_policies_stay_open_and_the_oldest_is_closed(
    workspace: upswell.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_OPEN_MAX", 2)
    workspace.build(as_of=JUNE, policies=["recurly"])
    figures = {policy: workspace.metrics("closing_mrr", policy=policy) for policy in ("strict", "recurly")}
    (workspace.folder / "audit.toml").write_text('name = "audit"\nextends = "strict"\npast_due = "zero"\n', "utf-8")
    for policy in (str(workspace.folder / "audit.toml"), "strict", "recurly"):
        found = workspace.metrics("closing_mrr", policy=policy)
        assert found == figures.get(policy, found)
        assert len(workspace._readers._open) <= 2


def test_what_takes_long_to_work_out_is_remembered_for_the_last_few_questions(workspace: upswell.Workspace) -> None:
    made: list[int] = []

    def work_out(number: int) -> int:
        made.append(number)
        return number

    def answer(number: int) -> int:
        return workspace._readers.remembered(("book", number), lambda: work_out(number))

    assert [answer(1), answer(1), answer(2), answer(1)] == [1, 1, 2, 1]
    assert made == [1, 2]
    for number in range(3, 3 + readers._ANSWERS_MAX):
        answer(number)
    assert answer(1) == 1
    assert made.count(1) == 2
