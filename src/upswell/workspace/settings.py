"""`upswell.toml`: what a workspace is, in a file that a person can read and edit.

currency = "USD"
timezone = "Europe/Berlin"
policy = "strict"
state = "postgresql+psycopg://upswell@db/upswell"  # left out: a file of the workspace

[policies.board]
extends = "strict"
netting = "customer"

[sources.stripe]
kind = "stripe"
key_file = "stripe.key"

[quality]
at_risk = 0.5

[growth]
days_after_decline = 90

[[list_prices]]
plan = "team"
amount = "20.00"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from upswell.errors import UsageError, WorkspaceError
from upswell.growth.settings import GrowthSettings
from upswell.metrics.quality_weights import QualityWeights
from upswell.money.currency import is_currency
from upswell.sources.stripe.settings import StripeSettings
from upswell.workspace.list_prices import StatedPrice

FILE_NAME: Final = "upswell.toml"
_Kind = TypeVar("_Kind", UsageError, WorkspaceError)


class Settings(BaseModel):
    """The contents of upswell.toml. Currency and time zone are fixed once rows are imported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = "USD"
    timezone: str = "UTC"
    policy: str = "strict"
    policies: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    sources: Mapping[str, StripeSettings] = Field(default_factory=dict)
    state: str | None = None
    quality: QualityWeights = Field(default_factory=QualityWeights)
    list_prices: tuple[StatedPrice, ...] = ()
    growth: GrowthSettings = Field(default_factory=GrowthSettings)

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        code = value.upper()
        if not is_currency(code):
            raise ValueError(f"{value} is not an ISO 4217 currency such as USD")
        return code

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        # Names that only this machine knows (localtime, posix/...) would mean another zone elsewhere.
        if value not in available_timezones() - {"localtime", "Factory"}:
            raise ValueError(f"{value} is not an IANA time zone such as Europe/Berlin")
        return value

    @field_validator("sources")
    @classmethod
    def _plain_names(cls, value: Mapping[str, StripeSettings]) -> Mapping[str, StripeSettings]:
        for name in value:
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
                raise ValueError(f"a source called {name!r} cannot have a folder; use letters, digits, - and _")
        return value

    @field_validator("list_prices")
    @classmethod
    def _each_once(cls, value: tuple[StatedPrice, ...]) -> tuple[StatedPrice, ...]:
        seen = set()
        for each in value:
            key = each.model_copy(update={"amount": 0, "since": None})
            if key in seen:
                raise ValueError(f"{each.plan} has two list prices of one term, currency and quantity; leave one out")
            seen.add(key)
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.timezone)

    def as_toml(self) -> str:
        """The text of a fresh upswell.toml."""
        return (
            "# An Upswell workspace. Currency and time zone are fixed once rows are imported.\n"
            f'currency = "{self.currency}"\n'
            f'timezone = "{self.timezone}"\n'
            f'policy = "{self.policy}"\n'
        )


def new_settings(*, currency: str, timezone: str, policy: str) -> Settings:
    """Settings from the arguments of `init`. Raises `UsageError` for an unknown currency or zone."""
    try:
        return Settings(currency=currency, timezone=timezone, policy=policy)
    except ValidationError as error:
        raise _malformed(error, where="init", kind=UsageError) from error


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace in `folder`.

    Raises `WorkspaceError` when there is no workspace or its file cannot be understood.
    """
    path = folder / FILE_NAME
    try:
        return Settings.model_validate(tomllib.loads(path.read_text("utf-8"), parse_float=Decimal))
    except FileNotFoundError as error:
        raise WorkspaceError(
            f"{folder} is not an Upswell workspace",
            code="no_workspace",
            where=str(folder),
            expected=f"a folder with {FILE_NAME}",
            found="none",
            remedy=f"run `upswell init {folder}`, or name a workspace with -w or UPSWELL_WORKSPACE",
        ) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error}",
            code="settings_unreadable",
            where=str(path),
            remedy="mend the file or its permissions; docs/reference.md shows one",
        ) from error
    except ValidationError as error:
        raise _malformed(error, where=str(path), kind=WorkspaceError) from error


def _malformed(error: ValidationError, *, where: str, kind: type[_Kind]) -> _Kind:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    said = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
    return kind(
        f"{field}: {said.removeprefix('Value error, ')}",
        code="settings_malformed",
        where=where,
        found=str(first.get("input")),
        remedy=f"correct {field}; docs/reference.md shows the settings",
    )
