"""The browser: Debian's Chromium, the guises a page is seen in, and the log that says whether all went well.

A browser's own log is what shows that a page asks nobody but its own server: every request it sends stands in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

_NOWHERE: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_ABORTED: Final = "net::ERR_ABORTED"
_MAY_BE_GIVEN_UP: Final = ("document", "eventsource", "other")


@dataclass(frozen=True)
class Guise:
    """How somebody looks at a page."""

    name: str
    scheme: str = "light"
    width: int = 1280
    scripts: bool = True

    def __str__(self) -> str:
        return self.name

    def options(self) -> dict[str, Any]:
        """The same as a browser's settings."""
        return {
            "color_scheme": self.scheme,
            "viewport": {"width": self.width, "height": 900},
            "java_script_enabled": self.scripts,
            "locale": "en-GB",
            "timezone_id": "UTC",
            "reduced_motion": "reduce",
        }


LIGHT: Final = Guise("light")
DARK: Final = Guise("dark", scheme="dark")
NARROW: Final = Guise("narrow", width=390)
PLAIN: Final = Guise("without JavaScript", scripts=False)
GUISES: Final = (LIGHT, DARK, NARROW, PLAIN)


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Start the system's Chromium, which finds no other machine; the test fails where there is none."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("chromium is not installed: apt-get install chromium (`make setup` does it where it may)")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=found, args=[_NOWHERE, *sandbox, *arguments])


@dataclass
class Log:
    """What a browser said and asked for. `forgiven` are statuses that the test asks for."""

    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    forgiven: set[int] = field(default_factory=set)

    def watch(self, context: BrowserContext) -> None:
        """Write down all that happens in the pages of `context`."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.errors.append(f"an error of the page: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def require_clean(self, origins: Collection[str]) -> None:
        """Fail the test on an error, and on a request that was not for one of `origins`."""
        assert not self.errors, self.errors
        strange = {request.url for request in self.requests if _origin(request.url) not in origins}
        assert not strange, strange

    def _request(self, request: Request) -> None:
        self.requests.append(request)

    def _console(self, message: ConsoleMessage) -> None:
        said = message.text
        if message.type == "error" and not any(f"status of {status}" in said for status in self.forgiven):
            self.errors.append(f"{message.location.get('url')}: {said}")

    def _failed(self, request: Request) -> None:
        # A page that one leaves stops listening to the work it shows, and one that was fetched ahead may not be needed:
        # what the browser itself gave up is no failure.
        given_up = request.failure == _ABORTED and request.resource_type in _MAY_BE_GIVEN_UP
        if not given_up:
            self.errors.append(f"{request.method} {request.url}: {request.failure}")


@contextmanager
def window(browser: Browser, guise: Guise, log: Log, **options: Any) -> Iterator[Page]:
    """A page in a window of its own: nothing kept from another."""
    with browser.new_context(**(guise.options() | options)) as context:
        log.watch(context)
        yield context.new_page()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
