"""Texts that would like to be markup: customers, plans, files, notes, segments, on every page that shows them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

import upswell
from tests.interfaces.server.people import TestClient, proof_of, served
from upswell.analysis.pricing.sections import SECTIONS
from upswell.state import OfferDraft

SCRIPT = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
QUOTES = """'"`&</title></textarea></svg>{{7*7}}"""
BIDI = "safe\u202egnp.exe\u2066\u200f\x1b[31m"
CUSTOMERS = (SCRIPT, QUOTES, BIDI, "javascript:alert(3)", "../../etc/passwd", "=1+1")
ALLOWED = frozenset({"href", "src", "action"})


class Reader(HTMLParser):
    """What a browser would see: elements, handlers, where addresses lead."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "script":
            self.scripts.append(said.get("src") or "(inline)")
        if tag in ("iframe", "object", "embed", "base", "img"):
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.wrong.append(name)
            if name in ALLOWED and value and not value.startswith(("/", "#", "?")):
                self.wrong.append(f"{name}={value}")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A company whose every text is hostile; its folder has a name of that kind, too."""
    home = tmp_path_factory.mktemp("hostile")
    workspace = upswell.init(home / "<b>firm'&")
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["customer_id", "product_id", "plan_id", "starts_at", "ends_at", "quantity", "unit_amount"])
    for number, name in enumerate(CUSTOMERS):
        writer.writerow([name, SCRIPT, f"{QUOTES}{number % 2}", "2025-01-10", "2025-03-15", 5, "20.00"])
        writer.writerow([name, SCRIPT, f"{SCRIPT}{number % 2}", "2025-03-15", "", 8 + number, "20.00"])
    writer.writerow([SCRIPT, "CRM", "Team", "2025-01-10", "", "<b>many</b>", "20.00"])
    items = home / "<script>alert(4)<.csv"
    items.write_text(rows.getvalue(), "utf-8")
    workspace.import_file(items, table="items", source="<i>source")
    names = io.StringIO()
    writer = csv.writer(names)
    writer.writerow(["customer_id", "name", "sector", "owner"])
    for name in CUSTOMERS:
        writer.writerow([name, f"{SCRIPT} {BIDI}", QUOTES, SCRIPT])
    people = home / "customers.csv"
    people.write_text(names.getvalue(), "utf-8")
    workspace.import_file(people, table="customers")
    workspace.build(as_of=datetime(2025, 6, 1, tzinfo=UTC))
    workspace.save_segment("de", expression="sector = '<script>alert(5)</script>'", author=SCRIPT)
    for name in CUSTOMERS:
        workspace.add_note(name, text=f"{SCRIPT}\n{QUOTES}\n{BIDI}", kind="customer", author=SCRIPT)
        touch = workspace.add_touch(name, offer="seats", channel=f"{SCRIPT}{BIDI}", author=SCRIPT)
        workspace.add_outcome(touch.id, outcome="declined", reason=f"{SCRIPT} {QUOTES} {BIDI}", author=SCRIPT)
        workspace.add_quiet(name, reason=f"{SCRIPT} {QUOTES} {BIDI}", author=SCRIPT)
    said = f"{SCRIPT} {QUOTES} {BIDI}"
    offer = OfferDraft(name="all", title=said, text=said, what="other", plan_id=said, product_id=said, owner=said)
    workspace.save_offer(replace(offer, eligibility="sector = '<script>alert(1)</script>'"), author=SCRIPT)
    with served(workspace.folder) as client:
        yield client


