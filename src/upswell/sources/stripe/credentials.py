"""Secrets of a Stripe account: from the environment or from a file that nobody else can read.

A key is never taken from the command line, where every user of the machine could see it, and never shown: `Secret`
prints as ***, and `hide` takes it out of any text that goes into an error.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from upswell.errors import InputError, UpswellError, UsageError

_KEY: Final = re.compile(r"(sk|rk)_[A-Za-z0-9_]{8,}")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Secret:
    """A secret and where it came from."""

    value: str = field(repr=False)
    origin: str

    def __str__(self) -> str:
        return "***"

    def hide(self, text: str) -> str:
        """The text without the secret."""
        return text.replace(self.value, "***")


def api_key(folder: Path, file: str | None) -> Secret:
    """The account's key: from `file` if the settings name one, else from STRIPE_API_KEY.

    Raises `UsageError` when there is none, `InputError` when the file is readable by others or holds something else.
    """
    secret = _secret(folder, file, variable="STRIPE_API_KEY", what="API key", setting="key_file")
    if not _KEY.fullmatch(secret.value):
        raise InputError(
            "what is given as a Stripe API key is none",
            code="stripe_key_malformed",
            where=secret.origin,
            expected="a secret or restricted key: sk_... or rk_...",
            found="a publishable key" if secret.value.startswith("pk_") else "another text",
            remedy="create a restricted key with read permissions (docs/stripe.md) and put it there",
        )
    return secret


def webhook_secret(folder: Path, file: str | None) -> Secret:
    """The signing secret of the webhook endpoint: from `file`, else from STRIPE_WEBHOOK_SECRET. Raises as `api_key`."""
    return _secret(
        folder, file, variable="STRIPE_WEBHOOK_SECRET", what="webhook signing secret", setting="webhook_secret_file"
    )


def _secret(folder: Path, file: str | None, *, variable: str, what: str, setting: str) -> Secret:
    if file is not None:
        return _from_file(folder / file, what)
    value = os.environ.get(variable, "").strip()
    if not value:
        raise UsageError(
            f"no Stripe {what} is given",
            code="stripe_secret_missing",
            where=f"environment variable {variable}",
            expected=f"the {what} in {variable}, or {setting} in upswell.toml",
            found="neither",
            remedy=f"export {variable}, or write it to a file with mode 600 and name that as {setting}",
        )
    return Secret(value, f"environment variable {variable}")


def _from_file(path: Path, what: str) -> Secret:
    try:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            raise _refused(path, f"the file with the Stripe {what} can be read by others", "mode 600",
                           f"mode {stat.S_IMODE(mode):o}", f"run: chmod 600 {path}")  # fmt: skip
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message, expected = f"the file with the Stripe {what} cannot be read", "a text file with mode 600"
        remedy = "correct the path in upswell.toml, or the file's permissions"
        raise _refused(path, message, expected, type(error).__name__, remedy) from error
    if not value:
        raise _refused(path, f"the file with the Stripe {what} is empty", f"the {what}", "nothing", "write it there")
    return Secret(value, str(path))


def _refused(path: Path, message: str, expected: str, found: str, remedy: str) -> UpswellError:
    return InputError(
        message, code="stripe_secret_file", where=str(path), expected=expected, found=found, remedy=remedy
    )
