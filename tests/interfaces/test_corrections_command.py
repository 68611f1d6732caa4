"""`upswell correct`, `upswell corrections`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command

BILLED = """customer_id,subscription_id,plan_id,quantity,unit_amount,starts_at,ends_at
acme,s-acme,team,10,20.00,2026-01-05,2026-03-10
acme,s-acme,team,12,20.00,2026-03-10,
bolt,s-bolt,team,3,20.00,2026-01-10,2026-04-01
cus_9,sub_9,team,3,20.00,2026-04-03,
test1,s-test,team,1,20.00,2026-02-01,
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "billed.csv").write_text(BILLED, "utf-8")
    done("init", "acme", cwd=tmp_path)
    done("-w", tmp_path / "acme", "import", "billed.csv", "--as", "items", cwd=tmp_path)
    done("-w", tmp_path / "acme", "build", "--as-of", "2026-05-02")
    return tmp_path / "acme"


def test_a_dry_run_shows_and_enters_nothing(acme: Path) -> None:
    said = done("-w", acme, "correct", "exclude", "test1", "--reason", "checkout test", "--dry-run")
    assert said.out.splitlines()[1].split() == ["2026-02", "new", "USD", "20.00", "0.00", "-20.00", "1"]
    assert "not entered: this was a dry run" in said.err
    assert done("-w", acme, "corrections", "--format", "csv").out.splitlines()[1:] == []


def test_what_is_entered_is_listed_with_its_reason_and_undone_by_its_number(acme: Path) -> None:
    said = done("-w", acme, "correct", "exclude", "test1", "--reason", "checkout test", "--author", "kim")
    assert "correction 1 entered by kim: checkout test; `upswell build` makes it count" in said.err
    done("-w", acme, "correct", "undo", "1", "--reason", "a customer after all", "--author", "lee")
    rows = json.loads(done("-w", acme, "corrections", "--format", "json").out)
    assert [(row["number"], row["author"], row["what"], row["reason"], row["state"]) for row in rows] == [
        (1, "kim", "test1", "checkout test", "undone by 2"),
        (2, "lee", "test1", "a customer after all", "undoes 1"),
    ]


def test_an_undo_is_undone_and_the_list_tells_what_is_in_force(acme: Path) -> None:
    assert "nothing is corrected yet" in done("-w", acme, "corrections").err
    done("-w", acme, "correct", "exclude", "test1", "--reason", "checkout test")
    done("-w", acme, "correct", "undo", "1", "--reason", "a customer after all")
    said = done("-w", acme, "correct", "undo", "2", "--reason", "no, a test")
    assert "exclude: again: test1" in said.err
    rows = json.loads(done("-w", acme, "corrections", "--format", "json").out)
    assert [(row["what"], row["state"]) for row in rows] == [
        ("test1", "in force"),
        ("test1", "undone by 3"),
        ("test1", "undoes 2"),
    ]


def test_a_correction_that_matches_nothing_any_more_is_listed_as_such(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "zoo.csv").write_text(BILLED.splitlines()[0] + "\nzoo,s-zoo,team,1,5.00,2026-02-01,\n", "utf-8")
    done("-w", acme, "import", "zoo.csv", "--as", "items", cwd=tmp_path)
    done("-w", acme, "correct", "exclude", "zoo", "--reason", "our own")
    done("-w", acme, "imports", "undo", "i-000002")
    [row] = json.loads(done("-w", acme, "corrections", "--format", "json").out)
    assert row["state"] == "in force, matches nothing"


