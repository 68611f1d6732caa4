"""Upswell: exact, explainable Expansion MRR from billing data.

`upswell.open(folder)` and `upswell.init(folder)` give a `Workspace`; docs/python.md shows the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upswell.errors import UpswellError

if TYPE_CHECKING:
    from upswell.workspace import Workspace, init
    from upswell.workspace import open_workspace as open  # noqa: A004 -- upswell.open is the public name

__version__ = "0.1.0"
__all__ = ["UpswellError", "Workspace", "__version__", "init", "open"]

_FROM_WORKSPACE = {"Workspace": "Workspace", "init": "init", "open": "open_workspace"}


def __getattr__(name: str) -> Any:
    # DuckDB and Arrow take a third of a second to load: `upswell --help` must not wait for them.
    if name in _FROM_WORKSPACE:
        from upswell import workspace  # noqa: PLC0415

        return getattr(workspace, _FROM_WORKSPACE[name])
    raise AttributeError(f"module 'upswell' has no attribute {name!r}")
