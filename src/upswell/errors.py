"""The tree of errors: each says what is wrong, where, what was expected, what was found and what to do.

A person meets an error as four short lines, a script as an exit code, a page as an HTTP status:

    UpswellError code=missing_column
      items.csv: no column for customer_id
      expected: a column customer_id
      found:    account_id, plan_id, starts_at
      remedy:   did you mean account_id? Use --map customer_id=account_id

Bad *rows* are not errors but findings (`upswell.contract.findings`): they are collected and the good
rows go on. Errors are for input, a workspace or a call that cannot be used at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line returns (stable: scripts depend on it)."""

    DONE = 0
    CHECK_FAILED = 1
    WRONG_USAGE = 2
    ROWS_HELD_BACK = 3
    UNUSABLE = 4


class UpswellError(Exception):
    """Root of every error Upswell raises on purpose.

    `code` is stable and snake_case; `remedy` is one sentence the reader can act on; `where`,
    `expected` and `found` are given whenever they exist.
    """

    exit_code: ExitCode = ExitCode.UNUSABLE
    http_status: int = 500

    def __init__(
        self,
        message: str,
        *,
        code: str,
        remedy: str,
        where: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy
        self.where = where
        self.expected = expected
        self.found = found

    def as_dict(self) -> dict[str, str | None]:
        """The error as JSON-ready fields, in the order a reader wants them."""
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "expected": self.expected,
            "found": self.found,
            "remedy": self.remedy,
        }


class UsageError(UpswellError):
    """The call itself is wrong: an unknown name, an impossible combination, a malformed filter."""

    exit_code = ExitCode.WRONG_USAGE
    http_status = 400


class InputError(UpswellError):
    """A file or source cannot be read as what it is said to be."""

    http_status = 422


class WorkspaceError(UpswellError):
    """The workspace cannot be used: missing, not writable, out of space, damaged."""


class WorkspaceBusyError(WorkspaceError):
    """Another process is writing to the workspace; trying again later can help."""

    http_status = 409


class BookError(WorkspaceError):
    """There is no book yet, or the current book is damaged."""


class NoBookError(BookError):
    """Nothing was built yet, so that there is nothing to ask."""

    http_status = 409


class CheckFailedError(UpswellError):
    """A book broke an invariant and was not published."""

    exit_code = ExitCode.CHECK_FAILED


class QuestionEndedError(UpswellError):
    """A question was given up before it was answered: its time was over, or nobody waited for the answer."""

    http_status = 503


class NotFoundError(UsageError):
    """A named thing (movement, import, policy, model) does not exist."""

    http_status = 404


@contextmanager
def extra_installed(
    extra: str, libraries: frozenset[str], *, message: str, expected: str, otherwise: str = ""
) -> Iterator[None]:
    """Around the imports of an extra's `libraries`: a missing one becomes one `UsageError` with its remedy."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in libraries:
            raise
        raise UsageError(
            message,
            code=f"{extra}_not_installed",
            expected=f"the extra {extra}: {expected}",
            found=f"no {library}",
            remedy=f'run `pip install "upswell[{extra}]"`{otherwise and f"; {otherwise}"}',
        ) from error
