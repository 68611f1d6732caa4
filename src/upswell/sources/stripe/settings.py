"""What `upswell.toml` may say of a Stripe account.

[sources.stripe]
kind = "stripe"
key_file = "stripe.key"            # mode 600; without it the key comes from STRIPE_API_KEY
api_version = "2026-10-28.endive"  # default: the SDK's

[sources.stripe.plans.prod_Q4x]    # the id of a product or a price
plan = "team"
product = "suite"
type = "addon"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Offer(BaseModel):
    """What a Stripe product or price is called in the ledger, where its own ids and metadata are not to decide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str | None = None
    product: str | None = None
    type: Literal["plan", "addon"] | None = None


class StripeSettings(BaseModel):
    """One account. Paths are relative to the workspace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["stripe"] = "stripe"
    key_file: str | None = None
    webhook_secret_file: str | None = None
    api_version: str | None = None
    api_base: str | None = None
    plans: Mapping[str, Offer] = Field(default_factory=dict)

    @field_validator("api_base")
    @classmethod
    def _private(cls, value: str | None) -> str | None:
        # The key goes there: over the network only encrypted.
        parts = urlsplit(value or "https://")
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("api_base must be https, or http on this machine")
        return value
