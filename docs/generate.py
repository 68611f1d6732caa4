"""Write the generated parts of the pages again, or say which page is stale.

    python -m docs.generate               the parts between `<!-- generated: NAME -->` and `<!-- /generated -->`
    python -m docs.generate --examples    also what the examples print (see `docs.examples`)
    python -m docs.generate --check       write nothing; exit code 1 and the names of the stale pages

Prose is never touched. A part is a function that returns Markdown: it stands in `PARTS`, and its markers in a page.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.examples import replay
from docs.generated import (
    api,
    books,
    commands,
    file_errors,
    import_tables,
    ledger,
    metrics,
    policies,
    published,
    signals,
    simulator,
    stripe,
)

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/getting-started.md",
    "docs/pages.md",
    "docs/import.md",
    "docs/ledger.md",
    "docs/policies.md",
    "docs/published-examples.md",
    "docs/metrics.md",
    "docs/export.md",
    "docs/board.md",
    "docs/segments.md",
    "docs/closing.md",
    "docs/corrections.md",
    "docs/erasure.md",
    "docs/cohorts.md",
    "docs/retention.md",
    "docs/durability.md",
    "docs/forecast.md",
    "docs/pricing.md",
    "docs/signals.md",
    "docs/opportunities.md",
    "docs/offers.md",
    "docs/propensity.md",
    "docs/health.md",
    "docs/revenue.md",
    "docs/state.md",
    "docs/access.md",
    "docs/serving.md",
    "docs/python.md",
    "docs/simulator.md",
    "docs/stripe.md",
    "docs/api.md",
    "docs/sql.md",
    "docs/reference.md",
)
PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "api examples": api.sections,
    "api paths": api.overview,
    "book columns": books.columns,
    "commands": commands.helps,
    "stripe lists": stripe.lists,
    "export tables": stripe.exports,
    "exit codes": commands.exit_codes,
    "settings": commands.settings,
    "file errors": file_errors.file_errors,
    "finding codes": import_tables.finding_codes,
    "import tables": import_tables.tables,
    "column types": import_tables.types,
    "models": ledger.models,
    "functions": ledger.functions,
    "rules": ledger.rules,
    "invariants": ledger.invariants,
    "metrics": metrics.overview,
    "metric sections": metrics.sections,
    "bands": metrics.bands,
    "presets": policies.presets,
    "preset values": policies.preset_values,
    "signals": signals.sections,
    "simulated companies": simulator.companies,
    "simulated figures": simulator.figures,
    "simulated files": simulator.files,
    "switches": policies.switches,
    "published overview": published.overview,
    "published sections": published.sections,
}
_PART: Final = re.compile(r"<!-- generated: (?P<name>[a-z ]+) -->\n.*?<!-- /generated -->", re.DOTALL)


def with_parts(page: str) -> str:
    """The page with every generated part as the program says it today. Raises `KeyError` for an unknown part."""
    return _PART.sub(lambda found: _marked(found["name"]), page)


def stale_pages() -> list[str]:
    """Names of the pages whose generated parts are not what the program says today."""
    return [name for name in PAGES if with_parts(_read(name)) != _read(name)]


def write_pages(*, examples: bool) -> list[str]:
    """Write every page anew and return the names of those that changed."""
    changed = ["the examples of the API"] if examples and api.write_examples() else []
    for name in PAGES:
        page = with_parts(_read(name))
        page = replay(page) if examples else page
        if page != _read(name):
            (ROOT / name).write_text(page, encoding="utf-8")
            changed.append(name)
    return changed


def main() -> int:
    """The command line of this module; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=(__doc__ or "").splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    choice.add_argument("--examples", action="store_true", help="also run the examples and write what they print")
    chosen = parser.parse_args()
    if not chosen.check:
        for name in write_pages(examples=chosen.examples):
            print(f"{name}: written")
        return 0
    stale = stale_pages()
    for name in stale:
        print(f"{name}: a generated part is stale; run: python -m docs.generate", file=sys.stderr)
    return 1 if stale else 0


def _marked(name: str) -> str:
    return f"<!-- generated: {name} -->\n{PARTS[name]()}\n<!-- /generated -->"


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
