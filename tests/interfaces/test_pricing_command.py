"""`pricing`: tables for people with what they lack and why, and the shapes that scripts depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.pricing.small import import_text, workspace_of
from tests.analysis.pricing.surveys import fair_prices, four_prices
from tests.interfaces.command import done

OLDER_BOOK = "policy strict, book b-000001 as of 2026-01-10"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace_of(tmp_path_factory.mktemp("pricing")).folder


def test_the_gap_as_a_table_says_what_has_no_list_price(small: Path) -> None:
    answer = done("-w", small, "pricing", "--by", "country")
    heading, germany, *_, whole = answer.lines()
    assert " ".join(heading) == (
        "country customers list mrr discounts old prices negotiated other realised mrr share of list "
        "realised per seat unlisted mrr"
    )
    assert germany == ["DE", "2", "300.00", "34.00", "10.00", "0.00", "0.00", "256.00", "85.3", "%", "17.07", "0.00"]
    assert whole == ["all", "6", "440.00", "34.00", "10.00", "12.00", "0.00", "384.00", "87.3", "%", "17.45", "105.00"]
    told = answer.err.splitlines()
    assert told[0].startswith(OLDER_BOOK)
    assert told[1].startswith("n/a: 1 of 3 items without a list price: Reports per month")
    assert told[2] == "How sure are we?"
    assert told[-1] == "  3 of 8 items have no list price: they are in no gap and no share."


def test_json_has_every_digit_and_how_sure_we_are(small: Path) -> None:
    answer = done("-w", small, "pricing", "realised", "--format", "json").json()
    assert list(answer) == ["section", "title", "currency", "rows", "how_sure"]
    assert answer["currency"] == "USD"
    (row,) = answer["rows"]
    assert (row["list_mrr"], row["discounts"], row["share_of_list"]) == ("440.000000", "34.000000", 0.872727)
    assert answer["how_sure"][-1] == "3 of 8 items have no list price: they are in no gap and no share."


def test_csv_has_the_columns_of_the_table(small: Path) -> None:
    acme, cid = done("-w", small, "pricing", "old-prices", "--format", "csv").csv()
    assert (acme["customer_id"], acme["gap_mrr"], acme["price"]) == ("Acme", "10.000000", "old")
    assert (cid["customer_id"], cid["unit_amount"], cid["since"]) == ("Cid", "17.000000", "2025-03-01")


def test_a_figure_that_is_refused_is_no_figure(small: Path) -> None:
    answer = done("-w", small, "pricing", "next")
    assert all("%" not in " ".join(line) for line in answer.lines())
    assert "n/a: 2 customers began with Team 365 days or more before the close; a share needs 20" in answer.err


def test_attach_rates_are_a_triangle(small: Path) -> None:
    answer = done("-w", small, "pricing", "attach", "--ages", "4", "--cohort", "year")
    heading, *lines = answer.lines()
    assert heading == ["cohort", "addon", "customers", "0", "1", "2", "3", "4"]
    # Dot and Eve take Reports in the month after they begin; Fin, of September, is not yet of age 4.
    assert lines[1] == ["2025", "Reports", "5", "0.0", "%", "40.0", "%", "40.0", "%", "40.0", "%", "·"]
    assert "· not there yet: customers of 2025-09 reach age 4 in 2026-01, after 2025-12; and so on" in answer.err


def test_prices_with_their_intervals(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path)
    rows = [f"r{n},2025-06-01,{','.join(map(str, four_prices(fair)))}" for n, fair in enumerate(fair_prices(40, 5))]
    heading = "respondent,at,too_cheap,cheap,expensive,too_expensive"
    import_text(workspace, "price_answers", "\n".join([heading, *rows, ""]))
    workspace.build(as_of=workspace.book().as_of)
    answer = done("-w", workspace.folder, "pricing", "willingness")
    pmc = next(line for line in answer.lines() if "PMC" in line)
    price, interval = pmc[pmc.index("PMC") + 1 :][:2]
    low, high = interval.strip("()").split("-")
    assert float(low) <= float(price) <= float(high)


def test_nothing_to_show_is_said(small: Path) -> None:
    answer = done("-w", small, "pricing", "willingness")
    assert answer.out == ""
    assert "there is nothing to show: no row of the book is about this" in answer.err
