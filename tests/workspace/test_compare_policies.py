"""`compare_policies` on a small company: each switch of each preset moves one customer, by a figure worked out by hand.

March 2025 under strict, of 365.50 expansion MRR in all:

    Acme    drops Reports of 40.00 and takes Calls for 50.00 on one day        +50.00   netting
    Bolt    a discount of 20.00 ends                                           +20.00   discounts
    Cedar   use rises from 10.00 to 35.00                                      +25.00   usage
    Dune    asked in February to end in April, takes one more for 30.00        +30.00   churn_date
    Elm     three seats more on the 5th, back on the 20th                      +15.00   grouping month
    Fir     +18.00 at nine, -6.00 at three                                     +12.00   grouping 60min
    Gale    1.20 a day becomes 2.40                                            +36.50   day
    Hill    12.00 a week becomes 24.00                                         +52.00   week
    Iris    new on the 3rd, +20.00 on the 10th, gone on the 20th               +20.00   new_and_churned
    Jade    50.00 EUR more, at 1.20; 1.10 when it began                        +60.00   fx
    Kiln    a second subscription of 45.00                                     +45.00   level
    Lark    left in February, is back for 80.00                                  0.00   reactivation
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

import upswell
from tests.workspace.company import JUNE, add_rows, settings, workspace_of
from upswell.errors import CheckFailedError, ExitCode, UpswellError, UsageError
from upswell.ledger.bridge import METRIC_SWITCHES, Bridge, Figure, closed_bridge, steps_between
from upswell.ledger.bridge.sums import left_over
from upswell.ledger.build import MODELS, models_folder
from upswell.policy import Policy, load
from upswell.workspace.comparing import PolicyComparison
from upswell.workspace.lock import writing

HEADINGS: Final = (
    "customer_id,subscription_id,product_id,plan_id,item_type,starts_at,ends_at,quantity,unit_amount,interval,"
    "currency,discount_amount,discount_until,cancel_requested_at"
)
ROWS: Final = """
Acme,,CRM,Team,plan,2025-01-10,,1,100.00,month,USD,,,
Acme,,Reports,Reports,addon,2025-01-10,2025-03-12,1,40.00,month,USD,,,
Acme,,Calls,Calls,plan,2025-03-12,,1,50.00,month,USD,,,
Bolt,,CRM,Team,plan,2025-01-10,,1,100.00,month,USD,20.00,2025-03-15,
Cedar,,CRM,Team,plan,2025-01-10,,1,100.00,month,USD,,,
Cedar,,Calls,Minutes,usage,2025-01-10,2025-03-08,1,10.00,month,USD,,,
Cedar,,Calls,Minutes,usage,2025-03-08,,1,35.00,month,USD,,,
Dune,,CRM,Team,plan,2025-01-10,2025-04-20,1,100.00,month,USD,,,2025-02-20
Dune,,Calls,Calls,plan,2025-03-10,,1,30.00,month,USD,,,
Elm,,CRM,Team,plan,2025-01-10,2025-03-05,20,5.00,month,USD,,,
Elm,,CRM,Team,plan,2025-03-05,2025-03-20,23,5.00,month,USD,,,
Elm,,CRM,Team,plan,2025-03-20,,20,5.00,month,USD,,,
Fir,,CRM,Team,plan,2025-01-10,2025-03-10T09:00:00Z,10,6.00,month,USD,,,
Fir,,CRM,Team,plan,2025-03-10T09:00:00Z,2025-03-10T15:00:00Z,13,6.00,month,USD,,,
Fir,,CRM,Team,plan,2025-03-10T15:00:00Z,,12,6.00,month,USD,,,
Gale,,CRM,Team,plan,2025-01-10,2025-03-10,1,1.20,day,USD,,,
Gale,,CRM,Team,plan,2025-03-10,,1,2.40,day,USD,,,
Hill,,CRM,Team,plan,2025-01-10,2025-03-10,1,12.00,week,USD,,,
Hill,,CRM,Team,plan,2025-03-10,,1,24.00,week,USD,,,
Iris,,CRM,Team,plan,2025-03-03,2025-03-10,1,100.00,month,USD,,,
Iris,,CRM,Team,plan,2025-03-10,2025-03-20,1,120.00,month,USD,,,
Jade,,CRM,Team,plan,2025-01-10,2025-03-10,1,100.00,month,EUR,,,
Jade,,CRM,Team,plan,2025-03-10,,1,150.00,month,EUR,,,
Kiln,K1,CRM,Team,plan,2025-01-10,,1,100.00,month,USD,,,
Kiln,K2,Calls,Calls,plan,2025-03-10,,1,45.00,month,USD,,,
Lark,,CRM,Team,plan,2025-01-10,2025-02-10,1,80.00,month,USD,,,
Lark,,CRM,Team,plan,2025-03-10,,1,80.00,month,USD,,,
"""
RATES: Final = "2025-01-01,EUR,1.10\n2025-03-01,EUR,1.20"
MARCH: Final = date(2025, 3, 1)
LINES: Final = {
    "stripe": {
        "netting": ("-40.00", ["Acme"]),
        "discounts": ("-20.00", ["Bolt"]),
        "usage": ("-25.00", ["Cedar"]),
        "churn_date": ("-30.00", ["Dune"]),
    },
    "chargebee": {
        "level": ("-45.00", ["Kiln"]),
        "netting": ("-40.00", ["Acme"]),
        "reactivation": ("80.00", ["Lark"]),
        "discounts": ("-20.00", ["Bolt"]),
        "usage": ("-25.00", ["Cedar"]),
    },
    "recurly": {
        "netting": ("-40.00", ["Acme"]),
        "grouping": ("-35.00", ["Iris", "Elm"]),
        "usage": ("-25.00", ["Cedar"]),
        "day": ("-0.50", ["Gale"]),
    },
    "chartmogul": {"netting": ("-40.00", ["Acme"]), "grouping": ("6.00", ["Fir"])},
    "profitwell": {
        "netting": ("-40.00", ["Acme"]),
        "new_and_churned": ("-20.00", ["Iris"]),
        "fx": ("-5.00", ["Jade"]),
    },
    "revenuecat": {
        "level": ("-45.00", ["Kiln"]),
        "netting": ("-40.00", ["Acme"]),
        "usage": ("-25.00", ["Cedar"]),
        "week": ("-4.00", ["Hill"]),
        "day": ("-0.50", ["Gale"]),
        "fx": ("-5.00", ["Jade"]),
    },
}
ENDS: Final = {
    "stripe": "250.50",
    "chargebee": "315.50",
    "recurly": "265.00",
    "chartmogul": "331.50",
    "profitwell": "300.50",
    "revenuecat": "246.00",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    folder = tmp_path_factory.mktemp("compared")
    made = upswell.init(folder / "w")
    (folder / "items.csv").write_text(f"{HEADINGS}\n{ROWS.strip()}\n", encoding="utf-8")
    (folder / "rates.csv").write_text(f"date,currency,rate\n{RATES}\n", encoding="utf-8")
    assert made.import_file(folder / "items.csv", table="items").held_back == 0
    made.import_file(folder / "rates.csv", table="rates")
    made.build(as_of=JUNE)
    return made


@pytest.fixture(scope="module")
def march(workspace: upswell.Workspace) -> PolicyComparison:
    return workspace.compare_policies(["strict", *LINES], month_from="2025-03", month_to="2025-03")


def bridges(comparison: PolicyComparison) -> dict[str, Bridge]:
    [month] = comparison.months
    return {bridge.target: bridge for bridge in month.bridges}


def moved(bridge: Bridge) -> dict[str, tuple[Decimal | None, list[str]]]:
    """The lines that move somebody: the amount, and the customers."""
    return {
        line.changes[0].switch: (
            line.figures.amount,
            [customer.customer_id for customer in line.figures.details],
        )
        for line in bridge.lines
        if line.figures.customers
    }


@pytest.mark.parametrize("policy", LINES)
def test_each_switch_moves_what_it_should(march: PolicyComparison, policy: str) -> None:
    bridge = bridges(march)[policy]
    wanted = {switch: (Decimal(amount), customers) for switch, (amount, customers) in LINES[policy].items()}
    assert moved(bridge) == wanted
    assert bridge.start.value == Decimal("365.50")
    assert bridge.end.value == Decimal(ENDS[policy])
    assert bridge.unexplained.value == 0


@pytest.mark.parametrize("policy", LINES)
def test_the_switches_come_in_the_order_of_policy_each_once(march: PolicyComparison, policy: str) -> None:
    lines = bridges(march)[policy].lines
    told = {change.switch: change.after for line in lines for change in line.changes}
    assert told == load(policy).differences()
    assert list(told) == list(load(policy).differences())


@pytest.mark.parametrize("policy", LINES)
def test_without_any_one_line_the_end_is_off_zero(march: PolicyComparison, policy: str) -> None:
    bridge = bridges(march)[policy]
    for place, line in enumerate(bridge.lines):
        if line.figures.amount:
            others = bridge.lines[:place] + bridge.lines[place + 1 :]
            assert left_over(bridge.start, others, bridge.end).value == -line.figures.amount
            with pytest.raises(CheckFailedError) as caught:
                closed_bridge(
                    "strict",
                    policy,
                    metric="expansion_mrr",
                    month="2025-03",
                    start=bridge.start,
                    lines=others,
                    end=bridge.end,
                )
            assert (caught.value.code, caught.value.exit_code) == ("bridge_unexplained", ExitCode.CHECK_FAILED)


def test_a_return_is_taken_off_churn_and_no_longer_a_reactivation(workspace: upswell.Workspace) -> None:
    for metric, start, end, amount in (
        ("churned_mrr", "-120.00", "-40.00", "80.00"),
        ("reactivation_mrr", "80.00", "0.00", "-80.00"),
    ):
        found = workspace.compare_policies("revenuecat", month_from="2025-03", month_to="2025-03", metric=metric)
        bridge = bridges(found)["revenuecat"]
        assert moved(bridge) == {"reactivation": (Decimal(amount), ["Lark"])}
        assert (bridge.start.value, bridge.end.value) == (Decimal(start), Decimal(end))


def test_net_of_contraction_netting_moves_nothing(workspace: upswell.Workspace) -> None:
    found = workspace.compare_policies(
        ["strict", "chartmogul"], month_from="2025-03", month_to="2025-03", metric="net_expansion_mrr"
    )
    bridge = bridges(found)["chartmogul"]
    # Acme's 50.00 - 40.00 and Fir's 18.00 - 6.00 are the same, whatever they are called.
    assert moved(bridge) == {}
    assert bridge.start == bridge.end


def test_a_line_names_the_movements_that_went_came_or_are_worth_something_else(
    workspace: upswell.Workspace, march: PolicyComparison
) -> None:
    found = bridges(march)
    [acme] = found["profitwell"].lines[0].figures.details
    [reports] = acme.movements
    assert (reports.change, reports.kind, reports.driver, reports.amount_before, reports.amount_after) == (
        *("came", "expansion", "addon", None),
        Decimal("-40.00"),
    )
    booked = workspace.movements(policy="profitwell", customer="Acme", kind="expansion").to_pylist()
    assert reports.movement_id in {row["movement_id"] for row in booked}
    [jade] = found["profitwell"].lines[-1].figures.details
    [raised] = jade.movements
    assert (raised.change, raised.amount_before, raised.amount_after) == ("changed", Decimal(60), Decimal(55))
    strict = workspace.movements(policy="strict", customer="Jade", kind="expansion").to_pylist()
    assert [raised.movement_id] == [row["movement_id"] for row in strict]
    [iris] = found["profitwell"].lines[1].figures.details
    assert [movement.change for movement in iris.movements] == ["gone"]


def test_the_largest_customers_are_listed_and_the_rest_is_summed(workspace: upswell.Workspace) -> None:
    for details, listed, left_out in (
        (0, [], (2, Decimal(-35))),
        (1, ["Iris"], (1, Decimal(-15))),
        (None, ["Iris", "Elm"], (0, Decimal(0))),
    ):
        found = workspace.compare_policies("recurly", month_from="2025-03", month_to="2025-03", details=details)
        figures = bridges(found)["recurly"].lines[1].figures
        assert [customer.customer_id for customer in figures.details] == listed
        assert (figures.left_out.customers, figures.left_out.amount) == left_out


def test_the_figures_are_those_of_the_metrics(workspace: upswell.Workspace, march: PolicyComparison) -> None:
    [month] = march.months
    figures = {(figure.policy, figure.metric): figure.value for figure in month.figures}
    assert figures["strict", "reactivation_mrr"] == 80
    for policy in ("strict", "stripe"):
        names = [metric for name, metric in figures if name == policy]
        table = workspace.metrics(names, month_from="2025-03", month_to="2025-03", policy=policy).to_pylist()
        assert {row["metric"]: row["value"] for row in table} == {name: figures[policy, name] for name in names}


def test_a_series_has_a_bridge_for_each_month(workspace: upswell.Workspace) -> None:
    found = workspace.compare_policies(["strict", "stripe"], month_from="2025-02", month_to="2025-04")
    assert [month.month for month in found.months] == ["2025-02", "2025-03", "2025-04"]
    ends = [month.bridges[0].end.value for month in found.months]
    assert ends == [Decimal(0), Decimal("250.50"), Decimal(0)]


def test_unless_asked_it_is_the_last_complete_month_and_the_workspaces_policy(workspace: upswell.Workspace) -> None:
    found = workspace.compare_policies("stripe")
    assert [month.month for month in found.months] == ["2025-05"]
    assert [each.policy.name for each in found.policies] == ["strict", "stripe"]


def test_a_running_month_says_so_and_one_after_the_book_has_no_figures(workspace: upswell.Workspace) -> None:
    found = workspace.compare_policies("stripe", month_from="2025-06", month_to="2025-07")
    assert [month.complete for month in found.months] == [False, False]
    running, later = (month.bridges[0] for month in found.months)
    assert running.unexplained.value == 0
    assert (later.start.value, later.end.value, later.unexplained.value) == (None, None, None)
    assert later.unexplained.reason == "2025-07 begins after the book, which is as of 2025-06-01"


def test_policies_that_differ_in_name_alone_have_nothing_to_explain(
    workspace: upswell.Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "same.toml"
    path.write_text('name = "same"\nextends = "strict"\n', encoding="utf-8")
    found = workspace.compare_policies([str(path)], month_from="2025-03", month_to="2025-03")
    bridge = bridges(found)["same"]
    assert (bridge.lines, bridge.unexplained.value) == ((), Decimal(0))


def test_switches_of_the_metrics_alone_leave_the_ledger_as_it_is(march: PolicyComparison) -> None:
    for bridge in bridges(march).values():
        for line in bridge.lines:
            if line.changes[0].switch in METRIC_SWITCHES:
                assert (line.figures.amount, line.figures.customers) == (Decimal(0), 0)
    texts = "".join((models_folder() / f"{name}.sql").read_text("utf-8") for name in MODELS)
    unread = {switch for switch in load("strict").switches() if f"policy.{switch}" not in texts}
    # The days of a week and of a day reach the models as rationals.
    assert unread - {"week", "day"} == set(METRIC_SWITCHES)


def test_nothing_is_written_for_the_policies_between_and_no_lock_waited_for(workspace: upswell.Workspace) -> None:
    workspace.compare_policies(["strict", "stripe"], month_from="2025-03", month_to="2025-03")
    with writing(workspace.folder, "build"):
        before = {path: path.stat().st_mtime_ns for path in workspace.folder.rglob("*")}
        workspace.compare_policies(["strict", "stripe"], month_from="2025-03", month_to="2025-03")
        assert {path: path.stat().st_mtime_ns for path in workspace.folder.rglob("*")} == before


def test_all_that_the_book_lacks_is_computed_in_one_build(tmp_path: Path) -> None:
    made = workspace_of(tmp_path / "w")
    made.build(as_of=JUNE)
    made.compare_policies(["strict", "stripe", "recurly"])
    assert (made.book().book_id, len(made.book().policies)) == ("b-000002", 3)


# -- steps -------------------------------------------------------------------------------------------


def test_a_number_of_days_goes_with_its_switch() -> None:
    base = load("strict")
    days = Policy(name="days", reactivation="new_after_days", reactivation_new_after_days=90, past_due_churn_days=30)
    late = Policy(name="late", past_due="zero")
    there = [[change.switch for change in step.changes] for step in steps_between(base, days)]
    assert there == [["reactivation", "reactivation_new_after_days"], ["past_due_churn_days"]]
    back = steps_between(days, late)
    assert [[change.switch for change in step.changes] for step in back] == [
        *(["reactivation", "reactivation_new_after_days"], ["past_due", "past_due_churn_days"]),
    ]
    assert back[-1].policy.switches() == late.switches()


def test_each_step_changes_the_policy_before_it() -> None:
    for name in LINES:
        steps = steps_between(load("strict"), load(name))
        assert steps[-1].policy.switches() == load(name).switches()
        for former, after in pairwise(steps):
            assert after.former == former.policy


def test_a_number_of_days_is_a_line_of_its_ledger(tmp_path: Path) -> None:
    made = workspace_of(
        tmp_path / "w",
        """
        Acme,Team,2025-01-10,2025-02-10,1,80.00,
        Acme,Team,2025-03-10,,1,80.00,
        """.replace("        ", ""),
    )
    made = settings(
        made,
        '[policies.days]\nextends = "strict"\nreactivation = "new_after_days"\nreactivation_new_after_days = 20\n',
    )
    made.build(as_of=JUNE)
    found = made.compare_policies("days", month_from="2025-03", month_to="2025-03", metric="new_mrr")
    assert moved(bridges(found)["days"]) == {"reactivation": (Decimal(80), ["Acme"])}


# -- what is not known, and what is refused -------------------------------------------------------------


def test_without_a_rate_there_is_no_total_but_a_reason(tmp_path: Path) -> None:
    rows = """
