"""Servers of the small company: one that tests only ask, and one for each test that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.interfaces.server.people import TestClient, add_users, served
from upswell.state import passwords


@pytest.fixture(autouse=True, scope="package")
def quick() -> Iterator[None]:
    """Argon2 is slow on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "default_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def client(acme: Path) -> Iterator[TestClient]:
    """A browser at the machine of a workspace without users."""
    with served(acme) as client:
        yield client


@pytest.fixture
def firm(acme: Path) -> Path:
    """The workspace with a viewer, an analyst and an admin."""
    add_users(acme)
    return acme


@pytest.fixture
def guarded(firm: Path) -> Iterator[TestClient]:
    """A server of a workspace with users."""
    with served(firm) as client:
        yield client
