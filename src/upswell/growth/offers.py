"""Offers as they are written down: in a TOML file, in the body of a request, in a form.

name = "seats-10"
title = "Ten more seats"
text = "Your team fills its seats: ten more, at the price of today."
what = "seats"
eligibility = "country = 'DE'"
channels = ["email", "in_app"]
discount_percent = 10
ends_on = 2026-12-31
"""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from upswell.errors import InputError, UsageError
from upswell.state.growth_records import OfferDraft, What

_TEXT_MAX: Final = 4000
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
_Short = Annotated[str, Field(max_length=200)]


class OfferGiven(BaseModel):
    """An offer as somebody wrote it; see `OfferDraft` for what the fields mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(max_length=64)]
    title: _Short
    what: What
    text: Annotated[str, Field(max_length=_TEXT_MAX)] = ""
    plan_id: _Short | None = None
    product_id: _Short | None = None
    eligibility: Annotated[str, Field(max_length=_TEXT_MAX)] | None = None
    channels: tuple[_Short, ...] = ()
    discount_percent: Percent | None = None
    owner: _Short | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    priority: Annotated[int, Field(ge=0, le=1_000_000)] = 100

    @field_validator("title", "text", "owner", "eligibility", "plan_id", "product_id")
    @classmethod
    def _no_nul(cls, value: str | None) -> str | None:
        if value is not None and "\0" in value:
            raise ValueError("a zero byte")
        return value

    def draft(self) -> OfferDraft:
        """The same as the state takes it; an empty text is none."""
        return OfferDraft(
            name=self.name,
            title=self.title,
            text=self.text,
            what=self.what,
            plan_id=self.plan_id or None,
            product_id=self.product_id or None,
            eligibility=self.eligibility or None,
            channels=self.channels,
            discount_percent=self.discount_percent,
            owner=self.owner or None,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            priority=self.priority,
        )


def offer_given(values: dict[str, object], *, where: str) -> OfferDraft:
    """The offer that `values` say. Raises `UsageError` (offer_malformed) for what is none."""
    try:
        return OfferGiven.model_validate(values).draft()
    except ValidationError as error:
        first = error.errors()[0]
        part = ".".join(str(each) for each in first["loc"]) or "offer"
        said = "there is no such part" if first["type"] == "extra_forbidden" else first["msg"]
        raise UsageError(
            f"{part}: {said.removeprefix('Value error, ')}",
            code="offer_malformed",
            where=where,
            expected=f"of these parts: {', '.join(OfferGiven.model_fields)}",
            found=str(first.get("input"))[:200],
            remedy=f"correct {part}; docs/offers.md shows an offer",
        ) from error


def read_offer(path: Path) -> OfferDraft:
    """The offer in a TOML file. Raises `InputError` for a file that cannot be read, `UsageError` for what is none."""
    try:
        values = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = "no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise InputError(
            f"{path} cannot be read as an offer: {said}",
            code="offer_file_unreadable",
            where=str(path),
            expected="a TOML file",
            found=said,
            remedy="docs/offers.md shows one",
        ) from error
    return offer_given(values, where=str(path))
