"""Without JavaScript everything works: each question is a link or a form, and each answer has an address."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.interfaces.web.browsing import PLAIN
from tests.interfaces.web.serving import Site

pytestmark = pytest.mark.parametrize("guise", [PLAIN], ids=str)


def main_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_movements_are_filtered_and_paged(page: Page, site: Site) -> None:
    page.goto(site.at("/movements"))
    page.get_by_role("textbox", name="From", exact=True).fill("2023-11")
    page.get_by_role("textbox", name="To", exact=True).fill("2023-12-31")
    page.get_by_role("combobox", name="Kind").select_option(label="Expansion")
    page.get_by_role("combobox", name="Order").select_option(label="largest first")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("combobox", name="Kind")).to_have_value("expansion")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    assert {text.partition(",")[0] for text in rows.locator("td:nth-child(3)").all_inner_texts()} == {"Expansion"}
    first = main_of(page)
    assert "1 to 50 of " in first
    page.get_by_role("link", name="Next page").first.click()
    expect(page.locator(".pager").first).to_contain_text("51 to ")
    second = main_of(page)
    assert second != first
    page.go_back()
    assert main_of(page) == first
    page.go_forward()
    assert main_of(page) == second
    page.get_by_role("link", name="Previous page").first.click()
    assert main_of(page) == first


def test_customers_are_sorted_searched_and_opened(page: Page, site: Site) -> None:
    page.goto(site.at("/customers"))
    heading = page.locator("th", has=page.get_by_role("link", name="MRR"))
    expect(heading).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="MRR").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Customer", exact=True).click()
    names = page.locator("tbody th a").all_inner_texts()
    assert names == sorted(names)
    longest = max(names, key=len)
    page.get_by_role("searchbox", name="Search").fill(longest)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".pager").first).to_contain_text("1 to 1 of 1 customers")
    page.get_by_role("link", name=longest).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(longest)


def test_a_note_is_added_to_a_customer(page: Page, demo: Site) -> None:
    page.goto(demo.at("/customers"))
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("Nobody wrote one yet.")).to_be_visible()
    page.get_by_label("New note").fill("Asked for <b>ten</b> seats more.")
    page.get_by_role("button", name="Add note").click()
    notes = page.get_by_role("region", name="Notes")
    expect(notes.get_by_role("listitem")).to_contain_text("Asked for <b>ten</b> seats more.")
    assert page.url.endswith("#notes")


def test_a_contact_is_recorded_by_two_clicks_and_counts(page: Page, demo: Site) -> None:
    page.goto(demo.at("/customers"))
    page.locator("tbody th a").first.click()
    contacts = page.get_by_role("region", name="Contacts")
    expect(contacts.get_by_text("It was not contacted yet.")).to_be_visible()
    page.get_by_role("button", name="Record contact").click()
    expect(contacts.get_by_text("pending")).to_be_visible()
    assert page.url.endswith("#contacts")
    page.get_by_role("combobox", name="Outcome of touch 1").select_option("declined")
    page.get_by_role("textbox", name="Reason for touch 1").fill("<b>no</b> budget")
    contacts.get_by_role("button", name="Record", exact=True).click()
    expect(contacts.get_by_text("declined: <b>no</b> budget")).to_be_visible()
    expect(contacts.get_by_text("it declined seats on")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Offers", exact=True).click()
    funnel = page.get_by_role("region", name="Funnel by offer")
    expect(funnel.get_by_text("Declined: <b>no</b> budget (1)")).to_be_visible()
    page.get_by_role("combobox", name="By", exact=True).select_option("channel")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Funnel by channel")).to_be_visible()


def test_an_offer_is_saved_and_retired_and_somebody_left_alone(page: Page, demo: Site) -> None:
    page.goto(demo.at("/offers"))
    page.get_by_text("Save an offer").click()
    page.get_by_label("Name", exact=True).fill("yearly-10")
    page.get_by_label("Title").fill("A year, ten percent off")
    page.get_by_role("combobox", name="What", exact=True).select_option("yearly")
    page.get_by_label("Discount, percent").fill("10")
    page.get_by_role("button", name="Save offer").click()
    offers = page.get_by_role("region", name="What is offered")
    expect(offers.get_by_role("rowheader")).to_contain_text("A year, ten percent off")
    page.get_by_role("button", name="Retire yearly-10").click()
    expect(offers.get_by_role("rowheader")).to_contain_text("retired")
    page.get_by_text("Leave somebody alone").click()
    page.get_by_label("Why").fill("an outage")
    page.get_by_role("button", name="Leave alone").click()
    quiet = page.get_by_role("region", name="Whom to leave alone")
    expect(quiet.get_by_role("rowheader")).to_have_text("everybody")
    quiet.get_by_role("button", name="End quiet time 1").click()
    expect(quiet.get_by_text("Nobody was entered.")).to_be_visible()


def test_another_month_and_policy_have_an_address_to_come_back_to(page: Page, site: Site) -> None:
    page.goto(site.at("/"))
    strict = main_of(page)
    page.get_by_role("combobox", name="Month").select_option("2023-10")
    page.get_by_role("combobox", name="Policy").select_option("recurly")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview, 2023-10")
    expect(page.get_by_role("contentinfo")).to_contain_text("policy recurly")
    recurly = main_of(page)
    page.get_by_role("navigation").get_by_role("link", name="Expansion", exact=True).click()
    # What was chosen is kept on the way to another page.
    expect(page.get_by_role("heading", level=1)).to_have_text("Expansion, 2023-10")
    expect(page.get_by_role("contentinfo")).to_contain_text("policy recurly")
    page.go_back()
    assert main_of(page) == recurly
    page.go_back()
    assert main_of(page) == strict
    page.go_forward()
    assert main_of(page) == recurly
    expect(page.get_by_role("combobox", name="Month")).to_have_value("2023-10")
