"""Every path of the REST API."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer

from upswell.interfaces.api import (
    contacts,
    feeding,
    figures,
    forecasting,
    foresight,
    health,
    ledger,
    opportunities,
    pricing,
    said,
    signals,
    webhooks,
)
from upswell.interfaces.api.shapes import PROBLEMS
from upswell.interfaces.server.visitors import SESSION_COOKIE

API_PREFIX: Final = "/api/v1"
# They say in the document how one signs in; who asks is found out in `visitors`, whichever way it is.
_SCHEMES: Final = [
    Depends(HTTPBearer(auto_error=False, scheme_name="token", description="`upswell tokens add` makes one")),
    Depends(APIKeyCookie(name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="of the pages")),
]
PARTS: Final = (
    figures.router,
    foresight.router,
    forecasting.router,
    pricing.router,
    # Before the customers themselves, whose ids may have slashes.
    opportunities.router,
    signals.router,
    contacts.router,
    health.router,
    ledger.router,
    said.segments,
    said.notes,
    said.closings,
    said.corrections,
    said.rules,
    feeding.router,
    feeding.files,
)


def api_router() -> APIRouter:
    """The paths under /api/v1."""
    router = APIRouter(
        prefix=API_PREFIX,
        responses=PROBLEMS,
        dependencies=_SCHEMES,
        generate_unique_id_function=_name,
    )
    for part in PARTS:
        router.include_router(part)
    return router


def webhook_router() -> APIRouter:
    """The paths under /webhooks."""
    router = APIRouter(prefix="/webhooks", generate_unique_id_function=_name)
    router.include_router(webhooks.router)
    return router


@cache
def examples() -> dict[str, dict[str, Any]]:
    """What the demo company answers, by the name of the path; `python -m docs.generate --examples` writes it."""
    text = resources.files("upswell.interfaces.api").joinpath("examples.json").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _name(route: APIRoute) -> str:
    return route.name


def with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with what the demo company answers; FastAPI by itself would leave out what is null there."""
    for methods in document["paths"].values():
        for operation in methods.values():
            example = examples().get(operation["operationId"])
            if example is not None:
                answer = operation["responses"][str(example["status"])]["content"]["application/json"]
                answer["example"] = example["answer"]
                if example["body"] is not None:
                    [body] = operation["requestBody"]["content"].values()
                    body["example"] = example["body"]
    return document
