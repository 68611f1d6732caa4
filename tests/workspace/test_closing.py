"""Closing a month: what was reported stays, what comes later is a restatement with its cause.

Acme has 10 seats and from 10 September 12, bolt 3 seats, 20.00 each. September is closed at 300.00 with 40.00 of
expansion. Then files come late.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import upswell
from upswell.errors import UpswellError, UsageError
from upswell.workspace import Workspace
from upswell.workspace.closing import METRICS, ClosingNotReproducedError

HEAD = "customer_id,plan_id,quantity,unit_amount,starts_at,ends_at,currency\n"
BILLED = HEAD + (
    "acme,team,10,20.00,2026-01-05,2026-09-10,USD\nacme,team,12,20.00,2026-09-10,,USD\nbolt,team,3,20.00,2026-02-10,,USD\n"
)
LATE = HEAD + "bolt,team,3,20.00,2026-02-10,2026-09-20,USD\nbolt,team,6,20.00,2026-09-20,,USD\n"
OCTOBER, LATER = datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 12, tzinfo=UTC)


@pytest.fixture
def acme(tmp_path: Path) -> Workspace:
    workspace = upswell.init(tmp_path / "acme")
    give(workspace, "billed.csv", BILLED)
    workspace.build(as_of=OCTOBER)
    return workspace


def give(workspace: Workspace, name: str, text: str, *, table: str = "items", replace: bool = False) -> str:
    """Import a file of that name and text; the import's id."""
    file = workspace.folder.parent / name
    file.write_text(text, "utf-8")
    return workspace.import_file(file, table=table, replace=replace).import_ids[0]


def figure(workspace: Workspace, metric: str, month: str = "2026-09", policy: str | None = None) -> Decimal | None:
    table = workspace.metrics(metric, month_from=month, month_to=month, policy=policy)
    value: Decimal | None = table.column("value")[0].as_py()
    return value


def every_figure(workspace: Workspace, month: str = "2026-09") -> list[dict[str, object]]:
    return list(workspace.metrics(METRICS, month_from=month, month_to=month).to_pylist())


def lines(workspace: Workspace, month: str = "2026-09") -> list[tuple[str, str, str | None, Decimal, list[str]]]:
    [found] = workspace.restatements(month)
    return [
        (line.customer_id, line.kind, line.driver, line.difference, [f"{c.kind} {c.subject}" for c in line.causes])
        for line in found.lines
    ]


def test_a_late_invoice_leaves_what_was_reported_and_shows_as_a_restatement(acme: Workspace) -> None:
    reported = every_figure(acme)
    acme.close("2026-09", author="kim")
    late = give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)

    assert figure(acme, "expansion_mrr") == 100
    assert every_figure(acme.as_of("2026-09")) == reported
    [found] = acme.restatements()
    assert (found.month, found.closed_by, found.policy) == ("2026-09", "kim", "strict")
    told = {each.metric: [each.reported, each.restated, each.difference] for each in found.figures}
    assert told["expansion_mrr"] == [Decimal(40), Decimal(100), Decimal(60)]
    assert told["closing_mrr"] == [Decimal(300), Decimal(360), Decimal(60)]
    assert "opening_mrr" not in told
    assert lines(acme) == [("bolt", "expansion", "seats", Decimal(60), [f"import {late}"])]
    assert found.lines[0].causes[0].file == "late.csv"


def test_both_are_the_same_after_a_restart_and_an_upgrade_of_the_books_format(acme: Workspace) -> None:
    acme.close("2026-09", author="kim")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    reported, restated = every_figure(acme.as_of("2026-09")), every_figure(acme)
    told = acme.restatements()

    restarted = upswell.open(acme.folder)
    assert every_figure(restarted.as_of("2026-09")) == reported
    assert (every_figure(restarted), restarted.restatements()) == (restated, told)

    for book in [*(acme.folder / "books").glob("b-*"), *(acme.folder / "books" / "as-of").glob("*/b-*")]:
        of_another_format(book)
    upgraded = upswell.open(acme.folder)
    with pytest.raises(UpswellError) as refused:
        upgraded.metrics("expansion_mrr")
    assert (refused.value.code, "upswell build" in str(refused.value.remedy)) == ("book_format", True)
    upgraded.build(as_of=LATER)
    assert every_figure(upgraded.as_of("2026-09")) == reported
    assert (every_figure(upgraded), upgraded.restatements()) == (restated, told)


