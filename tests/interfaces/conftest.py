"""Workspaces of the small company, made once and copied for tests that write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.interfaces.command import done
from tests.interfaces.company import AS_OF, imported


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace after one build as of 2025-06-01. Tests read it and leave it as it is."""
    folder = imported(tmp_path_factory.mktemp("company") / "acme")
    done("-w", folder, "build", "--as-of", AS_OF)
    return folder


@pytest.fixture
def acme(built_once: Path, tmp_path: Path) -> Path:
    """A copy of the same for a test of its own, which may change it."""
    return Path(shutil.copytree(built_once, tmp_path / "acme"))
