"""What is looked at before anything else, on every request and whoever asks.

Loopback alone is not safety: a page of somebody else's, open in the same browser, can send requests to this machine,
and a name of its own can be made to mean it. So Host must be a name of ours, Origin must be ours where it is given, and
what a browser says to come from another site is let in only as a link that was followed. Every answer leaves with
headers that forbid whatever our pages do not need, that of a fault too: no fault gets past the guard.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upswell.engines.running import OpenQuestions
from upswell.errors import UpswellError
from upswell.interfaces.server.faults import told_of
from upswell.interfaces.server.hearing import Hearing
from upswell.interfaces.server.problems import as_json
from upswell.interfaces.web.assets import asset_address

OnFault = Callable[[Request, Exception], Awaitable[Response]]
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_logger = logging.getLogger("upswell.requests")
_faults = logging.getLogger("upswell.server")


class StrangeRequestError(UpswellError):
    """A request that no page or program of this server's would send."""

    http_status = 403


class Guard:
    """Hosts, origins, headers, the time a request and its question may take, and a line in the log for every request.

    `https` says that browsers come by HTTPS alone. What is sent must be here within `body_seconds`; the question may
    take `seconds_max` from then on. `on_fault` makes the answer of a fault.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str] = LOOPBACK_NAMES,
        https: bool = False,
        seconds_max: float,
        body_seconds: float,
        questions: OpenQuestions,
        on_fault: OnFault,
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._https = https
        self._seconds_max = seconds_max
        self._body_seconds = body_seconds
        self._questions = questions
        self._on_fault = on_fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look, pass on, and write the log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        request_id = scope["upswell.request_id"] = secrets.token_hex(8)
        status, started = 500, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "private, no-store")
                headers["X-Request-Id"] = request_id
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Speculation-Rules"] = f'"{asset_address("speculation.json")}"'
            await send(message)

        try:
            strange = self._strange(scope)
            if strange is not None:
                await as_json(Request(scope), strange)(scope, receive, send_with_headers)
            else:
                with self._questions.asked() as question:
                    hearing = Hearing(receive, question)
                    async with hearing.bounded(body_seconds=self._body_seconds, question_seconds=self._seconds_max):
                        await self._app(scope, hearing.hear, send_with_headers)
        except Exception as fault:
            _faults.error("fault", extra={"request_id": request_id, **told_of(fault)})
            if not started:
                answer = await self._on_fault(Request(scope), fault)
                await answer(scope, receive, send_with_headers)
        finally:
            # The path as its route is written, never as it was asked, nor the query: they can hold names and secrets.
            _logger.info(
                "request",
                extra={
                    "request_id": request_id,
                    "method": scope["method"],
                    "path": getattr(scope.get("route"), "path", None),
                    "status": status,
                    "milliseconds": round((time.monotonic() - began) * 1000),
                },
            )

    def _strange(self, scope: Scope) -> StrangeRequestError | None:
        headers = Headers(scope=scope)
        host = ", ".join(headers.getlist("host"))
        if name_of(host) not in self._hosts:
            return _refused("Host", host, expected="a name of this server", remedy="--allowed-host names another")
        origins = headers.getlist("origin")
        ours = f"{'https' if self._https else scope['scheme']}://{host.lower()}"
        if any(origin.lower() != ours for origin in origins):
            remedy = "use the pages of this server; --behind-https where another one before it speaks HTTPS"
            return _refused("Origin", ", ".join(origins), expected=ours, remedy=remedy)
        site = headers.get("sec-fetch-site", "none")
        followed = scope["method"] in _SAFE and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("none", "same-origin") and not followed:
            return _refused("Sec-Fetch-Site", site, expected="same-origin", remedy="use the pages of this server")
        return None


def name_of(host: str) -> str | None:
    """The name in a Host header, without its port: `[::1]:8765` is `[::1]`. None for what is no such header."""
    found = _HOST.fullmatch(host.lower())
    return None if found is None else found["name"]


def _refused(header: str, found: str, **more: Any) -> StrangeRequestError:
    code = f"{header.lower().replace('-', '_')}_refused"
    return StrangeRequestError(f"the header {header} is not one of ours", code=code, found=found[:200], **more)
