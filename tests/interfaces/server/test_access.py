"""Who may do what: every route and method, asked by everybody.

A route that is not in `NEEDS` fails the first test until somebody has said which role it needs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from fastapi.routing import iter_route_contexts

import upswell
from tests.interfaces.server.people import (
    ROLES,
    TestClient,
    add_users,
    desk_of,
    proof_in,
    proof_of,
    served,
    session_of,
    token_of,
)

# What a route needs: `open` nothing, a role, or `session`: somebody signed in as a person, whatever the role.
NEEDS: Final = {
    "GET /healthz": "open",
    "GET /assets/{digest}/{name}": "open",
    "GET /login": "open",
    "POST /login": "open",
    "GET /welcome": "open",
    "POST /welcome": "open",
    "POST /logout": "viewer",
    "GET /api/v1/openapi.json": "viewer",
    "GET /": "viewer",
    "GET /expansion": "viewer",
    "GET /movements": "viewer",
    "GET /movements/{movement_id}": "viewer",
    "GET /figures/{metric}": "viewer",
    "GET /retention": "viewer",
    "GET /durability": "viewer",
    "GET /forecast": "viewer",
    "GET /pricing": "viewer",
    "GET /opportunities": "viewer",
    "GET /leave-alone": "viewer",
    "GET /signals": "viewer",
    "GET /health": "viewer",
    "GET /api/v1/health": "viewer",
    "GET /api/v1/customers/{customer_id:path}/health": "viewer",
    "GET /signals/{customer_id:path}": "viewer",
    "GET /offers": "viewer",
    "GET /cohorts": "viewer",
    "GET /customers": "viewer",
    "GET /customers/{customer_id:path}": "viewer",
    "GET /definitions": "viewer",
    "GET /reconcile": "viewer",
    "GET /closings": "viewer",
    "GET /start": "viewer",
    "GET /data": "viewer",
    "GET /data/checks": "viewer",
    "GET /jobs/{job_id}": "viewer",
    "GET /jobs/{job_id}/lines": "viewer",
    "GET /settings": "viewer",
    "GET /download/{what}.{ending}": "viewer",
    "POST /notes": "analyst",
    "POST /touches": "analyst",
    "POST /touches/outcome": "analyst",
    "POST /quiet": "analyst",
    "POST /quiet/end": "analyst",
    "POST /offers": "admin",
    "POST /offers/retire": "admin",
    "POST /definitions/build": "analyst",
    "POST /closings": "analyst",
    "POST /closings/reopen": "analyst",
    "POST /start/demo": "analyst",
    "POST /data/build": "analyst",
    "POST /data/sync": "analyst",
    "POST /data/undo": "analyst",
    "GET /import": "analyst",
    "POST /import": "analyst",
    "GET /import/{upload_id}": "analyst",
    "POST /import/{upload_id}": "analyst",
    "POST /settings/segments": "analyst",
    "POST /settings/segments/remove": "analyst",
    "POST /settings/users": "admin",
    "POST /settings/users/change": "admin",
    "POST /settings/tokens": "session",
    "POST /settings/tokens/revoke": "session",
    "POST /webhooks/stripe": "open",
    "POST /webhooks/stripe/{source}": "open",
    "GET /api/v1/metrics": "viewer",
    "GET /api/v1/metrics/catalogue": "viewer",
    "GET /api/v1/explain/{metric}": "viewer",
    "GET /api/v1/report/{month}": "viewer",
    "GET /api/v1/cohorts": "viewer",
    "GET /api/v1/retention": "viewer",
    "GET /api/v1/revenue": "viewer",
    "GET /api/v1/durability": "viewer",
    "GET /api/v1/forecast": "viewer",
    "GET /api/v1/durability/at-risk": "viewer",
    "GET /api/v1/durability/expanders": "viewer",
    "GET /api/v1/pricing/{section}": "viewer",
    "GET /api/v1/opportunities": "viewer",
    "GET /api/v1/leave-alone": "viewer",
    "GET /api/v1/customers/{customer_id:path}/offer": "viewer",
    "GET /api/v1/handovers": "viewer",
    "POST /api/v1/handovers": "analyst",
    "POST /api/v1/handovers/close": "analyst",
    "GET /api/v1/signals": "viewer",
    "GET /api/v1/signals/catalogue": "viewer",
    "GET /api/v1/signals/overview": "viewer",
    "GET /api/v1/customers/{customer_id:path}/signals": "viewer",
    "GET /api/v1/offers": "viewer",
    "GET /api/v1/offers/funnel": "viewer",
    "GET /api/v1/offers/effect": "viewer",
    "GET /api/v1/touches": "viewer",
    "GET /api/v1/quiet": "viewer",
    "GET /api/v1/suppressions": "viewer",
    "GET /api/v1/guardrails": "viewer",
    "GET /api/v1/rates": "viewer",
    "GET /api/v1/charts/{name}": "viewer",
    "GET /api/v1/compare": "viewer",
    "GET /api/v1/reconcile": "viewer",
    "GET /api/v1/movements": "viewer",
    "GET /api/v1/movements/{movement_id}": "viewer",
    "GET /api/v1/customers": "viewer",
    "GET /api/v1/customers/{customer_id:path}": "viewer",
    "GET /api/v1/segments": "viewer",
    "GET /api/v1/notes": "viewer",
    "GET /api/v1/closings": "viewer",
    "GET /api/v1/restatements": "viewer",
    "GET /api/v1/corrections": "viewer",
    "GET /api/v1/policies": "viewer",
    "GET /api/v1/policies/{name}": "viewer",
    "GET /api/v1/audit": "admin",
    "GET /api/v1/imports": "viewer",
    "GET /api/v1/quarantine": "viewer",
    "GET /api/v1/jobs/{job_id}": "viewer",
    "GET /api/v1/books": "viewer",
    "GET /api/v1/checks": "viewer",
    "PUT /api/v1/segments/{name}": "analyst",
    "DELETE /api/v1/segments/{name}": "analyst",
    "POST /api/v1/notes": "analyst",
    "POST /api/v1/touches": "analyst",
    "POST /api/v1/touches/{touch}/outcome": "analyst",
    "POST /api/v1/quiet": "analyst",
    "POST /api/v1/quiet/{number}/end": "analyst",
    "POST /api/v1/offers": "admin",
    "POST /api/v1/offers/{name}/retire": "admin",
    "POST /api/v1/closings": "analyst",
    "POST /api/v1/closings/{month}/reopen": "analyst",
    "POST /api/v1/corrections": "analyst",
    "POST /api/v1/corrections/{number}/undo": "analyst",
    "POST /api/v1/imports": "analyst",
    "POST /api/v1/imports/{import_id}/undo": "analyst",
    "POST /api/v1/books": "analyst",
    "POST /api/v1/customers/{customer_id:path}/forget": "admin",
}
EXAMPLES: Final = {
    "digest": "0",
    "name": "app.css",
    "metric": "expansion_mrr",
    "section": "realised",
    "movement_id": "20250301-0000000000000000",
    "customer_id:path": "Acme",
    "job_id": "0" * 16,
    "upload_id": "0" * 16,
    "what": "movements",
    "ending": "csv",
    "month": "2025-03",
    "number": "999",
    "touch": "999",
    "import_id": "i-999999",
    "source": "none",
}
# A form that is allowed and whole would change something: these get one that is allowed and of no use.
FORMS: Final = {
    "POST /settings/tokens": {"name": "x", "scope": "none"},
    "POST /settings/tokens/revoke": {"token_id": "999"},
}
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Who:
    """One who asks; `role` is None for nobody, `via` how they are known."""

    name: str
    role: str | None
    via: str


PEOPLE: Final = (
    Who("nobody", None, "session"),
    Who("at the machine", "admin", "machine"),
    *(Who(role, role, "session") for role in ROLES),
    *(Who(f"admin's token as {role}", role, "token") for role in ROLES),
)


@dataclass(frozen=True)
class Server:
    """Both workspaces, with users and without, and what each of the people sends along."""

    guarded: TestClient
    open: TestClient
    headers: Mapping[str, Mapping[str, str]]
    proofs: Mapping[str, str]

    def client(self, who: Who) -> TestClient:
        return self.open if who.via == "machine" else self.guarded


@pytest.fixture(scope="module")
def server(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    alone = Path(shutil.copytree(built_once, tmp_path_factory.mktemp("alone") / "acme"))
    firm = Path(shutil.copytree(built_once, tmp_path_factory.mktemp("firm") / "acme"))
    add_users(firm)
    headers: dict[str, Mapping[str, str]] = {"nobody": {}, "at the machine": {}}
    headers |= {role: session_of(firm, role) for role in ROLES}
    headers |= {f"admin's token as {role}": token_of(firm, "admin", role) for role in ROLES}
    with served(firm) as guarded, served(alone) as at_machine:
        for client in (guarded, at_machine):
            # Long work is refused as long as other work runs: here, for good.
            desk_of(client).jobs.stop()
        proofs = {role: proof_of(guarded, headers[role]) for role in ROLES}
        yield Server(guarded, at_machine, headers, proofs | {"at the machine": proof_of(at_machine)})


def routes_of(client: TestClient) -> set[str]:
    found = set()
    for route in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        assert route.path is not None
        found |= {f"{method} {route.path}" for method in route.methods or {"GET"} if method != "HEAD"}
    return found


def test_somebody_has_said_for_every_route_which_role_it_needs(server: Server) -> None:
    there = routes_of(server.guarded)
    assert there - NEEDS.keys() == set(), "say in NEEDS which role these need"
    assert NEEDS.keys() - there == set(), "these are routes no more"


def address_of(route: str) -> str:
    path = route.partition(" ")[2]
    for name, example in EXAMPLES.items():
        path = path.replace(f"{{{name}}}", example)
    assert "{" not in path, f"EXAMPLES has no {path}"
    return path


def outcome(server: Server, route: str, who: Who) -> str:
    method = route.partition(" ")[0]
    headers = dict(server.headers[who.name])
    client = server.client(who)
    if route == "POST /logout" and who.via == "session" and who.role:
        # In a session of its own, since it ends.
        headers = session_of(desk_of(client).folder, who.role)
        proof = proof_of(client, headers)
    else:
        proof = server.proofs.get(who.name, "")
    if "/api/" in route:
        answer = client.request(method, address_of(route), headers=headers, json={} if method != "GET" else None)
    else:
        form = {"csrf": proof, **FORMS.get(route, {})} if method == "POST" else None
        answer = client.request(method, address_of(route), headers=headers, data=form)
    assert answer.status_code != 500, answer.text
    if answer.status_code == 403:
        return "forbidden"
    if answer.status_code == 401 or (method == "GET" and answer.headers.get("location", "").startswith("/login")):
        assert route not in ("GET /login", "POST /login")
        return "sign in first"
    return "allowed"


def expected(need: str, who: Who) -> str:
    if need == "open":
        return "allowed"
    if who.role is None:
        return "sign in first"
    if need == "session":
        return "allowed" if who.via == "session" else "forbidden"
    return "allowed" if ROLES.index(who.role) >= ROLES.index(need) else "forbidden"


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who.name)
@pytest.mark.parametrize("route", [route for route in NEEDS if route != "POST /login"])
def test_everybody_gets_what_their_role_allows_and_no_more(server: Server, route: str, who: Who) -> None:
    assert outcome(server, route, who) == expected(NEEDS[route], who)


def test_no_path_takes_a_method_that_is_not_listed(server: Server) -> None:
    headers = dict(server.headers["admin"])
    for path in {route.partition(" ")[2] for route in NEEDS}:
        for method in METHODS:
            if f"{method} {path}" not in NEEDS:
                answer = server.guarded.request(method, address_of(f"- {path}"), headers=headers)
                assert answer.status_code in (404, 405), f"{method} {path}"


def test_a_low_token_of_an_admin_makes_no_higher_one(server: Server) -> None:
    low = dict(server.headers["admin's token as viewer"])
    answer = server.guarded.post("/settings/tokens", headers=low, data={"name": "more", "scope": "admin"})
    assert (answer.status_code, "upw_" in answer.text) == (403, False)
    assert "signed in" in answer.text


def test_a_token_that_does_not_hold_is_not_made_good_by_a_session(server: Server) -> None:
    both = {**server.headers["admin"], "Authorization": "Bearer upw_none"}
    answer = server.guarded.get("/settings", headers=both)
    assert answer.status_code == 303


def test_who_signs_in_is_shown_to_admins_alone(server: Server) -> None:
    for role, shown in (("viewer", False), ("analyst", False), ("admin", True)):
        pages = [server.guarded.get(path, headers=dict(server.headers[role])).text for path in ("/data", "/settings")]
        assert any("<td>login</td>" in page or ": login" in page for page in pages) is shown


def test_where_the_first_admin_is_made_the_machine_has_no_rights_any_more(acme: Path) -> None:
    with served(acme) as client:
        page = client.get("/settings")
        assert page.status_code == 200
        proof = proof_in(page.text)
        add_users(acme)
        assert client.get("/settings").headers["location"] == "/login?next=%2Fsettings"
        left = client.post("/settings/segments", data={"name": "de", "expression": "country = 'DE'", "csrf": proof})
        assert left.status_code == 401


def test_a_server_that_others_reach_lets_nobody_in_where_its_users_are_gone(acme: Path) -> None:
    with served(acme, hosts=("127.0.0.1", "metrics.example"), needs_users=True) as client:
        assert not upswell.open(acme).access.has_users()
        assert client.get("/").headers["location"] == "/login"
        assert client.post("/data/build", data={"csrf": ""}).status_code == 401
