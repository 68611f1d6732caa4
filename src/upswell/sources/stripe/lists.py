"""The lists of Stripe's API that a sync reads: each with what is expanded in it and the permission a restricted key
needs.

A list is read newest first, a hundred at a time, to its end. `nested` is a list inside each object that shows its
first ten and is read to its end by itself: the lines of an invoice, the items of a subscription.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# The first version in which an invoice has a `parent` and its payments a list of their own.
NEWEST_SINCE: Final = "2025-03-31"


@dataclass(frozen=True)
class Nested:
    """The list `field` inside an object; its own path is made from the parent's id."""

    field: str
    path: str
    object_type: str
    parameter: str | None = None
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class StripeList:
    """One list. `expand` are paths inside an object; `why` is what the ledger learns from it."""

    name: str
    object_type: str
    permission: str
    why: str
    expand: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    nested: Nested | None = None
    by_created: bool = True
    newest_only: bool = False

    @property
    def path(self) -> str:
        """Where the API serves it."""
        return f"/v1/{self.name}"

    def served_by(self, version: str) -> bool:
        """Whether an API version has the list."""
        return not self.newest_only or version >= NEWEST_SINCE


LISTS: Final = (
    StripeList("products", "product", "Products", "names of plans, and the metadata that groups them"),
    StripeList("prices", "price", "Prices", "amounts, intervals, tiers, currencies",
               expand=("tiers", "currency_options")),
    StripeList("plans", "plan", "Plans", "the same of the old kind", expand=("tiers",)),
    StripeList("tax_rates", "tax_rate", "Tax Rates", "which taxes are inside a price"),
    StripeList("coupons", "coupon", "Coupons", "percent or amount, and for how long", expand=("applies_to",)),
    StripeList("promotion_codes", "promotion_code", "Promotion Codes", "which code brought a coupon"),
    StripeList("customers", "customer", "Customers", "who pays; metadata becomes attributes",
               expand=("discount.source.coupon",)),
    StripeList("subscriptions", "subscription", "Subscriptions", "what is sold today, trials, cancellations, pauses",
               expand=("discounts", "items.data.discounts"), parameters={"status": "all"},
               nested=Nested("items", "/v1/subscription_items", "subscription_item", "subscription", ("discounts",))),
    StripeList("subscription_schedules", "subscription_schedule", "Subscriptions", "what is planned"),
    StripeList("invoices", "invoice", "Invoices", "the past: what each item was in each period, and what became of it",
               expand=("discounts", "lines.data.discounts"),
               nested=Nested("lines", "/v1/invoices/{id}/lines", "line_item", expand=("discounts",))),
    StripeList("invoiceitems", "invoiceitem", "Invoices", "changes that wait for the next invoice"),
    StripeList("invoice_payments", "invoice_payment", "Invoices", "which payment paid which invoice", newest_only=True),
    StripeList("credit_notes", "credit_note", "Credit notes", "what was taken back",
               nested=Nested("lines", "/v1/credit_notes/{id}/lines", "credit_note_line_item"), by_created=False),
    StripeList("charges", "charge", "Charges", "payments that succeeded and failed"),
    StripeList("refunds", "refund", "Charges", "money given back"),
    StripeList("disputes", "dispute", "Disputes", "money that banks took back"),
    StripeList("payment_intents", "payment_intent", "PaymentIntents", "payments that never became a charge"),
)  # fmt: skip
EVENTS: Final = StripeList("events", "event", "Events", "the moment of a change, for 30 days")


def list_of(object_type: str) -> StripeList | None:
    """The list that holds objects of a type, if one does."""
    return next((each for each in LISTS if each.object_type == object_type), None)
