"""What is shipped to run the server: image and service are sound, and run with no rights that they need not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
DOCKERFILE: Final = ROOT / "deploy" / "Dockerfile"
UNIT: Final = ROOT / "deploy" / "upswell.service"
HARDENED: Final = {
    "User": "upswell",
    "ProtectSystem": "strict",
    "ReadWritePaths": "/var/lib/upswell",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "MemoryMax": "8G",
}


def test_the_image_passes_its_linter() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    ran = subprocess.run([linter, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def test_the_image_runs_as_nobody_special_with_locked_requirements() -> None:
    text = DOCKERFILE.read_text("utf-8")
    said = [line.split(" ", 1) for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    last = dict(said)
    assert last["USER"] == "10001"
    assert last["VOLUME"] == "/data"
    assert last["FROM"] == "python:3.13-slim"
    assert last["CMD"] == '["upswell", "serve", "--host", "0.0.0.0"]'
    assert "/healthz" in text.partition("HEALTHCHECK")[2]
    assert "--require-hashes -r /tmp/requirements-web.lock" in text
    for copied in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        assert all((ROOT / each).exists() for each in copied.split())


def names_in(lock: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    )


def test_the_image_gets_what_was_tested() -> None:
    image, tested = names_in("requirements-web.lock"), names_in("requirements-dev.lock")
    assert {"fastapi", "uvicorn", "argon2-cffi", "limits", "python-multipart", "duckdb"} <= image.keys()
    assert {name: version for name, version in image.items() if tested.get(name) != version} == {}


def service_of(unit: Path) -> dict[str, str]:
    """The section [Service]; what stands twice is kept once."""
    section = unit.read_text("utf-8").partition("[Service]\n")[2].partition("\n[")[0]
    lines = [line for line in section.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_the_service_can_write_to_its_own_folder_and_nowhere_else() -> None:
    service = service_of(UNIT)
    assert {name: service.get(name) for name in HARDENED} == HARDENED
    assert "--allowed-host" in service["ExecStart"]
    assert "--host " not in service["ExecStart"].replace("--allowed-host ", "")
    assert int(service["TimeoutStopSec"]) > 20


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_service_is_one_that_systemd_takes(tmp_path: Path) -> None:
    # With a program that is there, since Upswell is not installed where the unit says.
    there = tmp_path / "upswell.service"
    there.write_text(UNIT.read_text("utf-8").replace("/opt/upswell/bin/upswell", shutil.which("true") or ""), "utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True, check=False)
    ours = [line for line in ran.stderr.splitlines() if "upswell.service" in line]
    assert ours == []
