"""Every page."""

from __future__ import annotations

from fastapi import APIRouter

from upswell.interfaces.web import (
    assets,
    customers,
    data,
    definitions,
    downloads,
    durability,
    expansion,
    figures,
    forecast,
    health,
    movements,
    offers,
    opportunities,
    overview,
    pricing,
    retention,
    settings,
    signals,
    signing_in,
)

_MODULES = (
    *(assets, signing_in, overview, expansion, movements, figures, retention, durability, forecast, pricing, signals),
    *(health, opportunities, offers, customers, definitions, data, settings, downloads),
)


def page_router() -> APIRouter:
    """The paths of every page."""
    router = APIRouter()
    for module in _MODULES:
        router.include_router(module.router)
    return router
