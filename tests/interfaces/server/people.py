"""A served workspace and the people who come to it: in memory, or over a socket of 127.0.0.1."""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

import upswell
from upswell.interfaces.server.app import create_app
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.visitors import SESSION_COOKIE

with warnings.catch_warnings():
    # It may say that another client will take the place of the one it uses.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient as TestClient  # noqa: PLC0414 -- tests import it from here
# What a client gets; which library it comes from is the test client's affair.
Answer = Any
HERE: Final = "http://127.0.0.1"
PASSWORD: Final = "four words by chance"
ROLES: Final = ("viewer", "analyst", "admin")
_PROOF: Final = re.compile(r'name="csrf" value="([0-9a-f]*)"')


@contextmanager
def served(folder: Path, **options: Any) -> Iterator[TestClient]:
    """A client, without cookies of its own, of a server of the workspace in `folder`."""
    app = create_app(folder, **options)
    with TestClient(app, base_url=HERE, raise_server_exceptions=True, follow_redirects=False) as client:
        yield client


def desk_of(client: TestClient) -> Desk:
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return desk


def add_users(folder: Path) -> None:
    """One user for each role, called like it."""
    access = upswell.open(folder).access
    for role in ROLES:
        access.add_user(role, PASSWORD, role, author="root", at=datetime.now(UTC))
    access.close()


def session_of(folder: Path, name: str) -> dict[str, str]:
    """The headers of a browser in which that user is signed in."""
    access = upswell.open(folder).access
    secret = access.log_in(name, PASSWORD, at=datetime.now(UTC))
    access.close()
    return {"Cookie": f"{SESSION_COOKIE}={secret}"}


def token_of(folder: Path, user: str, scope: str) -> dict[str, str]:
    """The headers of a program with a token of that user."""
    access = upswell.open(folder).access
    _, secret = access.add_token(f"{user} as {scope}", user=user, scope=scope, author=user, at=datetime.now(UTC))
    access.close()
    return {"Authorization": f"Bearer {secret}"}


def proof_of(client: TestClient, headers: Mapping[str, str] | None = None) -> str:
    """The proof that the forms of a page carry for that visitor."""
    return proof_in(client.get("/settings", headers=dict(headers or {})).text)


def proof_in(page: str) -> str:
    found = _PROOF.search(page)
    assert found is not None, page
    return found[1]


def cookies_in(answer: Answer) -> list[str]:
    found: list[str] = answer.headers.get_list("set-cookie")
    return found


@dataclass
class Live:
    """A server that listens; `say` is one exchange of bytes over a connection of its own."""

    app: FastAPI
    port: int
    open: list[socket.socket] = field(default_factory=list)

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.open.append(made)
        return made

    def ask(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> socket.socket:
        """Send a request and leave the answer where it is."""
        lines = [f"{method} {path} HTTP/1.1", "Connection: close", *headers]
        if not any(each.lower().startswith("host:") for each in headers):
            lines.append(f"Host: 127.0.0.1:{self.port}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        made = self.connect()
        made.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return made

    def say(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
        """Status and the rest of what came back."""
        return answer_of(self.ask(path, *headers, method=method, body=body))

    def send(self, sent: bytes) -> tuple[int, str]:
        made = self.connect()
        made.sendall(sent)
        return answer_of(made)


def answer_of(connection: socket.socket) -> tuple[int, str]:
    """What comes until the other side closes: the status, and all of it as text."""
    with connection.makefile("rb") as file:
        text = file.read().decode("utf-8", "replace")
    connection.close()
    return int(text.split(" ", 2)[1]) if text.startswith("HTTP/") else 0, text


@contextmanager
def listening(folder: Path, **options: Any) -> Iterator[Live]:
    """The same server over a real socket, in a thread of this process."""
    app = create_app(folder, **options)
    at = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    thread = Thread(target=server.run, args=([at],), name="live server")
    thread.start()
    live = Live(app, at.getsockname()[1])
    try:
        yield live
    finally:
        for each in live.open:
            each.close()
        server.should_exit = True
        thread.join(30)
        at.close()
        assert not thread.is_alive()