def of_another_format(book: Path) -> None:
    """Make a book one that an older release wrote, as its manifest and the pointer to it say."""
    import hashlib  # noqa: PLC0415 -- of this helper alone

    manifest = book / "book.json"
    text = json.dumps(json.loads(manifest.read_text("utf-8")) | {"format": 1})
    manifest.write_text(text, "utf-8")
    pointer = book.parent / "current"
    if pointer.read_text("ascii").startswith(book.name):
        pointer.write_text(f"{book.name} {hashlib.sha256(text.encode()).hexdigest()}\n", "ascii")


@pytest.mark.parametrize("harm", ["gone", "flipped"])
def test_a_closed_book_that_is_lost_or_damaged_is_built_again(acme: Workspace, harm: str) -> None:
    reported = every_figure(acme)
    acme.close("2026-09", author="kim")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    [closed] = (acme.folder / "books" / "as-of").iterdir()
    if harm == "gone":
        shutil.rmtree(closed)
    else:
        manifest = next(closed.glob("b-*/book.json"))
        manifest.write_bytes(manifest.read_bytes().replace(b"2026", b"2025", 1))
    assert every_figure(upswell.open(acme.folder).as_of("2026-09")) == reported


def test_what_a_release_computes_otherwise_is_not_shown_as_reported(
    acme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upswell.workspace import closing  # noqa: PLC0415 -- of this test alone

    with monkeypatch.context() as patched:
        other = closing.closing_record

        def with_a_cent_more(*given: object) -> dict[str, object]:
            record = other(*given)  # type: ignore[arg-type]
            record["figures"]["strict"]["expansion_mrr"] = "40.01"
            return record

        patched.setattr(closing, "closing_record", with_a_cent_more)
        acme.close("2026-09", author="kim")
    shutil.rmtree(acme.folder / "books" / "as-of")
    for _ in range(2):
        with pytest.raises(ClosingNotReproducedError, match="computes another expansion_mrr"):
            acme.as_of("2026-09").metrics("expansion_mrr")
    [found] = acme.restatements()
    assert [(each.metric, each.reported, each.restated) for each in found.figures] == [
        ("expansion_mrr", Decimal("40.01"), Decimal("40.000000000000000000"))
    ]


def test_an_undone_import_is_the_cause(acme: Workspace) -> None:
    late = give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    acme.close("2026-09")
    acme.undo(late)
    acme.build(as_of=LATER)
    assert lines(acme) == [("bolt", "expansion", "seats", Decimal(-60), [f"undo {late}"])]


def test_a_row_withdrawn_by_a_later_whole_file_is_named(acme: Workspace) -> None:
    acme.close("2026-09")
    whole = give(acme, "whole.csv", "".join(BILLED.splitlines(keepends=True)[:3]), replace=True)
    acme.build(as_of=LATER)
    assert lines(acme) == [("bolt", "opening", None, Decimal(-60), [f"withdrawn {whole}"])]


def test_a_change_before_the_month_restates_its_opening(acme: Workspace) -> None:
    acme.close("2026-09")
    give(acme, "earlier.csv", HEAD + "bolt,team,3,20.00,2026-02-10,2026-05-01,USD\nbolt,team,5,20.00,2026-05-01,,USD\n")
    acme.build(as_of=LATER)
    assert [line[:4] for line in lines(acme)] == [("bolt", "opening", None, Decimal(40))]
    assert figure(acme, "opening_mrr") == 300
    assert figure(acme.as_of("2026-09"), "opening_mrr") == 260


def test_a_corrected_rate_is_the_cause_where_no_amount_changed(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "acme")
    give(workspace, "billed.csv", HEAD + "euro,team,10,20.00,2026-09-05,,EUR\n")
    give(workspace, "rates.csv", "date,currency,rate\n2026-09-01,EUR,1.10\n", table="rates")
    workspace.build(as_of=OCTOBER)
    workspace.close("2026-09")
    mended = give(workspace, "mended.csv", "date,currency,rate\n2026-09-01,EUR,1.12\n", table="rates")
    workspace.build(as_of=LATER)
    [found] = workspace.restatements()
    [line] = found.lines
    assert (line.difference, line.money_difference) == (Decimal(0), Decimal("4.00"))
    assert [(cause.kind, cause.subject) for cause in line.causes] == [("rates", mended)]


def test_lines_add_up_to_the_differences_of_the_figures(acme: Workspace) -> None:
    acme.close("2026-09")
    give(acme, "late.csv", LATE)
    give(acme, "new.csv", HEAD + "core,pro,2,70.00,2026-09-12,,USD\ndune,pro,1,15.00,2026-03-01,2026-09-15,USD\n")
    acme.build(as_of=LATER)
    [found] = acme.restatements()
    by_kind: dict[str, Decimal] = {}
    for line in found.lines:
        by_kind[line.kind] = by_kind.get(line.kind, Decimal(0)) + line.difference
    figures = {each.metric: each.difference for each in found.figures}
    assert by_kind == {
        "opening": figures["opening_mrr"],
        "new": figures["new_mrr"],
        "expansion": figures["expansion_mrr"],
        "churn": figures["churned_mrr"],
    }
    assert sum(by_kind.values()) == figures["closing_mrr"] == 60 + 140
    assert [line.causes[0].file for line in found.lines if line.customer_id != "bolt"] == ["new.csv"] * 3


def test_a_month_is_closed_once_over_and_with_nothing_left_out(acme: Workspace) -> None:
    with pytest.raises(UsageError, match="2026-10 is not over in the current book"):
        acme.close("2026-10")
    acme.close("2026-09", author="kim")
    with pytest.raises(UsageError, match="2026-09 is closed already") as twice:
        acme.close("2026-09")
    assert "upswell reopen 2026-09" in str(twice.value.remedy)
    give(acme, "late.csv", LATE)
    with pytest.raises(UsageError, match="rows were imported or undone, or corrections entered"):
        acme.close("2026-08")
    with pytest.raises(UsageError, match="rows were imported or undone, or corrections entered"):
        acme.restatements()


def test_a_reopened_month_is_closed_anew_and_both_stay_in_the_list(acme: Workspace) -> None:
    acme.close("2026-09", author="kim")
    with pytest.raises(UsageError, match="needs a reason"):
        acme.reopen("2026-09", reason=" ")
    acme.reopen("2026-09", reason="bolt's invoice", author="lee")
    with pytest.raises(UsageError, match="2026-09 is not closed") as refused:
        acme.as_of("2026-09")
    assert "by lee" in str(refused.value.found)
    with pytest.raises(UsageError, match="2026-09 is not closed"):
        acme.reopen("2026-09", reason="again")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    acme.close("2026-09", author="kim")
    assert figure(acme.as_of("2026-09"), "expansion_mrr") == 100
    assert [(each.action, each.author, each.reason) for each in acme.closings("2026-09")] == [
        ("close", "kim", None),
        ("reopen", "lee", "bolt's invoice"),
        ("close", "kim", None),
    ]
    assert [each.action for each in acme.audit() if each.action in ("close", "reopen")] == ["close", "reopen", "close"]


def test_what_was_known_at_a_time_is_answered_from_the_imports_of_then(acme: Workspace) -> None:
    before_late = datetime.now(UTC)
    late = give(acme, "late.csv", LATE)
    before_undo = datetime.now(UTC)
    acme.undo(late)
    acme.build(as_of=OCTOBER)
    assert figure(acme, "expansion_mrr") == 40
    assert figure(acme.as_of(before_late), "expansion_mrr") == 40
    assert figure(acme.as_of(before_undo), "expansion_mrr") == 100
    assert acme.as_of(before_undo).movements(kind="expansion").num_rows == 2
    with pytest.raises(UsageError, match="nothing was known") as refused:
        acme.as_of(datetime(2020, 1, 1, tzinfo=UTC))
    assert "the first import came at" in str(refused.value.found)


def test_a_workspace_as_of_then_is_only_asked(acme: Workspace, tmp_path: Path) -> None:
    acme.close("2026-09")
    then = acme.as_of("2026-09")
    for act in (
        then.build,
        lambda: then.import_file(tmp_path / "billed.csv", table="items"),
        lambda: then.undo("i-000001"),
        lambda: then.close("2026-08"),
        lambda: then.as_of("2026-09"),
    ):
        with pytest.raises(UsageError, match="has no meaning as of a former time"):
            act()


def test_policies_stay_what_they_were(acme: Workspace) -> None:
    acme.build(as_of=OCTOBER, policies=["chartmogul"])
    acme.close("2026-09")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER, policies=["chartmogul"])
    [found] = acme.restatements("2026-09", policy="chartmogul")
    assert (found.policy, found.lines[0].difference) == ("chartmogul", Decimal(60))
    with pytest.raises(UsageError, match="was not closed under policy recurly"):
        acme.restatements(policy="recurly")
    # A policy that was not in the closed book is computed from the inputs of then.
    assert figure(acme.as_of("2026-09"), "expansion_mrr", policy="recurly") == 40


