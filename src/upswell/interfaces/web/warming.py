"""The views that everybody opens first, rendered when a book comes into service and before anybody asks.

On a large book they take a while, and a server that starts again would begin from nothing: so they are kept beside the
books, for as long as book, statements, settings and release are the same.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upswell import __version__
from upswell.errors import QuestionEndedError
from upswell.interfaces.web import customers, expansion, movements, overview, retention
from upswell.interfaces.web.asking import Scope
from upswell.interfaces.web.assets import digest_of_assets
from upswell.interfaces.web.shell import View, key_of, main_part, rendered

if TYPE_CHECKING:
    from upswell.interfaces.server.desk import Desk
    from upswell.workspace import Workspace

# Among the books, so that what erases a name or restores a backup clears it with them.
_FOLDER: Final = Path("books", "rendered")
_VIEWS: Final[tuple[tuple[str, View], ...]] = (
    ("/", overview.VIEW),
    ("/movements", movements.VIEW),
    ("/customers", customers.VIEW),
    ("/expansion", expansion.VIEW),
    ("/cohorts", retention.COHORTS),
    ("/retention", retention.VIEW),
)


def warm_pages(desk: Desk, workspace: Workspace) -> None:
    """Render the default views of a book, or read those of an earlier run, and keep them."""
    folder = desk.folder / _FOLDER
    scopes = [(view, Scope(workspace, path, {})) for path, view in _VIEWS]
    files = [folder / _name(key_of(view, scope)) for view, scope in scopes]
    # Those that are there come first: nobody is to wait for them behind one that is not.
    waiting = []
    for (view, scope), file in zip(scopes, files, strict=True):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            waiting.append((view, scope, file))
            continue
        desk.kept.put(key_of(view, scope), text)
    failed: list[Exception] = []
    for view, scope, file in waiting:
        try:
            text = main_part(desk, view, scope)
        except QuestionEndedError:
            raise
        except Exception as fault:
            # The others are not to wait for it.
            failed.append(fault)
            continue
        with suppress(OSError):
            # A folder that only can be read is served as well.
            folder.mkdir(exist_ok=True)
            draft = file.with_suffix(".new")
            draft.write_text(text, "utf-8")
            draft.replace(file)
    if folder.is_dir():
        for former in set(folder.iterdir()) - set(files):
            former.unlink(missing_ok=True)
    if failed:
        raise failed[0]


def _name(key: tuple[object, ...]) -> str:
    text = f"{key!r} {__version__} {digest_of_assets()} {rendered()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32] + ".html"
