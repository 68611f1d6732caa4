"""The matrix of retention and the wrong formulas, each figure worked by hand.

Over the year up to January 2026: Ann pays 100.00, from June 150.00. Bob pays 50.00, leaves in August, is back with
20.00 in October. Cid comes in March with 60.00 and goes down to 50.00 in January 2026.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest

from tests.metrics.book import STRICT, Move, SmallBook
from upswell.analysis import retention, wrong_retention
from upswell.policy.model import Policy

BOOK: Final = SmallBook(
    [
        Move("2025-01-05", "Ann", "new", "100"),
        Move("2025-01-09", "Bob", "new", "50", plan="Solo"),
        Move("2025-03-14", "Cid", "new", "60"),
        Move("2025-06-01", "Ann", "expansion", "50", driver="seats"),
        Move("2025-08-15", "Bob", "churn", "-50", plan="Solo"),
        Move("2025-10-01", "Bob", "reactivation", "20", plan="Solo"),
        Move("2026-01-20", "Cid", "contraction", "-10", driver="seats"),
    ],
    customers=[{"customer_id": "Ann", "country": "DE"}, {"customer_id": "Bob", "country": "DE"}],
    as_of="2026-02-10",
)
# lag, basis, reactivation: NRR and GRR of January 2026.
MATRIX: Final = {
    ("1", "cohort", "without"): (Fraction(220, 230), Fraction(220, 230)),
    ("1", "cohort", "with"): (Fraction(220, 230), Fraction(220, 230)),
    ("1", "movement", "without"): (Fraction(220, 230), Fraction(220, 230)),
    ("1", "movement", "with"): (Fraction(220, 230), None),
    # Ann 150 and Cid 60 of October, and Bob's 20.
    ("3", "cohort", "without"): (Fraction(220, 230), Fraction(220, 230)),
    ("3", "cohort", "with"): (Fraction(220, 230), Fraction(220, 230)),
    ("3", "movement", "without"): (Fraction(220, 230), Fraction(220, 230)),
    ("3", "movement", "with"): (Fraction(220, 230), None),
    ("12", "cohort", "without"): (Fraction(150, 150), Fraction(100, 150)),
    ("12", "cohort", "with"): (Fraction(170, 150), Fraction(120, 150)),
    ("12", "movement", "without"): (Fraction(150 + 50 - 50 - 10, 150), Fraction(150 - 50 - 10, 150)),
    ("12", "movement", "with"): (Fraction(150 + 50 - 50 - 10 + 20, 150), None),
    # June 260 / 210, August 210 / 260, January 220 / 230; in October Bob was not of the month before.
    ("trailing 12", "cohort", "without"): (Fraction(220, 230), Fraction(210, 260) * Fraction(220, 230)),
    ("trailing 12", "cohort", "with"): (Fraction(220, 230), Fraction(210, 260) * Fraction(220, 230)),
    ("trailing 12", "movement", "without"): (Fraction(220, 230), Fraction(210, 260) * Fraction(220, 230)),
    # With his return October is 230 / 210.
    ("trailing 12", "movement", "with"): (Fraction(220, 210), None),
}


def matrix(policy: Policy = STRICT, **request: Any) -> list[dict[str, Any]]:
    month = request.pop("month", None)
    return list(retention.run(BOOK.connection, month, facts=BOOK.facts, policy=policy, **request).to_pylist())


def test_every_cell_of_the_matrix() -> None:
    found: dict[tuple[str, str, str], dict[str, Decimal | None]] = {}
    for row in matrix():
        assert (row["value"] is None) == (row["reason"] is not None)
        found.setdefault((row["lag"], row["basis"], row["reactivation"]), {})[row["metric"]] = row["value"]
    assert found == {
        key: {"nrr": twelve_decimals(nrr), "grr": twelve_decimals(grr)} for key, (nrr, grr) in MATRIX.items()
    }


def test_the_policys_own_figures_are_marked_and_are_its_metrics() -> None:
    for cohort in ("reactivated_zero", "included", "movements"):
        policy = Policy(name="own", retention_cohort=cohort)
        own = [row for row in matrix(policy) if row["policy"]]
        assert len(own) == 8
        for row in own:
            lag = {"trailing 12": "trailing_12m"}.get(row["lag"], f"{row['lag']}m")
            [metric] = BOOK.ask(f"{row['metric']}_{lag}", policy=policy, month_from="2026-01", month_to="2026-01")
            assert row["value"] == metric["value"], row


def test_a_young_company_says_why_a_figure_is_absent() -> None:
    rows = {(r["lag"], r["basis"], r["reactivation"], r["metric"]): r["reason"] for r in matrix(month="2025-02")}
    assert rows["1", "cohort", "without", "nrr"] is None
    assert rows["12", "cohort", "without", "nrr"] == "no customer paid at the close of 2024-02"
    assert rows["12", "movement", "with", "nrr"] == "closing_mrr of 2024-02 is 0"
    assert rows["trailing 12", "cohort", "without", "grr"] == (
        "grr_1m of 2024-03 is not known: no customer paid at the close of 2024-02"
    )
    assert rows["trailing 12", "movement", "with", "nrr"] == (
        "the rate of 2024-03 is not known: closing_mrr of 2024-02 is 0"
    )
    assert rows["1", "movement", "with", "grr"] == "a return is a gain, and gross retention leaves gains out"


def test_slices_and_filters() -> None:
    by_plan = {
        (row["plan"], row["basis"], row["reactivation"]): row["value"]
        for row in matrix(by=("plan",))
        if (row["lag"], row["metric"]) == ("12", "nrr")
    }
    assert by_plan["Solo", "cohort", "with"] == twelve_decimals(Fraction(20, 50))
    assert by_plan["Solo", "movement", "with"] == twelve_decimals(Fraction(20, 50))
    assert by_plan["Team", "movement", "with"] == twelve_decimals(Fraction(140, 100))
    german = {row["value"] for row in matrix(where="country = 'DE'") if (row["lag"], row["metric"]) == ("1", "grr")}
    assert german == {Decimal(1), None}


MISTAKES: Final = {
    "new customers in NRR": (Fraction(220, 150), Fraction(1)),
    "only who is still there": (Fraction(170, 150), Fraction(1)),
    "average of ratios": ((Fraction(150, 100) + 0) / 2, Fraction(1)),
    "chained months as a cohort": (Fraction(220, 230), Fraction(1)),
    "expansion in GRR": (Fraction(140, 150), Fraction(100, 150)),
    "GRR capped as a whole": (Fraction(1), Fraction(100, 150)),
    "reactivation as expansion": (Fraction(70, 150), Fraction(50, 150)),
    "divided by the closing": (Fraction(10, 220), Fraction(10, 230)),
    "average of months": (
        ((9 + Fraction(260, 210) + Fraction(210, 260) + Fraction(220, 230)) / 12) ** 12,
        Fraction(220, 230),
    ),
    "times twelve": (12 * Fraction(10, 230), 1 - (1 - Fraction(10, 230)) ** 12),
}
# Made of rates that are themselves rounded to twelve decimals.
ROUNDED_TWICE: Final = ("average of months", "times twelve")


def test_every_wrong_formula_and_the_size_of_its_error() -> None:
    rows = wrong_retention.run(BOOK.connection, None, facts=BOOK.facts, policy=STRICT).to_pylist()
    assert {row["mistake"] for row in rows} == set(MISTAKES)
    for row in rows:
        wrong, right = MISTAKES[row["mistake"]]
        allowed = Decimal("1e-10") if row["mistake"] in ROUNDED_TWICE else Decimal(0)
        assert abs(row["value"] - (twelve_decimals(wrong) or 0)) <= allowed, row
        assert abs(row["right_value"] - (twelve_decimals(right) or 0)) <= allowed, row
        assert row["error"] == row["value"] - row["right_value"]
        assert row["month"] == "2026-01"


def test_a_mistake_without_its_figures_says_why() -> None:
    rows = wrong_retention.run(BOOK.connection, "2025-02", facts=BOOK.facts, policy=STRICT).to_pylist()
    reasons = {row["mistake"]: row["reason"] for row in rows}
    assert reasons["new customers in NRR"] == "closing_mrr of 2024-02 is 0"
    assert reasons["only who is still there"] == "nobody paid at both ends"
    assert reasons["average of ratios"] == "no customer paid at the close of 2024-02"
    assert reasons["times twelve"] is None


# -- the metrics themselves


YEAR: Final = SmallBook(
    [
        Move("2025-01-05", "Ann", "new", "100"),
        Move("2025-06-01", "Ann", "expansion", "10", driver="seats"),
        Move("2025-09-30", "Ann", "contraction", "-22", driver="seats"),
    ],
    as_of="2026-03-01",
)


@pytest.mark.parametrize(
    ("name", "month", "wanted"),
    [
        ("nrr_3m", "2025-08", "1.1"),  # 110 / 100
        ("grr_3m", "2025-08", "1"),
        ("nrr_3m", "2025-10", "0.8"),  # 88 / 110
        ("nrr_trailing_12m", "2026-01", "0.88"),  # 1.1 x 0.8
        ("grr_trailing_12m", "2026-01", "0.8"),
    ],
)
def test_three_months_and_twelve_trailing(name: str, month: str, wanted: str) -> None:
    assert YEAR.one(name, month) == Decimal(wanted)


def test_one_month_that_is_not_known_leaves_the_trailing_year_without_a_value() -> None:
    reason = "nrr_1m of 2025-01 is not known: no customer paid at the close of 2024-12"
    assert YEAR.one("nrr_trailing_12m", "2025-12") == reason


def test_a_trailing_product_is_rounded_once() -> None:
    """Of three thirds each month's rate is 0.666666666667, but of the product (2/3)^2 x ... every digit is right."""
    moves = [Move("2025-01-05", "Ann", "new", "59049")]
    held = 59049
    for month in range(2, 12):
        moves.append(Move(f"2025-{month:02d}-10", "Ann", "contraction", str(-held // 3), driver="seats"))
        held -= held // 3
    book = SmallBook(moves, as_of="2026-03-01")
    assert book.one("grr_1m", "2025-02") == Decimal("0.666666666667")
    assert book.one("grr_trailing_12m", "2026-01") == twelve_decimals(Fraction(2, 3) ** 10)


def test_the_ten_largest_expansions_of_a_month() -> None:
    """Ten of eleven customers expand by 100.00 and one by 800.00: (800 + 9 x 100) / 1,800."""
    moves = []
    for number in range(11):
        moves.append(Move("2025-01-05", f"c{number}", "new", "10"))
        amount = "800" if number == 3 else "100"
        moves.append(Move("2025-02-05", f"c{number}", "expansion", amount, driver="seats"))
    book = SmallBook(moves, as_of="2025-05-01")
    assert book.one("expansion_concentration", "2025-02") == twelve_decimals(Fraction(1700, 1800))
    assert book.one("expansion_concentration", "2025-03") == "expansion_mrr is 0"
    [seats] = book.ask("expansion_concentration", by=("driver",), month_from="2025-02", month_to="2025-02")
    assert seats["value"] == twelve_decimals(Fraction(1700, 1800))


def twelve_decimals(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(round(value * 10**12)).scaleb(-12)
