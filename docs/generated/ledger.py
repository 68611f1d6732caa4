"""docs/ledger.md: the chain of models, the functions they call, the rules of movements, and the invariants."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

from docs.generated.tables import code, markdown_table
from upswell.engines.chain import model_text
from upswell.ledger.build import KEPT, MODELS, models_folder
from upswell.ledger.checks import INVARIANTS
from upswell.ledger.trace import RULES

_SENTENCE_END: Final = re.compile(r"(?<=[.])\s")


def models() -> str:
    """One line for each model in the order they run: what a row is, and whether a book keeps it."""
    rows = [[str(at), code(name), what_a_row_is(name), _kept(name)] for at, name in enumerate(MODELS, 1)]
    return markdown_table(("", "model", "what a row is", "kept in a book"), rows)


def what_a_row_is(name: str) -> str:
    """The first sentence of a model's heading comment."""
    comment = []
    for line in model_text(models_folder(), name).splitlines():
        if not line.startswith("--"):
            break
        comment.append(line.removeprefix("--").strip())
    return _SENTENCE_END.split(" ".join(comment))[0]


def functions() -> str:
    """The functions that an engine supplies, as DuckDB gets them."""
    text = (resources.files("upswell.engines") / "functions" / "duckdb.sql").read_text("utf-8")
    return f"```sql\n{text.strip()}\n```"


def rules() -> str:
    """One line for each rule that a movement can name."""
    return markdown_table(("rule", "what it says"), [[code(name), text] for name, text in RULES.items()])


def invariants() -> str:
    """One line for each invariant."""
    return markdown_table(("invariant", "promise"), [[code(each.name), each.promise] for each in INVARIANTS])


def _kept(name: str) -> str:
    return "yes" if name in KEPT else ""
