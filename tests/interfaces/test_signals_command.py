"""`signals`: the company, customers by a signal, one customer; tables for people, and shapes that scripts depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.signals.small import pressed_company
from tests.interfaces.command import done, upswell_command

DAY = ("--day", "2025-06-11")


@pytest.fixture(scope="module")
def pressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = pressed_company(tmp_path_factory.mktemp("signals")).folder
    return folder


def test_without_a_name_the_company_is_told_of(pressed: Path) -> None:
    answer = done("-w", pressed, "signals", *DAY)
    lines = [" ".join(line) for line in answer.lines()]
    assert lines[0] == "customers that customers of mrr share of mrr"
    assert "without headroom: nothing on sale is left to buy 5 5 300.00 100.0 %" in lines
    assert "at the limit of their plan, or over it 1 5 60.00 20.0 %" in lines
    assert "reach the limit within 30 days 1 5 60.00 20.0 %" in lines
    assert "limit_crossing_on Limit reached on 2" in lines
    assert "5 customers with an item in force, MRR 300.00 USD" in answer.err


def test_customers_by_a_signal_the_largest_first(pressed: Path) -> None:
    answer = done("-w", pressed, "signals", "limit_share", "limit_crossing_on", *DAY, "--limit", "3")
    assert answer.lines()[1:] == [
        ["Full", "100.0", "%", "n/a"],
        ["Acme", "82.5", "%", "2025-06-29"],
        ["Bolt", "82.5", "%", "2025-08-30"],
    ]
    assert "limit_share: limit_use / limit. What a plan blocks is not used: see blocked_30d." in answer.err
    assert "n/a: each row has its reason in JSON, CSV and files" in answer.err
    turned = done("-w", pressed, "signals", "limit_share", *DAY, "--order", "limit_share", "--limit", "1")
    assert turned.lines()[1] == ["Idle", "0.0", "%"]


def test_json_has_every_digit_and_why_a_value_is_not_there(pressed: Path) -> None:
    rows = done("-w", pressed, "signals", "limit_share", "days_to_crossing", "mrr", *DAY, "--format", "json").json()
    assert rows[0] == {
        "customer_id": "Full",
        "name": None,
        "limit_share": 1.0,
        "days_to_crossing": None,
        "mrr": "60.000000",
        "reason": "days_to_crossing: its use is at the limit or over it already",
    }
    assert [row["customer_id"] for row in rows] == ["Full", "Acme", "Bolt", "Even", "Idle"]


def test_one_customer_has_every_signal_with_its_reason(pressed: Path) -> None:
    answer = done("-w", pressed, "signals", "--customer", "Idle", *DAY)
    lines = [" ".join(line) for line in answer.lines()]
    assert "mrr MRR 60.00 USD a month" in lines
    assert any(line.startswith("last_nps Last NPS answer n/a 0 to 10 no such answer in 180 days") for line in lines)
    found = done("-w", pressed, "signals", "limit", "--customer", "Idle", *DAY, "--format", "json").json()
    assert (found["customer_id"], found["day"], found["currency"]) == ("Idle", "2025-06-11", "USD")
    [row] = found["signals"]
    assert (row["signal"], row["value"], row["reason"], row["kind"]) == ("limit", 40000.0, None, "number")


def test_the_catalogue_says_what_a_signal_is(pressed: Path) -> None:
    [row] = done("-w", pressed, "signals", "--catalogue", "seats_used_share", "--format", "json").json()
    assert (row["formula"], row["source"], row["is_feature"]) == ("people_active / seats", ["usage", "items"], True)
    refused = upswell_command("-w", pressed, "signals", "--catalogue", "seats_used")
    assert refused.code == 2
    assert "seats_used_share" in refused.err


def test_options_that_an_answer_has_no_use_for_are_refused(pressed: Path, tmp_path: Path) -> None:
    for asked in (("--catalogue", "mrr", "--output", tmp_path / "y.csv"), ("--order", "nope"), ("--limit", "3")):
        refused = upswell_command("-w", pressed, "signals", *asked)
        assert (refused.code, "expected:" in refused.err) == (2, True), asked
    assert not (tmp_path / "y.csv").exists()
