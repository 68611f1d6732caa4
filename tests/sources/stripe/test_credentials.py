"""Secrets come from the environment or a file that nobody else can read, and are shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from upswell.errors import InputError
from upswell.sources.stripe.credentials import Secret, api_key, webhook_secret

KEY = "rk_live_0123456789abcdef"


def _file(folder: Path, text: str, mode: int) -> str:
    path = folder / "stripe.key"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path.name


def test_a_key_file_of_its_owner_alone_is_read(tmp_path: Path) -> None:
    secret = api_key(tmp_path, _file(tmp_path, f"{KEY}\n", 0o600))
    assert secret.value == KEY
    assert KEY not in f"{secret} {secret!r}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(InputError) as refused:
        api_key(tmp_path, _file(tmp_path, KEY, mode))
    assert (refused.value.code, refused.value.found) == ("stripe_secret_file", f"mode {mode:o}")
    assert "chmod 600" in refused.value.remedy


def test_a_key_file_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    for name in ("absent", _file(tmp_path, " \n", 0o600)):
        with pytest.raises(InputError) as refused:
            api_key(tmp_path, name)
        assert refused.value.code == "stripe_secret_file"


def test_the_environment_is_used_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_1")
    assert api_key(tmp_path, None).origin == "environment variable STRIPE_API_KEY"
    assert webhook_secret(tmp_path, None).value == "whsec_1"


def test_a_secret_is_taken_out_of_texts() -> None:
    assert Secret(KEY, "x").hide(f"Invalid API Key provided: {KEY}") == "Invalid API Key provided: ***"
