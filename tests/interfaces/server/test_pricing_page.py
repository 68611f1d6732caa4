"""The page of the price review: each section with its table, what it lacks and why, how sure it is, and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from fastapi.testclient import TestClient

from tests.analysis.pricing.small import import_text, workspace_of
from tests.analysis.pricing.surveys import fair_prices, four_prices, would_buy
from tests.interfaces.page import parsed
from tests.interfaces.server.people import served
from upswell.analysis.pricing.sections import SECTIONS

PRICES: Final = ("12.00", "16.00", "20.00")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    workspace = workspace_of(tmp_path_factory.mktemp("page"))
    people = list(enumerate(fair_prices(40, seed=5)))
    rows = [f"r{number},2025-06-01,{','.join(map(str, four_prices(fair)))},," for number, fair in people]
    rows += [
        f"g{number},2025-06-01,,,,,{price},{'yes' if buys else 'no'}"
        for number, fair in people
        for price, buys in would_buy(fair, PRICES).items()
    ]
    heading = "respondent,at,too_cheap,cheap,expensive,too_expensive,price,would_buy"
    import_text(workspace, "price_answers", "\n".join([heading, *rows, ""]))
    workspace.build(as_of=workspace.book().as_of)
    with served(workspace.folder) as client:
        yield client


def text_of(reader: TestClient, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    return parsed(answer.text).text


@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_section_says_what_it_is_and_how_sure_it_is(reader: TestClient, section: str) -> None:
    text = text_of(reader, f"/pricing?section={section}")
    assert f"Pricing: {SECTIONS[section].title.lower()}" in text
    assert "How sure are we?" in text


def test_the_gap_is_shown_by_plan_with_a_picture_and_why_some_have_none(reader: TestClient) -> None:
    page = reader.get("/pricing").text
    assert 'aria-label="Team, Realised MRR: 384.00 USD"' in page
    assert 'aria-label="Reports' not in page, "what has no list price is not drawn"
    text = text_of(reader, "/pricing")
    assert "Team 6 440.00 34.00 10.00 12.00 0.00 384.00 87.3 % 17.45 55.00" in text
    assert "n/a: 1 of 2 items without a list price: Reports per month" in text


def test_customers_below_the_list_lead_to_their_sheets(reader: TestClient) -> None:
    assert 'href="/customers/Acme"' in reader.get("/pricing?section=old-prices").text


def test_a_survey_is_drawn_by_both_of_its_methods(reader: TestClient) -> None:
    page = reader.get("/pricing?section=curves").text
    assert 'id="meter"' in page
    assert 'id="demand"' in page
    assert 'aria-label="would buy at 12.00 USD: ' in page


def test_a_refusal_is_no_figure(reader: TestClient) -> None:
    text = text_of(reader, "/pricing?section=next")
    assert "a share needs 20" in text
    assert "%" not in text.partition("How sure are we?")[0]


def test_a_section_or_cut_that_is_none_is_a_problem_and_says_so(reader: TestClient) -> None:
    assert reader.get("/pricing?section=realized").status_code == 400
    assert reader.get("/pricing?by=driver").status_code == 400


def test_the_rows_are_a_download(reader: TestClient) -> None:
    lines = reader.get("/download/pricing.csv?section=old-prices").text.splitlines()
    assert lines[0].startswith("customer_id,plan_id,term")
    assert [line.partition(",")[0] for line in lines[1:]] == ["Acme", "Cid"]
