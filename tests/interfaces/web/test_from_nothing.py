"""From an empty workspace to a figure and the row it came from, with a browser and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.interfaces.web.browsing import LIGHT, PLAIN, Guise
from tests.interfaces.web.serving import Site
from tests.interfaces.web.waiting import work_done
from upswell.metrics.months import Month

# A build sees the world as of now, so the story takes place in the two months before this one.
LAST: Final = Month.of(datetime.now(UTC).date()).plus(-1)
BEFORE: Final = LAST.plus(-1)
FILE: Final = f"""account_id,product,start_date,end_date,mrr
A-1,Basic,{BEFORE}-05,{LAST}-10,100.00
A-1,Basic,{LAST}-10,,160.00
A-2,Basic,{BEFORE}-20,,80.00
A-3,Basic,{BEFORE}-20,,eighty
"""


@pytest.mark.parametrize("guise", [LIGHT, PLAIN], ids=str)
def test_a_file_becomes_a_figure_that_leads_back_to_its_row(page: Page, empty: Site, guise: Guise) -> None:
    page.goto(empty.at("/"))
    # A workspace without a book begins at its beginning.
    expect(page).to_have_url(empty.at("/start"))
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("File").set_input_files({"name": "billing.csv", "mimeType": "text/csv", "buffer": FILE.encode()})
    page.get_by_role("button", name="Send").click()

    # The headings are not ours; which column is which is guessed, and may be corrected.
    expect(page.get_by_role("heading", level=1)).to_have_text("Import billing.csv")
    for field, heading in (("customer_id (needed)", "account_id"), ("starts_at (needed)", "start_date")):
        expect(page.get_by_label(field)).to_have_value(heading)
    expect(page.get_by_label("product_id")).to_have_value("")
    page.get_by_label("product_id").select_option("product")
    page.get_by_role("button", name="Preview again").click()
    expect(page.get_by_label("product_id")).to_have_value("product")
    held_back = page.get_by_role("region", name="Table: rows held back").locator("tbody tr")
    expect(held_back).to_have_count(1)
    expect(held_back.locator("th")).to_have_text("5")
    expect(held_back.locator("td").nth(0)).to_have_text("mrr")
    expect(held_back.locator("td").nth(2)).to_have_text("eighty")
    expect(held_back.locator("td").nth(3)).not_to_be_empty()

    page.get_by_role("button", name="Import and build").click()
    work_done(page, guise)
    expect(page.get_by_role("link", name=re.compile("held back"))).to_be_visible()
    page.get_by_role("link", name="Open the overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Overview, {LAST}")
    tile = page.locator(".tile", has=page.get_by_role("link", name="Expansion", exact=True))
    expect(tile.locator("dd").first).to_have_text("60.00")

    # From the figure to its movement, from the movement to the row of the file.
    chart = page.locator("figure#drivers")
    chart.get_by_text("Show as table").click()
    chart.locator("tbody tr", has_text=str(LAST)).get_by_role("link", name="60.00").first.click()
    expect(page.locator("main p strong")).to_have_text("60.00 USD")
    page.locator("tbody th a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Expansion by .*: 60\.00 USD$"))
    sources = page.get_by_role("region", name="Table: source rows").locator("tbody tr")
    assert {"billing.csv row 2", "billing.csv row 3"} == set(sources.locator("td:nth-child(2)").all_inner_texts())


def test_the_demo_company_is_one_press_away(page: Page, empty: Site) -> None:
    """The slowest of these tests: it imports and builds the whole demo company."""
    page.goto(empty.at("/"))
    expect(page.get_by_role("link", name="Import a file")).to_be_visible()
    page.get_by_role("button", name="Look around in the demo company").click()
    work_done(page, LIGHT)
    page.get_by_role("link", name="Open the overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview, 2023-12")
    tile = page.locator(".tile", has=page.get_by_role("link", name="Expansion", exact=True))
    expect(tile.locator("dd").first).to_have_text("17,374.00")
