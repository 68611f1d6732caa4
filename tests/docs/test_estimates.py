"""The comparison of estimates can fail: on a word, on a number that is far off, on a line too many."""

from __future__ import annotations

from tests.docs.estimates import unlike

PAGE = "2024-01  closing_mrr    669,135.99  662,911.61 to 676,257.60\nin 16 of 21 cases (76%)\n"


def test_what_differs_in_the_last_digits_is_alike() -> None:
    assert unlike(PAGE, PAGE) == []
    assert unlike(PAGE.replace("669,135.99", "669,135.72").replace("(76%)", "(77%)"), PAGE) == []


def test_another_word_number_or_line_is_not() -> None:
    assert len(unlike(PAGE.replace("closing", "opening"), PAGE)) == 1
    assert len(unlike(PAGE.replace("669,135.99", "769,135.99"), PAGE)) == 1
    assert len(unlike(PAGE.replace("16 of", "19 of"), PAGE)) == 1
    assert len(unlike("MASE 0.09", "MASE 0.19")) == 1
    assert len(unlike(PAGE + "more\n", PAGE)) == 1
