"""No list, file, message, API answer or page of opportunities and offers has a customer that a guardrail suppresses.

One small company is built once; touches, outcomes, quiet times and the limits of [growth] are drawn anew each time. The
guardrails are those of the oracle, a plain loop that shares no code with the gate (tests/growth/gate_oracle.py).
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

import upswell
from tests.growth.gate_oracle import forbidden, require_only_cleared
from tests.interfaces.command import done, upswell_command
from upswell.errors import UsageError
from upswell.growth.answers import OfferNow
from upswell.growth.contacts import Known
from upswell.growth.guardrails import Candidate
from upswell.interfaces.server.app import create_app
from upswell.sources.simulator import Company, preset_named, window_until, write_company
from upswell.state import OfferDraft
from upswell.state.growth_records import OUTCOMES
from upswell.workspace import Workspace

ROUNDS: Final = 4
_LINK: Final = re.compile(r'href="/customers/([^"?#]+)')


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated company in which every fourth customer belongs to the one before it, and three saved offers."""
    folder = tmp_path_factory.mktemp("shown")
    window = window_until("2025-12", months=20)
    files = write_company(Company(preset_named("contract"), customers=70, window=window, seed=4), folder / "files")
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(files["customers"].read_bytes()).decode())))
    for at in range(3, len(rows), 4):
        rows[at]["parent_id"] = rows[at - 1]["customer_id"]
    text = io.StringIO()
    written = csv.DictWriter(text, rows[0].keys())
    written.writeheader()
    written.writerows(rows)
    files["customers"].write_bytes(gzip.compress(text.getvalue().encode()))
    workspace = upswell.init(folder / "w")
    for table, path in files.items():
        workspace.import_file(path, table=table)
    workspace.build(as_of=datetime.combine(window.end, time()))
    return workspace.folder


