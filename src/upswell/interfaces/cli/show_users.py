"""Users and API tokens, printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from upswell.interfaces.cli.output import Format, print_rows
from upswell.state import ApiToken, User


def show_users(users: Sequence[User], output: Format) -> None:
    """One row a user."""
    columns = ("name", "role", "created_at", "disabled_at")
    print_rows([asdict(user) for user in users], columns=columns, output=output)


def show_tokens(tokens: Sequence[ApiToken], output: Format) -> None:
    """One row a token; a table has times to the minute."""
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    rows = [asdict(token) for token in tokens]
    if output is Format.table:
        rows = [row | {name: row[name] and f"{row[name]:%Y-%m-%d %H:%M}" for name in times} for row in rows]
    print_rows(rows, columns=("id", "name", "user", "scope", *times), output=output)
