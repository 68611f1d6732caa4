"""Who may do what: every path says which role it needs, and webhooks are proved by their signature."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

import upswell
from tests.interfaces.api.conftest import folder_of, served
from upswell.interfaces.api.router import PARTS

# What goes to customers, what erases, and who did what are for admins alone.
ADMINS = ("forget", "audit", "save_offer", "retire_offer")
NEEDS = {"GET": "viewer", "POST": "analyst", "PUT": "analyst", "DELETE": "analyst"}
ROUTES = [route for part in PARTS for route in part.routes if isinstance(route, APIRoute)]
SECRET = "whsec_of_a_test"


@pytest.mark.parametrize("route", ROUTES, ids=[route.name for route in ROUTES])
def test_every_path_needs_a_role(route: APIRoute) -> None:
    [method] = sorted(route.methods or ())
    found = [getattr(each.dependency, "__name__", "") for each in route.dependencies]
    assert found == ["needs_admin" if route.name in ADMINS else f"needs_{NEEDS[method]}"]


def test_a_token_may_what_its_user_may(client: TestClient) -> None:
    access, now = upswell.open(folder_of(client)).access, datetime.now(UTC)
    tokens = {}
    for role in ("viewer", "analyst", "admin"):
        access.add_user(f"{role}-kim", "correct horse battery", role, author="test", at=now)
        _, secret = access.add_token("of a test", user=f"{role}-kim", scope=role, author="test", at=now)
        tokens[role] = {"Authorization": f"Bearer {secret}"}

    unknown = client.get("/api/v1/metrics?names=arr")
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")
    # Who is nobody is not told what is wrong with the question.
    assert client.get("/api/v1/metrics").status_code == 401
    assert client.get("/api/v1/metrics?names=arr", headers={"Authorization": "Bearer none"}).status_code == 401
    assert client.get("/api/v1/metrics?names=arr", headers=tokens["viewer"]).status_code == 200
    note = {"subject": "Acme", "text": "a note"}
    assert client.post("/api/v1/notes", json=note, headers=tokens["viewer"]).status_code == 403
    written = client.post("/api/v1/notes", json=note, headers=tokens["analyst"])
    assert (written.status_code, written.json()["data"]["author"]) == (201, "analyst-kim")
    dry = {"dry_run": True}
    assert client.post("/api/v1/customers/Acme/forget", json=dry, headers=tokens["analyst"]).status_code == 403
    assert client.post("/api/v1/customers/Acme/forget", json=dry, headers=tokens["admin"]).status_code == 200
    refused = client.post("/api/v1/imports", files=[("files", ("x.csv", b"x"))], headers=tokens["viewer"])
    assert refused.status_code == 403


def test_another_host_and_another_site_are_refused(client: TestClient) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.get("/api/v1/metrics?names=arr", headers=headers)
        assert (answer.status_code, set(answer.json())) == (403, {"error"})


def test_a_workspace_without_a_book_says_so(tmp_path: Path) -> None:
    upswell.init(tmp_path / "new")
    with served(tmp_path / "new") as client:
        answer = client.get("/api/v1/metrics?names=arr")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_book")
        assert client.get("/api/v1/imports").json()["about"]["book"] is None
        assert client.get("/api/v1/policies").status_code == 200


def signed(payload: bytes, *, at: float, secret: str = SECRET) -> str:
    proof = hmac.new(secret.encode(), f"{int(at)}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={int(at)},v1={proof}"


def test_a_webhook_is_kept_if_stripe_signed_it(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
    event = {"id": "evt_1", "object": "event", "type": "customer.updated", "created": 1, "data": {"object": {}}}
    payload = json.dumps(event).encode()

    def post(signature: str, path: str = "/webhooks/stripe", body: bytes = payload) -> tuple[int, object]:
        answer = client.post(path, content=body, headers={"Stripe-Signature": signature})
        return answer.status_code, answer.json().get("error", {}).get("code", answer.json().get("data"))

    now = time.time()
    received = {"event_id": "evt_1", "event_type": "customer.updated", "known": False}
    assert post(signed(payload, at=now)) == (200, received)
    assert post(signed(payload, at=now)) == (200, received | {"known": True})
    for signature in ("", "t=1,v1=00", signed(payload, at=now, secret="another"), signed(payload, at=now - 10_000)):
        assert post(signature)[0] == 400
    assert post(signed(payload, at=now), body=payload + b" ")[0] == 400
    assert post(signed(payload, at=now), path="/webhooks/stripe/none") == (404, "source_unknown")
    assert post("", body=b"x" * 1_000_001) == (413, "too_large")
