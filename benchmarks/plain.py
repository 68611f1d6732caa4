"""`upswell` as a plain install runs it: without the extra `pandas`, which the developers' environment has.

Where pandas is installed, pyarrow imports it for every array it makes, for 0.25 s that are no work of Upswell's.

    python -m benchmarks.plain -w WORKSPACE metrics nrr_12m
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from upswell.interfaces.cli import main


class _WithoutPandas(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, _WithoutPandas())
    main()
