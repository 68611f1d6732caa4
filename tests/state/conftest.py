"""Both stores for every story: SQLite in a file, and a PostgreSQL of our own that lives as long as the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
import pytest

_BINARIES: Final = Path("/usr/lib/postgresql")
_ACCOUNTS: Final = ("postgres", "nobody")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server that listens on a socket of its own folder, and on no address."""
    folder = Path(tempfile.mkdtemp(prefix="upswell-postgresql-"))
    user = None
    if os.geteuid() == 0:
        # The server refuses to be run by root.
        account = next(each for each in map(_account, _ACCOUNTS) if each is not None)
        user = account.pw_name
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    _run(user, "initdb", "-D", data, "-U", "upswell", "-A", "trust", "-E", "UTF8", "--no-sync")
    quiet = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    _run(user, "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", quiet, "start")
    try:
        yield f"postgresql+psycopg://upswell@/postgres?host={folder}"
    finally:
        _run(user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store."""
    if request.param == "SQLite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"state_{uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _run(user: str | None, program: str, *arguments: object) -> None:
    command = [_program(program), *(str(each) for each in arguments)]
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})


def _program(name: str) -> str:
    versions = sorted(_BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install postgresql (`make setup` does it where it may)")
    return found
