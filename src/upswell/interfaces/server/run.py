"""Listening: uvicorn with our application, JSON lines as its log, and an end that lets go of what runs."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import uvicorn

from upswell.errors import UsageError
from upswell.interfaces.server.app import SECONDS_MAX, create_app
from upswell.interfaces.server.guard import LOOPBACK_NAMES, name_of
from upswell.interfaces.server.jobs import Jobs
from upswell.workspace import open_workspace

_GRACE_SECONDS: Final = 10
# Longer than a reader or a proxy keeps a connection it means to use again, so that none is closed under a request.
_KEPT_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 128
_SIX: Final = 6
_FIELDS: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def serve(
    folder: Path,
    *,
    host: str,
    port: int,
    allowed_hosts: Sequence[str] = (),
    behind_https: bool = False,
    seconds_max: float = SECONDS_MAX,
    listening: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the workspace in `folder` until told to stop; `listening` is told the address as soon as there is one.

    `allowed_hosts` are names under which others reach it. Raises `UsageError` for a host beyond loopback without users,
    or without a name to be reached by, and for an address where nobody can listen.
    """
    others = names_of(allowed_hosts)
    require_safe(folder, host, others)
    at_loopback = is_loopback(host)
    own = (_in_address(host),) if at_loopback else ()
    app = create_app(
        folder,
        hosts=(*LOOPBACK_NAMES, *own, *others),
        seconds_max=seconds_max,
        behind_https=behind_https,
        needs_users=not at_loopback or bool(others),
    )
    config = uvicorn.Config(
        app,
        log_config=_logging(),
        access_log=False,
        server_header=False,
        proxy_headers=behind_https,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=_KEPT_ALIVE_SECONDS,
    )
    logging.captureWarnings(capture=True)
    with closing(_listening(host.strip("[]"), port)) as at, suppress(KeyboardInterrupt):
        listening(f"http://{_in_address(host)}:{at.getsockname()[1]}/")
        _Server(config, app.state.desk.jobs).run(sockets=[at])


class _Server(uvicorn.Server):
    """Ends the work that runs before it waits for requests: those that follow the work end with it."""

    def __init__(self, config: uvicorn.Config, jobs: Jobs) -> None:
        super().__init__(config)
        self._jobs = jobs

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the work, then as it is done."""
        await asyncio.to_thread(self._jobs.stop)
        await super().shutdown(sockets)


def names_of(allowed_hosts: Iterable[str]) -> tuple[str, ...]:
    """The names as they stand in a Host header. Raises `UsageError` for what can stand in none, such as `*`."""
    names = {given: name_of(_in_address(given)) for given in allowed_hosts}
    for given, name in names.items():
        if name is None:
            raise UsageError(
                f"{given} is no name of a server",
                code="allowed_host_malformed",
                where="--allowed-host",
                expected="a name or an address, such as metrics.example",
                found=given,
                remedy="give the name as it stands in people's browsers, without https:// and without a path",
            )
    return tuple(name for name in names.values() if name is not None)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound there. Raises `UsageError` where that cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"nobody can listen at {_in_address(host)}:{port}",
            code="address_unusable",
            where="--host, --port",
            expected="an address of this machine, and a port that is free",
            found=error.strerror or str(error),
            remedy="end the program that uses the port, or choose another one with --port",
        ) from error


def _in_address(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    try:
        is_six = ipaddress.ip_address(host).version == _SIX
    except ValueError:
        return host
    return f"[{host}]" if is_six else host


def require_safe(folder: Path, host: str, allowed_hosts: Sequence[str]) -> None:
    """Raise `UsageError` where others could reach a workspace that has no users."""
    if is_loopback(host) and not allowed_hosts:
        return
    if not open_workspace(folder).access.has_users():
        raise UsageError(
            "others could reach this workspace, and it has no users",
            code="users_needed",
            where="--host" if not is_loopback(host) else "--allowed-host",
            expected="a user, where others can reach the server",
            found=f"host {host}" if not is_loopback(host) else f"the name {', '.join(allowed_hosts)}",
            remedy="serve on 127.0.0.1, run `upswell users invite`, and give the token at /welcome",
        )
    if not is_loopback(host) and not allowed_hosts:
        raise UsageError(
            "nobody knows under which name this server is reached",
            code="allowed_host_needed",
            where="--allowed-host",
            expected="the name or address in people's browsers",
            found="none",
            remedy="add --allowed-host metrics.example (repeatable); requests under other names are refused",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _logging() -> dict[str, Any]:
    loggers = {name: {"handlers": ["lines"], "level": "INFO", "propagate": False} for name in ("upswell", "uvicorn")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "pythonjsonlogger.json.JsonFormatter", "fmt": _FIELDS}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "loggers": loggers,
        # Whatever else has something to say says it as JSON, too.
        "root": {"handlers": ["lines"], "level": "WARNING"},
    }
