"""Importing again, replacing and undoing: what is in force, and what the counts say."""

from __future__ import annotations

import pytest

from tests.contract.importing import ITEM_HEADINGS, Desk
from upswell.contract.import_log import ImportResult
from upswell.errors import NotFoundError, UsageError

JANUARY = """acme,seat,team,2024-01-10,,5,20.00
    bolt,seat,team,2024-01-12,,1,20.00"""
FEBRUARY = """acme,seat,team,2024-01-10,2024-02-10,5,20.00
    acme,seat,team,2024-02-10,,8,20.00
    bolt,seat,team,2024-01-12,,1,20.00"""


def counts(result: ImportResult) -> dict[str, int]:
    names = ("added", "changed", "unchanged", "withdrawn", "held_back")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


def test_the_same_file_changes_nothing(desk: Desk) -> None:
    assert counts(desk.items(JANUARY)) == {"added": 2}
    before = desk.rows("customer_id, source_row")
    assert counts(desk.items(JANUARY)) == {"unchanged": 2}
    assert desk.rows("customer_id, source_row") == before
    assert [entry.holds for entry in desk.log.entries()] == [2, 0]


def test_a_later_row_replaces_one_of_its_key(desk: Desk) -> None:
    desk.items(JANUARY)
    assert counts(desk.items(FEBRUARY)) == {"added": 1, "changed": 1, "unchanged": 1}
    assert desk.rows("customer_id, quantity, ends_on") == [
        ("acme", "5.0000", "2024-02-10"),
        ("acme", "8.0000", None),
        ("bolt", "1.0000", None),
    ]
    assert [entry.holds for entry in desk.log.entries()] == [1, 2]


def test_another_source_has_keys_of_its_own(desk: Desk) -> None:
    desk.items(JANUARY)
    result = desk.items("cora,seat,team,2024-01-10,,5,20.00", source="crm", replace=True)
    assert counts(result) == {"added": 1}
    assert len(desk.rows("customer_id")) == 3


def test_replace_withdraws_what_the_file_lacks(desk: Desk) -> None:
    desk.items(JANUARY)
    result = desk.items("acme,seat,team,2024-01-10,,5,20.00", replace=True)
    assert counts(result) == {"unchanged": 1, "withdrawn": 1}
    assert desk.rows("customer_id") == [("acme",)]


def test_replace_keeps_the_former_row_of_a_key_held_back(desk: Desk) -> None:
    desk.items(JANUARY)
    result = desk.items('acme,seat,team,2024-01-10,,5,25.00\nbolt,seat,team,2024-01-12,,1,"9,99"', replace=True)
    assert counts(result) == {"changed": 1, "held_back": 1}
    assert desk.rows("customer_id, unit_amount") == [
        ("acme", "25.000000000000"),
        ("bolt", "20.000000000000"),
    ]


def test_replace_with_a_file_of_no_rows_withdraws_all(desk: Desk) -> None:
    desk.items(JANUARY)
    assert counts(desk.take(ITEM_HEADINGS, replace=True)) == {"withdrawn": 2}
    assert desk.rows("customer_id") == []
    desk.log.undo("i-000002")
    assert len(desk.rows("customer_id")) == 2


def test_replace_reads_several_files_as_one_truth(desk: Desk) -> None:
    desk.items(JANUARY + "\ncora,seat,team,2024-01-10,,5,20.00")
    one = desk.file(f"{ITEM_HEADINGS}\nacme,seat,team,2024-01-10,,5,20.00", "one.csv")
    two = desk.file(f"{ITEM_HEADINGS}\nbolt,seat,team,2024-01-12,,2,20.00", "two.csv")
    result = desk.log.import_files([one, two], table="items", replace=True)
    assert counts(result) == {"changed": 1, "unchanged": 1, "withdrawn": 1}
    assert result.import_ids == ("i-000002", "i-000003")
    assert desk.rows("customer_id, quantity") == [("acme", "5.0000"), ("bolt", "2.0000")]
    assert [entry.batch for entry in desk.log.entries()] == [1, 2, 2]


def test_files_of_one_call_are_folded_in_order(desk: Desk) -> None:
    one = desk.file(f"{ITEM_HEADINGS}\n{JANUARY}", "january.csv")
    two = desk.file(f"{ITEM_HEADINGS}\n{FEBRUARY}", "february.csv")
    result = desk.log.import_files([one, two], table="items")
    assert [(each.added, each.changed, each.unchanged) for each in result.files] == [
        (2, 0, 0),
        (1, 1, 1),
    ]
    assert len(desk.rows("customer_id")) == 3


def test_undo_gives_what_would_be_without_it(desk: Desk) -> None:
    desk.items(JANUARY)
    before = (desk.rows("customer_id, quantity, ends_on, source_row"), desk.log.fingerprint())
    desk.items(FEBRUARY)
    undone = desk.log.undo("i-000002")
    assert (undone.removed, undone.restored) == (2, 1)
    assert (
        desk.rows("customer_id, quantity, ends_on, source_row"),
        desk.log.fingerprint(),
    ) == before


