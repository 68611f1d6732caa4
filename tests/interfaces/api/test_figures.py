"""Figures over the API are those of the command line and of Python, value by value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import upswell
from tests.interfaces.api.conftest import folder_of
from tests.interfaces.command import done
from upswell.metrics.catalogue import entries

SAME = [
    (
        ("metrics", "expansion_mrr", "nrr_1m", "--by", "plan", "--by", "country"),
        "/metrics?names=expansion_mrr&names=nrr_1m&by=plan&by=country",
    ),
    (
        ("metrics", "expansion_mrr", "--from", "2025-03", "--to", "2025-06", "--per-30-days"),
        "/metrics?names=expansion_mrr&from=2025-03&to=2025-06&per_30_days=true",
    ),
    (("metrics", "arr", "--where", "country = 'DE'"), "/metrics?names=arr&where=country%20%3D%20'DE'"),
    (("metrics", "arr", "--policy", "strict"), "/metrics?names=arr&policy=strict"),
    (
        ("explain", "expansion_mrr", "--month", "2025-04", "--details", "1"),
        "/explain/expansion_mrr?month=2025-04&details=1",
    ),
    (("explain", "nrr_1m", "--details", "0"), "/explain/nrr_1m?details=0"),
    (("report", "--month", "2025-04"), "/report/2025-04"),
    (("movements", "--kind", "expansion", "--from", "2025-04"), "/movements?kind=expansion&from=2025-04"),
    (("movements", "--customer", "Acme", "--to", "2025-03-15"), "/movements?customer=Acme&to=2025-03-15"),
    (("cohorts",), "/cohorts"),
    (("cohorts", "expansion", "--by", "driver", "--ages", "3"), "/cohorts?measure=expansion&by=driver&ages=3"),
    (("cohorts", "mrr", "--cohort", "plan"), "/cohorts?measure=mrr&cohort=plan"),
    (("retention", "--month", "2025-05"), "/retention?month=2025-05"),
    (("retention", "--wrong"), "/retention?wrong=true"),
    (("durability",), "/durability"),
    (("durability", "--by", "plan", "--driver", "seats"), "/durability?by=plan&driver=seats"),
    (("durability", "--at-risk", "--limit", "2"), "/durability/at-risk?limit=2"),
    (("durability", "--expanders"), "/durability/expanders"),
    (("forecast", "--months", "2"), "/forecast?months=2"),
    (("pricing",), "/pricing/realised"),
    (("pricing", "realised", "--by", "plan", "--month", "2025-04"), "/pricing/realised?by=plan&month=2025-04"),
    (("pricing", "lists"), "/pricing/lists"),
    (("pricing", "old-prices", "--where", "country = 'AT'"), "/pricing/old-prices?where=country%20%3D%20'AT'"),
    (("pricing", "steps"), "/pricing/steps"),
    (("pricing", "next"), "/pricing/next"),
    (("pricing", "attach", "--cohort", "month", "--ages", "2"), "/pricing/attach?cohort=month&ages=2"),
    (("health", "--limit", "2"), "/health?limit=2"),
    (("health", "--where", "country = 'AT'"), "/health?where=country%20%3D%20'AT'"),
    (("health", "--customer", "Acme"), "/customers/Acme/health"),
    (("signals",), "/signals/overview"),
    (
        ("signals", "--day", "2025-04-10", "--where", "country = 'AT'"),
        "/signals/overview?day=2025-04-10&where=country%20%3D%20'AT'",
    ),
    (("signals", "mrr", "headroom", "--limit", "2"), "/signals?names=mrr&names=headroom&limit=2"),
    (("signals", "mrr", "--order", "seats", "--day", "2025-04"), "/signals?names=mrr&order=seats&day=2025-04"),
    (("signals", "--customer", "Acme"), "/customers/Acme/signals"),
    (("signals", "mrr", "seats", "--customer", "Acme"), "/customers/Acme/signals?names=mrr&names=seats"),
    (("signals", "--catalogue"), "/signals/catalogue"),
    (("opportunities",), "/opportunities"),
    (("opportunities", "--where", "country = 'DE'"), "/opportunities?where=country%20%3D%20'DE'"),
    (("opportunities", "--limit", "1"), "/opportunities?limit=1"),
    (("opportunities", "leave-alone", "--guardrail", "no_fit"), "/leave-alone?guardrail=no_fit"),
    (("opportunities", "offer", "Acme"), "/customers/Acme/offer"),
    (("offers",), "/offers"),
    (("offers", "funnel"), "/offers/funnel"),
    (("offers", "funnel", "--by", "country"), "/offers/funnel?by=country"),
    (("offers", "effect"), "/offers/effect"),
    (("touches", "quiet-list"), "/quiet"),
    (("touches", "suppressions"), "/suppressions"),
    (("touches", "guardrails"), "/guardrails"),
    (("revenue", "--month", "2025-04"), "/revenue?month=2025-04"),
    (("rates",), "/rates"),
    (("policies",), "/policies"),
    (("policies", "stripe"), "/policies/stripe"),
    (("check",), "/checks"),
    (("imports",), "/imports"),
    (("quarantine",), "/quarantine"),
    (("audit",), "/audit"),
    (("segment", "list"), "/segments"),
    (("note", "list"), "/notes"),
    (("closings",), "/closings"),
    (("restatements",), "/restatements"),
    (("corrections",), "/corrections"),
]


def printed(folder: Path, *arguments: str) -> Any:
    return done("-w", folder, "--format", "json", *arguments).json()


@pytest.mark.parametrize(("command", "path"), SAME, ids=[" ".join(command) for command, _ in SAME])
def test_the_api_sends_what_the_command_prints(reader: TestClient, command: tuple[str, ...], path: str) -> None:
    answer = reader.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == printed(folder_of(reader), *command)


def test_the_movements_are_those_of_the_command(reader: TestClient) -> None:
    # Within a day a page follows the book, the command the names.
    rows = reader.get("/api/v1/movements").json()["data"]
    assert [row["date"] for row in rows] == [row["date"] for row in printed(folder_of(reader), "movements")]
    by_id = {row["movement_id"]: row for row in printed(folder_of(reader), "movements")}
    assert {row["movement_id"]: row for row in rows} == by_id


@pytest.mark.parametrize("metric", [metric.name for metric in entries()])
def test_every_metric_is_the_same_over_the_api(reader: TestClient, metric: str) -> None:
    rows = reader.get(f"/api/v1/metrics?names={metric}").json()["data"]
    assert rows == printed(folder_of(reader), "metrics", metric)
    table = upswell.open(folder_of(reader)).metrics(metric)
    assert [row["month"] for row in rows] == table.column("month").to_pylist()
    for row, value in zip(rows, table.column("value").to_pylist(), strict=True):
        assert (row["value"] is None) == (value is None)
        assert value is None or float(row["value"]) == float(value)
        assert row["value"] is not None or row["reason"]


def test_an_answer_says_what_it_is_of(reader: TestClient) -> None:
    about = reader.get("/api/v1/metrics?names=arr").json()["about"]
    book = upswell.open(folder_of(reader)).book()
    assert about == {
        "policy": "strict",
        "policy_hash": book.policies[0].hash,
        "book": "b-000001",
        "as_of": "2025-06-01T00:00:00+00:00",
        "currency": "USD",
        "held_back": 0,
        "standing": "as known now",
    }


def test_the_catalogue_names_every_metric(reader: TestClient) -> None:
    rows = reader.get("/api/v1/metrics/catalogue").json()["data"]
    assert [row["name"] for row in rows] == [metric.name for metric in entries()]


def test_a_movement_is_traced_to_its_rows(reader: TestClient) -> None:
    [movement] = reader.get("/api/v1/movements?customer=Acme&kind=expansion").json()["data"]
    found = reader.get(f"/api/v1/movements/{movement['movement_id']}").json()["data"]
    assert found == printed(folder_of(reader), "trace", movement["movement_id"])
    assert [(each["side"], each["row"]) for each in found["sources"]] == [("before", 2), ("after", 3)]


def test_a_chart_is_vega_lite_or_a_drawing(reader: TestClient) -> None:
    spec = reader.get("/api/v1/charts/drivers").json()
    assert spec == upswell.open(folder_of(reader)).chart("drivers").to_dict()
    drawn = reader.get("/api/v1/charts/drivers", headers={"Accept": "image/svg+xml"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<svg")


def test_policies_of_the_book_are_compared_and_no_other_is_built(client: TestClient) -> None:
    refused = client.get("/api/v1/compare?policies=strict&policies=stripe")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "policy_not_in_book")
    done("-w", folder_of(client), "build", "--as-of", "2025-06-01", "--policy", "stripe")
    client.app.state.desk.book_built()  # type: ignore[attr-defined]
    answer = client.get("/api/v1/compare?policies=strict&policies=stripe&from=2025-03&to=2025-04")
    assert answer.json()["data"] == printed(
        folder_of(client), "compare-policies", "strict", "stripe", "--from", "2025-03", "--to", "2025-04"
    )


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/metrics", 400, "request_malformed"),
        ("/metrics?names=arrr", 400, "unknown_metric"),
        ("/metrics?names=arr&policy=strpe", 404, "policy_unknown"),
        ("/metrics?names=arr&policy=/etc/passwd.toml", 400, "policy_file_refused"),
        ("/compare?policies=strict&policies=/etc/x.toml", 400, "policy_file_refused"),
        ("/policies/x.toml", 400, "policy_file_refused"),
        ("/metrics?names=arr&segment=none", 400, "unknown_segment"),
        ("/metrics?names=arr&where=(", 400, None),
        ("/metrics?names=arr&as_of=2025-03", 400, "month_not_closed"),
        ("/metrics?names=arr&as_of=2025-03-01T00:00", 400, "request_malformed"),
        ("/report/2025", 400, "malformed_month"),
        ("/movements?from=2025-13", 400, "date_malformed"),
        ("/movements?kind=expanse", 400, "kind_unknown"),
        ("/movements?limit=0", 400, "request_malformed"),
        ("/movements/none", 404, None),
        ("/customers/none", 404, None),
        ("/charts/none", 400, "unknown_chart"),
        ("/retention?wrong=true&by=plan", 400, "wrong_by_dimension"),
        ("/reconcile", 400, "source_not_synced"),
        ("/reconcile?against=none", 404, "source_unknown"),
        ("/jobs/none", 404, "unknown_job"),
        ("/none", 404, "no_such_path"),
    ],
)
def test_what_cannot_be_answered_has_one_shape(reader: TestClient, path: str, status: int, code: str | None) -> None:
    answer = reader.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert list(error) == ["code", "message", "where", "expected", "found", "remedy", "request_id"]
    assert code in (error["code"], None)
    assert error["request_id"] == answer.headers["x-request-id"]
    assert str(folder_of(reader)) not in answer.text
