"""The limits of contacting customers: settings of the workspace, shown with whatever they kept back.

[growth]
customer_caps = [{ contacts = 1, days = 14 }, { contacts = 3, days = 90 }]
family_caps = [{ contacts = 1, days = 14 }, { contacts = 3, days = 90 }]
days_after_decline = 90
discount_percent_max = 20
holdout = 0.1
handover_amount = 1000
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from upswell.metrics.request import SEAT_METRICS

_Days = Annotated[int, Field(ge=0, le=3650)]


class Cap(BaseModel):
    """At most so many contacts, over all offers and channels, in so many days on end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contacts: Annotated[int, Field(ge=0, le=1000)]
    days: Annotated[int, Field(ge=1, le=3650)]


_CAPS: Final = (Cap(contacts=1, days=14), Cap(contacts=3, days=90))


class GrowthSettings(BaseModel):
    """`[growth]` in upswell.toml.

    A cap counts every contact, whatever its offer and channel, since a customer tires of all of them together: by
    default one a fortnight, so that an answer can come before the next, and three a quarter. `days_after_...` is for
    how many days no offer follows a decline or an acceptance (of any offer), an incident without an end, and a
    contraction; 0 turns it off. `health_points_min` is the least health that may be offered something; None: health
    that is not in the score's lowest band. `holdout` is the share of families that is never contacted, drawn by
    `holdout_salt`: another salt draws others, and ends what is measured. From `handover_amount` of monthly revenue in
    the workspace's currency an opportunity is for sales. `seat_metrics` are the metrics of use that count who uses a
    seat, the first that there is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer_caps: tuple[Cap, ...] = _CAPS
    family_caps: tuple[Cap, ...] = _CAPS
    days_after_decline: _Days = 90
    days_after_acceptance: _Days = 30
    days_after_incident: _Days = 14
    days_after_contraction: _Days = 60
    health_points_min: int | None = None
    discount_percent_max: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(20)
    holdout: Annotated[Decimal, Field(ge=0, le=Decimal("0.5"))] = Decimal("0.1")
    holdout_salt: Annotated[str, Field(max_length=200)] = "upswell"
    handover_amount: Annotated[Decimal, Field(ge=0)] = Decimal(1000)
    seat_metrics: tuple[str, ...] = SEAT_METRICS
