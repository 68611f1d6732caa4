"""A cohort table that can be worked out in the head, why a cell is absent, and what is refused.

    2026-01  Ann pays 100.00, Bob 50.00, Dan 10.00 and leaves on the 30th
    2026-02  Ann adds seats for 30.00; Cid pays 80.00
    2026-03  Bob leaves on the 3rd and is back on the 25th

as of 2026-04-10, so March is the last complete month.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from tests.metrics.book import INCLUDED, STRICT, Move, SmallBook
from upswell.analysis.cohorts import ALL_COHORTS, CohortRequest, run
from upswell.errors import UsageError
from upswell.policy.model import Policy

MOVEMENTS: Final = Policy(name="moved", retention_cohort="movements")
COMPANY: Final = [
    Move("2026-01-05", "Ann", "new", "100"),
    Move("2026-01-20", "Bob", "new", "50", plan="Solo"),
    Move("2026-01-02", "Dan", "new", "10", plan="Solo"),
    Move("2026-01-30", "Dan", "churn", "-10", plan="Solo"),
    Move("2026-02-10", "Ann", "expansion", "30", driver="seats"),
    Move("2026-02-11", "Cid", "new", "80"),
    Move("2026-03-03", "Bob", "churn", "-50", plan="Solo"),
    Move("2026-03-25", "Bob", "reactivation", "50", plan="Solo"),
    Move("2026-05-01", "Cid", "churn", "-80", scheduled=True),
]
ATTRIBUTES: Final = [{"customer_id": "Ann", "country": "DE"}, {"customer_id": "Bob", "country": "AT"}]
BOOK: Final = SmallBook(COMPANY, customers=ATTRIBUTES, as_of="2026-04-10")


def ask(measure: str, *, book: SmallBook = BOOK, policy: Policy = STRICT, **request: Any) -> list[dict[str, Any]]:
    asked = CohortRequest(measure, **{"ages": 2, **request})
    return list(run(book.connection, asked, facts=book.facts, policy=policy).to_pylist())


def values(rows: list[dict[str, Any]], cohort: str | None) -> list[str | None]:
    """The figures of a cohort by age, as short texts."""
    return [
        None if row["value"] is None else f"{row['value'].normalize():f}" for row in rows if row["cohort"] == cohort
    ]


@pytest.mark.parametrize(
    ("measure", "policy", "january"),
    [
        ("mrr", STRICT, ["150", "180", "180"]),
        ("customers", STRICT, ["2", "2", "2"]),
        ("expansion", STRICT, ["0", "30", "0"]),
        ("contraction", STRICT, ["0", "0", "0"]),
        ("churned", STRICT, ["-10", "0", "-50"]),
        ("nrr", STRICT, ["1", "1.2", "0.866666666667"]),  # Bob counts 0 from March on
        ("grr", STRICT, ["1", "1", "0.666666666667"]),
        ("nrr", INCLUDED, ["1", "1.2", "1.2"]),
        ("grr", INCLUDED, ["1", "1", "1"]),
        ("nrr", MOVEMENTS, ["1", "1.2", "0.866666666667"]),  # 150 + 30 - 50
        ("grr", MOVEMENTS, ["1", "1", "0.666666666667"]),  # 150 - 50
    ],
)
def test_january_by_each_measure(measure: str, policy: Policy, january: list[str]) -> None:
    assert values(ask(measure, policy=policy), "2026-01") == january


def test_a_row_says_how_many_began_and_with_what() -> None:
    first, *_ = ask("nrr")
    assert (first["cohort"], first["age"], first["month"], first["unit"]) == ("2026-01", 0, "2026-01", "rate")
    assert first["customers_at_start"] == 3, "Dan began, too, and pays nothing at the close"
    assert first["base"] == Decimal(150)


def test_february_has_not_been_two_months_and_says_so() -> None:
    rows = ask("mrr")
    assert values(rows, "2026-02") == ["80", "80", None]
    reason = "customers of 2026-02 reach age 2 in 2026-04, which is not over as of 2026-04-10"
    assert [row["reason"] for row in rows if row["cohort"] == "2026-02"] == [None, None, reason]


def test_all_cohorts_are_weighted_by_base_and_leave_out_who_is_too_young() -> None:
    rows = ask("nrr")
    # (180 + 80) / (150 + 80); at age 2 January alone.
    assert values(rows, ALL_COHORTS) == ["1", "1.130434782609", "0.866666666667"]
    assert [(row["customers_at_start"], row["base"]) for row in rows if row["cohort"] == ALL_COHORTS] == [
        (4, Decimal(230)),
        (4, Decimal(230)),
        (3, Decimal(150)),
    ]


def test_in_a_quarter_each_customer_counts_from_its_own_month_and_the_youngest_decides() -> None:
    rows = ask("mrr", cohort="quarter")
    assert values(rows, "2026-Q1") == ["230", "260", None]  # 130 + 50 in February, 80 in March
    assert {row["month"] for row in rows} == {None}
    assert values(ask("mrr", cohort="year"), "2026") == ["230", "260", None]


def test_cohorts_by_first_plan_and_by_attribute() -> None:
    assert values(ask("mrr", cohort="plan"), "Solo") == ["50", "50", "50"]
    assert values(ask("mrr", cohort="plan"), "Team") == ["180", "210", None]
    countries = ask("nrr", cohort="country")
    assert [row["cohort"] for row in countries if row["age"] == 0] == ["AT", "DE", None, ALL_COHORTS]
    assert values(countries, "DE") == ["1", "1.3", "1.3"]


def test_the_first_plan_is_the_one_with_most_on_the_first_day_then_by_name() -> None:
    begins = [
        Move("2026-01-05", "Ann", "new", "20", plan="Addon"),
        Move("2026-01-05", "Ann", "new", "30", plan="Pro"),
        Move("2026-01-09", "Ann", "expansion", "90", "cross_sell", plan="Chat"),
        Move("2026-01-07", "Bob", "new", "30", plan="Team"),
        Move("2026-01-07", "Bob", "new", "30", plan="Basic"),
    ]
    rows = ask("customers", cohort="plan", ages=0, book=SmallBook(begins, as_of="2026-04-10"))
    assert [row["cohort"] for row in rows] == ["Basic", "Pro", ALL_COHORTS]


def test_a_filter_chooses_customers_and_months_choose_cohorts() -> None:
    assert values(ask("mrr", where="country = 'DE'"), "2026-01") == ["100", "130", "130"]
    assert values(ask("mrr", where="customer in ('Bob', 'Dan')"), "2026-01") == ["50", "50", "50"]
    assert {row["cohort"] for row in ask("mrr", month_from="2026-02")} == {"2026-02", ALL_COHORTS}
    assert {row["cohort"] for row in ask("mrr", month_to="2026-01")} == {"2026-01", ALL_COHORTS}


def test_who_begins_in_the_month_that_runs_has_no_figure_yet() -> None:
    book = SmallBook([*COMPANY, Move("2026-04-02", "Eve", "new", "5")], as_of="2026-04-10")
    for measure in ("mrr", "nrr", "customers", "expansion"):
        rows = [row for row in ask(measure, month_to="2026-04", book=book) if row["cohort"] == "2026-04"]
        assert [row["value"] for row in rows] == [None, None, None]
        assert rows[0]["reason"] == "customers of 2026-04 begin in 2026-04, which is not over as of 2026-04-10"
        assert (rows[0]["customers_at_start"], rows[0]["base"]) == (1, None)


def test_who_was_never_booked_as_new_begins_with_what_was_booked_first() -> None:
    """Under `neither` who was new and gone in one month is first heard of when it comes back."""
    neither = Policy(name="neither", new_and_churned="neither")
    moves = [Move("2026-01-05", "Ann", "new", "100"), Move("2026-02-05", "Zoe", "reactivation", "30")]
    rows = ask("mrr", policy=neither, book=SmallBook(moves, as_of="2026-04-10"))
    assert values(rows, "2026-02") == ["30", "30", None]


def test_nobody_left_at_the_first_close_gives_no_rate() -> None:
    rows = ask("grr", where="customer = 'Dan'")
    reason = "no customer of the cohort paid at the close of its first month"
    assert {row["reason"] for row in rows} == {reason}
    assert values(ask("mrr", where="customer = 'Dan'"), "2026-01") == ["0", "0", "0"]


def test_a_rate_that_is_missing_is_a_reason_and_never_a_0() -> None:
    moves = [
        Move("2026-01-05", "Ann", "new", "100"),
        Move("2026-01-20", "Kai", "new", "50", currency="EUR"),
        Move("2026-03-02", "Kai", "expansion", "10", "seats", currency="EUR"),
    ]
    book = SmallBook(moves, rates=[("EUR", "2026-02-15", "1.10")], as_of="2026-04-10")
    lacking = "no rate for EUR on 2026-01-31; import rates"
    for measure in ("nrr", "grr"):
        assert [row["reason"] for row in ask(measure, book=book) if row["cohort"] == "2026-01"] == [lacking] * 3
    money = [row for row in ask("mrr", book=book) if row["cohort"] == "2026-01"]
    assert [row["reason"] for row in money] == [lacking, None, None]
    assert [row["base"] for row in money] == [None] * 3
    assert values(money, "2026-01") == [None, "155", "166"]
    assert values(ask("customers", book=book), "2026-01") == ["2", "2", "2"]
    early = [*moves, Move("2026-02-02", "Kai", "expansion", "1", "seats", currency="EUR")]
    flow = ask("expansion", book=SmallBook(early, rates=[("EUR", "2026-02-15", "1.10")], as_of="2026-04-10"))
    assert [row["reason"] for row in flow if row["cohort"] == "2026-01"] == [
        None,
        "no rate for EUR on 2026-02-02; import rates",
        None,
    ]
    own = Policy(name="own", fx="item_start")
    assert {row["reason"] for row in ask("grr", book=book, policy=own) if row["cohort"] == "2026-01"} == {
        "movements in EUR have no rate; import rates"
    }


def test_what_a_cohort_expanded_on() -> None:
    rows = ask("expansion", by=("driver",))
    assert [(row["driver"], row["value"]) for row in rows if row["cohort"] == "2026-01"] == [
        ("seats", Decimal(0)),
        ("seats", Decimal(30)),
        ("seats", Decimal(0)),
    ]


def test_no_customers_no_rows() -> None:
    assert ask("nrr", where="country = 'FR'") == []
    assert ask("mrr", book=SmallBook([], as_of="2026-04-10")) == []


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        ({"measure": "nr"}, "unknown_measure", "there is no measure 'nr'"),
        ({"cohort": "driver"}, "dimension_not_possible", "driver cannot make a cohort"),
        ({"cohort": "currency"}, "dimension_not_possible", "currency cannot make a cohort"),
        ({"cohort": "contry"}, "unknown_dimension", "there is no dimension 'contry'"),
        ({"where": "plan = 'Team'"}, "dimension_not_possible", "plan cannot make a filter of cohorts"),
        ({"by": ("driver",)}, "dimension_not_possible", "nrr of a cohort cannot be split by driver"),
        ({"measure": "expansion", "by": ("plan",)}, "dimension_not_possible", "cannot be split by plan"),
        ({"ages": -1}, "ages_out_of_range", "-1 is no age"),
        ({"ages": 601}, "ages_out_of_range", "601 is no age"),
        ({"month_from": "2026"}, "malformed_month", "'2026' is not a month"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_remedy(request_: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(")) as raised:
        ask(request_.pop("measure", "nrr"), **request_)
    assert raised.value.code == code
    assert raised.value.remedy
