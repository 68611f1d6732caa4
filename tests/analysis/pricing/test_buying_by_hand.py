"""What is bought next, held together and attached, on stories that can be counted on one's fingers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

import upswell
from tests.analysis.pricing.small import rows_of, workspace_of
from upswell.analysis.pricing.together import odds_ratio
from upswell.errors import UsageError


def team(customer: str, starts: str, ends: str = "", plan: str = "Team", amount: str = "20.00") -> str:
    return f"{customer},crm,{plan},,{starts},{ends},1,{amount},,,,,,,"


def addon(customer: str, starts: str, ends: str = "", name: str = "Reports") -> str:
    return f"{customer},{name},{name},,{starts},{ends},1,9.00,,,,,,,addon"


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Of 25 customers that began with Team in 2024 four buy Reports, two go up, one leaves and then is back."""
    rows = [team(f"quiet{number}", "2024-02-01") for number in range(17)]
    for number, days in enumerate((10, 20, 40, 365)):
        rows += [team(f"reports{number}", "2024-02-01"), addon(f"reports{number}", day_after("2024-02-01", days))]
    for number, days in enumerate((30, 31)):
        day = day_after("2024-02-01", days)
        rows += [team(f"up{number}", "2024-02-01", day), team(f"up{number}", day, plan="Business", amount="35.00")]
        rows += [addon(f"up{number}", day_after("2024-02-01", 90))]
    rows += [team("back", "2024-02-01", "2024-04-01"), team("back", "2024-05-01"), addon("back", "2024-06-01")]
    rows += [team("late", "2024-02-01"), addon("late", day_after("2024-02-01", 366))]
    rows += [team("young", "2025-06-01"), addon("young", "2025-06-02")]
    return rows_of(workspace_of(tmp_path_factory.mktemp("next"), "\n".join(rows), customers=""), "next")


def day_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def test_the_first_purchase_within_a_year_counts(bought: list[dict[str, Any]]) -> None:
    counts = [(row["next"], row["plan_id"], row["customers"]) for row in bought]
    # Late bought after a year and a day; Back had left before it bought.
    assert counts == [("addon", "Reports", 4), ("plan", "Business", 2), ("nothing", None, 18), ("left first", None, 1)]
    assert {row["of_customers"] for row in bought} == {25}


def test_who_began_less_than_a_year_ago_is_counted_apart(bought: list[dict[str, Any]]) -> None:
    assert {row["not_yet"] for row in bought} == {1}, "Young bought on its second day, and is in no share"


def test_shares_have_intervals_and_purchases_a_median(bought: list[dict[str, Any]]) -> None:
    reports, up, nothing, _ = bought
    assert (reports["share"], reports["median_days"]) == (Decimal("0.16"), Decimal("30.0"))
    # Wilson by hand: n = 25, x = 4, z = 1.96: (4 + 1.92073) / 28.84146 -+ 1.96 / 28.84146 x sqrt(3.36 + 0.96036)
    assert (reports["share_low"], reports["share_high"]) == (Decimal("0.064035"), Decimal("0.346536"))
    assert (up["median_days"], nothing["median_days"]) == (Decimal("30.5"), None)
    assert sum(row["share"] for row in bought) == 1


def test_fewer_than_twenty_customers_give_counts_and_no_share(tmp_path: Path) -> None:
    rows = [team(f"c{number}", "2024-02-01") for number in range(19)] + [addon("c1", "2024-03-01")]
    found = rows_of(workspace_of(tmp_path, "\n".join(rows), customers=""), "next")
    assert [(row["customers"], row["share"], row["median_days"]) for row in found] == [
        (1, None, None),
        (18, None, None),
    ]
    reason = "19 customers began with Team 365 days or more before the close; a share needs 20"
    assert {row["reason"] for row in found} == {reason}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> upswell.Workspace:
    """40 customers: 14 hold both add-ons, 6 Reports alone, 4 Audit alone, 16 neither; one holds Rare."""
    rows = [team(f"c{number}", "2025-02-01") for number in range(40)]
    rows += [addon(f"c{number}", "2025-02-01") for number in range(20)]
    rows += [addon(f"c{number}", "2025-02-01", name="Audit") for number in (*range(14), *range(20, 24))]
    rows += [addon("c0", "2025-02-01", name="Rare")]
    return workspace_of(tmp_path_factory.mktemp("together"), "\n".join(rows), customers="")


