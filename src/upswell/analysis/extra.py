"""numpy, SciPy, scikit-learn, statsforecast: the extra `upswell[analysis]`; who lacks them is told how to get them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from upswell.errors import extra_installed

_LIBRARIES: Final = frozenset({"numpy", "scipy", "pandas", "sklearn", "skops", "statsforecast"})


def analysis_extra() -> AbstractContextManager[None]:
    """Around the imports that need the extra: turns a missing library into one `UsageError` with its remedy."""
    return extra_installed(
        "analysis",
        _LIBRARIES,
        message="looking ahead needs libraries that are not installed",
        expected="numpy, SciPy, pandas, scikit-learn, skops and statsforecast",
        otherwise="what was booked needs no extra",
    )
