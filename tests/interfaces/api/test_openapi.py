"""The OpenAPI document: complete, and kept by what the server answers to requests that nobody would think of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.interfaces.api.conftest import served
from upswell.interfaces.api.router import api_router, webhook_router

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance, content_type_conformance]


@pytest.fixture(scope="module")
def fuzzed(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server whose work is over: every question is answered, and a job is refused as one that would have to wait."""
    with served(Path(shutil.copytree(built_once, tmp_path_factory.mktemp("fuzzed") / "acme"))) as client:
        client.app.state.desk.jobs.stop()  # type: ignore[attr-defined]
        yield client


@pytest.fixture(scope="module")
def api_schema(fuzzed: TestClient) -> Any:
    generation = GenerationConfig(deterministic=True, with_security_parameters=False)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", fuzzed.app, config=config)


def operations() -> list[tuple[str, str]]:
    """Every path of the API with its methods."""
    app = FastAPI()
    app.include_router(api_router())
    app.include_router(webhook_router())
    return [(path, method) for path, methods in app.openapi()["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method"), operations())
def test_every_answer_is_one_that_the_document_describes(api_schema: Any, path: str, method: str) -> None:
    @given(case=api_schema[path][method].as_strategy())
    @settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    holds()
