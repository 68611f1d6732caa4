"""How a path answers: who asks which workspace, and the answer as JSON, CSV or Parquet with its ETag.

    @router.get("/metrics", dependencies=[needs("viewer")])
    def metrics(asked: AtAnyTime, names: ...) -> Response:
        return asked.table("metrics", lambda: asked.workspace.metrics(names), metric_rows)

What is asked of a book follows from the book, the settings and what people said; of these the ETag is made, so that who
has the answer already is told so before anything is computed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from upswell import __version__
from upswell.errors import NoBookError
from upswell.interfaces.api.accepting import CSV, JSON, PARQUET, preferred
from upswell.interfaces.api.paging import cursor_of, offset_of
from upswell.interfaces.api.parameters import AsOfQuery, PolicyQuery
from upswell.interfaces.plain.values import json_text
from upswell.interfaces.server.desk import Desk
from upswell.interfaces.server.visitors import Asking, AtDesk, Visitor
from upswell.ledger.paging import Page
from upswell.workspace import Workspace
from upswell.workspace.core import Answer

_ENDINGS: Final = {CSV: ".csv", PARQUET: ".parquet"}
_HEADERS: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept"}
_Given = TypeVar("_Given", bound=Answer)


class JsonResponse(Response):
    """A JSON document of plain values, decimals and dates."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        """The document as bytes; what cannot be sent of a text is marked."""
        return json_text(content).encode("utf-8", "replace")


class _Removed(FileResponse):
    """A file that is gone when it was sent, or when sending it ended."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            shutil.rmtree(Path(self.path).parent, ignore_errors=True)