Acme,Team,2025-01-10,2025-03-10,10,10.00,EUR
Acme,Team,2025-03-10,,11,10.00,EUR
Bolt,Team,2025-01-10,2025-03-05,1,50.00,USD
Bolt,Team,2025-03-05,2025-03-06,2,50.00,USD
Bolt,Team,2025-03-06,,1,50.00,USD
"""
    made = workspace_of(tmp_path / "w", rows, rates="2025-03-01,EUR,1.10")
    made.build(as_of=JUNE)
    bridge = bridges(made.compare_policies("profitwell", month_from="2025-03", month_to="2025-03"))["profitwell"]
    # The rate of March is known, that of the item's first day is not.
    assert bridge.start.value == Decimal("61.00")
    lines = {line.changes[0].switch: line.figures for line in bridge.lines}
    assert lines["netting"].amount == 0
    assert (lines["fx"].amount, lines["fx"].customers) == (None, 1)
    assert lines["fx"].reason == "no rate for EUR for what was booked on 2025-03-10; import rates"
    [acme] = lines["fx"].details
    assert (acme.amount, acme.movements[0].amount_before, acme.movements[0].amount_after) == (None, Decimal(11), None)
    assert (bridge.end.value, bridge.unexplained.value) == (None, None)
    assert bridge.unexplained.reason
    none = workspace_of(tmp_path / "none", rows)
    none.build(as_of=JUNE)
    bridge = bridges(none.compare_policies("recurly", month_from="2025-03", month_to="2025-03"))["recurly"]
    lines = {line.changes[0].switch: line.figures for line in bridge.lines}
    assert (bridge.start.value, bridge.unexplained.value) == (None, None)
    assert lines["usage"].amount == 0
    # Under another grouping Acme's movement is another one, of another day: both without an amount.
    assert lines["grouping"].amount is None
    assert [customer.customer_id for customer in lines["grouping"].details] == ["Acme", "Bolt"]


def test_a_bridge_that_does_not_close_is_a_failed_check(march: PolicyComparison) -> None:
    bridge = bridges(march)["stripe"]
    off = replace(bridge.end, value=Decimal("250.49"))
    with pytest.raises(CheckFailedError, match=r"leaves 0\.01 of expansion_mrr unexplained"):
        closed_bridge(
            "strict", "stripe", metric="expansion_mrr", month="2025-03", start=bridge.start, lines=bridge.lines, end=off
        )
    unknown = Figure(None, "no rate")
    assert left_over(bridge.start, bridge.lines, unknown) == unknown


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        ([], {}, "nothing_to_compare"),
        (["strict"], {}, "nothing_to_compare"),
        (["stripe", "stripe", "nobody"], {}, "policy_unknown"),
        (["stripe", "nobody.toml"], {}, "policy_file_unreadable"),
        (["stripe"], {"month_from": "2025-3"}, "malformed_month"),
        (["stripe"], {"month_from": "2025-04", "month_to": "2025-03"}, "impossible_months"),
        (["stripe"], {"metric": "expansion_mmr"}, "metric_without_bridge"),
        (["stripe"], {"metric": "closing_mrr"}, "metric_without_bridge"),
        (["stripe"], {"details": -1}, "details_malformed"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    workspace: upswell.Workspace, names: list[str], options: dict[str, object], code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        workspace.compare_policies(names, **options)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_two_files_of_one_name_are_refused(workspace: upswell.Workspace, tmp_path: Path) -> None:
    for file, week in (("one.toml", "4"), ("two.toml", "52/12")):
        (tmp_path / file).write_text(f'name = "mine"\nextends = "strict"\nweek = "{week}"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="two policies of one name, mine") as caught:
        workspace.compare_policies([str(tmp_path / "one.toml"), str(tmp_path / "two.toml")])
    assert caught.value.code == "policy_name_taken"


def test_without_a_book_there_is_nothing_to_compare(tmp_path: Path) -> None:
    made = workspace_of(tmp_path / "w")
    with pytest.raises(UpswellError) as caught:
        made.compare_policies(["strict", "stripe"])
    assert (caught.value.code, caught.value.exit_code) == ("no_book", ExitCode.UNUSABLE)


def test_rows_imported_since_the_build_wait_for_the_next(tmp_path: Path) -> None:
    made = workspace_of(tmp_path / "w")
    made.build(as_of=JUNE, policies=["stripe"])
    add_rows(made, "Cora,Team,2025-04-01,,1,20.00,", name="more.csv")
    with pytest.raises(UsageError, match="the policies between those compared") as caught:
        made.compare_policies(["strict", "stripe"])
    assert caught.value.code == "policy_needs_build"


def test_a_base_that_was_changed_since_the_build_waits_too(tmp_path: Path) -> None:
    made = workspace_of(tmp_path / "w")
    made.build(as_of=JUNE)
    made = settings(made, 'policy = "board"\n[policies.board]\nextends = "strict"\nweek = "4"\n')
    with pytest.raises(UsageError) as caught:
        made.compare_policies("stripe")
    assert caught.value.code == "policy_changed"
