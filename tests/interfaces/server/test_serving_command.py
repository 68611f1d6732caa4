"""`upswell serve` as a process: it says where it is, ends when it is told to, and refuses what is not safe."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import upswell
from tests.interfaces.command import upswell_command
from tests.interfaces.server.people import add_users, proof_in
from upswell.interfaces.server import run

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
SECONDS = 30


class Served:
    """A server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", "from upswell.interfaces.cli import main; main()", "-w", str(folder)]
        self.process = subprocess.Popen(
            [*command, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        said = ""
        while (found := _ADDRESS.search(said)) is None:
            said = self.process.stdout.readline()
            assert said, "the server ended before it listened"
        self.address = found[0]

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=SECONDS) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, body: str) -> str:
        request = urllib.request.Request(self.address + path, data=body.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return str(answer.geturl())

    def stop(self) -> tuple[int, list[dict[str, Any]]]:
        """End it, within the time it has; how it ended, and its log."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, [json.loads(line) for line in log.splitlines()]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "new")
    yield served
    served.process.kill()
    served.process.communicate()


def all_children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(each) for each in (task / "children").read_text().split()]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes by /proc")
def test_a_server_told_to_stop_ends_its_work_and_leaves_the_workspace_as_it_was(
    started: Served, tmp_path: Path
) -> None:
    proof = proof_in(started.get("start"))
    job = started.post("start/demo", f"csrf={proof}")
    lines = urllib.request.urlopen(job + "/lines", timeout=SECONDS)
    assert b"event: line" in lines.readline()
    work = all_children(started.process.pid)
    assert len(work) == 1
    code, log = started.stop()
    lines.close()
    assert code in (0, -signal.SIGTERM)
    assert not any(Path(f"/proc/{each}").exists() for each in work)
    assert all(line["message"] for line in log)
    workspace = upswell.open(tmp_path / "new")
    with pytest.raises(upswell.errors.BookError):
        workspace.book()
    assert not list((tmp_path / "new").glob(".uploads/*"))


def test_its_log_is_lines_of_json(started: Served) -> None:
    started.get("start")
    started.get("healthz")
    code, log = started.stop()
    assert code in (0, -signal.SIGTERM)
    asked = [(line["method"], line["path"], line["status"]) for line in log if line["message"] == "request"]
    assert asked == [("GET", "/start", 200), ("GET", "/healthz", 200)]


def refused(*arguments: object, **more: Any) -> tuple[int, str]:
    answer = upswell_command(*arguments, **more)
    return answer.code, " ".join(answer.err.split())


def test_a_port_that_is_used_is_said_to_be(acme: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = refused("-w", acme, "serve", "--port", port)
    assert code == 2
    assert f"nobody can listen at 127.0.0.1:{port}" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear", "utf-8")
    code, said = refused("-w", tmp_path / "letters", "serve", "--port", 0)
    assert (code, "is not an Upswell workspace" in said) == (4, True)
    assert [each.name for each in (tmp_path / "letters").iterdir()] == ["dear.txt"]
    code, said = refused("-w", tmp_path / "letters" / "dear.txt", "serve", "--port", 0)
    assert (code, "Traceback" in said) == (4, False)


def test_without_the_extra_it_says_what_to_install(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("upswell.interfaces.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, said = refused("-w", acme, "serve")
    assert code == 2
    assert 'pip install "upswell[web]"' in said
    assert "no uvicorn" in said


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--host", "0.0.0.0"), "users"),
        (("--host", "::"), "users"),
        (("--host", ""), "users"),
        (("--allowed-host", "metrics.example"), "users"),
        (("--allowed-host", "*"), "no name of a server"),
        (("--allowed-host", "https://metrics.example"), "no name of a server"),
        (("--allowed-host", "metrics.example/x"), "no name of a server"),
        (("--host", "203.0.113.1"), "users"),
    ],
)
def test_nobody_else_reaches_a_workspace_without_users(acme: Path, options: tuple[str, ...], code: str) -> None:
    answer = refused("-w", acme, "serve", "--port", 0, *options)
    assert (answer[0], code in answer[1]) == (2, True)


def test_with_users_it_must_be_known_by_which_name_it_is_reached(acme: Path) -> None:
    add_users(acme)
    code, said = refused("-w", acme, "serve", "--port", 0, "--host", "0.0.0.0")
    assert (code, "--allowed-host" in said) == (2, True)


@pytest.mark.parametrize(
    ("given", "name"),
    [("Metrics.Example", "metrics.example"), ("metrics.example:8443", "metrics.example"), ("fd00::1", "[fd00::1]")],
)
def test_a_name_is_taken_as_it_stands_in_a_request(given: str, name: str) -> None:
    assert run.names_of([given]) == (name,)
