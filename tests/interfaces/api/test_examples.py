"""The examples of the OpenAPI document and of docs/api.md are what the demo company answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from docs.generated import api
from tests.docs.estimates import unlike
from upswell.interfaces.api.router import API_PREFIX, PARTS, api_router, examples

OPERATIONS = {
    operation["operationId"]: operation
    for methods in api._document()["paths"].values()
    for operation in methods.values()
}


def test_the_demo_company_answers_what_is_kept() -> None:
    found, kept = api.answered(), dict(examples())
    # Estimates differ in their last digits from one processor to another.
    estimate, known = (json.dumps(each.pop("forecast"), indent=1, ensure_ascii=False) for each in (found, kept))
    assert found == kept, "read the difference, then run: python -m docs.generate --examples"
    assert unlike(estimate, known) == []


def test_every_path_has_an_example() -> None:
    names = {route.name for part in PARTS for route in part.routes}  # type: ignore[attr-defined]
    assert names == set(examples()) == set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(examples()))
def test_an_example_is_of_the_form_that_is_documented(name: str) -> None:
    example = examples()[name]
    content = OPERATIONS[name]["responses"][str(example["status"])]["content"]["application/json"]
    assert content["example"] == example["answer"]
    document = api._document()
    Draft202012Validator({**content["schema"], "components": document["components"]}).validate(example["answer"])


def test_the_document_says_how_one_signs_in_and_what_can_go_wrong() -> None:
    app = FastAPI()
    app.include_router(api_router())
    document: dict[str, Any] = app.openapi()
    schemes = document["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert all(path.startswith(API_PREFIX) for path in document["paths"])
    for name, operation in OPERATIONS.items():
        assert {"400", "401", "403", "404", "406", "409", "422", "503"} <= set(operation["responses"]), name
        assert operation["tags"], name
        assert operation["description"], name
        assert {"token": []} in operation["security"], name
