"""Origins are days of the calendar, and nothing is learned of days that were not over."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from upswell.analysis.rolling.origins import every_day, former_origins, learned_before

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(0, 3000))
def test_what_an_origin_learns_from_was_over_by_then(as_of: date, age: int) -> None:
    first = as_of - timedelta(days=age)
    for origin in former_origins(as_of, first=first):
        assert origin.day.day == 1
        assert origin.day + timedelta(days=90) <= as_of
        assert 3 <= len(origin.learned) <= 12
        assert all(each.day == 1 and each + timedelta(days=90) <= origin.day for each in origin.learned)
        assert min(origin.learned) > first


def test_four_years_are_asked_quarter_by_quarter() -> None:
    origins = former_origins(date(2026, 1, 1), first=date(2022, 1, 1))
    assert [str(each.day) for each in origins][-2:] == ["2025-07-01", "2025-10-01"]
    assert len(origins) == 8
    assert (origins[-1].learned[0], origins[-1].learned[-1]) == (date(2025, 7, 1), date(2024, 8, 1))
    assert len(every_day(origins)) == 34


def test_a_short_history_is_asked_month_by_month() -> None:
    origins = former_origins(date(2026, 1, 1), first=date(2024, 10, 1))
    assert [str(each.day) for each in origins] == [f"2025-{month:02d}-01" for month in range(4, 11)]
    assert former_origins(date(2026, 1, 1), first=date(2025, 9, 1)) == ()
    assert learned_before(date(2026, 1, 1), first=date(2025, 12, 1)) == ()
