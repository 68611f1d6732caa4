"""Style, script and speculation rules: files of ours, served under names that change with their content."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from upswell.charts.palette import adaptive_properties
from upswell.errors import NotFoundError
from upswell.interfaces.reports.page import page_style

_TYPES: Final = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "speculation.json": "application/speculationrules+json",
}
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@cache
def _content(name: str) -> bytes:
    text = files("upswell.interfaces.web.static").joinpath(name).read_text("utf-8")
    if name == "app.css":
        # The report's style first: a page of figures looks the same in a browser, a mail and on paper.
        text = page_style() + text.replace("/* hues */", adaptive_properties())
    return text.encode()


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]


@cache
def digest_of_assets() -> str:
    """A text that is another whenever an asset is."""
    return "".join(_digest(name) for name in _TYPES)


def asset_address(name: str) -> str:
    """Where an asset of this release is served."""
    return f"/assets/{_digest(name)}/{name}"


@router.get("/assets/{digest}/{name}")
def asset(digest: str, name: str) -> Response:
    """An asset; one of another release is answered with that of today, and not kept."""
    if name not in _TYPES:
        raise NotFoundError(f"there is no asset {name}", code="unknown_asset", found=name, remedy="load the page again")
    kept = _FOR_A_YEAR if digest == _digest(name) else "no-store"
    return Response(_content(name), media_type=_TYPES[name], headers={"Cache-Control": kept})
