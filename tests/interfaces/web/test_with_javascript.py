"""What JavaScript adds: a theme that stays, searching while typing, the link copied, files dropped, live progress."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.interfaces.web.browsing import LIGHT
from tests.interfaces.web.places import ROWS
from tests.interfaces.web.serving import Site
from tests.interfaces.web.waiting import work_done

# Each text that is put into the log of a piece of work, without the page being loaded for it, is written down.
WATCH_LOG = """
addEventListener("DOMContentLoaded", () => {
  const log = document.querySelector("[data-progress]");
  if (log) new MutationObserver((changes) => {
    const kept = sessionStorage.getItem("appended") || "";
    const texts = changes.flatMap((change) => [...change.addedNodes]).map((node) => node.textContent);
    sessionStorage.setItem("appended", kept + texts.join(""));
  }).observe(log, { childList: true });
});
"""


def test_the_theme_that_was_chosen_stays_on_every_page(page: Page, site: Site) -> None:
    page.goto(site.at("/closings"))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark or light").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.get_by_role("navigation").get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    assert page.evaluate(ground) == dark
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(ground) == light


def test_typing_a_search_replaces_the_results_and_nothing_else(page: Page, site: Site) -> None:
    page.goto(site.at("/customers?status=former"))
    name = max(page.locator("tbody th a").all_inner_texts(), key=len)
    page.evaluate("document.querySelector('h1').dataset.seen = 'yes'")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.resource_type))
    page.get_by_role("searchbox", name="Search").press_sequentially(name, delay=5)
    expect(page.locator(".pager").first).to_contain_text("1 to 1 of 1 customers")
    # The page is the one that was there: the field keeps what is typed, and the heading was not made again.
    expect(page.locator("h1[data-seen]")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    assert "document" not in asked
    expect(page).to_have_url(site.at(f"/customers?search={name}&status=former"))
    page.reload()
    expect(page.locator(".pager").first).to_contain_text("1 to 1 of 1 customers")
    expect(page.get_by_role("searchbox", name="Search")).to_have_value(name)


def test_the_link_of_a_page_is_copied(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    page.goto(site.at("/expansion?month=2023-11&by=plan"))
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_file_is_dropped_on_its_field(page: Page, empty: Site) -> None:
    page.goto(empty.at("/import"))
    dropped = page.evaluate_handle(
        """text => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([text], "rows.csv", { type: "text/csv" }));
            return dropped;
        }""",
        ROWS,
    )
    zone = page.locator("[data-drop]")
    zone.dispatch_event("dragover", {"dataTransfer": dropped})
    expect(zone).to_have_class(re.compile("over"))
    zone.dispatch_event("drop", {"dataTransfer": dropped})
    expect(zone).not_to_have_class(re.compile("over"))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import rows.csv")


def test_progress_is_told_as_it_comes(page: Page, empty: Site) -> None:
    told: list[str] = []
    page.on("response", lambda answer: told.append(answer.headers.get("content-type", "")))
    page.add_init_script(WATCH_LOG)
    page.goto(empty.at("/import"))
    page.get_by_label("File").set_input_files({"name": "rows.csv", "mimeType": "text/csv", "buffer": ROWS.encode()})
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Import only").click()
    work_done(page, LIGHT)
    assert any(kind.startswith("text/event-stream") for kind in told)
    assert "2 rows read, 1 held back\n" in page.evaluate("sessionStorage.getItem('appended')")
    # The page that was loaded at the end has the same lines, once.
    log = page.get_by_role("log").inner_text()
    assert log.count("2 rows read, 1 held back") == 1
    expect(page.get_by_role("link", name="1 rows were held back")).to_be_visible()
