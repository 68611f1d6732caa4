"""Every page as people meet it: in light and dark, on a phone, without JavaScript, read out by a screen reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Playwright, Response, expect

import upswell
from tests.interfaces.web.browsing import DARK, GUISES, LIGHT, NARROW, Guise, Log, launch
from tests.interfaces.web.places import PLACES, ROWS, Place, Sites
from tests.interfaces.web.serving import Site, serving
from upswell.interfaces import web

WEIGHT_MAX = 150_000
SCRIPT_LINES_MAX = 200
NO_PAGES = ("/assets/", "/download/")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, origins: set[str]) -> Iterator[Site]:
    """A workspace with one file imported, a row of it held back, and nothing built."""
    folder = upswell.init(tmp_path_factory.mktemp("workshop") / "fresh").folder
    with serving(folder) as served:
        origins.add(served.origin)
        yield served


@pytest.fixture(scope="session")
def sites(site: Site, members_site: Site, workshop: Site) -> Sites:
    """Every site, with the addresses of things that are called differently each time."""
    movements = upswell.open(site.folder).movements(date_from=date(2023, 12, 1), kind="expansion").to_pylist()
    mapping = {"map.customer_id": "account_id", "map.plan_id": "product", "map.starts_at": "start_date"}
    sent = workshop.send("/import", {"table": "items"}, file=("rows.csv", ROWS))
    worked = workshop.send(
        urlsplit(sent).path,
        {"table": "items", "only_import": "yes", "map.mrr": "mrr", "map.ends_at": "end_date", **mapping},
    )
    workshop.wait_for(worked)
    kept = workshop.send("/import", {"table": "items"}, file=("rows.csv", ROWS))
    return Sites(
        *(site, members_site, workshop),
        movement=movements[0]["movement_id"],
        customer=movements[0]["customer_id"],
        upload=urlsplit(kept).path.rpartition("/")[2],
        job=worked.rpartition("/")[2],
    )


def visited(page: Page, place: Place, sites: Sites, log: Log) -> Response:
    log.forgiven |= {place.status} - {200}
    answer = page.goto(place.address(sites))
    assert answer is not None
    assert answer.status == place.status
    return answer


@pytest.mark.parametrize("guise", GUISES, ids=str)
@pytest.mark.parametrize("name", PLACES)
def test_a_page_is_whole_in_every_guise(page: Page, sites: Sites, log: Log, name: str, guise: Guise) -> None:
    place = PLACES[name]
    answer = visited(page, place, sites, log)
    assert len(page.query_selector_all("h1")) == 1
    # Nothing stands in a page that its own security policy would have to refuse.
    text = answer.text()
    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)=[^>]*>|<style|<script(?![^>]*\ssrc=)|javascript:", text) == []
    current = page.locator("header nav [aria-current]")
    if place.section is None:
        expect(current).to_have_count(0)
    else:
        expect(current).to_have_text(place.section)
    if guise == LIGHT:
        assert weight(log) < WEIGHT_MAX
    if guise.scripts:
        assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]")[0] <= guise.width
        assert [told(each) for each in violations(page, guise)] == []


def weight(log: Log) -> int:
    """The bytes that Chromium received for document, style, script and icon, compressed, with their headings."""
    sizes = [request.sizes() for request in log.requests]
    assert len(sizes) >= 3
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


def violations(page: Page, guise: Guise) -> list[dict[str, Any]]:
    """What axe-core finds. Width changes no colour and colours no place, so each guise is asked what it can change."""
    options: dict[str, Any] = {"resultTypes": ["violations"], "selectors": False}
    if guise == DARK:
        options["runOnly"] = ["color-contrast"]
    elif guise == NARROW:
        options["rules"] = {"color-contrast": {"enabled": False}}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return found


def told(violation: dict[str, Any]) -> str:
    nodes = "; ".join(f"{node['html'][:150]} {node['failureSummary']}" for node in violation["nodes"][:3])
    return f"{violation['id']} at {len(violation['nodes'])} places: {nodes}"


def test_no_request_leaves_the_machine(playwright: Playwright, sites: Sites, origins: set[str], tmp_path: Path) -> None:
    """The browser's log of its own network says so, of what it fetches ahead as well."""
    with launch(playwright, f"--log-net-log={tmp_path / 'net.json'}") as browser:
        page = browser.new_page()
        for name in ("overview", "customers", "customer", "cohorts", "import", "job", "login"):
            page.goto(PLACES[name].address(sites))
            page.locator("header a").last.hover()
    log = json.loads((tmp_path / "net.json").read_text("utf-8"))
    begun = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    requests = [event["params"] for event in log["events"] if event["type"] == begun and "params" in event]
    # What the browser asks its maker for by itself is no page's doing, and `launch` gives it no way there.
    asked = {request["url"] for request in requests if request.get("initiator") in origins}
    assert len(asked) > 4
    assert {url for url in asked if not url.startswith(tuple(f"{origin}/" for origin in origins))} == set()


def test_no_page_is_left_out() -> None:
    modules = [import_module(f"{web.__name__}.{found.name}") for found in iter_modules(web.__path__)]
    routes = [route for module in modules if hasattr(module, "router") for route in module.router.routes]
    pages = [route for route in routes if "GET" in route.methods and not route.path.startswith(NO_PAGES)]
    seen = [urlsplit(place.path).path for place in PLACES.values()]
    unseen = {route.path for route in pages if not any(route.path_regex.match(path) for path in seen)}
    assert unseen == {"/jobs/{job_id}/lines"}


def test_the_script_of_the_pages_stays_small() -> None:
    scripts = (Path(web.__file__).parent / "static").glob("*.js")
    assert sum(len(path.read_text("utf-8").splitlines()) for path in scripts) < SCRIPT_LINES_MAX
