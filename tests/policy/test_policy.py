"""Policies are data: read, checked, hashed, and refused by name where the ledger cannot run them yet."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from upswell.errors import NotFoundError, UsageError
from upswell.policy import Policy, load, preset_names

PRESETS = resources.files("upswell.policy") / "presets"
SWITCHES = (
    "level",
    "netting",
    "grouping",
    "reactivation",
    "reactivation_new_after_days",
    "discounts",
    "usage",
    "trialing",
    "paused",
    "unpaid",
    "past_due",
    "past_due_churn_days",
    "churn_date",
    "new_and_churned",
    "week",
    "day",
    "fx",
    "retention_cohort",
    "customer_churn_denominator",
)


def test_the_type_has_every_switch_in_the_order_of_the_design() -> None:
    assert tuple(load("strict").switches()) == SWITCHES


def test_recurly_differs_from_strict_in_five_switches() -> None:
    strict, recurly = load("strict").switches(), load("recurly").switches()
    assert {name: recurly[name] for name in strict if strict[name] != recurly[name]} == {
        "netting": "customer",
        "grouping": "month",
        "usage": "exclude",
        "day": "30",
        "retention_cohort": "included",
    }


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_states_every_switch_it_can_and_says_why(name: str) -> None:
    text = (PRESETS / f"{name}.toml").read_text("utf-8")
    stated = tomllib.loads(text)
    optional = {"reactivation_new_after_days", "past_due_churn_days"}
    assert set(SWITCHES) - optional <= set(stated)
    assert re.search(r"^# .*", text)
    changed = [
        line for line in text.splitlines() if line.startswith(("netting", "grouping", "usage", "day", "retention"))
    ]
    assert all("#" in line for line in changed)


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("level", "subscription"),
        ("netting", "subscription"),
        ("grouping", "60min"),
        ("grouping", "none"),
        ("reactivation", "expansion"),
        ("discounts", "recurring"),
        ("usage", "trailing_3"),
        ("past_due_churn_days", 30),
        ("churn_date", "cancel_request"),
        ("new_and_churned", "neither"),
        ("fx", "fixed_rate"),
    ],
)
def test_a_switch_not_built_yet_is_refused_by_name(switch: str, value: object) -> None:
    with pytest.raises(UsageError) as refused:
        load("mine", own={"mine": {"extends": "strict", switch: value}})
    assert refused.value.code == "policy_switch_not_built"
    assert switch in refused.value.message
    assert str(value) in (refused.value.found or "")
    assert refused.value.exit_code == 2


def test_a_policy_of_ones_own_states_only_what_differs() -> None:
    mine = load("board", own={"board": {"extends": "recurly", "week": "4"}})
    assert mine.switches() == {**load("recurly").switches(), "week": "4"}
    assert mine.name == "board"


def test_the_hash_is_of_the_rules_not_of_the_name() -> None:
    twin = load("twin", own={"twin": {"extends": "strict"}})
    assert twin.content_hash() == load("strict").content_hash()
    assert load("recurly").content_hash() != load("strict").content_hash()


def test_a_policy_file_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text('name = "audit"\nextends = "strict"\nday = "30"\n', "utf-8")
    assert load(str(path)).day == "30"
    path.write_text('name = "audit"\nnetting = "region"\n', "utf-8")
    with pytest.raises(UsageError, match="netting") as refused:
        load(str(path))
    assert refused.value.found == "region"
    path.write_text("name = ", "utf-8")
    with pytest.raises(UsageError, match="not TOML"):
        load(str(path))
    with pytest.raises(NotFoundError, match="cannot be read"):
        load(str(tmp_path / "none.toml"))


def test_an_unknown_policy_is_refused_with_the_near_one() -> None:
    with pytest.raises(NotFoundError) as refused:
        load("recurley")
    assert "did you mean recurly?" in refused.value.remedy


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(UsageError, match="nettings"):
        load("mine", own={"mine": {"nettings": "item"}})
    with pytest.raises(ValueError, match="frozen"):
        Policy(name="x").netting = "customer"


def test_a_name_stands_for_one_set_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "strict"\nextends = "recurly"\n', "utf-8")
    for asked, own in ((str(path), {}), ("strict", {"strict": {"extends": "recurly"}})):
        with pytest.raises(UsageError) as refused:
            load(asked, own=own)
        assert refused.value.code == "policy_name_taken"