@dataclass(frozen=True)
class Asked:
    """One request: the workspace it is about, under which policy, and by whom."""

    request: Request
    desk: Desk
    visitor: Visitor
    workspace: Workspace
    policy: str | None

    def about(self) -> dict[str, Any]:
        """What the answer says of itself."""
        rules = self.workspace.policy(self.policy)
        try:
            book = self.workspace.book()
        except NoBookError:
            book = None
        return {
            "policy": rules.name,
            "policy_hash": rules.content_hash(),
            "book": None if book is None else book.book_id,
            "as_of": None if book is None else book.as_of,
            "currency": self.workspace.settings.currency if book is None else book.currency,
            "held_back": 0 if book is None else book.held_back,
            "standing": self.workspace.standing,
        }

    def one(self, make: Callable[[], Any], *, lasts: bool = True) -> Response:
        """One object. `lasts` says that it follows from book, settings and state alone."""
        return self._sent((JSON,), lambda _: self._json({"data": make()}), lasts=lasts)

    def rows(self, make: Callable[[], Sequence[Any]], *, lasts: bool = True) -> Response:
        """A list that is answered whole."""
        return self._sent((JSON,), lambda _: self._listed(make()), lasts=lasts)

    def table(
        self, name: str, make: Callable[[], _Given], rows: Callable[[_Given], Sequence[Any]], *, lasts: bool = True
    ) -> Response:
        """A table that is answered whole, as `rows` or as a file."""

        def send(form: str) -> Response:
            return self._listed(rows(make())) if form == JSON else self._file(make(), name, form)

        return self._sent((JSON, CSV, PARQUET), send, lasts=lasts)

    def parts(self, name: str, make: Callable[[], _Given], data: Callable[[_Given], Any]) -> Response:
        """An answer of several parts as one object, or its rows as a file."""

        def send(form: str) -> Response:
            return self._json({"data": data(make())}) if form == JSON else self._file(make(), name, form)

        return self._sent((JSON, CSV, PARQUET), send)

    def pages(
        self,
        name: str,
        page: Callable[[int], Page],
        rows: Callable[[Any], Sequence[Any]],
        whole: Callable[[], Answer],
        *,
        cursor: str | None,
    ) -> Response:
        """A table page by page, where `page` takes the place to begin at; as a file it is `whole`."""
        book_id = self.workspace.book().book_id
        offset = offset_of(cursor, book_id=book_id)

        def send(form: str) -> Response:
            if form != JSON:
                return self._file(whole(), name, form)
            found = page(offset)
            after = None if found.next_offset is None else cursor_of(book_id, found.next_offset)
            return self._listed(rows(found.rows), after=after, total=found.total)

        return self._sent((JSON, CSV, PARQUET), send)

    def said(self, data: Any, *, status: int = 200) -> Response:
        """What a request has changed, or would change."""
        return self._json({"data": data}, status=status)

    def picture(self, forms: Sequence[str], make: Callable[[str], Response]) -> Response:
        """What `make` gives in the form that is preferred."""
        return self._sent(forms, make)

    def _sent(self, forms: Sequence[str], make: Callable[[str], Response], *, lasts: bool = True) -> Response:
        form = preferred(self.request.headers.get("accept"), forms)
        if not lasts:
            return make(form)
        tag = self._tag(form)
        known = {each.strip() for each in self.request.headers.get("if-none-match", "").split(",")}
        response = Response(status_code=304) if known & {tag, "*"} else make(form)
        response.headers.update({**_HEADERS, "ETag": tag})
        return response

    def _tag(self, form: str) -> str:
        try:
            book = self.workspace.book()
        except NoBookError:
            book = None
        asked = sorted(self.request.query_params.multi_items(), key=lambda pair: pair[0])
        made_of = (
            *(__version__, self.request.url.path, asked, form, self.workspace.standing),
            *(self.workspace.settings.model_dump(mode="json"), self.workspace.state.version()),
            *(self.workspace.models_kept(), self.workspace.today().isoformat()),
            *(("",) if book is None else (book.book_id, book.created_at.isoformat(), book.fingerprint)),
        )
        # Weak: the same answer may be sent packed or not.
        return f'W/"{hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]}"'

    def _listed(self, rows: Sequence[Any], *, after: str | None = None, total: int | None = None) -> Response:
        return self._json({"data": rows, "next": after, "total": len(rows) if total is None else total})

    def _json(self, body: Mapping[str, Any], *, status: int = 200) -> Response:
        return JsonResponse({**body, "about": self.about()}, status_code=status)

    def _file(self, answer: Answer, name: str, form: str) -> Response:
        folder = Path(tempfile.mkdtemp(prefix="upswell-"))
        try:
            written = self.workspace.write(answer, to=folder / f"{name}{_ENDINGS[form]}")
            self.desk.workspace.state.record(
                "export",
                name,
                author=self.visitor.name,
                at=datetime.now(UTC),
                details={
                    "form": form,
                    "rows": written.rows,
                    "book": self.workspace.book().book_id,
                    "asked": {name: self.request.query_params.getlist(name) for name in self.request.query_params},
                },
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return _Removed(written.path, media_type=form, filename=written.path.name)


def _at_any_time(
    request: Request, desk: AtDesk, visitor: Asking, policy: PolicyQuery = None, as_of: AsOfQuery = None
) -> Asked:
    workspace = desk.answers()
    if as_of is not None:
        # Pinned, it refuses what it would have to build: a question starts no work of that size.
        workspace = workspace.as_of(as_of).pinned()
    return Asked(request, desk, visitor, workspace, policy)


def _of_book(request: Request, desk: AtDesk, visitor: Asking, policy: PolicyQuery = None) -> Asked:
    return Asked(request, desk, visitor, desk.answers(), policy)


def _of_workspace(request: Request, desk: AtDesk, visitor: Asking) -> Asked:
    return Asked(request, desk, visitor, desk.workspace, None)


AtAnyTime = Annotated[Asked, Depends(_at_any_time)]
OfBook = Annotated[Asked, Depends(_of_book)]
OfWorkspace = Annotated[Asked, Depends(_of_workspace)]
