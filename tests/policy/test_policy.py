"""Policies are data: read, checked, hashed, and refused by name where the ledger cannot run them yet."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest

from upswell.errors import NotFoundError, UsageError
from upswell.policy import Policy, find, find_all, load, preset_names
from upswell.policy.explain import decides, means, shown

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


DIFFERENCES: dict[str, dict[str, str | int | None]] = {
    "strict": {},
    "chartmogul": {"netting": "subscription", "grouping": "60min", "retention_cohort": "included"},
    "stripe": {
        "netting": "customer",
        "discounts": "recurring",
        "usage": "exclude",
        "churn_date": "cancel_request",
        "retention_cohort": "included",
        "customer_churn_denominator": "opening_and_new",
    },
    "profitwell": {"netting": "customer", "new_and_churned": "neither", "fx": "item_start"},
    "chargebee": {
        "level": "subscription",
        "netting": "subscription",
        "reactivation": "expansion",
        "discounts": "recurring",
        "usage": "exclude",
        "retention_cohort": "included",
    },
    "recurly": {
        "netting": "customer",
        "grouping": "month",
        "usage": "exclude",
        "day": "30",
        "retention_cohort": "included",
    },
    "revenuecat": {
        "level": "subscription",
        "netting": "subscription",
        "reactivation": "churn",
        "usage": "exclude",
        "week": "4",
        "day": "30",
        "fx": "item_start",
    },
}


def test_each_preset_differs_from_strict_in_what_its_vendor_documents() -> None:
    assert {name: find(name).policy.differences() for name in preset_names()} == DIFFERENCES


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_states_every_switch_it_can_and_says_why(name: str) -> None:
    text = (PRESETS / f"{name}.toml").read_text("utf-8")
    stated = tomllib.loads(text)
    optional = {"reactivation_new_after_days", "past_due_churn_days"}
    assert set(SWITCHES) - optional <= set(stated)
    assert stated["summary"]
    assert re.search(r"^# .*", text)
    changed = tuple(f"{switch} = " for switch in DIFFERENCES[name])
    assert all("#" in line for line in text.splitlines() if line.startswith(changed))


def test_every_value_of_every_switch_is_explained_and_nothing_else_is() -> None:
    texts = tomllib.loads((resources.files("upswell.policy") / "switches.toml").read_text("utf-8"))
    assert tuple(texts) == SWITCHES
    for switch in SWITCHES:
        choices = get_args(Policy.model_fields[switch].annotation)
        values = {"off", "days"} if type(None) in choices else set(choices)
        assert set(texts[switch]) == {"decides", *values}
        assert all(text.endswith(".") for value, text in texts[switch].items() if value != "decides")


def test_a_number_of_days_is_told_in_its_sentence() -> None:
    assert "{days}" not in means("past_due_churn_days", 30)
    assert means("reactivation_new_after_days", 90) == "Who comes back 90 or more days after leaving is new."
    assert means("past_due_churn_days", None) == "However late the payment is, the item counts."
    assert (shown(None), shown(30), shown("4")) == ("off", "30", "4")
    assert decides("week") == "weeks in a month"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"reactivation": "new_after_days"}, "needs reactivation_new_after_days"),
        ({"reactivation_new_after_days": 30}, 'goes only with reactivation = "new_after_days"'),
        ({"reactivation": "new", "reactivation_new_after_days": 30}, "goes only with reactivation"),
        ({"past_due": "zero", "past_due_churn_days": 30}, 'goes only with past_due = "counts"'),
    ],
)
def test_switches_that_contradict_each_other_are_refused_together(stated: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as refused:
        find("mine", own={"mine": {"extends": "strict", **stated}})
    assert refused.value.code == "policy_malformed"
    assert refused.value.where == "upswell.toml, policy mine"
    assert refused.value.found is None


def test_switches_that_go_together_are_taken() -> None:
    own = {"mine": {"reactivation": "new_after_days", "reactivation_new_after_days": 90, "past_due_churn_days": 30}}
    assert find("mine", own=own).policy.differences() == own["mine"]


def test_all_policies_are_found_presets_first(tmp_path: Path) -> None:
    found = find_all(own={"board": {"extends": "stripe"}, "audit": {}})
    names = [(each.policy.name, each.source) for each in found]
    assert names[:2] == [("strict", "preset"), ("chargebee", "preset")]
    assert names[-2:] == [("audit", "upswell.toml"), ("board", "upswell.toml")]
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n', "utf-8")
    assert find(str(path)).source == str(path)


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