def test_an_own_policy_with_other_rules_is_the_cause(acme: Workspace) -> None:
    settings = acme.folder / "upswell.toml"
    text = settings.read_text("utf-8").replace('policy = "strict"', 'policy = "board"')
    settings.write_text(text + '\n[policies.board]\nextends = "strict"\n', "utf-8")
    own = upswell.open(acme.folder)
    give(
        own, "usage.csv", HEAD.replace("currency", "item_type,item_id") + "acme,calls,1,9.00,2026-09-03,,usage,calls\n"
    )
    own.build(as_of=OCTOBER)
    own.close("2026-09")
    settings.write_text(settings.read_text("utf-8") + 'usage = "exclude"\n', "utf-8")
    changed = upswell.open(acme.folder)
    changed.build(as_of=LATER)
    assert lines(changed) == [("acme", "expansion", "usage", Decimal(-9), ["policy board"])]
    assert figure(changed.as_of("2026-09"), "expansion_mrr") == 49


def test_the_report_says_that_its_month_is_closed_and_what_was_restated(acme: Workspace) -> None:
    assert acme.report("2026-09").closed is None
    acme.close("2026-09", author="kim")
    as_reported = acme.report("2026-09").closed
    assert as_reported is not None
    assert as_reported.text().endswith("UTC by kim; every figure is as reported")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    restated = acme.report("2026-09").closed
    assert restated is not None
    assert "figures were restated since, see `upswell restatements 2026-09`" in restated.text()
    then = acme.as_of("2026-09").report("2026-09").closed
    assert then is not None
    assert then.text().startswith("as reported: 2026-09 closed")
    assert acme.report("2026-08").closed is None
    other = acme.report("2026-09", policy="recurly").closed
    assert other is not None
    assert other.text().endswith("under other policies than this one")


def test_a_restored_backup_has_what_was_reported(acme: Workspace, tmp_path: Path) -> None:
    from upswell.workspace.backup import backup, restore  # noqa: PLC0415 -- of this test alone

    acme.close("2026-09", author="kim")
    give(acme, "late.csv", LATE)
    acme.build(as_of=LATER)
    restored = restore(backup(acme, tmp_path / "acme.tar.gz"), tmp_path / "restored")
    assert every_figure(restored.as_of("2026-09")) == every_figure(acme.as_of("2026-09"))
    assert restored.restatements() == acme.restatements()
