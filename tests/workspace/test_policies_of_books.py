"""Which policies a book holds, and what happens when one is asked for that it lacks, or that has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import upswell
from tests.workspace.company import JUNE, add_rows, settings, workspace_of
from upswell.errors import ExitCode, UpswellError

BOARD = """
policy = "board"

[policies.board]
extends = "strict"
netting = "customer"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> upswell.Workspace:
    made = workspace_of(tmp_path / "w")
    made.build(as_of=JUNE)
    return made


def held(workspace: upswell.Workspace) -> list[str]:
    return [record.name for record in workspace.book().policies]


def test_a_book_holds_the_workspaces_policy_and_those_asked_for(workspace: upswell.Workspace) -> None:
    assert held(workspace) == ["strict"]
    workspace.build(as_of=JUNE, policies=["recurly", "strict", "recurly"])
    assert held(workspace) == ["strict", "recurly"]


def test_a_policy_that_the_book_lacks_is_computed_first_at_the_same_instant(workspace: upswell.Workspace) -> None:
    before = workspace.book()
    table = workspace.movements(policy="recurly", kind="expansion")
    assert [str(day) for day in table["date"].to_pylist()] == ["2025-03-31"]
    after = workspace.book()
    assert (after.as_of, after.fingerprint) == (before.as_of, before.fingerprint)
    assert held(workspace) == ["strict", "recurly"]
    assert workspace.metrics(["arr"], policy="recurly").num_rows > 0
    assert workspace.book() == after


def test_a_policy_computed_first_stands_beside_the_others(workspace: upswell.Workspace, tmp_path: Path) -> None:
    workspace.build(as_of=JUNE, policies=["recurly"])
    path = tmp_path / "audit.toml"
    path.write_text('name = "audit"\nextends = "strict"\nweek = "4"\n', encoding="utf-8")
    workspace.movements(policy=str(path))
    assert held(workspace) == ["strict", "recurly", "audit"]


def test_new_imports_wait_for_a_build_and_not_for_a_question(workspace: upswell.Workspace) -> None:
    add_rows(workspace, "Cora,Team,2025-04-01,,1,20.00,", name="more.csv")
    assert "Cora" not in workspace.movements()["customer_id"].to_pylist()
    workspace.build(as_of=JUNE)
    assert "Cora" in workspace.movements()["customer_id"].to_pylist()


def test_a_policy_of_upswell_toml(workspace: upswell.Workspace) -> None:
    changed = settings(workspace, BOARD)
    changed.build(as_of=JUNE)
    [record] = changed.book().policies
    assert (record.name, record.policy.netting, record.policy.grouping) == ("board", "customer", "day")
    assert changed.report("2025-03").policy == "board"


def test_a_policy_changed_since_the_build_is_said(workspace: upswell.Workspace) -> None:
    changed = settings(workspace, BOARD)
    changed.build(as_of=JUNE)
    changed = settings(workspace, BOARD.replace('"customer"', '"item"'))
    with pytest.raises(UpswellError, match="built under other rules than today's policy board") as caught:
        changed.report("2025-03")
    assert (caught.value.code, caught.value.remedy) == ("policy_changed", "run `upswell build`")
    # Asked for by name it is computed first, like any that the book lacks.
    assert changed.report("2025-03", policy="board").policy == "board"
    assert changed.report("2025-03").policy == "board"


def test_another_policy_of_the_workspace_waits_for_a_build(workspace: upswell.Workspace) -> None:
    changed = settings(workspace, 'policy = "recurly"\n')
    with pytest.raises(UpswellError, match="policy recurly"):
        changed.check()
    changed.build(as_of=JUNE)
    assert all(result.passed for result in changed.check())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('policy = "none"', "policy_unknown"),
        ('policy = "a"\n[policies.a]\nextends = "none"', "policy_unknown"),
        ('policy = "a"\n[policies.a]\nnettng = "item"', "policy_malformed"),
        ('policy = "a"\n[policies.a]\nnetting = "everything"', "policy_malformed"),
        ('policy = "A b"\n[policies."A b"]\nextends = "strict"', "policy_malformed"),
    ],
)
def test_a_policy_that_cannot_run_is_refused(workspace: upswell.Workspace, text: str, code: str) -> None:
    changed = settings(workspace, text)
    with pytest.raises(UpswellError) as caught:
        changed.build(as_of=JUNE)
    assert (caught.value.code, caught.value.exit_code) == (code, ExitCode.WRONG_USAGE)
    assert workspace.book().book_id == "b-000001"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "policy_file_unreadable"),
        ("name = ", "policy_malformed"),
        ('extends = "strict"', "policy_malformed"),
    ],
)
def test_a_policy_file_that_cannot_be_used(
    workspace: upswell.Workspace, tmp_path: Path, content: str | None, code: str
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UpswellError) as caught:
        workspace.build(as_of=JUNE, policies=[str(path)])
    assert caught.value.code == code


def test_a_book_of_another_release_is_built_again_and_not_misread(workspace: upswell.Workspace) -> None:
    books = workspace.folder / "books"
    book_id = (books / "current").read_text("ascii").split()[0]
    manifest = books / book_id / "book.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"format": 6', '"format": 5'), "utf-8")
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    (books / "current").write_text(f"{book_id} {digest}\n", "ascii")
    with pytest.raises(UpswellError, match="format 5") as refused:
        workspace.movements()
    assert refused.value.code == "book_format"
    assert refused.value.remedy is not None
    assert "upswell build" in refused.value.remedy
    assert workspace.build(as_of=JUNE).book_id == "b-000002"
    assert workspace.movements().num_rows > 0


def test_policies_that_differ_in_nothing_the_models_read_share_a_whole_run(tmp_path: Path) -> None:
    workspace = settings(
        workspace_of(tmp_path / "w"),
        'currency = "USD"\ntimezone = "UTC"\n[policies.cohort]\nretention_cohort = "included"\n',
    )
    workspace.build(as_of=JUNE, policies=["strict", "recurly", "cohort"])
    assert workspace.movements(policy="cohort") == workspace.movements(policy="strict")
