"""Opportunities on the command line and as a page: what stands there, with a model and without, and what is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

import upswell
from tests.interfaces.command import done, upswell_command
from tests.interfaces.opportunities_company import SCRIPT, opportunities_company
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import Scores
from upswell.analysis.propensity.total import Total
from upswell.analysis.rolling.measures import Tenth
from upswell.growth.ranking import Outlook, Outlooks, outlooks_of
from upswell.growth.reading import Health
from upswell.interfaces.cli.output import Format
from upswell.interfaces.cli.show_opportunities import show_opportunities
from upswell.interfaces.server.app import create_app
from upswell.workspace import Workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opportunities_company(tmp_path_factory.mktemp("surfaces"))


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder, renders_ahead=False), base_url="http://127.0.0.1") as found:
        yield found


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def test_options_before_a_command_reach_it_or_are_refused(folder: Path, tmp_path: Path) -> None:
    said = upswell_command("opportunities", "-w", folder, "--format", "json", "leave-alone", cwd=tmp_path)
    assert (said.code, said.json()["total"]) == (0, 3)
    lost = upswell_command("-w", folder, "opportunities", "--owner", "Ada", "leave-alone")
    assert (lost.code, "error: --owner before `leave-alone` says nothing to it" in lost.err) == (2, True)
    for given in (("--close", "won", "--from", "Kim"), ("--to", "Kim", "--reason", "big")):
        mixed = upswell_command("-w", folder, "opportunities", "hand-over", "Acme", *given)
        assert (mixed.code, f"{given[2]} belongs to" in mixed.err) == (2, True)


def test_the_command_says_what_and_why_and_what_it_stands_on(folder: Path) -> None:
    answer = done("-w", folder, "opportunities")
    lines = answer.out.splitlines()
    assert lines[0].split() == ["customer", "owner", "offer", "amount", "by", "why"]
    assert lines[1].startswith("Acme")
    assert "Business (sales)" in lines[1]
    assert "you have reached 1,000 calls a month; Business carries 4,000" in lines[1]
    assert "3 of 3, ranked by rules: what a customer outgrows first" in answer.err
    assert "kept back by no_fit: 3 (nothing that the customer lacks would be offered)" in answer.err
    assert "without headroom: 3 customers, who pay 35.0 % of all MRR" in answer.err
    assert "not checked: low_health, no scorecard is kept: `upswell health` fits one" in answer.err
    assert "No model of who expands is kept: `upswell propensity` fits one." in answer.err
    alone = done("-w", folder, "opportunities", "leave-alone", "--format", "csv")
    assert [row["guardrails"] for row in alone.csv()] == ["no_fit"] * 3


def test_a_customer_is_handed_over_or_its_handover_closed(folder: Path) -> None:
    for options in ((), ("--to", "Kim", "--close", "won")):
        answer = upswell_command("-w", folder, "opportunities", "hand-over", "Acme", *options)
        assert answer.code == 2
        assert "an opportunity is either handed over or closed" in answer.err
    handed = done("-w", folder, "opportunities", "hand-over", "Acme", "--to", "Kim")
    assert handed.err == "Acme: Business is with Kim\n"
    closed = done("-w", folder, "opportunities", "hand-over", "Acme", "--close", "lost", "--reason", "budget")
    assert closed.err == "Acme: Business is lost, it was with Kim\n"
    rows = done("-w", folder, "opportunities", "handovers", "--format", "json").json()
    assert [(row["owner"], row["status"], row["amount"]) for row in rows] == [
        ("Kim", "open", "75.000000"),
        ("Kim", "lost", "75.000000"),
    ]


def test_the_page_says_the_same_and_escapes_every_name(client: TestClient) -> None:
    html = client.get("/opportunities").text
    text = _text(html)
    assert SCRIPT not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "you have reached 1,000 calls a month; Business carries 4,000" in text
    assert "75.00" in text
    assert "limit_use 1000" in text
    assert "for sales" in text
    assert "No fit nothing that the customer lacks would be offered 3" in text
    assert 'href="/customers/Acme#contacts"' in html, "two clicks record a contact"
    assert 'href="/signals/Acme"' in html
    assert "1 of 3" in _text(client.get("/opportunities?limit=1").text)
    only = client.get("/opportunities", params={"for_sales": "yes", "owner": "Boris"}).text
    assert "Acme#contacts" not in only
    alone = client.get("/leave-alone?guardrail=no_fit").text
    assert "no headroom: no plan above Business" in _text(alone)
    assert SCRIPT not in alone


def test_the_list_with_a_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = upswell.open(folder)
    outlooks = Outlooks(
        "model",
        {
            SCRIPT: Outlook(1, Decimal("0.31"), "plan", Decimal("120.00"), Decimal("0.2")),
            "Acme": Outlook(2, Decimal("0.12"), "seats", Decimal("80.00"), Decimal("0.1")),
        },
        Decimal("0.15"),
        ("The model is a model.",),
    )
    monkeypatch.setattr(Workspace, "_expected", lambda _self, _policy: outlooks)
    answer = workspace.opportunities()
    assert [each.customer_id for each in answer.rows] == [SCRIPT, "Acme", "T3"]
    show_opportunities(answer, workspace.book(), Format.table)
    printed = capsys.readouterr()
    assert "31.0 %" in printed.out
    assert "120.00" in printed.out
    assert "base rate: 15.0 % of all customers expand within 90 days" in printed.err
    assert "The model is a model." in printed.err
    # Whoever comes first and has no score hides nobody's.
    show_opportunities(replace(answer, rows=answer.rows[::-1]), workspace.book(), Format.table)
    assert capsys.readouterr().out.splitlines()[0].split()[3:6] == ["amount", "likely", "expected"]


def test_low_health_keeps_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    health = Health({"Acme": 3, "T3": 4}, low_below=4)
    monkeypatch.setattr(Workspace, "_health_of_all", lambda *_: health)
    workspace = upswell.open(folder)
    assert "Acme" not in [each.customer_id for each in workspace.opportunities().rows]
    [acme] = workspace.leave_alone(guardrail="low_health").rows
    assert [(each.guardrail, each.reason) for each in acme.reasons] == [
        ("low_health", "its health is 3 points, below 4"),
    ]
    assert workspace.opportunities().not_checked == {}


def test_outlooks_are_what_the_scores_say() -> None:
    table = pa.table(
        {
            "customer_id": ["A", "B"],
            "rank": [1, 2],
            "likelihood": [0.25, None],
            "driver": ["seats", None],
            "allocated": [Decimal("10.50"), None],
            "segment_rate": [0.2, None],
        }
    )
    tenths = (Tenth(10, 0.0382, 0.04), Tenth(10, 0.399, 0.401))
    sure = ("Good.",)
    backtest = Backtest(
        "strict", "b-1", date(2026, 1, 1), "USD", "plan", (), (), "logistic", tenths, 0.2, True, True, (), None, sure
    )
    total = Total(("2026-01", "2026-03"), Decimal("1234.50"))
    scores = Scores(
        "strict",
        "b-1",
        date(2026, 1, 1),
        "USD",
        "model",
        0.15,
        2,
        0,
        date(2025, 12, 1),
        "b-0",
        total,
        table,
        0,
        backtest,
    )
    found = outlooks_of(scores)
    assert found.of("A") == Outlook(1, Decimal("0.25"), "seats", Decimal("10.50"), Decimal("0.2"))
    assert (found.of("B").likelihood, found.of("C")) == (None, Outlook())
    assert (found.basis, found.base_rate) == ("model", Decimal("0.15"))
    assert found.how_sure == (
        "The model was fitted on 2025-12-01.",
        "Good.",
        "By tenths, said and came in percent: 3.8 and 4.0, 39.9 and 40.1.",
        (
            "Expected values share out 1,234.50 USD, what the forecast expects of 2026-01 to 2026-03 by drivers that "
            "customers choose."
        ),
    )
