"""The API over copies of the small company."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from upswell.interfaces.server.app import create_app


@contextmanager
def served(folder: Path) -> Iterator[TestClient]:
    """A client of a server of the workspace in `folder`."""
    # `testserver` is what the runs over the OpenAPI document call it.
    app = create_app(folder, hosts=("127.0.0.1", "testserver"), renders_ahead=False)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def folder_of(client: TestClient) -> Path:
    """The workspace that the client's server serves."""
    folder: Path = client.app.state.desk.folder  # type: ignore[attr-defined]
    return folder


@pytest.fixture
def client(acme: Path) -> Iterator[TestClient]:
    """A client of a server of the small company, which a test may change."""
    with served(acme) as client:
        yield client


@pytest.fixture(scope="session")
def reader(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same for tests that only ask."""
    with served(Path(shutil.copytree(built_once, tmp_path_factory.mktemp("read") / "acme"))) as client:
        yield client
