"""Workspaces served on this machine for as long as a test needs them, each at a port of its own.

with serving(folder) as site:
    page.goto(site.at("/movements"))
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from typing import Final

import httpx2
import uvicorn

from upswell.interfaces.server.app import create_app

_PROOF: Final = re.compile(r'name="csrf" value="([0-9a-f]*)"')
_BEGINS_WITHIN: Final = 30.0


@dataclass(frozen=True)
class Site:
    """A workspace and where it is served."""

    folder: Path
    origin: str

    def at(self, path: str) -> str:
        """The whole address of a path."""
        return self.origin + path

    def text(self, path: str) -> str:
        """What a page holds, read without a browser."""
        return httpx2.get(self.at(path), follow_redirects=True).raise_for_status().text

    def send(self, path: str, fields: Mapping[str, str], *, file: tuple[str, str] | None = None) -> str:
        """Send a form as its page would; the path that the answer leads to. `file` is a name and what is in it."""
        [proof, *_] = _PROOF.findall(self.text("/import"))
        files = None if file is None else {"files": (file[0], file[1].encode(), "text/csv")}
        answer = httpx2.post(self.at(path), data={"csrf": proof, **fields}, files=files, timeout=60)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def wait_for(self, job: str) -> None:
        """Return when the work of a page /jobs/... is over, however it went."""
        with httpx2.stream("GET", self.at(f"{job}/lines"), timeout=60) as told:
            assert "event: end" in list(told.iter_lines())


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve the workspace in `folder` inside this process."""
    config = uvicorn.Config(create_app(folder), log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, args=([listener],), name="server")
        thread.start()
        try:
            assert server.listens.wait(_BEGINS_WITHIN), "the server did not begin"
            yield Site(folder, f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()
            # Pages that are being rendered for a book are not to outlive the process, nor the workspace's folder.
            for each in enumerate_threads():
                if each.name in ("warm", "prepare"):
                    each.join()
