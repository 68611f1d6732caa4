"""Altair, vl-convert and Jinja2 come with the extra `upswell[charts]`; who lacks them is told how to get them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from upswell.errors import UsageError

_LIBRARIES: Final = frozenset({"altair", "jinja2", "vl_convert"})


@contextmanager
def charts_extra() -> Iterator[None]:
    """Around the imports that need the extra: turns a missing library into one `UsageError` with its remedy."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        raise UsageError(
            "charts and pages need libraries that are not installed",
            code="charts_not_installed",
            expected="the extra charts: Altair, vl-convert and Jinja2",
            found=f"no {library}",
            remedy='run `pip install "upswell[charts]"`; figures without charts need no extra',
        ) from error
