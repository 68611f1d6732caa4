"""`upswell serve`: pages and API for this workspace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from upswell.errors import extra_installed
from upswell.interfaces.cli.app import WorkspaceOption, app, chosen_folder

_LIBRARIES = frozenset({"fastapi", "starlette", "uvicorn", "argon2", "limits", "pythonjsonlogger", "python_multipart"})


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine only with users.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=0, max=65535)] = 8765,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option("--allowed-host", metavar="NAME", help="A name under which others reach it. Repeatable."),
    ] = None,
    behind_https: Annotated[
        bool, typer.Option("--behind-https", help="A server before this one speaks HTTPS: cookies are for HTTPS only.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve the pages and the REST API, on this machine alone unless told otherwise."""
    folder = chosen_folder(workspace)
    run = _server()
    _begin(folder)
    run(
        folder,
        host=host,
        port=port,
        allowed_hosts=allowed_host or (),
        behind_https=behind_https,
        # On stdout: what comes on stderr from now on is the log.
        listening=lambda address: typer.echo(f"Upswell serves {folder} at {address} (Ctrl-C ends it)"),
    )


def _web_extra() -> AbstractContextManager[None]:
    return extra_installed(
        "web",
        _LIBRARIES,
        message="serving pages needs libraries that are not installed",
        expected="FastAPI, uvicorn and what they need",
    )


def _server() -> Callable[..., None]:
    from upswell.charts.extra import charts_extra  # noqa: PLC0415

    with _web_extra(), charts_extra():
        from upswell.interfaces.server.run import serve as run  # noqa: PLC0415 -- FastAPI is an extra
    return run


def _begin(folder: Path) -> None:
    """Make a workspace of a folder that is empty or not there: who comes with a browser alone begins there."""
    from upswell.workspace import init  # noqa: PLC0415

    if folder.is_dir() and any(folder.iterdir()):
        return
    init(folder)
    typer.echo(f"made a workspace in {folder}: USD, UTC, policy strict")