def pages_of(client: TestClient) -> list[str]:
    ids = [quote(name, safe="") for name in CUSTOMERS if "\x1b" not in name]
    asked = urlencode({"search": SCRIPT, "customer": SCRIPT, "where": QUOTES, "month": SCRIPT, "policy": SCRIPT})
    bases = (
        *("/", "/expansion", "/movements", "/retention", "/cohorts", "/customers"),
        *("/durability", "/forecast", "/pricing", "/signals", "/health", "/opportunities", "/leave-alone", "/offers"),
        *("/definitions", "/reconcile"),
    )
    more = ("/closings", "/data", "/data/checks", "/settings", "/start", "/import", "/login", "/welcome")
    month = "month=2025-03"
    return [
        *(f"{base}?{month}" for base in (*bases, *more)),
        *(f"{base}?{asked}" for base in (*bases, *more)),
        *(f"/customers/{each}" for each in ids),
        *(f"/{page}?owner={quote(SCRIPT)}" for page in ("opportunities", "leave-alone")),
        *(f"/signals/{each}" for each in ids),
        *(f"/signals?{name}={quote(SCRIPT)}" for name in ("signal", "day", "order")),
        *(f"/signals?signal={name}" for name in ("plan", "product", "addons_left", "products_left")),
        *(f"/movements?{urlencode({'search': name, 'customer': name})}" for name in CUSTOMERS),
        *(f"/expansion?{month}&by={by}" for by in ("plan", "product", "sector", "owner", quote(SCRIPT))),
        *(f"/retention?{month}&by={by}" for by in ("plan", "sector", quote(SCRIPT))),
        *(f"/cohorts?cohort={by}" for by in ("plan", "sector", "owner", quote(SCRIPT))),
        *(f"/cohorts?by={by}" for by in ("plan", "owner")),
        *(f"/forecast?{name}={quote(SCRIPT)}" for name in ("scenario", "target", "months")),
        *(f"/pricing?section={section}" for section in SECTIONS),
        *(f"/pricing?by={by}" for by in ("plan", "sector", "owner", quote(SCRIPT))),
        f"/pricing?section={quote(SCRIPT)}",
        *(f"/durability?by={by}" for by in ("plan", "sector", "owner", quote(SCRIPT))),
        *(f"/offers?by={by}" for by in ("channel", "author", "sector", "owner", quote(SCRIPT))),
        f"/offers?{urlencode({'from': SCRIPT, 'to': QUOTES})}",
        f"/customers?{urlencode({'search': SCRIPT})}",
        f"/figures/expansion_mrr?{month}",
        f"/figures/{quote(SCRIPT)}",
        f"/login?{urlencode({'next': SCRIPT})}",
        f"/{quote(SCRIPT)}",
        f"/jobs/{quote(SCRIPT)}",
        f"/import/{quote(SCRIPT)}?{asked}",
        "/?segment=de&month=2025-03",
        *(f"/movements/{row['movement_id']}" for row in client.get("/api/v1/movements?limit=5").json()["data"]),
    ]


def look_at(page: str, address: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.wrong == [], address
    assert [each for each in reader.scripts if not each.startswith("/assets/")] == [], address
    # What turns the direction of reading stays, within an element that keeps it to itself.
    # A field holds what was asked as it is, or its form would ask for something else.
    assert "\x1b" not in re.sub(r' value="[^"]*"', "", page), address


def test_no_text_becomes_markup_on_any_page(hostile: TestClient) -> None:
    shown = 0
    for address in pages_of(hostile):
        answer = hostile.get(address)
        assert answer.status_code in (200, 303, 400, 404), (address, answer.text)
        look_at(answer.text, address)
        shown += "&lt;script&gt;alert(1)" in answer.text
    assert shown > 20


def test_headings_and_cells_of_a_file_are_no_markup_either(hostile: TestClient) -> None:
    content = f'"{SCRIPT.replace(chr(34), chr(34) * 2)}",customer_id\n"{BIDI}",<b>x\n'.encode()
    form = {"csrf": proof_of(hostile), "table": "items"}
    sent = hostile.post("/import", data=form, files={"files": (f"{SCRIPT}.csv", content)})
    assert sent.status_code == 303
    for more in ("", f"&source={quote(SCRIPT)}&map.plan_id={quote(SCRIPT)}"):
        page = hostile.get(sent.headers["location"] + more)
        assert page.status_code == 200
        look_at(page.text, "map")
        assert "&lt;script&gt;alert(1)" in page.text


def test_a_note_written_in_the_browser_leads_back_to_the_customer(hostile: TestClient) -> None:
    for name in (SCRIPT, "../../etc/passwd", "//evil.example"):
        form = {"subject": name, "text": SCRIPT, "csrf": proof_of(hostile)}
        answer = hostile.post("/notes", data=form)
        assert answer.status_code in (303, 404)
        assert answer.headers.get("location", "/customers/").startswith("/customers/")


def test_a_contact_recorded_in_the_browser_leads_back_to_the_customer(hostile: TestClient) -> None:
    for name in (SCRIPT, "../../etc/passwd", "//evil.example"):
        for path, form in (
            ("/touches", {"offer": "seats", "channel": SCRIPT}),
            ("/quiet", {"kind": SCRIPT, "reason": SCRIPT}),
        ):
            answer = hostile.post(path, data={**form, "customer": name, "csrf": proof_of(hostile)})
            assert answer.status_code in (303, 400)
            assert answer.headers.get("location", "/customers/").startswith("/customers/")


def test_a_file_of_answers_keeps_its_own_name(hostile: TestClient) -> None:
    answer = hostile.get("/download/customers.csv?" + urlencode({"search": f'x"; filename="evil.exe{SCRIPT}'}))
    assert answer.headers["content-disposition"] == 'attachment; filename="customers.csv"'
    assert hostile.get("/download/..%2f..%2fetc%2fpasswd.csv").status_code == 404
    assert hostile.get("/download/customers.exe").status_code == 404


def test_the_name_of_the_folder_is_a_text(hostile: TestClient, tmp_path: Path) -> None:
    assert "&lt;b&gt;firm" in hostile.get("/settings").text
    assert str(tmp_path.parent) not in hostile.get("/settings").text