@pytest.fixture(scope="module", params=range(ROUNDS))
def drawn(request: pytest.FixtureRequest, company: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company with limits, touches and quiet times of its own."""
    chance = random.Random(request.param)
    folder = Path(shutil.copytree(company, tmp_path_factory.mktemp("drawn") / "w"))
    with (folder / "upswell.toml").open("a", encoding="utf-8") as toml:
        toml.write(_limits(chance))
    workspace = upswell.open(folder)
    for number, what in enumerate(("seats", "upgrade", "addon", "cross_sell")):
        percent = Decimal(0 if number == 3 else chance.choice([0, 10, 40]))
        workspace.save_offer(OfferDraft(name=f"o{number}", title=what, text=what, what=what, discount_percent=percent))  # type: ignore[arg-type]
    customers = [each.customer_id for each in workspace.opportunities(limit=1000).rows]
    _say(workspace, customers, chance)
    return workspace


def _limits(chance: random.Random) -> str:
    def caps() -> str:
        found = (f"{{ contacts = {chance.randrange(1, 4)}, days = {chance.choice([7, 14, 90])} }}" for _ in range(2))
        return ", ".join(found)

    return f"""
[growth]
customer_caps = [{caps()}]
family_caps = [{caps()}]
days_after_decline = {chance.choice([0, 30, 90])}
days_after_acceptance = {chance.choice([0, 30])}
days_after_contraction = {chance.choice([0, 60, 400])}
discount_percent_max = {chance.choice([0, 20, 50])}
holdout = {chance.choice([0, 0.1, 0.4])}
"""


def _say(workspace: Workspace, customers: list[str], chance: random.Random) -> None:
    end = workspace.book().as_of
    for customer in chance.choices(customers, k=25):
        at = end - timedelta(days=chance.randrange(120), hours=chance.randrange(24))
        touch = workspace.add_touch(customer, offer=f"o{chance.randrange(4)}", at=at.astimezone(UTC))
        if chance.random() < 0.6:
            workspace.growth_state.add_outcome(
                touch.id, chance.choice(OUTCOMES), author="kim", at=at + timedelta(days=3)
            )
    for customer in chance.sample(customers, 6):
        starts_on = end.date() - timedelta(days=chance.randrange(30))
        kind = chance.choice(("opt_out", "incident", "leave_alone"))
        until = chance.choice([None, starts_on + timedelta(days=chance.randrange(1, 40))])
        workspace.add_quiet(customer, kind=kind, reason="=1+1", starts_on=starts_on, until=until)  # type: ignore[arg-type]


def _known(workspace: Workspace) -> Known:
    with workspace._asking(None) as (connection, facts, rules):
        return workspace._known_of(connection, facts, rules)


def _of_csv(text: str) -> list[str]:
    return [row["customer_id"] for row in csv.DictReader(io.StringIO(text))]


def _of_page(html: str) -> list[str]:
    table = html.partition('aria-label="Table: opportunities"')[2].partition("</table>")[0]
    return list(dict.fromkeys(unquote(each) for each in _LINK.findall(table)))


def _shown(workspace: Workspace, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Whom each surface shows, by its name."""
    answer = workspace.opportunities(limit=1000)
    yield "Python", [each.customer_id for each in answer.rows]
    of_sales = workspace.opportunities(limit=1000, for_sales=True)
    yield "for sales", [each.customer_id for each in of_sales.rows]
    for ending in ("csv", "parquet"):
        file = workspace.write(answer, to=folder / f"list.{ending}").path
        ids = _of_csv(file.read_text("utf-8")) if ending == "csv" else pq.read_table(file)["customer_id"].to_pylist()
        yield ending, ids
    asked = ("-w", workspace.folder, "opportunities", "--limit", 1000)
    yield "command as JSON", [row["customer_id"] for row in done(*asked, "--format", "json").json()["rows"]]
    yield "command as CSV", _of_csv(done(*asked, "--format", "csv").out)
    yield "command", [line[0] for line in done(*asked).lines()[1:] if line and line[0].startswith("C0")]
    with TestClient(create_app(workspace.folder, renders_ahead=False), base_url="http://127.0.0.1") as client:
        path = "/api/v1/opportunities?limit=1000"
        yield "API", [row["customer_id"] for row in client.get(path).json()["data"]["rows"]]
        yield "API as CSV", _of_csv(client.get(path, headers={"Accept": "text/csv"}).text)
        yield "page", _of_page(client.get("/opportunities?limit=1000").text)
        yield "page for sales", _of_page(client.get("/opportunities?limit=1000&for_sales=yes").text)
        yield "download", _of_csv(client.get("/download/opportunities.csv").text)


def test_every_list_has_only_customers_that_the_oracle_clears(drawn: Workspace, tmp_path: Path) -> None:
    known = _known(drawn)
    settings, day = drawn.settings.growth, drawn.book().as_of.date()
    lists = dict(_shown(drawn, tmp_path))
    assert len(lists) == 12
    for name, shown in lists.items():
        assert shown or "sales" in name, name
        require_only_cleared(shown, known, settings, day, families=dict(known.families))
        if "sales" not in name:
            assert set(shown) == set(lists["Python"]), f"{name} shows the same customers"


def test_every_offer_is_one_that_the_oracle_clears(drawn: Workspace) -> None:
    known = _known(drawn)
    settings, day = drawn.settings.growth, drawn.book().as_of.date()
    made = 0
    with TestClient(create_app(drawn.folder, renders_ahead=False), base_url="http://127.0.0.1") as client:
        for customer in [row["customer_id"] for row in drawn.customers(limit=1000).rows.to_pylist()]:
            answer = drawn.offer_for(customer)
            told = client.get(f"/api/v1/customers/{customer}/offer").json()["data"]
            if not isinstance(answer, OfferNow):
                assert told["offer"] is None
                assert told["reasons"], "no offer is told without a reason"
                continue
            made += 1
            assert told["offer"]["name"] == answer.offer.name
            candidate = Candidate(
                customer_id=customer,
                family_id=known.family(customer),
                offer=answer.offer.name,
                what=answer.offer.what,
                discount_percent=answer.offer.discount_percent,
            )
            assert forbidden(candidate, known, settings, day) == set(), customer
    assert made


def test_whoever_is_not_on_the_list_is_handed_to_nobody(drawn: Workspace) -> None:
    kept = drawn.leave_alone(limit=1000).rows
    assert kept
    for each in kept:
        with pytest.raises(UsageError, match="is not on the list of opportunities"):
            drawn.hand_over(each.customer_id, to="Kim")
    answer = upswell_command("-w", drawn.folder, "opportunities", "hand-over", kept[0].customer_id, "--to", "Kim")
    assert (answer.code, answer.out) == (2, "")
    assert drawn.handovers() == ()


def test_every_customer_is_listed_or_left_alone_with_a_reason_and_counted(drawn: Workspace) -> None:
    answer, alone = drawn.opportunities(limit=1000), drawn.leave_alone(limit=1000)
    listed, kept = {each.customer_id for each in answer.rows}, {each.customer_id for each in alone.rows}
    assert not listed & kept
    day = drawn.book().as_of.date()
    counted = drawn.suppression_counts(first=day, last=day)
    for name, count in answer.suppressed.items():
        assert count == sum(any(reason.guardrail == name for reason in each.reasons) for each in alone.rows)
        assert counted.get(name, (0, 0))[0] >= count, "what is kept back is recorded"
