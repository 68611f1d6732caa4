"""What a page is asked: month, policy, segment and whatever else stands in its address.

    scope = Scope.of(request)
    scope.month, scope.workspace.trailing(scope.month, **scope.chosen)
    scope.link("/movements", kind="expansion")     keeps month, policy, segment; nothing is kept in cookies

An address says everything, so that it can be shared, kept, and gone back to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import Request

from upswell.errors import UsageError
from upswell.interfaces.server.visitors import desk_of
from upswell.ledger.books import BookManifest
from upswell.metrics.months import Month
from upswell.metrics.trailing import TrailingMonths
from upswell.workspace import Workspace

_LOOK_BACK: Final = 12
_KEPT: Final = ("month", "policy", "segment", "as_of")


@dataclass(frozen=True)
class Scope:
    """One request's question to one book."""

    workspace: Workspace
    path: str
    query: dict[str, str]

    @classmethod
    def of(cls, request: Request) -> Scope:
        """The scope of a request. Raises `BookError` where there is no book yet."""
        query = {name: value for name, value in request.query_params.items() if value.strip()}
        workspace = desk_of(request).answers()
        if "as_of" in query:
            workspace = workspace.as_of(str(Month.parse(query["as_of"])))
        return cls(workspace, request.url.path, query)

    @cached_property
    def book(self) -> BookManifest:
        """The book that answers."""
        return self.workspace.book()

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Every month that one can ask for, the latest first."""
        return tuple(reversed(self.workspace.months()))

    @cached_property
    def last_complete(self) -> str:
        """The last month that the book has seen the end of."""
        day = self.book.as_of.astimezone(self.workspace.settings.zone).date()
        return str(Month.of(day).plus(-1))

    @property
    def month(self) -> str:
        """The month asked for, or the last complete one. Raises `UsageError` for what is no month."""
        return str(Month.parse(self.query["month"])) if "month" in self.query else self.last_complete

    @property
    def policy(self) -> str | None:
        """The policy asked for; None for the workspace's."""
        return self.query.get("policy")

    @property
    def segment(self) -> str | None:
        """The saved segment asked for."""
        return self.query.get("segment")

    @property
    def chosen(self) -> dict[str, Any]:
        """Policy and segment, as the use cases take them."""
        return {"policy": self.policy, "segment": self.segment}

    def trailing(self) -> TrailingMonths:
        """The months that lead up to the one asked for.

        Every month is asked for at once and these are taken of them: the reader keeps the answer, and another month of
        the same book then costs nothing.
        """
        month = self.month
        if month not in self.months:
            return self.workspace.trailing(month, **self.chosen)
        return self.workspace.trailing(self.months[0], back=len(self.months), **self.chosen).until(month)

    def metrics(self, names: Sequence[str], *, whole: bool = True) -> list[dict[str, Any]]:
        """The figures `names` of the month asked for and up to twelve before it; `whole` in the same way.

        Not `whole` is for what takes longer the more months are asked for.
        """
        month = self.month
        first = str(Month.parse(month).plus(-_LOOK_BACK))
        ends = (max(first, self.months[-1]) if month in self.months else month, month)
        if whole and month in self.months:
            ends = (self.months[-1], self.months[0])
        table = self.workspace.metrics(names, month_from=ends[0], month_to=ends[1], **self.chosen)
        return [row for row in table.to_pylist() if first <= row["month"] <= month]

    @property
    def currency(self) -> str:
        """The workspace's currency."""
        return self.workspace.settings.currency

    def whole(self, name: str, default: int) -> int:
        """A number from the query. Raises `UsageError` where it is none."""
        text = self.query.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and len(text) <= len("999999999"):
            return int(text)
        raise UsageError(
            f"{name} {text} is not a number",
            code="number_malformed",
            where=name,
            expected="0, 1, 2 ...",
            found=text[:100],
            remedy="follow a link of the page instead of writing its address",
        )

    def link(self, path: str, **changes: object) -> str:
        """The address of `path` for the same month, policy and segment; None takes a part away."""
        return address(path, **({name: self.query.get(name) for name in _KEPT} | changes))

    def here_at(self, path: str) -> str:
        """The address of `path` with the whole query of this page."""
        return address(path, **self.query)

    def here(self, **changes: object) -> str:
        """This page's address with these parts of its query changed."""
        return address(self.path, **(self.query | changes))


def address(path: str, **query: object) -> str:
    """A path with a query; what is None or empty is left out."""
    said = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
    return path + (f"?{urlencode(said)}" if said else "")


def segment_of(text: str) -> str:
    """A text as one part of a path, whatever characters it has."""
    return quote(text, safe="")
