"""Exported Stripe tables, landed as the objects that the API would have given.

Stripe's own tables (Sigma, Data Pipeline), Fivetran's and Airbyte's name the same things in their own ways.
mapping.toml says which column is which field; SQL puts the fields together as JSON. The row of `subscription_items`

    id    subscription_id  price_id  quantity  current_period_end
    si_1  sub_1            price_7   5         2026-03-10 00:00:00

becomes {"id": "si_1", "price": "price_7", "quantity": 5, "current_period_end": 1773100800} inside its subscription, and
from there on everything is as if it had been synced. Rows that cannot be understood are held back.
"""

from upswell.sources.stripe.exports.landing_folder import FolderResult, land_folder

__all__ = ["FolderResult", "land_folder"]
