"""The account over HTTP on loopback: Stripe's lists with their paging, expanding and filters, and its bad days.

    with serve(account) as server:
        stripe.StripeClient("rk_test_1", base_addresses={"api": server.url})

`fail_next(429, "drop")` makes the next two requests fail, `faults(seed, rate)` a share of all; `at_request(5, act)`
calls `act` when the fifth request comes in. The Stripe-Version header decides the generation, as Stripe's does;
`mixed(seed)` lets each object decide for itself.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.stripe_account.account import Account
from tests.stripe_account.moments import EVENTS_KEPT
from tests.stripe_account.shapes import API_VERSIONS, Shapes

KEY: Final = "rk_test_upswell0000000000"
_NEWEST_SINCE: Final = "2025-03-31"
LISTS: Final = {
    "products": "product",
    "prices": "price",
    "plans": "price",
    "tax_rates": "tax_rate",
    "coupons": "coupon",
    "promotion_codes": "promotion",
    "customers": "customer",
    "subscriptions": "subscription",
    "subscription_schedules": "schedule",
    "invoices": "invoice",
    "invoiceitems": "pending",
    "credit_notes": "credit_note",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "payment_intents": "intent",
    "invoice_payments": "payment",
}
_PARAMETERS: Final = {
    "limit",
    "starting_after",
    "ending_before",
    "status",
    "subscription",
    "customer",
    "type",
    "active",
    "created",
    "expand",
    "types",
}


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    version: str | None


@dataclass
class Server:
    """The running server and what a test may do to it."""

    account: Account
    url: str = ""
    requests: list[Asked] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    _failures: list[int | str] = field(default_factory=list)
    _faults: tuple[random.Random, float] | None = None
    _mixed: int | None = None
    _acts: dict[int, Callable[[], None]] = field(default_factory=dict)
    _orders: dict[str, tuple[int, list[Any]]] = field(default_factory=dict)
    _cache: dict[tuple[str, str, str, frozenset[str]], bytes] = field(default_factory=dict)
    _written: dict[tuple[str, str], list[tuple[str, str, str, frozenset[str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account.changed = self._changed
        self._writers = {name: Shapes(self.account, name) for name in API_VERSIONS}

    def fail_next(self, *failures: int | str) -> None:
        """Statuses (429, 500, 503) or "drop" for the next requests."""
        self._failures += failures

    def faults(self, seed: int, rate: float) -> None:
        """Fail that share of all requests from now on."""
        self._faults = (random.Random(seed), rate)

    def mixed(self, seed: int) -> None:
        """Each object comes in a generation of its own."""
        self._mixed = seed
        self._cache.clear()

    def restrict(self, *lists: str) -> None:
        """The key may not read these lists."""
        self.forbidden |= set(lists)

    def lose(self, *ids: str) -> None:
        """These objects are missing from lists although a page is said to be whole."""
        self.lost |= set(ids)

    def at_request(self, number: int, act: Callable[[], None]) -> None:
        """Call `act` when request `number` (from now, 1 is the next) comes in, before it is answered."""
        self._acts[len(self.requests) + number] = act

    # -- answering -------------------------------------------------------------------------------

    def answer(self, asked: Asked, key: str) -> Response:
        self.requests.append(asked)
        act = self._acts.pop(len(self.requests), None)
        if act is not None:
            act()
        failure = self._failures.pop(0) if self._failures else self._chance()
        if failure is not None:
            return _failed(failure)
        if key != KEY:
            return _error(401, "invalid_request_error", f"Invalid API Key provided: {key[:8]}****")
        return self._found(asked)

    def _chance(self) -> int | str | None:
        if self._faults is None or self._faults[0].random() >= self._faults[1]:
            return None
        failures: tuple[int | str, ...] = (429, 500, 503, "drop")
        return self._faults[0].choice(failures)

    def _found(self, asked: Asked) -> Response:  # noqa: PLR0911 -- a case a route
        parts = asked.path.removeprefix("/v1/").strip("/").split("/")
        unknown = {name.split("[")[0] for name in asked.query} - _PARAMETERS
        if unknown:
            return _error(400, "invalid_request_error", f"Received unknown parameter: {sorted(unknown)[0]}")
        if parts[0] in self.forbidden:
            return _error(
                403, "invalid_request_error", f"The provided key does not have the required permissions for {parts[0]}"
            )
        generation = "old" if (asked.version or API_VERSIONS[self.account.generation]) < _NEWEST_SINCE else "newest"
        expand = frozenset(each.removeprefix("data.") for each in asked.query.get("expand[]", []))
        match parts:
            case ["account"]:
                return JSONResponse({"id": "acct_1", "object": "account", "default_currency": "usd"})
            case ["events"]:
                return self._page(asked, "event", self._events(asked), generation, frozenset())
            case ["subscription_items"]:
                return self._items(asked, generation, expand)
            case ["invoices", invoice, "lines"]:
                return self._lines(asked, invoice, generation, expand)
            case ["invoice_payments"] if generation == "old":
                return _error(404, "invalid_request_error", "Unrecognized request URL (GET: /v1/invoice_payments).")
            case [name] if name in LISTS:
                return self._page(asked, name, self._ordered(LISTS[name], asked), generation, expand)
            case [name, which] if name in LISTS or name == "events":
                return self._one(name, which, generation, expand)
        return _error(404, "invalid_request_error", f"Unrecognized request URL (GET: {asked.path}).")

    def _one(self, name: str, which: str, generation: str, expand: frozenset[str]) -> Response:
        things = self.account.objects[LISTS[name]]
        if which not in things:
            return _error(404, "invalid_request_error", f"No such {name}: '{which}'")
        return Response(self._text(name, things[which], generation, expand), media_type="application/json")

    def _events(self, asked: Asked) -> list[Any]:
        since = self.account.now - EVENTS_KEPT
        return [event for event in reversed(self.account.events) if event.created > since and _in_time(event, asked)]

    def _ordered(self, kind: str, asked: Asked) -> list[Any]:
        """Newest first; the order of a list is kept until something is added to it."""
        things = self.account.objects[kind]
        known = self._orders.get(kind)
        if known is None or known[0] != len(things):
            known = (len(things), sorted(things.values(), key=lambda each: (each.created, each.id), reverse=True))
            self._orders[kind] = known
        found = [each for each in known[1] if _in_time(each, asked) and not getattr(each, "deleted", False)]
        if kind == "subscription":
            status = asked.query.get("status", ["not canceled"])[0]
            if status == "not canceled":
                found = [each for each in found if each.status not in ("canceled", "incomplete_expired")]
            elif status != "all":
                found = [each for each in found if each.status == status]
        customer = asked.query.get("customer")
        if customer:
            found = [each for each in found if getattr(each.customer, "id", each.customer) == customer[0]]
        return found

    def _items(self, asked: Asked, generation: str, expand: frozenset[str]) -> Response:
        if "subscription" not in asked.query:
            return _error(400, "invalid_request_error", "Missing required param: subscription.")
        subscription = self.account.objects["subscription"][asked.query["subscription"][0]]
        inner = frozenset(f"items.{each}" for each in expand)
        return _paged(asked, self._writers[generation].items(subscription, inner), [i.id for i in subscription.items])

    def _lines(self, asked: Asked, invoice: str, generation: str, expand: frozenset[str]) -> Response:
        found = self.account.objects["invoice"].get(invoice)
        if found is None:
            return _error(404, "invalid_request_error", f"No such invoice: '{invoice}'")
        generation = self._generation(invoice, generation)
        inner = frozenset(f"lines.{each}" for each in expand)
        return _paged(asked, self._writers[generation].lines(found, inner), [line.id for line in found.lines])

    def _page(self, asked: Asked, name: str, things: list[Any], generation: str, expand: frozenset[str]) -> Response:
        limit = int(asked.query.get("limit", ["10"])[0])
        if not 1 <= limit <= 100:
            return _error(400, "invalid_request_error", "This value must be between 1 and 100.")
        start = 0
        after = asked.query.get("starting_after")
        if after:
            start = next((place + 1 for place, each in enumerate(things) if each.id == after[0]), -1)
            if start < 0:
                return _error(400, "invalid_request_error", f"No such object: '{after[0]}'")
        shown = [each for each in things[start : start + limit] if each.id not in self.lost]
        data = b",".join(self._text(name, each, generation, expand) for each in shown)
        more = b"true" if start + limit < len(things) else b"false"
        body = b'{"object":"list","url":"%s","has_more":%s,"data":[%s]}' % (asked.path.encode(), more, data)
        return Response(body, media_type="application/json")

    def _generation(self, which: str, generation: str) -> str:
        if self._mixed is None:
            return generation
        digest = hashlib.sha256(f"{self._mixed}:{which}".encode()).digest()
        return "old" if digest[0] % 2 else "newest"

    def _text(self, name: str, thing: Any, generation: str, expand: frozenset[str]) -> bytes:
        # An invoice payment has no old form.
        if name not in ("events", "event", "invoice_payments"):
            generation = self._generation(thing.id, generation)
        key = (name, thing.id, generation, expand)
        if key not in self._cache:
            writer = self._writers[generation]
            kind = "event" if name in ("events", "event") else LISTS[name]
            written = writer.plan(thing) if name == "plans" else writer.write(kind, thing, expand)
            self._cache[key] = json.dumps(written, separators=(",", ":")).encode()
            self._written.setdefault((kind, thing.id), []).append(key)
        return self._cache[key]

    def _changed(self, kind: str, which: str) -> None:
        for key in self._written.pop((kind, which), ()):
            self._cache.pop(key, None)


def _in_time(thing: Any, asked: Asked) -> bool:
    created: int = thing.created
    for name, values in asked.query.items():
        value = values[0]
        match name:
            case "created[gte]" if created < int(value):
                return False
            case "created[gt]" if created <= int(value):
                return False
            case "created[lte]" if created > int(value):
                return False
            case "created[lt]" if created >= int(value):
                return False
    return True


def _paged(asked: Asked, data: list[dict[str, Any]], ids: list[str]) -> Response:
    limit = int(asked.query.get("limit", ["10"])[0])
    after = asked.query.get("starting_after")
    start = ids.index(after[0]) + 1 if after else 0
    return JSONResponse(
        {
            "object": "list",
            "url": asked.path,
            "has_more": start + limit < len(ids),
            "data": data[start : start + limit],
        }
    )


def _error(status: int, kind: str, message: str) -> Response:
    headers = {"Retry-After": "1"} if status == 429 else {}
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers=headers)


def _failed(failure: int | str) -> Response:
    if failure == "drop":
        return StreamingResponse(_half(), headers={"Content-Length": "1000"}, media_type="application/json")
    if failure == 429:
        return _error(429, "invalid_request_error", "Too many requests")
    return _error(int(failure), "api_error", "Something went wrong on Stripe's end.")


def _half() -> Iterator[bytes]:
    yield b'{"object":"list","data":['
    raise ConnectionResetError("dropped in the middle")


class _Quiet(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test owns the signals."""


@contextmanager
def serve(account: Account) -> Iterator[Server]:
    """Serve `account` on a free port of loopback until the block ends."""
    server = Server(account)
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    def get(path: str, request: Request) -> Response:
        query: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            plain = "expand[]" if name.startswith("expand[") else name
            query.setdefault(plain, []).append(value)
        asked = Asked("GET", f"/{path}", query, request.headers.get("stripe-version"))
        return server.answer(asked, request.headers.get("authorization", "").removeprefix("Bearer "))

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", access_log=False)
    running = _Quiet(config)
    ready = threading.Event()
    started = running.startup

    async def startup(sockets: Any = None) -> None:
        await started(sockets=sockets)
        ready.set()

    running.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    ready.wait(30)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(30)
