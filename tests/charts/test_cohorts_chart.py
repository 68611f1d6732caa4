"""Curves of cohorts: every figure once in its label, none where there is none, a thick line only for weighted rates."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pytest

from tests.charts.drawing import drawn, labels, texts
from tests.metrics.book import STRICT, Move, SmallBook
from upswell.analysis.cohorts import MEASURES, CohortRequest, run
from upswell.charts.cohorts import cohorts_chart

BOOK: Final = SmallBook(
    [
        Move("2026-01-05", "Ann", "new", "100"),
        Move("2026-02-05", "Ann", "expansion", "23.456", driver="seats"),
        Move("2026-02-06", "Bob", "new", "50"),
    ],
    as_of="2026-04-01",
)


def table(measure: str, *, cohort: str = "month", book: SmallBook = BOOK) -> pa.Table:
    return run(book.connection, CohortRequest(measure, cohort=cohort, ages=2), facts=book.facts, policy=STRICT)


def test_each_cell_is_a_point_and_an_absent_one_is_none() -> None:
    drawing = drawn(cohorts_chart(table("nrr"), measure="nrr", currency="USD"))
    assert sorted(labels(drawing, "point")) == [
        "2026-01, age 0: 100.0 %",
        "2026-01, age 1: 123.5 %",
        "2026-01, age 2: 123.5 %",
        "2026-02, age 0: 100.0 %",
        "2026-02, age 1: 100.0 %",
        "all cohorts, age 0: 100.0 %",
        "all cohorts, age 1: 115.6 %",  # 173.456 / 150
        "all cohorts, age 2: 123.5 %",
    ]


def test_sums_of_all_cohorts_are_not_drawn() -> None:
    drawing = drawn(cohorts_chart(table("mrr"), measure="mrr", currency="USD"))
    assert "2026-01, age 1: 123.46 USD" in labels(drawing, "point")
    assert not [label for label in labels(drawing, "point") if label.startswith("all")]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_title_says_what_is_shown_and_in_which_unit(measure: str) -> None:
    [title] = [
        text
        for text in texts(drawn(cohorts_chart(table(measure), measure=measure, currency="USD")))
        if "by months since the first" in text
    ]
    assert title.endswith({"customers": "first", "nrr": ", %", "grr": ", %"}.get(measure, ", USD"))


def test_many_cohorts_are_one_quiet_colour_without_a_legend() -> None:
    moves = [Move(f"2025-{month:02d}-05", f"c{month}", "new", "10") for month in range(1, 13)]
    drawing = drawn(
        cohorts_chart(table("grr", book=SmallBook(moves, as_of="2026-04-01")), measure="grr", currency="USD")
    )
    assert "2025-03" not in texts(drawing)
    assert "2026-01" in texts(drawn(cohorts_chart(table("grr"), measure="grr", currency="USD")))


def test_nothing_to_draw_is_still_a_chart() -> None:
    empty = table("nrr", book=SmallBook([], as_of="2026-04-01"))
    assert labels(drawn(cohorts_chart(empty, measure="nrr", currency="USD")), "point") == []
