"""Hashing passwords with Argon2, which comes with the extra `upswell[web]` and is loaded where one is hashed."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from upswell.errors import extra_installed

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_LIBRARIES: Final = frozenset({"argon2", "_argon2_cffi_bindings"})


class Passwords:
    """Hashes of passwords, with Argon2's own parameters unless a `hasher` has others."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._given = hasher
        self._of_nobody: str | None = None

    def hashed(self, password: str) -> str:
        """The hash of a password, with its parameters and salt."""
        return self._hasher().hash(password)

    def match(self, hashed: str | None, password: str) -> bool:
        """Whether `password` is that of the hash; with none it is not, which takes as long to find out."""
        hasher = self._hasher()
        if self._of_nobody is None:
            # Made whoever asks first, so that its making tells nothing either.
            self._of_nobody = hasher.hash(secrets.token_urlsafe())
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 -- of the extra

        try:
            return hasher.verify(hashed or self._of_nobody, password) and hashed is not None
        except (InvalidHashError, VerificationError):
            return False

    def is_outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher().check_needs_rehash(hashed)

    def _hasher(self) -> PasswordHasher:
        if self._given is None:
            self._given = default_hasher()
        return self._given


def default_hasher() -> PasswordHasher:
    """Argon2 with its own parameters; raises `UsageError` (web_not_installed) where it is not installed."""
    with _web_extra():
        from argon2 import PasswordHasher  # noqa: PLC0415 -- of the extra

    return PasswordHasher()


def _web_extra() -> AbstractContextManager[None]:
    return extra_installed(
        "web",
        _LIBRARIES,
        message="users need a library that is not installed",
        expected="Argon2 and what the server needs",
        otherwise="the command line without users needs no extra",
    )
