"""The pages of signals: the company, customers by one of them, and a customer's, each with what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.analysis.signals.small import pressed_company
from tests.interfaces.page import parsed
from tests.interfaces.server.people import served


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(pressed_company(tmp_path_factory.mktemp("signals")).folder) as client:
        yield client


def text_of(reader: TestClient, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    return parsed(answer.text).text


def test_customers_by_a_signal_with_what_it_is(reader: TestClient) -> None:
    text = text_of(reader, "/signals?day=2025-06-11")
    assert "Customers by share of the limit used last month" in text
    assert "Window: the last complete month. What a plan blocks is not used" in text
    assert "Full 100.0 % 60.00 Team established" in text
    assert text.index("Full 100.0 %") < text.index("Acme 82.5 %") < text.index("Even 1.2 %")
    assert "without headroom: nothing on sale is left to buy 5 5 300.00 100.0 %" in text


def test_another_signal_and_the_smallest_first(reader: TestClient) -> None:
    text = text_of(reader, "/signals?day=2025-06-11&signal=days_to_crossing&order=smallest")
    assert text.index("Acme 18") < text.index("Bolt 80")
    page = reader.get("/signals?day=2025-06-11&signal=days_to_crossing").text
    assert 'title="days_to_crossing: its use does not grow"' in page


def test_a_customer_leads_to_its_signals_and_back(reader: TestClient) -> None:
    assert 'href="/signals/Acme"' in reader.get("/customers/Acme").text
    assert 'href="/signals/Acme?day=2025-06-11"' in reader.get("/signals?day=2025-06-11").text
    page = reader.get("/signals/Acme?day=2025-06-11").text
    assert 'href="/customers/Acme"' in page
    text = parsed(page).text
    assert "Limit reached on limit_crossing_on 2025-06-29 at the pace of the running month" in text
    assert "Last NPS answer last_nps n/a no such answer in 180 days" in text
    assert "One respondent speaks for the customer." in text
    assert "As known before 2025-06-11, and of nothing later." in text


def test_what_is_no_signal_no_day_and_no_customer(reader: TestClient) -> None:
    assert reader.get("/signals?signal=limit_shares").status_code == 400
    assert reader.get("/signals?day=2999-01-01").status_code == 400
    assert reader.get("/signals?day=soon").status_code == 400
    assert reader.get("/signals/Nobody").status_code == 404


def test_the_rows_of_the_page_are_a_file(reader: TestClient) -> None:
    lines = reader.get("/download/signals.csv?day=2025-06-11").text.splitlines()
    assert lines[0].split(",")[:3] == ["customer_id", "name", "limit_share"]
    assert [line.split(",")[0] for line in lines[1:6]] == ["Full", "Acme", "Bolt", "Even", "Idle"]
