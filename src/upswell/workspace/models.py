"""The ledger's SQL as it runs, for whoever wants to read, audit or carry it elsewhere."""

from __future__ import annotations

from upswell.engines.chain import model_text, translate
from upswell.ledger.build import models_folder


def model_sql(name: str, *, dialect: str = "duckdb") -> str:
    """The text of model `name`: as it stands for duckdb, translated for the other dialects.

    The functions `divide_half_even` and `monthly_value` are supplied by the engine (docs/ledger.md gives their
    definition). Raises `NotFoundError` for an unknown model or dialect.
    """
    text = model_text(models_folder(), name)
    return text.rstrip() if dialect == "duckdb" else translate(text, dialect)
