"""Offers and contacts over the API: kept under who said them, and seen by the next question."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

OFFER = {"name": "more-seats", "title": "Ten more seats", "what": "seats", "eligibility": "country = 'DE'"}


def test_an_offer_is_saved_listed_and_retired(client: TestClient) -> None:
    saved = client.post("/api/v1/offers", json={**OFFER, "discount_percent": "12.5", "channels": ["email"]})
    assert (saved.status_code, saved.json()["data"]["discount_percent"]) == (201, "12.5")
    assert client.get("/api/v1/offers").json()["data"] == [saved.json()["data"]]
    retired = client.post("/api/v1/offers/more-seats/retire")
    assert retired.json()["data"]["retired_at"] is not None
    assert client.post("/api/v1/offers/none/retire").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("offers", {**OFFER, "what": "gift"}),
        ("offers", {**OFFER, "name": "a b"}),
        ("offers", {**OFFER, "eligibility": "plan = 'Team'"}),
        ("offers", {**OFFER, "discount_percent": "1e-400"}),
        ("offers", {**OFFER, "title": "\x00"}),
        ("touches", {"customer_id": "none", "offer": "seats"}),
        ("touches", {"customer_id": "Acme", "offer": "none"}),
        ("touches", {"customer_id": "Acme", "offer": "seats", "at": "2999-01-01"}),
        ("touches", {"customer_id": "Acme", "offer": "seats", "at": "0001-01-01T00:00:00+14:00"}),
        ("quiet", {"customer_id": None, "kind": "opt_out", "reason": "x"}),
        ("quiet", {"customer_id": "Acme", "reason": "x", "starts_on": "9999-12-31"}),
        ("quiet", {"customer_id": "Acme", "reason": "x", "starts_on": "2026-01-02", "until": "2026-01-02"}),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(client: TestClient, path: str, body: object) -> None:
    assert client.post(f"/api/v1/{path}", json=body).status_code in (400, 422)
    assert client.get(f"/api/v1/{path}").json()["data"] == []


def test_a_touch_is_seen_by_the_next_question_whatever_was_kept(client: TestClient) -> None:
    before = client.get("/api/v1/offers/funnel")
    assert before.json()["data"]["whole"]["shown"] == 0
    touch = client.post("/api/v1/touches", json={"customer_id": "Acme", "offer": "seats", "at": "2025-05-30T12:00:00Z"})
    number = touch.json()["data"]["id"]
    again = client.post("/api/v1/touches", json={"customer_id": "Acme", "offer": "seats", "at": "2025-05-30T12:00:00Z"})
    assert again.json()["data"]["id"] == number
    said = client.post(f"/api/v1/touches/{number}/outcome", json={"outcome": "declined", "reason": "no budget"})
    assert (said.status_code, said.json()["data"]["outcome"]) == (201, "declined")

    after = client.get("/api/v1/offers/funnel", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["data"]["whole"]["declined"]) == (200, 1)
    [row] = client.get("/api/v1/touches?customer=Acme&limit=1").json()["data"]
    assert (row["touch"], row["reason"]) == (number, "no budget")
    [alone] = client.get("/api/v1/suppressions?customer=Acme").json()["data"]
    assert {each["guardrail"] for each in alone["reasons"]} >= {"declined", "customer_cap"}
    assert client.post("/api/v1/touches/99/outcome", json={"outcome": "clicked"}).status_code == 404


def test_a_quiet_time_is_entered_and_ended(client: TestClient) -> None:
    entered = client.post("/api/v1/quiet", json={"customer_id": "Acme", "kind": "opt_out", "reason": "no mail"})
    number = entered.json()["data"]["id"]
    assert client.get("/api/v1/suppressions?customer=Acme").json()["data"][0]["reasons"][0]["guardrail"] == "opted_out"
    assert client.post(f"/api/v1/quiet/{number}/end").json()["data"]["ended_at"] is not None
    assert client.post(f"/api/v1/quiet/{number}/end").status_code == 404
    reasons = [
        each["guardrail"]
        for row in client.get("/api/v1/suppressions?customer=Acme").json()["data"]
        for each in row["reasons"]
    ]
    assert "opted_out" not in reasons


def test_the_effect_and_the_guardrails_are_never_answered_by_an_etag(client: TestClient) -> None:
    assert "etag" not in client.get("/api/v1/offers/effect").headers
    counts = client.get("/api/v1/guardrails?from=2025-05&to=2025-05")
    assert "etag" not in counts.headers
    assert {row["customers"] for row in counts.json()["data"]} == {0}
