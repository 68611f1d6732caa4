"""One question, one answer: a page says what the Python API says, for every metric of the catalogue."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import upswell
from upswell.interfaces.markup import value_text
from upswell.interfaces.server.app import create_app
from upswell.metrics.catalogue import entries
from upswell.metrics.explaining import EXPLAINED

MONTH = "2025-04"
NAMES = [entry.name for entry in entries()]


@pytest.fixture(scope="module")
def pages(built_once: Path) -> Iterator[TestClient]:
    with TestClient(create_app(built_once), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize("metric", NAMES)
def test_a_figures_page_says_the_figure_exactly(pages: TestClient, built_once: Path, metric: str) -> None:
    (row,) = upswell.open(built_once).metrics(metric, month_from=MONTH, month_to=MONTH).to_pylist()
    answer = pages.get(f"/figures/{metric}", params={"month": MONTH})
    assert answer.status_code == 200
    said = html.unescape(answer.text)
    if row["value"] is None:
        assert f"{MONTH}: n/a" in said
        assert row["reason"] in said
        return
    shown = value_text(row["value"], row["unit"], "USD")
    currency = " USD" if row["unit"] == "money" else ""
    assert f"<strong>{MONTH}: {shown}{currency}</strong>" in said
    if row["unit"] != "count":
        (exact,) = re.findall(r"exactly ([-0-9.E+]+)<", said)
        assert Decimal(exact) == row["value"]


@pytest.mark.parametrize("metric", EXPLAINED)
def test_it_names_the_customers_that_the_explanation_names(pages: TestClient, built_once: Path, metric: str) -> None:
    explanation = upswell.open(built_once).explain(metric, month=MONTH)
    said = pages.get(f"/figures/{metric}", params={"month": MONTH}).text
    named = re.findall(r'<th scope="row"><a href="/customers/([^"?]+)', said)
    assert named == [part.customer_id for part in explanation.contributions]


def test_tiles_and_tables_show_the_same_figures_as_the_metrics(pages: TestClient, built_once: Path) -> None:
    names = ["closing_mrr", "expansion_mrr", "net_expansion_mrr", "nrr_1m", "grr_1m", "customers"]
    rows = upswell.open(built_once).metrics(names, month_from=MONTH, month_to=MONTH).to_pylist()
    overview = pages.get("/", params={"month": MONTH}).text
    retention = pages.get("/retention", params={"month": MONTH}).text
    for row in rows:
        page = retention if row["metric"] in ("nrr_1m", "grr_1m") else overview
        assert f"<dd>{value_text(row['value'], row['unit'], 'USD')}</dd>" in page


@pytest.mark.parametrize("query", [{"plan": "Team"}, {"product": "Reports"}, {"kind": "expansion", "customer": "Bolt"}])
def test_a_download_has_the_movements_that_the_page_counts(pages: TestClient, query: dict[str, str]) -> None:
    (counted,) = re.findall(r"These (\d+) movements", pages.get("/movements", params=query).text)
    lines = pages.get("/download/movements.csv", params=query).text.strip().splitlines()
    assert len(lines) - 1 == int(counted) > 0