def test_pairs_held_together_against_chance(held: upswell.Workspace) -> None:
    pairs = {(row["one"], row["other"]): row for row in rows_of(held, "together")}
    pair = pairs["addon Audit", "addon Reports"]
    assert [pair[name] for name in ("hold_one", "hold_other", "hold_both", "customers")] == [18, 20, 14, 40]
    assert (pair["support"], pair["lift"]) == (Decimal("0.35"), Decimal("1.555556")), "14 / 40; 14 x 40 / (18 x 20)"
    # 14.5 x 16.5 / (4.5 x 6.5) = 8.179487
    assert pair["odds_ratio"] == Decimal("8.179487")
    assert pair["odds_ratio_low"] < Decimal("8.179487") < pair["odds_ratio_high"]


def test_chance_is_not_judged_from_too_few_or_from_what_everyone_holds(held: upswell.Workspace) -> None:
    pairs = {(row["one"], row["other"]): row for row in rows_of(held, "together")}
    rare = pairs["addon Rare", "addon Reports"]
    assert (rare["support"], rare["lift"], rare["odds_ratio"]) == (Decimal("0.025"), None, None)
    assert rare["reason"] == "0.5 customers would be expected in the smallest cell; 5 are needed"
    assert pairs["addon Audit", "product crm"]["reason"].startswith("every customer holds product crm")


@pytest.mark.parametrize("cells", [(14, 4, 6, 16), (40, 60, 55, 145), (7, 25, 30, 200)])
def test_the_odds_ratio_agrees_with_scipy(cells: tuple[int, int, int, int]) -> None:
    """The sample odds ratio of the counts with a half added; its interval is without 1 where Fisher's test says so."""
    both, one, other, neither = cells
    plain = scipy_odds_ratio([[2 * both + 1, 2 * one + 1], [2 * other + 1, 2 * neither + 1]], kind="sample")
    middle, low, high = odds_ratio(*cells)
    assert middle == pytest.approx(plain.statistic)
    _, p = fisher_exact([[both, one], [other, neither]])
    assert (not low <= 1 <= high) == (p < 0.05)


def test_attach_rates_by_age(tmp_path: Path) -> None:
    rows = [team("a", "2025-01-10"), addon("a", "2025-01-20", "2025-03-05")]
    rows += [team("b", "2025-02-10"), addon("b", "2025-04-01")]
    rows += [team("c", "2025-03-10", "2025-04-20"), addon("c", "2025-03-10", "2025-04-20")]
    rows += [team("d", "2025-12-05")]
    found = rows_of(workspace_of(tmp_path, "\n".join(rows), customers=""), "attach", ages=2)
    spring = [row for row in found if row["cohort"] == "2025-Q1"]
    # Age 0: a and c hold it, b not. Age 1: a does, c has left. Age 2: a has dropped it in March, b taken it in April.
    assert [(row["paying"], row["attached"], row["rate"]) for row in spring] == [
        (3, 2, Decimal("0.666667")),
        (2, 1, Decimal("0.5")),
        (2, 1, Decimal("0.5")),
    ]
    winter = [row for row in found if row["cohort"] == "2025-Q4"]
    assert [row["rate"] for row in winter] == [Decimal(0), None, None]
    assert winter[1]["reason"] == "customers of 2025-12 reach age 1 in 2026-01, after 2025-12"
    whole = [row for row in found if row["cohort"] == "all cohorts"]
    names = ("customers_at_start", "paying", "attached")
    assert [[row[name] for name in names] for row in whole] == [[4, 4, 2], [3, 2, 1], [3, 2, 1]]


@pytest.mark.parametrize(
    ("section", "asked", "code"),
    [
        ("next", {"by": "plan"}, "dimension_not_possible"),
        ("together", {"where": "product = 'crm'"}, "dimension_not_possible"),
        ("attach", {"cohort": "week"}, "unknown_cohort"),
        ("attach", {"ages": 400}, "ages_out_of_range"),
        ("next", {"ages": 3}, "option_not_possible"),
    ],
)
def test_what_is_refused(held: upswell.Workspace, section: str, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        held.pricing(section, **asked)
    assert refused.value.code == code
