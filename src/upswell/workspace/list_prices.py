"""List prices as upswell.toml states them; they rule over what is read off the last sales.

[[list_prices]]
plan = "team"
amount = "20.00"            # of one unit, per interval
interval = "month"          # as the rows have it: day, week, month, quarter, year
quantity_from = 25          # where prices are tiered: a table for each tier
since = 2025-06-01          # if left out: when this amount was first sold
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from upswell.analysis.pricing.holdings import Offer
from upswell.analysis.pricing.lists import GivenPrice
from upswell.money.currency import is_currency


class StatedPrice(BaseModel):
    """One list price; `currency` is the workspace's unless it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str
    amount: Annotated[Decimal, Field(ge=0, decimal_places=12)]
    currency: str | None = None
    interval: Literal["day", "week", "month", "quarter", "year"] = "month"
    interval_count: Annotated[int, Field(ge=1)] = 1
    item_type: Literal["plan", "addon", "usage"] = "plan"
    quantity_from: Annotated[Decimal, Field(ge=0, decimal_places=4)] = Decimal(0)
    since: date | None = None

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str | None) -> str | None:
        if value is not None and not is_currency(value.upper()):
            raise ValueError(f"{value} is not an ISO 4217 currency such as USD")
        return None if value is None else value.upper()

    def given(self, currency: str) -> GivenPrice:
        """The same for the review, in `currency` if it states none."""
        offer = Offer(self.plan, self.item_type, self.currency or currency, self.interval, self.interval_count)
        return GivenPrice(offer, self.amount, self.quantity_from, self.since)
