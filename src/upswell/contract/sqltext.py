"""Writing names and texts into generated SQL: `literal("O'Neil")` is `'O''Neil'`.

Statements that create views cannot take bound values, so what comes from a file or a user goes
through these two functions and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """`text` as an SQL name, whatever characters it holds."""
    return '"' + text.replace('"', '""') + '"'


def name_list(names: Iterable[str], *, of: str | None = None) -> str:
    """Names with commas between, each led by the relation `of` if given."""
    lead = "" if of is None else f"{of}."
    return ", ".join(lead + name(each) for each in names)


def literal_list(texts: Iterable[str]) -> str:
    """Texts as an SQL list: `['a', 'b']`."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"
