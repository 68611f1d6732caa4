"""A bar of a chart leads to the movements it is made of, and they add up to what the bar says."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.interfaces.web.serving import Site

LABEL = re.compile(r"(\d{4}-\d{2}), ([^:]+): (-?[\d,.]+ USD)")


def bars_of(page: Page, chart: str, month: str) -> list[tuple[str, str, str]]:
    """Address, kind or driver, and sum of each bar of a month."""
    bars = page.locator(f"figure#{chart} svg a[href]")
    found = bars.evaluate_all("bars => bars.map(b => [b.getAttribute('href'), b.querySelector('path').ariaLabel])")
    labels = [(href, LABEL.fullmatch(label)) for href, label in found]
    return [(href, label[2], label[3]) for href, label in labels if label and label[1] == month]


def said_sum(page: Page) -> Locator:
    return page.locator("main p strong")


@pytest.mark.parametrize(("chart", "month"), [("movements", "2023-02"), ("drivers", "2023-12")])
def test_a_bar_and_its_movements_say_one_sum(page: Page, site: Site, chart: str, month: str) -> None:
    page.goto(site.at("/"))
    bars = bars_of(page, chart, month)
    assert len(bars) >= 3
    for href, name, amount in bars:
        page.goto(site.at(href))
        asked = parse_qs(urlsplit(page.url).query)
        assert (asked["from"], asked["to"]) == ([month], [month])
        expect(said_sum(page)).to_have_text(amount)
        causes = set(page.locator("tbody td:nth-child(3)").all_inner_texts())
        assert causes <= {name, f"Expansion, {name}"} or {each.partition(",")[0] for each in causes} == {name}


def test_a_bar_is_clicked(page: Page, site: Site) -> None:
    page.goto(site.at("/?policy=recurly"))
    bar = page.locator("figure#movements svg a", has=page.locator("path[aria-label^='2023-12, New:']"))
    label = bar.locator("path").get_attribute("aria-label")
    bar.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Movements")
    assert label is not None
    expect(said_sum(page)).to_have_text(label.partition(": ")[2])
    # The policy of the chart is that of the movements.
    expect(page.get_by_role("contentinfo")).to_contain_text("policy recurly")


@pytest.mark.parametrize("path", ["/", "/expansion", "/retention", "/cohorts"])
def test_a_drawing_points_nowhere_else(page: Page, site: Site, path: str) -> None:
    page.goto(site.at(path))
    drawn = page.locator("main svg")
    assert drawn.count() > 0
    assert drawn.locator("image, use, foreignObject, script").count() == 0
    # No address has a scheme or a host.
    addresses = page.locator("main svg [href]").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert [each for each in addresses if urlsplit(each).scheme or urlsplit(each).netloc] == []


def test_a_month_that_still_runs_is_marked_in_drawing_table_and_words(page: Page, site: Site) -> None:
    page.goto(site.at("/?month=2024-01"))
    expect(page.get_by_role("note")).to_contain_text("2024-01 is still running")
    chart = page.locator("figure#movements")
    expect(chart.locator("svg text", has_text="running")).to_have_count(1)
    chart.get_by_text("Show as table").click()
    expect(chart.locator("tbody th").last).to_have_text("2024-01 (running)")
    expect(page.get_by_role("combobox", name="Month").locator("option[selected]")).to_have_text("2024-01 (running)")
