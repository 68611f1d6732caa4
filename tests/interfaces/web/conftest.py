"""Workspaces served to a real browser, and a page that fails its test when the browser has something to object to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

import upswell
from tests.interfaces.web.browsing import LIGHT, Guise, Log, launch, window
from tests.interfaces.web.serving import Site, serving
from upswell.workspace.demo import make_demo

Serve = Callable[[Path], Site]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def origins() -> set[str]:
    """Where our servers are: what a browser may ask."""
    return set()


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company, built once. Tests leave it as it is."""
    folder = tmp_path_factory.mktemp("built") / "demo"
    make_demo(folder)
    return folder


@pytest.fixture(scope="session")
def site(demo_once: Path, origins: set[str]) -> Iterator[Site]:
    """The demo company, served; for tests that only look."""
    with serving(demo_once) as served:
        origins.add(served.origin)
        yield served


@pytest.fixture(scope="session")
def members_site(tmp_path_factory: pytest.TempPathFactory, origins: set[str]) -> Iterator[Site]:
    """A workspace with a user: pages that ask for a name and a password."""
    workspace = upswell.init(tmp_path_factory.mktemp("members") / "fresh")
    workspace.access.add_user("ada", PASSWORD, "admin", author="ada", at=datetime(2024, 1, 2, tzinfo=UTC))
    with serving(workspace.folder) as served:
        origins.add(served.origin)
        yield served


@pytest.fixture
def serve(origins: set[str]) -> Iterator[Serve]:
    """Serve another folder for the length of a test."""
    with ExitStack() as stack:

        def begin(folder: Path) -> Site:
            served = stack.enter_context(serving(folder))
            origins.add(served.origin)
            return served

        yield begin


@pytest.fixture
def demo(demo_once: Path, tmp_path: Path, serve: Serve) -> Site:
    """A copy of the demo company for a test that writes."""
    return serve(Path(shutil.copytree(demo_once, tmp_path / "demo")))


@pytest.fixture
def empty(tmp_path: Path, serve: Serve) -> Site:
    """A workspace that holds nothing yet."""
    return serve(upswell.init(tmp_path / "fresh").folder)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives browsers. It has a loop of its own running, so it ends before tests of other folders begin theirs."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the tests of this folder."""
    with launch(playwright) as opened:
        yield opened


@pytest.fixture
def guise() -> Guise:
    """How the page of a test is seen, unless the test says otherwise."""
    return LIGHT


@pytest.fixture
def log(origins: set[str]) -> Iterator[Log]:
    """What the browser says and asks for during a test; there must be nothing to object to."""
    kept = Log()
    yield kept
    kept.require_clean(origins)


@pytest.fixture
def page(browser: Browser, guise: Guise, log: Log) -> Iterator[Page]:
    """A page in a fresh window."""
    with window(browser, guise, log) as opened:
        yield opened
