"""Altair, vl-convert and Jinja2 come with the extra `upswell[charts]`; who lacks them is told how to get them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from upswell.errors import extra_installed

_LIBRARIES: Final = frozenset({"altair", "jinja2", "vl_convert"})


def charts_extra() -> AbstractContextManager[None]:
    """Around the imports that need the extra: turns a missing library into one `UsageError` with its remedy."""
    return extra_installed(
        "charts",
        _LIBRARIES,
        message="charts and pages need libraries that are not installed",
        expected="Altair, vl-convert and Jinja2",
        otherwise="figures without charts need no extra",
    )
