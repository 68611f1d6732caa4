"""Everything on the pages can be done with the keyboard alone, and a chart does not stand in its way."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.interfaces.web.serving import Site

STOPS_MAX = 60


def tab_to(page: Page, wanted: Locator, *, most: int = STOPS_MAX) -> int:
    """Press Tab until `wanted` has the focus; how often that was. It fails when a bar of a chart is a stop."""
    for presses in range(1, most + 1):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('svg') !== null"), "a part of a drawing has the focus"
        if wanted.evaluate("each => each === document.activeElement"):
            return presses
    raise AssertionError(f"{wanted} was not reached in {most} presses of Tab")


def test_the_first_stop_leads_past_the_navigation(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    assert tab_to(page, page.get_by_role("link", name="To the figures")) == 1
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    # The next stop is the first one within the page's main part.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_another_month_is_chosen_with_the_arrow_keys(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview, 2023-12")
    tab_to(page, page.get_by_role("combobox", name="Month"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_role("button", name="Show"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview, 2023-11")


def test_a_movement_is_reached_from_the_top_of_the_overview(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    drivers = page.locator("figure#drivers")
    stops = tab_to(page, page.locator("figure#movements summary"))
    stops += tab_to(page, drivers.locator("summary"), most=STOPS_MAX - stops)
    page.keyboard.press("Enter")
    stops += tab_to(page, drivers.locator("table a").first, most=STOPS_MAX - stops)
    assert stops <= STOPS_MAX
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Movements")
    tab_to(page, page.locator("tbody th a").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Expansion by "))
    expect(page.get_by_role("heading", name="The rows that caused it")).to_be_visible()


def test_bars_are_links_for_a_pointer_and_no_stops(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    bars = page.locator("svg a[href]")
    assert bars.count() > 50
    assert set(bars.evaluate_all("bars => bars.map(bar => bar.tabIndex)")) == {-1}