def test_every_kind_can_be_typed(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "merge.csv").write_text("customer,into\ntest1,acme\n", "utf-8")
    (tmp_path / "links.csv").write_text("subscription,successor\ns-bolt,sub_9\n", "utf-8")
    for words in (
        ("merge", "--file", tmp_path / "merge.csv"),
        ("link", "--file", tmp_path / "links.csv"),
        ("redate", "acme", "--at", "2026-03-10", "--to", "2026-02-20"),
    ):
        done("-w", acme, "correct", *words, "--reason", "as agreed")
    done("-w", acme, "build", "--as-of", "2026-05-02")
    rows = json.loads(done("-w", acme, "movements", "--kind", "expansion", "--format", "json").out)
    seats = next(row for row in rows if row["driver"] == "seats")
    assert seats["date"] == "2026-02-20"
    done("-w", acme, "correct", "reclassify", seats["movement_id"], "--driver", "price", "--reason", "a price raised")
    done("-w", acme, "build", "--as-of", "2026-05-02")
    table = csv.DictReader(io.StringIO(done("-w", acme, "movements", "--format", "csv").out))
    assert {(row["customer_id"], row["kind"], row["driver"]) for row in table} == {
        ("acme", "new", ""),
        ("acme", "expansion", "price"),
        ("acme", "expansion", "subscription"),
        ("bolt", "new", ""),
    }


def test_wrong_words_are_refused_with_a_remedy(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "holes.csv").write_text("customer,into\ntest1,\n", "utf-8")
    (tmp_path / "other.csv").write_text("from,to\ntest1,acme\n", "utf-8")
    (tmp_path / "twice.csv").write_text("customer,into\ntest1,acme\nbolt,acme\ntest1,bolt\n", "utf-8")
    for words, code, said in (
        (("exclude", "test1"), 2, "--reason"),
        (("exclude", "tset1", "--reason", "x"), 2, "did you mean test1"),
        (("merge", "test1", "--reason", "x"), 2, "INTO is missing"),
        (("merge", "--file", tmp_path / "holes.csv", "--reason", "x"), 4, "row 2"),
        (("merge", "--file", tmp_path / "other.csv", "--reason", "x"), 4, "no customer, into"),
        (("merge", "--file", tmp_path / "none.csv", "--reason", "x"), 4, "cannot be read"),
        (("merge", "--file", tmp_path / "twice.csv", "--reason", "x"), 4, "row 4"),
        (("merge", "bolt", "acme", "--file", tmp_path / "twice.csv", "--reason", "x"), 2, "named twice"),
        (("link", "s-bolt", "--file", tmp_path / "twice.csv", "--reason", "x"), 2, "named twice"),
        (("link", "s-bolt", "sub_9", "--plan", "p=a", "--plan", "p=b", "--reason", "x"), 2, "a and b"),
        (("link", "s-bolt", "sub_9", "--plan", "price", "--reason", "x"), 2, "is not NEW=OLD"),
        (("redate", "acme", "--at", "2026-03-10", "--to", "soon", "--reason", "x"), 2, "redate, to"),
        (("reclassify", "20260310-0000000000000000", "--driver", "price", "--reason", "x"), 2, "there is no movement"),
        (("undo", "7", "--reason", "x"), 2, "there is no correction 7 in force"),
    ):
        answer = upswell_command("-w", acme, "correct", *words)
        assert (answer.code, said in answer.err) == (code, True), (words, answer.err)


def test_what_no_month_shows_is_said(acme: Path) -> None:
    within = ("correct", "redate", "acme", "--at", "2026-03-10", "--to", "2026-03-12", "--reason", "x", "--dry-run")
    assert "nothing changes in any month under policy strict; what is only scheduled" in done("-w", acme, *within).err


def test_a_line_that_only_another_rate_changes_says_so(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,currency,rate\n2026-01-01,EUR,1.10\n2026-01-11,EUR,1.20\n", "utf-8")
    heading = "customer_id,plan_id,unit_amount,currency,starts_at\n"
    (tmp_path / "items.csv").write_text(f"{heading}acme,team,10.00,EUR,2026-01-05\n", "utf-8")
    done("init", "acme", cwd=tmp_path)
    for file in ("rates", "items"):
        done("-w", "acme", "import", f"{file}.csv", "--as", file, cwd=tmp_path)
    done("-w", "acme", "build", "--as-of", "2026-05-02", cwd=tmp_path)
    redate = ("redate", "acme", "--at", "2026-01-05", "--to", "2026-01-15", "--reason", "x", "--dry-run")
    said = done("-w", "acme", "correct", *redate, cwd=tmp_path)
    assert "1 line changes in the workspace's currency alone" in said.err
