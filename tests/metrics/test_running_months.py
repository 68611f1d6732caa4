"""A month that still runs: its figures say which part of it they are about, and per 30 days they are scaled by it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.metrics.book import Move, SmallBook
from upswell.metrics.catalogue import entries

MOVES = [
    Move("2026-01-10", "ann", "new", "100"),
    Move("2026-02-10", "ann", "expansion", "28", "seats"),
    Move("2026-03-05", "ann", "expansion", "11", "seats"),
    Move("2026-03-20", "ann", "expansion", "900", "seats", scheduled=True),
]
BOOK = SmallBook(MOVES, as_of="2026-03-12")


def march(book: SmallBook, name: str, **request: Any) -> dict[str, Any]:
    (row,) = book.ask(name, month_from="2026-03", month_to="2026-03", **request)
    return row


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("expansion_mrr", "11", "2026-03 still runs: 11 of 31 days"),
        ("closing_mrr", "139", "2026-03 still runs: as of 2026-03-12"),
        ("nrr_1m", "1.0859375", "2026-03 still runs: as of 2026-03-12"),
        ("expansion_rate", "0.0859375", "2026-03 still runs: 11 of 31 days"),
        (
            "expansion_growth_rate",
            "-0.607142857143",
            "2026-03 still runs: 11 of 31 days, compared with the whole month before",
        ),
    ],
)
def test_a_figure_says_what_it_is_about(name: str, value: str, note: str) -> None:
    row = march(BOOK, name)
    assert (row["value"], row["note"], row["complete"]) == (Decimal(value), note, False)


def test_every_metric_that_has_a_value_says_so() -> None:
    for metric in entries():
        for row in BOOK.ask(metric.name, month_from="2026-02", month_to="2026-04"):
            # The weights of quality_mrr are told with every value.
            told = row["value"] is not None and (row["month"] == "2026-03" or metric.name == "quality_mrr")
            assert (row["note"] is not None) == told, metric.name


def test_per_30_days_takes_the_days_that_have_begun() -> None:
    assert BOOK.one("expansion_mrr", "2026-02", per_30_days=True) == 30
    row = march(BOOK, "expansion_mrr", per_30_days=True)
    assert (row["value"], row["note"]) == (30, "2026-03 still runs: 11 of 31 days, scaled to 30")
    begun = march(SmallBook(MOVES, as_of="2026-03-12T00:00:01"), "expansion_mrr", per_30_days=True)
    assert begun["value"] == Decimal("27.5")  # the twelfth day has begun


def test_growth_per_30_days_compares_two_months_of_one_length() -> None:
    row = march(BOOK, "expansion_growth_rate", per_30_days=True)
    assert (row["value"], row["note"]) == (0, "2026-03 still runs: 11 of 31 days, scaled to 30")
    whole = SmallBook(MOVES, as_of="2026-04-01")
    assert whole.one("expansion_growth_rate", "2026-03", per_30_days=True) == Decimal("-0.645161290323")


def test_a_month_of_which_no_day_has_begun_has_no_figure_per_30_days() -> None:
    book = SmallBook(MOVES, as_of="2026-03-01")
    assert book.one("expansion_mrr", "2026-03", per_30_days=True) == "no day of 2026-03 has begun"
    assert book.one("expansion_mrr", "2026-03") == 11


def test_the_days_are_those_of_the_company() -> None:
    book = SmallBook(MOVES, as_of="2026-03-11T23:30", timezone="Asia/Tokyo")
    assert book.facts.days_begun == 12
