"""Corrections over the rows in force: each kind by hand, row by row, before any ledger is built.

Two customers of the old billing system, acme (10 seats of team) and bolt (3), and cus_9 of the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.contract.importing import Desk
from upswell.errors import UsageError
from upswell.ledger.corrections import CorrectionInForce, apply, digest, in_force, parse, span_of, steps, undone_by
from upswell.state import Correction

HEADINGS = "customer_id,subscription_id,item_id,plan_id,starts_at,ends_at,quantity,unit_amount,cancel_requested_at"
OLD = f"""{HEADINGS}
    acme,s-acme,i-acme,team,2026-01-05,2026-03-10,10,20.00,
    acme,s-acme,i-acme,team,2026-03-10,,12,20.00,
    bolt,s-bolt,i-bolt,team,2026-01-10,2026-04-01,3,20.00,2026-03-20"""
NEW = f"""{HEADINGS}
    cus_9,sub_9,si_9,price_1,2026-04-03,,3,20.00,
    cus_9,sub_8,si_8,price_1,2026-05-01,,1,20.00,"""
# Every table of what happened, with a row of each of three customers.
HAPPENED = {
    "invoice_lines": ("invoice_id,line_id,customer_id,subscription_id,plan_id,amount", "in_{0},1,{0},sub_{0},p,10.00"),
    "payments": ("customer_id,at,amount", "{0},2026-02-01,10.00"),
    "usage": ("customer_id,metric,day,quantity", "{0},calls,2026-02-01,5"),
    "touches": ("customer_id,at,offer", "{0},2026-02-01,seats"),
    "price_answers": ("customer_id,at,price,would_buy", "{0},2026-02-01,10.00,yes"),
    "feedback": ("customer_id,at,kind,score", "{0},2026-02-01,nps,9"),
}


@pytest.fixture
def billed(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for name, text in (("old.csv", OLD), ("new.csv", NEW)):
        assert desk.take(text, name=name, source=name).rows_held_back == 0
    return desk


def change(kind: str, number: int = 1, **payload: Any) -> CorrectionInForce:
    return CorrectionInForce(number, kind, parse(kind, payload))


def link(number: int = 1, **more: Any) -> CorrectionInForce:
    pair = {"customer": "bolt", "subscription": "s-bolt", "successor_customer": "cus_9", "successor": "sub_9"}
    return change("link", number, links=[pair], **more)


def corrected(
    desk: Desk, corrections: Sequence[CorrectionInForce], columns: str, view: str = "current_items", zone: str = "UTC"
) -> list[tuple[Any, ...]]:
    """Columns of a view under corrections, as text, in the order of their values."""
    with duckdb.connect() as connection:
        desk.log.create_views(connection)
        apply(connection, corrections, timezone=zone)
        wanted = ", ".join(f"{each}::varchar" for each in columns.split(", "))
        return connection.execute(f"select {wanted} from {view} order by all").fetchall()


def entry(number: int, undoes: int | None = None, *, kind: str = "exclude") -> Correction:
    payload = {} if undoes else {"customers": [f"c{number}"]}
    return Correction(number, kind, payload, "kim", "as it was", datetime(2026, 1, 1, tzinfo=UTC), undoes)


def test_without_corrections_nothing_is_put_over_the_rows(billed: Desk) -> None:
    with duckdb.connect() as connection:
        billed.log.create_views(connection)
        before = connection.execute("select view_name, sql from duckdb_views() where temporary order by 1").fetchall()
        apply(connection, (), timezone="UTC")
        after = connection.execute("select view_name, sql from duckdb_views() where temporary order by 1").fetchall()
        assert (after, connection.execute("select * from duckdb_tables()").fetchall()) == (before, [])
    assert digest("imports", ()) == "imports"


def test_merged_and_excluded_customers_are_so_in_every_table(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for table, (headings, row) in HAPPENED.items():
        rows = "\n".join(row.format(customer) for customer in ("acme", "bolt", "test1"))
        assert desk.take(f"{headings}\n{rows}", table=table, name=f"{table}.csv").rows_held_back == 0
    both = (change("merge", 1, customers={"bolt": "acme"}), change("exclude", 2, customers=["test1"]))
    for table in HAPPENED:
        view = f"current_{table}"
        assert corrected(desk, (), "customer_id", view) == [("acme",), ("bolt",), ("test1",)], table
        assert corrected(desk, both, "customer_id", view) == [("acme",), ("acme",)], table


def test_whom_a_customer_is_merged_into_keeps_its_attributes_and_children_follow(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(
        "customer_id,name,parent_id\nacme,Acme,bolt\nbolt,Bolt,\nchild,Child,bolt\n", table="customers", name="c.csv"
    )
    columns, view = "customer_id, name, parent_id", "current_customers"
    assert corrected(desk, [change("merge", customers={"bolt": "acme"})], columns, view) == [
        ("acme", "Acme", None),  # nobody is its own parent
        ("child", "Child", "acme"),
    ]
    # Into somebody of whom nothing is known: the first of them lends its attributes, once.
    into_a_third = [change("merge", customers={"bolt": "corp", "acme": "corp"})]
    assert corrected(desk, into_a_third, columns, view) == [("child", "Child", "corp"), ("corp", "Acme", None)]


def test_merges_follow_each_other_to_the_last(billed: Desk) -> None:
    chain = [change("merge", 1, customers={"cus_9": "bolt"}), change("merge", 2, customers={"bolt": "acme"})]
    assert {row[0] for row in corrected(billed, chain, "customer_id")} == {"acme"}
    assert len(corrected(billed, chain, "source_row")) == len(corrected(billed, (), "source_row"))


def test_a_linked_subscription_ends_when_its_successor_starts_and_nobody_asked_for_it(billed: Desk) -> None:
    columns = "customer_id, subscription_id, item_id, plan_id, starts_on, ends_on, cancel_requested_at"
    named = link(plans={"price_1": "team"})
    assert [row for row in corrected(billed, [named], columns) if row[0] == "bolt"] == [
        ("bolt", "s-bolt", "i-bolt", "team", "2026-01-10", "2026-04-03", None),
        ("bolt", "s-bolt", "si_9", "team", "2026-04-03", None, None),
        # Another subscription of the same customer is the customer's, and its plan is what it was called.
        ("bolt", "sub_8", "si_8", "price_1", "2026-05-01", None, None),
    ]


@pytest.mark.parametrize("ends", ["2026-04-01", "2026-04-09", ""])
def test_a_predecessor_that_ends_early_late_or_never_ends_with_the_move(tmp_path: Path, ends: str) -> None:
    desk = Desk(tmp_path)
    desk.take(
        f"{HEADINGS}\nbolt,s-bolt,i-bolt,team,2026-01-10,{ends},3,20.00,\ncus_9,sub_9,si_9,team,2026-04-03,,3,20,"
    )
    assert corrected(desk, [link()], "item_id, starts_on, ends_on") == [
        ("i-bolt", "2026-01-10", "2026-04-03"),
        ("si_9", "2026-04-03", None),
    ]


def test_an_item_that_ended_well_before_the_others_did_end_then(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(
        f"""{HEADINGS}
        bolt,s-bolt,addon,extra,2026-01-10,2026-02-01,1,5.00,
        bolt,s-bolt,i-bolt,team,2026-01-10,2026-04-01,3,20.00,
        cus_9,sub_9,si_9,team,2026-04-03,,3,20.00,"""
    )
    assert ("addon", "2026-02-01") in corrected(desk, [link()], "item_id, ends_on")


def test_a_gap_is_measured_in_days_and_a_longer_one_is_refused(billed: Desk) -> None:
    assert corrected(billed, [link(max_gap_days=2)], "customer_id")
    with pytest.raises(UsageError) as refused:
        corrected(billed, [link(7, max_gap_days=1)], "customer_id")
    assert (refused.value.code, refused.value.where) == ("link_impossible", "correction 7")
    assert refused.value.found == "s-bolt ends on 2026-04-01, sub_9 starts on 2026-04-03"


def test_two_links_at_once_keep_their_own_names_for_plans(tmp_path: Path) -> None:
    """The new system's `p` is `team` for one customer and `solo` for the other: each entry speaks of its own."""
    desk = Desk(tmp_path)
    desk.take(
        f"""{HEADINGS}
        a,sa,ia,team,2026-01-01,2026-04-01,1,9.00,
        b,sb,ib,solo,2026-01-01,2026-04-01,1,9.00,
        na,ta,ja,p,2026-04-01,,1,9.00,
        nb,tb,jb,p,2026-04-01,,1,9.00,"""
    )

    def linked(number: int, name: str, plan: str) -> CorrectionInForce:
        pair = {"customer": name, "subscription": f"s{name}", "successor_customer": f"n{name}", "successor": f"t{name}"}
        return change("link", number, links=[pair], plans={"p": plan})

    both = [linked(1, "a", "team"), linked(2, "b", "solo")]
    assert len(list(steps(both))) == 1
    assert corrected(desk, both, "customer_id, item_id, plan_id") == [
        ("a", "ia", "team"),
        ("a", "ja", "team"),
        ("b", "ib", "solo"),
        ("b", "jb", "solo"),
    ]