def test_undoing_the_first_keeps_what_the_second_says(desk: Desk) -> None:
    desk.items(JANUARY)
    desk.items(FEBRUARY)
    desk.log.undo("i-000001")
    assert len(desk.rows("customer_id")) == 3
    assert [entry.holds for entry in desk.log.entries()] == [0, 3]


def test_undoing_a_replace_brings_rows_back(desk: Desk) -> None:
    desk.items(JANUARY)
    desk.items("acme,seat,team,2024-01-10,,5,20.00", replace=True)
    assert desk.log.undo("i-000002").restored == 1
    assert len(desk.rows("customer_id")) == 2


def test_twelve_exports_and_the_last_one_undone(desk: Desk) -> None:
    seen: list[list[tuple[object, ...]]] = []
    rows = []
    for month in range(1, 13):
        rows.append(f"c{month},seat,team,2024-{month:02d}-01,,{month},20.00")
        desk.items("\n".join(rows), name=f"export-{month}.csv")
        seen.append(desk.rows("customer_id, quantity, source_row"))
    assert len(seen[-1]) == 12
    desk.log.undo("i-000012")
    assert desk.rows("customer_id, quantity, source_row") == seen[-2]


def test_undo_of_nothing_known(desk: Desk) -> None:
    with pytest.raises(NotFoundError) as nothing:
        desk.log.undo("i-000001")
    assert nothing.value.code == "import_unknown"
    desk.items(JANUARY)
    desk.log.undo("i-000001")
    with pytest.raises(UsageError) as twice:
        desk.log.undo("i-000001")
    assert twice.value.code == "import_already_undone"


def test_numbers_are_never_given_twice(desk: Desk) -> None:
    desk.items(JANUARY)
    desk.log.undo("i-000001")
    assert desk.items(JANUARY).import_ids == ("i-000002",)


def test_a_dry_run_says_the_same_and_leaves_no_trace(desk: Desk) -> None:
    desk.items(JANUARY)
    before = desk.stored()
    tried = desk.items(FEBRUARY, dry_run=True)
    assert desk.stored() == before
    assert len(desk.log.entries()) == 1
    done = desk.items(FEBRUARY)
    assert tried.dry_run
    assert not done.dry_run
    assert tried.files == done.files


def test_a_dry_run_into_nothing_makes_no_folder(desk: Desk) -> None:
    assert desk.items(JANUARY, dry_run=True).added == 2
    assert not desk.imports.exists()


def test_a_key_twice_in_one_file(desk: Desk) -> None:
    result = desk.items(
        """acme,seat,team,2024-01-10,,5,20.00
        acme,seat,team,2024-01-10,,5,20.00
        acme,seat,team,2024-01-10,,5,25.00"""
    )
    assert counts(result) == {"added": 1, "unchanged": 1, "held_back": 1}
    (finding,) = result.findings
    assert (finding.row, finding.code, finding.found) == (4, "duplicate_key", "the key of row 2")
    assert desk.rows("unit_amount") == [("20.000000000000",)]


def test_defaults_take_part_in_the_key(desk: Desk) -> None:
    headings = "customer_id,subscription_id,item_id,product_id,plan_id,starts_at,mrr"
    result = desk.take(f"{headings}\nacme,,,,team,2024-01-10,5\nacme,acme,acme-team,team,team,2024-01-10,5")
    assert counts(result) == {"added": 1, "unchanged": 1}
    assert desk.rows("subscription_id, item_id, product_id, currency, interval") == [
        ("acme", "acme-team", "team", "USD", "month")
    ]


def test_the_fingerprint_follows_the_inputs(desk: Desk) -> None:
    empty = desk.log.fingerprint()
    desk.items(JANUARY)
    one = desk.log.fingerprint()
    assert one != empty
    desk.items(JANUARY, dry_run=True)
    assert desk.log.fingerprint() == one
    desk.log.undo("i-000001")
    assert desk.log.fingerprint() == empty
    desk.items(JANUARY)
    assert desk.log.fingerprint() == one
    desk.items(JANUARY, source="crm")
    assert desk.log.fingerprint() != one


def test_an_unknown_table_and_an_import_of_nothing(desk: Desk) -> None:
    with pytest.raises(UsageError) as unknown:
        desk.take("a,b\n1,2", table="invoices")
    assert unknown.value.code == "table_unknown"
    with pytest.raises(UsageError) as nothing:
        desk.log.import_files([], table="items")
    assert nothing.value.code == "import_incomplete"


def test_entries_say_what_was_imported(desk: Desk) -> None:
    desk.take(
        "account,plan_id,starts_at,mrr,note\nacme,team,2024-01-10,5,hi",
        mapping={"customer_id": "account"},
        source="billing",
    )
    (entry,) = desk.log.entries()
    assert (entry.import_id, entry.table, entry.source, entry.file) == (
        "i-000001",
        "items",
        "billing",
        "items.csv",
    )
    assert entry.mapping == {"customer_id": "account"}
    assert entry.ignored_columns == ("note",)
    assert (entry.rows_read, entry.added, entry.holds) == (1, 1, 1)
    assert len(entry.sha256) == 64
