"""Corrections: what people know better than the billing system, each with its effect written out.

Acme has 10 seats of team at 20.00, from 10 March 12; bolt 3 seats; test1 is somebody's trial of the checkout.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import upswell
from upswell.errors import UsageError
from upswell.workspace import Workspace

HEAD = "customer_id,subscription_id,plan_id,quantity,unit_amount,starts_at,ends_at\n"
BILLED = HEAD + (
    "acme,s-acme,team,10,20.00,2026-01-05,2026-03-10\n"
    "acme,s-acme,team,12,20.00,2026-03-10,\n"
    "bolt,s-bolt,team,3,20.00,2026-01-10,\n"
    "test1,s-test,team,1,20.00,2026-02-01,\n"
)
NEW_SYSTEM = HEAD + "cus_9,sub_9,price_team,3,20.00,2026-04-03,\n"
BOLT_LEAVES = HEAD + "bolt,s-bolt,team,3,20.00,2026-01-10,2026-04-01\n"
MAY = datetime(2026, 5, 2, tzinfo=UTC)


@pytest.fixture
def acme(tmp_path: Path) -> Workspace:
    workspace = upswell.init(tmp_path / "acme")
    give(workspace, "billed.csv", BILLED)
    workspace.build(as_of=MAY)
    return workspace


@pytest.fixture
def migrated(acme: Workspace) -> Workspace:
    """Bolt leaves the old billing system on 1 April and comes up in the new one, as cus_9, on 3 April."""
    give(acme, "leaves.csv", BOLT_LEAVES)
    give(acme, "new.csv", NEW_SYSTEM, source="new")
    acme.build(as_of=MAY)
    return acme


def give(workspace: Workspace, name: str, text: str, *, table: str = "items", source: str = "files") -> None:
    file = workspace.folder.parent / name
    file.write_text(text, "utf-8")
    workspace.import_file(file, table=table, source=source)


def booked(workspace: Workspace, policy: str | None = None) -> list[tuple[str, str, str, str | None, Decimal]]:
    rows = workspace.movements(policy=policy).to_pylist()
    return [(f"{row['date']}", row["customer_id"], row["kind"], row["driver"], row["amount"]) for row in rows]


def correct(workspace: Workspace, kind: str, **payload: Any) -> int:
    """Enter a correction, build, and give its number."""
    preview = workspace.correct(kind, payload=payload, reason="as agreed with finance", author="kim")
    workspace.build(as_of=MAY)
    assert preview.correction is not None
    return preview.correction.id


def test_excluded_customers_count_nowhere_and_come_back_when_it_is_undone(acme: Workspace) -> None:
    before = booked(acme)
    number = correct(acme, "exclude", customers=["test1"])
    assert booked(acme) == [row for row in before if row[1] != "test1"]
    acme.undo_correction(number, reason="it was a customer after all", author="lee")
    acme.build(as_of=MAY)
    assert booked(acme) == before
    assert [(each.kind, each.author, each.undoes) for each in acme.corrections()] == [
        ("exclude", "kim", None),
        ("exclude", "lee", number),
    ]
    with pytest.raises(UsageError, match="there is no correction 1 in force"):
        acme.undo_correction(number, reason="again")


def test_merged_customers_are_one(acme: Workspace) -> None:
    correct(acme, "merge", customers={"bolt": "acme"})
    assert booked(acme)[:2] == [
        ("2026-01-05", "acme", "new", None, Decimal(200)),
        ("2026-01-10", "acme", "expansion", "subscription", Decimal(60)),
    ]
    table = acme.metrics("customers", month_from="2026-03", month_to="2026-03")
    assert table.column("value")[0].as_py() == 2


def test_a_merge_keeps_the_attributes_of_whom_it_is_merged_into(acme: Workspace) -> None:
    text = "customer_id,name,country,parent_id\nacme,Acme,US,\nbolt,Bolt,DE,acme\ntest1,Test,FR,bolt\n"
    give(acme, "customers.csv", text, table="customers")
    correct(acme, "merge", customers={"bolt": "acme"})
    rows = acme.metrics("closing_mrr", by="country", month_from="2026-03", month_to="2026-03").to_pylist()
    assert {row["country"]: row["value"] for row in rows} == {"US": 300, "FR": 20}


def test_a_linked_subscription_goes_on_without_a_movement(migrated: Workspace) -> None:
    assert [row[1:3] for row in booked(migrated) if row[0] >= "2026-04"] == [("bolt", "churn"), ("cus_9", "new")]
    links = [{"subscription": "s-bolt", "successor": "sub_9"}]
    correct(migrated, "link", links=links, plans={"price_team": "team"}, products={"price_team": "team"})
    assert [row for row in booked(migrated) if row[0] >= "2026-04"] == []
    balance = migrated.metrics("closing_mrr", month_from="2026-04", month_to="2026-04", where="customer = 'bolt'")
    assert balance.column("value")[0].as_py() == 60


def test_a_link_whose_plan_is_not_named_moves_plans_and_nothing_else(migrated: Workspace) -> None:
    correct(migrated, "link", links=[{"subscription": "s-bolt", "successor": "sub_9"}])
    assert [row[1:3] for row in booked(migrated) if row[0] >= "2026-04"] == [("bolt", "transfer"), ("bolt", "transfer")]


def test_a_link_over_a_long_gap_is_refused(acme: Workspace) -> None:
    give(acme, "leaves.csv", BOLT_LEAVES)
    give(acme, "new.csv", NEW_SYSTEM.replace("2026-04-03", "2026-06-20"), source="new")
    acme.build(as_of=MAY)
    payload = {"links": [{"subscription": "s-bolt", "successor": "sub_9"}]}
    with pytest.raises(UsageError, match="sub_9 cannot be the successor of s-bolt") as refused:
        acme.correct("link", payload=payload, reason="moved")
    assert refused.value.found == "s-bolt ends on 2026-04-01, sub_9 starts on 2026-06-20"
    assert acme.corrections() == ()
    acme.correct("link", payload={**payload, "max_gap_days": 90}, reason="moved")


def test_a_redated_change_happens_on_the_other_day(acme: Workspace) -> None:
    correct(acme, "redate", customer="acme", at="2026-03-10", to="2026-02-20")
    assert ("2026-02-20", "acme", "expansion", "seats", Decimal(40)) in booked(acme)
    assert [row for row in booked(acme) if row[0] == "2026-03-10"] == []
    with pytest.raises(UsageError, match="nothing of acme starts or ends at 2026-03-10"):
        acme.correct("redate", payload={"customer": "acme", "at": "2026-03-10", "to": "2026-03-01"}, reason="no")


def test_a_date_that_turns_a_span_around_is_refused(acme: Workspace) -> None:
    with pytest.raises(UsageError, match="contradict the rows") as refused:
        acme.correct("redate", payload={"customer": "acme", "at": "2026-03-10", "to": "2025-12-01"}, reason="no")
    assert refused.value.code == "correction_contradiction"


def test_a_reclassified_movement_has_another_driver_and_says_why(acme: Workspace) -> None:
    change = {
        "customer": "acme", "subscription": "s-acme", "item": "s-acme/team", "date": "2026-03-10",
        "kind": "expansion", "driver": "seats", "to_kind": "expansion", "to_driver": "price",
    }  # fmt: skip
    [movement] = acme.movements(kind="expansion").to_pylist()
    acme.correct(
        "reclassify", payload={**change, "item": movement["item_id"]}, reason="seats were given, a price raised"
    )
    acme.build(as_of=MAY)
    [movement] = acme.movements(kind="expansion").to_pylist()
    assert (movement["driver"], movement["amount"], movement["rule"]) == ("price", 40, "reclassified")
    assert "a correction says" in acme.trace(movement["movement_id"]).explanation
    rows = acme.metrics("expansion_mrr", by="driver", month_from="2026-03", month_to="2026-03").to_pylist()
    assert [(row["driver"], row["value"]) for row in rows if row["value"]] == [("price", 40)]


@pytest.mark.parametrize(
    ("to_kind", "to_driver", "said"),
    [
        ("contraction", "price", "a gain stays a gain"),
        ("expansion", None, "expansion and contraction have a driver"),
        ("new", "seats", "expansion and contraction have a driver"),
        ("expansion", "wish", "there is no driver wish"),
        ("expansion", "seats", "that is what it is already"),
    ],
)
def test_a_reclassification_that_no_ledger_has_is_refused(
    acme: Workspace, to_kind: str, to_driver: str | None, said: str
) -> None:
    payload = {
        "customer": "acme", "subscription": "s-acme", "item": "i", "date": "2026-03-10",
        "kind": "expansion", "driver": "seats", "to_kind": to_kind, "to_driver": to_driver,
    }  # fmt: skip
    with pytest.raises(UsageError, match=said):
        acme.correct("reclassify", payload=payload, reason="no")


def test_reclassifications_follow_each_other_and_rows_that_come_to_be_one_are_one(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "acme")
    give(workspace, "b.csv", HEAD + "acme,s,team,10,20.00,2026-01-05,2026-03-10\nacme,s,team,12,25.00,2026-03-10,\n")
    workspace.build(as_of=MAY, policies=["chargebee"])
    [price, seats] = sorted(workspace.movements(kind="expansion").to_pylist(), key=lambda row: row["driver"])
    assert [(row["driver"], row["amount"]) for row in (price, seats)] == [("price", 60), ("seats", 40)]
    what = {"customer": "acme", "subscription": "s", "item": price["item_id"], "date": "2026-03-10"}

    def reclassify(kind: str, driver: str | None, to_kind: str, to_driver: str | None) -> None:
        change = {"kind": kind, "driver": driver, "to_kind": to_kind, "to_driver": to_driver}
        workspace.correct("reclassify", payload={**what, **change}, reason="no")
        workspace.build(as_of=MAY, policies=["chargebee"])

    reclassify("expansion", "seats", "expansion", "usage")
    reclassify("expansion", "usage", "expansion", "plan")
    assert [row[2:] for row in booked(workspace)[1:]] == [
        ("expansion", "plan", Decimal(40)),
        ("expansion", "price", Decimal(60)),
    ]
    reclassify("expansion", "price", "expansion", "plan")
    for policy in ("strict", "chargebee"):
        assert [row[2:] for row in booked(workspace, policy)[1:]] == [("expansion", "plan", Decimal(100))]
    reclassify("expansion", None, "reactivation", None)
    assert [row[2:] for row in booked(workspace)[1:]] == [("reactivation", None, Decimal(100))]


def test_a_predecessor_whose_end_was_requested_goes_on_all_the_same(tmp_path: Path) -> None:
    heading = "customer_id,subscription_id,plan_id,unit_amount,starts_at,ends_at,cancel_requested_at\n"
    rows = "bolt,s,team,60.00,2026-01-10,2026-04-01,2026-03-15\ncus,n,team,60.00,2026-04-03,,\n"
    workspace = upswell.init(tmp_path / "acme", policy="stripe")
    give(workspace, "b.csv", heading + rows)
    workspace.build(as_of=MAY)
    assert [row[2] for row in booked(workspace)] == ["new", "churn", "new"]
    correct(workspace, "link", links=[{"subscription": "s", "successor": "n"}])
    assert [row[2] for row in booked(workspace)] == ["new"]


def test_midnight_elsewhere_is_an_instant_and_no_day(tmp_path: Path) -> None:
    workspace = upswell.init(tmp_path / "acme", timezone="America/New_York")
    give(workspace, "b.csv", HEAD + "acme,s,team,3,20.00,2026-03-11T00:00:00Z,\n")
    workspace.build(as_of=MAY)
    assert [row[0] for row in booked(workspace)] == ["2026-03-10"]
    correct(workspace, "redate", customer="acme", at="2026-03-11T00:00:00Z", to="2026-03-20")
    assert [row[0] for row in booked(workspace)] == ["2026-03-20"]


def test_many_corrections_are_as_quick_as_one_and_follow_each_other(acme: Workspace) -> None:
    rows = "".join(f"c{number},s{number},team,1,5.00,2026-02-01,\n" for number in range(60))
    give(acme, "more.csv", HEAD + rows)
    for number in range(15):
        at, to = (f"2026-03-{10 + number + plus:02}" for plus in (0, 1))
        acme.state.add_correction("redate", {"customer": "acme", "at": at, "to": to}, author="kim", reason="no", at=MAY)
        pair = {"customers": {f"c{2 * number}": f"c{2 * number + 1}"}}
        acme.state.add_correction("merge", pair, author="kim", reason="no", at=MAY)
        gone = {"customers": [f"c{number + 40}"]}
        acme.state.add_correction("exclude", gone, author="kim", reason="no", at=MAY)
    acme.build(as_of=MAY)
    assert [row[0] for row in booked(acme) if row[1] == "acme"] == ["2026-01-05", "2026-03-25"]
    customers = {row[1] for row in booked(acme)} - {"acme", "bolt", "test1"}
    assert customers == {f"c{number}" for number in (*range(1, 30, 2), *range(30, 40), *range(55, 60))}


def test_a_preview_says_what_would_change_and_leaves_no_trace(acme: Workspace) -> None:
    before, files = booked(acme), sorted(path for path in acme.folder.rglob("*") if path.name != "state.db")
    preview = acme.correct("exclude", payload={"customers": ["test1"]}, reason="a test", dry_run=True)
    assert preview.correction is None
    assert [(row["month"], row["kind"], row["difference"], row["customers"]) for row in preview.by_month()] == [
        ("2026-02", "new", Decimal(-20), 1)
    ]
    assert acme.corrections() == ()
    assert (booked(acme), sorted(path for path in acme.folder.rglob("*") if path.name != "state.db")) == (before, files)


def test_a_book_knows_which_corrections_it_was_built_with(acme: Workspace) -> None:
    first = acme.book().fingerprint
    number = correct(acme, "exclude", customers=["test1"])
    corrected = acme.book().fingerprint
    assert corrected != first
    acme.undo_correction(number, reason="no")
    with pytest.raises(UsageError, match="corrections entered"):
        acme.close("2026-04")
    acme.build(as_of=MAY)
    assert acme.book().fingerprint == first
    correct(acme, "exclude", customers=["test1"])
    assert acme.book().fingerprint == corrected


def test_policies_are_compared_over_corrected_rows(acme: Workspace) -> None:
    correct(acme, "merge", customers={"bolt": "acme"})
    comparison = acme.compare_policies(["strict", "chargebee"], month_from="2026-01", month_to="2026-01")
    assert comparison is not None
    assert ("2026-01-10", "acme", "expansion", "subscription", Decimal(60)) in booked(acme)
    assert ("2026-01-10", "acme", "new", None, Decimal(60)) in booked(acme, "chargebee")


def test_corrections_of_a_closed_month_are_restatements_with_their_cause(acme: Workspace) -> None:
    acme.close("2026-03", author="kim")
    number = correct(acme, "redate", customer="acme", at="2026-03-10", to="2026-02-20")
    [found] = acme.restatements()
    assert {(line.customer_id, line.kind, line.difference) for line in found.lines} == {
        ("acme", "opening", Decimal(40)),
        ("acme", "expansion", Decimal(-40)),
    }
    assert {(cause.kind, cause.subject.split(",")[0]) for line in found.lines for cause in line.causes} == {
        ("correction", str(number))
    }
    then = acme.as_of("2026-03").metrics("expansion_mrr", month_from="2026-03", month_to="2026-03")
    assert then.column("value")[0].as_py() == 40
    acme.undo_correction(number, reason="the contract says March")
    acme.build(as_of=MAY)
    assert not acme.restatements()[0].is_restated


def test_an_undone_correction_is_the_cause_of_what_it_gives_back(acme: Workspace) -> None:
    number = correct(acme, "exclude", customers=["test1"])
    acme.close("2026-03")
    entry = acme.undo_correction(number, reason="a customer after all").correction
    acme.build(as_of=MAY)
    [line] = acme.restatements()[0].lines
    assert entry is not None
    assert (line.customer_id, line.kind, line.difference) == ("test1", "opening", Decimal(20))
    assert line.causes[0].subject == f"{entry.id}, no longer: test1"


def test_what_was_known_at_a_time_has_the_corrections_of_then(acme: Workspace) -> None:
    before = datetime.now(UTC)
    number = correct(acme, "exclude", customers=["test1"])
    between = datetime.now(UTC)
    acme.undo_correction(number, reason="no")
    assert [len(booked(acme.as_of(moment))) for moment in (before, between, datetime.now(UTC))] == [4, 3, 4]


def test_each_correction_speaks_of_ids_as_those_before_it_leave_them(acme: Workspace) -> None:
    correct(acme, "merge", customers={"bolt": "acme"})
    with pytest.raises(UsageError, match="there is no customer bolt") as refused:
        acme.correct("merge", payload={"customers": {"test1": "bolt"}}, reason="no")
    assert refused.value.code == "unknown_customer"
    correct(acme, "merge", customers={"test1": "acme"})
    assert {row[1] for row in booked(acme)} == {"acme"}


def test_wrong_corrections_are_refused(acme: Workspace) -> None:
    for kind, payload, said in (
        ("exclude", {"customers": ["acne"]}, "there is no customer acne"),
        ("exclude", {"customers": []}, "at least 1 item"),
        ("merge", {"customers": {"bolt": "acme", "acme": "test1"}}, "itself merged"),
        ("link", {"links": [{}]}, "Field required"),
        (
            "link",
            {
                "links": [
                    {"subscription": "s-acme", "successor": "n1", "customer": "acme", "successor_customer": "n"},
                    {"subscription": "s-bolt", "successor": "n2", "customer": "bolt", "successor_customer": "n"},
                ]
            },
            "n would be two customers",
        ),
        ("link", {"links": [{"subscription": "s-bolt", "successor": "s-nobody"}]}, "there is no subscription s-nobody"),
        ("wish", {}, "there is no correction wish"),
    ):
        with pytest.raises(UsageError, match=said):
            acme.correct(kind, payload=payload, reason="no")
    with pytest.raises(UsageError, match="needs a reason"):
        acme.correct("exclude", payload={"customers": ["test1"]}, reason="  ")
    assert acme.corrections() == ()


def test_an_undo_can_be_undone_and_the_correction_is_in_force_again(acme: Workspace) -> None:
    number = correct(acme, "exclude", customers=["test1"])
    corrected = booked(acme), acme.book().fingerprint
    undo = acme.undo_correction(number, reason="a customer after all").correction
    assert undo is not None
    again = acme.undo_correction(undo.id, reason="no, a test", author="lee")
    assert again.text == "again: test1"
    assert [(row["kind"], row["difference"]) for row in again.by_month()] == [("new", Decimal(-20))]
    acme.build(as_of=MAY)
    assert (booked(acme), acme.book().fingerprint) == corrected
    with pytest.raises(UsageError) as refused:
        acme.undo_correction(undo.id, reason="no")
    assert (refused.value.expected, refused.value.found) == ("one of: 1, 3", "2, undone by 3")


def test_the_cause_of_a_restatement_is_the_last_word_on_a_correction(acme: Workspace) -> None:
    acme.close("2026-03")
    number = correct(acme, "exclude", customers=["test1"])
    for _ in range(2):
        number = acme.undo_correction(number, reason="on second thoughts").correction.id  # type: ignore[union-attr]
    acme.build(as_of=MAY)
    [line] = acme.restatements()[0].lines
    assert (line.customer_id, line.difference, line.causes[0].subject) == ("test1", Decimal(-20), "3, again: test1")


def test_a_correction_of_what_is_imported_no_longer_does_no_harm_and_is_told(acme: Workspace) -> None:
    give(acme, "more.csv", HEAD + "zoo,s-zoo,team,1,5.00,2026-02-01,2026-03-01\nzoo,s-zoo,team,2,5.00,2026-03-01,\n")
    acme.build(as_of=MAY)
    before = booked(acme)
    merge = correct(acme, "merge", customers={"zoo": "bolt"})
    redate = correct(acme, "redate", customer="bolt", subscription="s-zoo", at="2026-03-01", to="2026-03-05")
    [movement] = [row for row in acme.movements().to_pylist() if f"{row['date']}" == "2026-03-05"]
    of_item = {"customer": "bolt", "subscription": "s-zoo", "item": movement["item_id"], "date": "2026-03-05"}
    payload = of_item | {"kind": "expansion", "driver": "seats", "to_kind": "expansion", "to_driver": "price"}
    entered = acme.correct("reclassify", payload=payload, reason="a price raised").correction
    assert entered is not None
    exclude = correct(acme, "exclude", customers=["test1"])
    assert acme.idle_corrections() == frozenset()
    acme.undo(acme.imports()[-1].import_id)
    acme.build(as_of=MAY)
    assert acme.idle_corrections() == {merge, redate, entered.id}
    assert booked(acme) == [row for row in before if row[1] not in ("zoo", "test1")]
    acme.undo_correction(exclude, reason="no")
    # What nothing was built with yet is not judged; rows are.
    assert acme.idle_corrections() == {merge, redate}


def test_within_one_step_a_correction_matches_what_the_one_before_it_made(acme: Workspace) -> None:
    """zoo is corp, of whom nothing else is known, and corp is then left out: neither matches nothing."""
    for kind, payload in (("merge", {"customers": {"bolt": "corp"}}), ("exclude", {"customers": ["corp"]})):
        acme.state.add_correction(kind, payload, author="kim", reason="no", at=MAY)
    assert acme.idle_corrections() == frozenset()
    acme.build(as_of=MAY)
    assert {row[1] for row in booked(acme)} == {"acme", "test1"}


def test_corrections_that_no_longer_fit_stop_a_build_and_are_listed_all_the_same(acme: Workspace) -> None:
    number = correct(acme, "redate", customer="acme", at="2026-03-10", to="2026-02-20")
    give(acme, "later.csv", HEAD + "acme,s-acme,team,10,20.00,2026-02-25,2026-03-10\n")
    acme.undo(acme.imports()[0].import_id)
    with pytest.raises(UsageError, match="contradict") as refused:
        acme.build(as_of=MAY)
    assert f"undo one of corrections {number}" in refused.value.remedy
    assert (len(acme.corrections()), acme.idle_corrections()) == (1, frozenset())


def test_what_is_reclassified_must_be_booked(acme: Workspace) -> None:
    [movement] = acme.movements(kind="expansion").to_pylist()
    known = {"customer": "acme", "subscription": "s-acme", "item": movement["item_id"], "date": "2026-03-10"}
    kinds = {"kind": "expansion", "driver": "seats", "to_kind": "expansion", "to_driver": "price"}
    for wrong, code, said in (
        ({"customer": "acne"}, "unknown_customer", "did you mean acme?"),
        ({"subscription": "s-acne"}, "unknown_subscription", "did you mean s-acme?"),
        ({"item": "s-acme-taem"}, "unknown_item", "did you mean s-acme-team?"),
        ({"date": "2026-03-11"}, "unknown_movement", "did you mean 2026-03-10 expansion seats"),
        ({"driver": "discount"}, "unknown_movement", "did you mean 2026-03-10 expansion seats"),
    ):
        with pytest.raises(UsageError) as refused:
            acme.correct("reclassify", payload={**known, **kinds, **wrong}, reason="no")
        assert refused.value.code == code
        assert said in refused.value.remedy
    assert acme.corrections() == ()


@pytest.mark.parametrize(
    ("wrong", "code"), [({"subscription": "s-acne"}, "unknown_subscription"), ({"item": "acne"}, "unknown_item")]
)
def test_what_is_redated_must_be_there(acme: Workspace, wrong: dict[str, str], code: str) -> None:
    payload = {"customer": "acme", "at": "2026-03-10", "to": "2026-02-20", **wrong}
    with pytest.raises(UsageError) as refused:
        acme.correct("redate", payload=payload, reason="no")
    assert refused.value.code == code


def test_a_correction_is_tried_under_every_policy_of_the_book(acme: Workspace) -> None:
    """Bolt and acme merged are one customer, whom `chargebee` sees pay for each subscription for the first time."""
    acme.build(as_of=MAY, policies=["chargebee", "recurly"])
    preview = acme.correct("merge", payload={"customers": {"bolt": "acme"}}, reason="no", policy="chargebee")
    assert preview.policy == "chargebee"
    assert {(row["kind"], row["difference"]) for row in preview.by_month()} == {("new", Decimal(0))}
    acme.build(as_of=MAY, policies=["chargebee", "recurly"])
    for policy in ("strict", "chargebee", "recurly"):
        assert all(result.passed for result in acme.check(policy=policy))


def test_a_reclassification_that_breaks_another_policy_of_the_book_is_refused(tmp_path: Path) -> None:
    """Seats +40.00 of a and -30.00 of b: `stripe` nets them into one expansion, which cannot lose its larger part."""
    rows = (
        "acme,s,a,team,10,20.00,2026-01-05,2026-03-10\nacme,s,a,team,12,20.00,2026-03-10,\n"
        "acme,s,b,extra,5,10.00,2026-01-05,2026-03-10\nacme,s,b,extra,2,10.00,2026-03-10,\n"
    )
    workspace = upswell.init(tmp_path / "acme")
    give(workspace, "b.csv", HEAD.replace("subscription_id", "subscription_id,item_id") + rows)
    workspace.build(as_of=MAY, policies=["stripe"])
    seats = {policy: {row[2:] for row in booked(workspace, policy)[-2:]} for policy in ("strict", "stripe")}
    gain = ("expansion", "seats", Decimal(40))
    assert seats["strict"] == {gain, ("contraction", "seats", Decimal(-30))}
    assert seats["stripe"] == {gain, ("expansion", "seats", Decimal(-30))}

    of_item = {"customer": "acme", "subscription": "s", "item": "a", "date": "2026-03-10"}
    payload = of_item | {"kind": "expansion", "to_kind": "reactivation"}
    with pytest.raises(UsageError) as refused:
        workspace.correct("reclassify", payload=payload, reason="no")
    assert (refused.value.code, refused.value.where) == ("correction_breaks_ledger", "drivers_sum_to_kind")
    workspace.build(as_of=MAY)  # a book of `strict` alone
    assert workspace.correct("reclassify", payload=payload, reason="back from a break").lines.num_rows == 2


def test_a_former_book_is_not_corrected(acme: Workspace) -> None:
    acme.close("2026-03")
    with pytest.raises(UsageError, match="no meaning as of a former time"):
        acme.as_of("2026-03").correct("exclude", payload={"customers": ["test1"]}, reason="no")
    assert acme.corrections() == ()