def test_an_invoice_of_a_linked_subscription_is_the_predecessors(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(f"{HEADINGS}\nbolt,s-bolt,i,team,2026-01-10,2026-04-01,3,20.00,\ncus_9,sub_9,j,price_1,2026-04-01,,3,20,")
    headings = "invoice_id,line_id,customer_id,subscription_id,plan_id,amount"
    desk.take(f"{headings}\nin_1,1,cus_9,sub_9,price_1,60.00", table="invoice_lines", name="lines.csv")
    columns, view = "customer_id, subscription_id, plan_id", "current_invoice_lines"
    assert corrected(desk, [link(plans={"price_1": "team"})], columns, view) == [("bolt", "s-bolt", "team")]


def test_a_redated_change_moves_both_its_sides(billed: Desk) -> None:
    moved = change("redate", customer="acme", at="2026-03-10", to="2026-02-20")
    assert [row[1:] for row in corrected(billed, [moved], "customer_id, starts_on, ends_on") if row[0] == "acme"] == [
        ("2026-01-05", "2026-02-20"),
        ("2026-02-20", None),
    ]
    other_item = change("redate", customer="acme", item="i-other", at="2026-03-10", to="2026-02-20")
    assert corrected(billed, [other_item], "starts_on, ends_on") == corrected(billed, (), "starts_on, ends_on")


@pytest.mark.parametrize("to", ["2026-01-05", "2025-12-01"])
def test_a_span_that_would_be_empty_or_turned_around_is_refused(billed: Desk, to: str) -> None:
    with pytest.raises(UsageError) as refused:
        corrected(billed, [change("redate", 4, customer="acme", at="2026-03-10", to=to)], "customer_id")
    assert (refused.value.code, refused.value.where) == ("correction_contradiction", "customer acme, item i-acme")
    assert refused.value.remedy == "undo one of corrections 4 (`upswell correct undo NUMBER`)"


def test_spans_that_are_imported_empty_contradict_nothing(tmp_path: Path) -> None:
    """A version that ended as it began, as billing systems have them, counts nowhere and is no fault of anybody."""
    desk = Desk(tmp_path)
    assert (
        desk.take(
            f"""{HEADINGS}
            acme,s,i,team,2026-01-05,2026-03-10,10,20.00,
            acme,s,i,team,2026-03-10,2026-03-10,11,20.00,
            acme,s,k,team,2026-02-01,2026-02-01,1,20.00,
            bolt,s,i,team,2026-01-05,,1,20.00,"""
        ).rows_held_back
        == 0
    )
    assert {row[0] for row in corrected(desk, [change("exclude", customers=["bolt"])], "customer_id")} == {"acme"}
    merged = [change("merge", customers={"acme": "corp"})]
    assert {row[0] for row in corrected(desk, merged, "customer_id")} == {"corp", "bolt"}


def test_two_customers_that_use_the_same_ids_at_once_are_not_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(f"{HEADINGS}\nacme,main,i,team,2026-01-05,,1,20.00,\nbolt,main,i,team,2026-02-01,,1,20.00,")
    with pytest.raises(UsageError, match="contradict"):
        corrected(desk, [change("merge", customers={"bolt": "acme"})], "customer_id")


def test_a_day_is_all_of_it_in_the_workspace_s_zone_and_midnight_elsewhere_is_an_instant() -> None:
    new_york = ZoneInfo("America/New_York")
    assert span_of(date(2026, 3, 8), new_york) == (datetime(2026, 3, 8, 5), datetime(2026, 3, 9, 4))  # noqa: DTZ001
    redate = parse("redate", {"customer": "a", "at": "2026-03-10T00:00:00Z", "to": "20260310"})
    assert (redate.at, redate.to) == (datetime(2026, 3, 10, tzinfo=UTC), date(2026, 3, 10))  # type: ignore[union-attr]
    again = parse("redate", redate.model_dump(mode="json"))
    assert again == redate


@pytest.mark.parametrize("to", ["soon", "0001-01-01", "9999-12-31", 1_700_000_000, None])
def test_what_is_no_day_is_refused(to: object) -> None:
    with pytest.raises(UsageError, match="a day such as 2026-03-10") as refused:
        parse("redate", {"customer": "a", "at": "2026-03-10", "to": to})
    assert refused.value.where == "redate, to"


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["a s1 n t1", "b s2 n t2"], "n would be two customers"),
        (["a s1 n t1", "a s1 m t2"], "named twice"),
        (["a s1 b t1", "b t1 c u1"], "successor and predecessor at once"),
        (["a s1 b t1", "b s2 c u1"], "a customer is successor and predecessor at once"),
    ],
)
def test_links_that_mean_two_things_are_refused(pairs: list[str], said: str) -> None:
    names = ("customer", "subscription", "successor_customer", "successor")
    links = [dict(zip(names, pair.split(), strict=True)) for pair in pairs]
    with pytest.raises(UsageError, match=said):
        parse("link", {"links": links})


def test_an_undo_that_is_undone_undoes_nothing() -> None:
    entries = [entry(1), entry(2), entry(3, 1), entry(4, 3)]
    assert [[each.id for each in in_force(entries[:count])] for count in range(5)] == [[], [1], [1, 2], [2], [1, 2]]
    assert undone_by([*entries, entry(5, 4)]) == {1: 3, 4: 5}


@pytest.mark.parametrize("seed", range(20))
def test_undoing_everything_leaves_nothing_in_force(seed: int) -> None:
    """Random entries, undos and undos of undos; then whatever is still in force is undone."""
    rng, entries = Random(seed), [entry(1)]
    for number in range(2, 12):
        open_ones = [each.id for each in entries if each.id not in {other.undoes for other in entries}]
        entries.append(entry(number, rng.choice(open_ones) if rng.random() < 0.6 else None))
    for correction in in_force(entries):
        last = next(each for each in reversed(entries) if _speaks_of(each, entries) == correction.id)
        entries.append(entry(len(entries) + 1, last.id))
    assert in_force(entries) == ()


def _speaks_of(given: Correction, entries: Sequence[Correction]) -> int:
    return given.id if given.undoes is None else _speaks_of(entries[given.undoes - 1], entries)
