"""The account's things as Stripe's JSON, in either generation.

`Shapes(account, "newest")` writes API 2026-10-28 (an invoice's subscription stands under `parent`, a line's price
under `pricing`, a period on the item); `"old"` writes 2024-12-18 (`invoice.subscription`, `line.price`, the period on
the subscription, `discount.coupon`). Every key of the generation is there: what the account knows is filled in, and
the rest is as Stripe writes it for an account that does not use it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.stripe_account.things import (
    Charge,
    Coupon,
    CreditNote,
    Customer,
    Discount,
    Dispute,
    Event,
    Intent,
    Invoice,
    InvoicePayment,
    Item,
    Line,
    Pending,
    Price,
    Product,
    Promotion,
    Refund,
    Schedule,
    Subscription,
    TaxRate,
)

if TYPE_CHECKING:
    from tests.stripe_account.clockwork import Clockwork

Json = dict[str, Any]
_HERE = Path(__file__).parent
NEWEST: Final[dict[str, Json]] = json.loads((_HERE / "newest_shapes.json").read_text("utf-8"))
OLD: Final[dict[str, dict[str, Any]]] = json.loads((_HERE / "old_shapes.json").read_text("utf-8"))
_UNSET: Final = 1234567890  # the fixtures' stand-in for a time
OLD_NAMES: Final = {
    "charge": "Charge",
    "coupon": "Coupon",
    "credit_note": "CreditNote",
    "credit_note_line_item": "CreditNoteLineItem",
    "customer": "Customer",
    "discount": "Discount",
    "dispute": "Dispute",
    "event": "Event",
    "invoice": "Invoice",
    "invoiceitem": "InvoiceItem",
    "line_item": "InvoiceLineItem",
    "payment_intent": "PaymentIntent",
    "plan": "Plan",
    "price": "Price",
    "product": "Product",
    "promotion_code": "PromotionCode",
    "refund": "Refund",
    "subscription": "Subscription",
    "subscription_item": "SubscriptionItem",
    "subscription_schedule": "SubscriptionSchedule",
    "tax_rate": "TaxRate",
}
_EMPTY: Final = {"bool": False, "int": 0, "str": "", "list": [], "dict": {}}
API_VERSIONS: Final = {"newest": "2026-10-28.endive", "old": "2024-12-18.acacia"}
_PAGE = 10


def _newest_base(name: str) -> Json:
    return {key: None if value == _UNSET else value for key, value in NEWEST[name].items()}


def _old_base(name: str) -> Json:
    fields = OLD[OLD_NAMES[name]]
    base = {key: None if field["null"] else _EMPTY[field["kinds"][0]] for key, field in fields.items()}
    return {**base, "object": name}


_BASES: Final = {
    "newest": {name: _newest_base(name) for name in NEWEST},
    "old": {name: _old_base(name) for name in OLD_NAMES},
}
# Keys that only come when they are expanded.
_EXPANDED: Final = {
    "price": ("tiers", "currency_options"),
    "plan": ("tiers",),
    "coupon": ("applies_to", "currency_options"),
    "charge": ("refunds",),
    "customer": ("sources", "subscriptions", "tax_ids", "tax", "cash_balance", "invoice_credit_balance"),
}


def _number(value: Decimal) -> int | float:
    """Percents are JSON numbers; 25.5 is written as it is."""
    return int(value) if value == int(value) else float(value)


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def _whole(value: Decimal | None) -> int | None:
    return int(value) if value is not None and value == int(value) else None


class Shapes:
    """Writes one generation. `expand` is the set of paths (`discounts`, `lines.discounts`, `tiers`, ...) to fill in."""

    def __init__(self, account: Clockwork, generation: str) -> None:
        self.account = account
        self.old = generation == "old"
        self._bases = _BASES[generation]

    def write(self, kind: str, thing: Any, expand: frozenset[str] = frozenset()) -> Json:
        """The JSON of one thing of the account's `objects[kind]`."""
        written: Json = getattr(self, f"_{kind}")(thing, expand)
        return written

    def _base(self, name: str, /, **fields: Any) -> Json:
        base = {key: value for key, value in self._bases[name].items() if key not in _EXPANDED.get(name, ())}
        return {**base, "livemode": False, **fields} if "livemode" in base else {**base, **fields}

    def _product(self, product: Product, _: frozenset[str]) -> Json:
        return self._base(
            "product",
            id=product.id,
            name=product.name,
            created=product.created,
            updated=product.created,
            active=True,
            metadata=product.metadata,
            type="service",
            description=None,
            default_price=None,
            package_dimensions=None,
        )

    def _price(self, price: Price, expand: frozenset[str]) -> Json:
        written = self._base(
            "price",
            id=price.id,
            product=price.product,
            created=price.created,
            active=True,
            currency=price.currency,
            billing_scheme="tiered" if price.tiers else "per_unit",
            type="recurring",
            unit_amount=_whole(price.unit),
            unit_amount_decimal=_decimal(price.unit),
            tiers_mode=price.tiers_mode,
            custom_unit_amount=None,
            transform_quantity={"divide_by": price.pack, "round": "up"} if price.pack else None,
            metadata=price.metadata,
            tax_behavior="inclusive" if price.inclusive else "exclusive",
            recurring={
                "interval": price.interval,
                "interval_count": price.count,
                "meter": None,
                "trial_period_days": None,
                "usage_type": "metered" if price.metered else "licensed",
                **({"aggregate_usage": "sum" if price.metered else None} if self.old else {}),
            },
        )
        if "tiers" in expand and price.tiers:
            written["tiers"] = [
                {
                    "up_to": tier.up_to,
                    "flat_amount": tier.flat or None,
                    "flat_amount_decimal": _decimal(Decimal(tier.flat)),
                    "unit_amount": _whole(tier.unit),
                    "unit_amount_decimal": _decimal(tier.unit),
                }
                for tier in price.tiers
            ]
        if "currency_options" in expand and price.options:
            written["currency_options"] = {
                code: {
                    "custom_unit_amount": None,
                    "tax_behavior": "unspecified",
                    "unit_amount": _whole(unit),
                    "unit_amount_decimal": _decimal(unit),
                }
                for code, unit in price.options.items()
            }
        return written

    def plan(self, price: Price) -> Json:
        """The same price as a legacy plan."""
        return self._base(
            "plan",
            id=price.id,
            product=price.product,
            created=price.created,
            active=True,
            currency=price.currency,
            billing_scheme="tiered" if price.tiers else "per_unit",
            amount=_whole(price.unit),
            amount_decimal=_decimal(price.unit),
            interval=price.interval,
            interval_count=price.count,
            tiers_mode=price.tiers_mode,
            metadata=price.metadata,
            nickname=None,
            trial_period_days=None,
            meter=None,
            transform_usage={"divide_by": price.pack, "round": "up"} if price.pack else None,
            usage_type="metered" if price.metered else "licensed",
        )

    def _tax_rate(self, rate: TaxRate, _: frozenset[str]) -> Json:
        return self._base(
            "tax_rate",
            id=rate.id,
            created=rate.created,
            active=True,
            percentage=_number(rate.percent),
            effective_percentage=_number(rate.percent),
            inclusive=rate.inclusive,
            display_name="VAT",
            metadata={},
        )

    def _coupon(self, coupon: Coupon, expand: frozenset[str]) -> Json:
        written = self._base(
            "coupon",
            id=coupon.id,
            created=coupon.created,
            duration=coupon.duration,
            duration_in_months=coupon.months,
            percent_off=None if coupon.percent is None else _number(coupon.percent),
            amount_off=coupon.amount,
            currency=coupon.currency,
            name=coupon.name or None,
            valid=True,
            redeem_by=None,
            metadata={},
        )
        if "applies_to" in expand and coupon.products:
            written["applies_to"] = {"products": list(coupon.products)}
        return written

    def _promotion(self, promotion: Promotion, _: frozenset[str]) -> Json:
        coupon = self._coupon(promotion.coupon, frozenset())
        place = {"coupon": coupon} if self.old else {"promotion": {"type": "coupon", "coupon": promotion.coupon.id}}
        return self._base(
            "promotion_code",
            id=promotion.id,
            code=promotion.code,
            created=promotion.created,
            active=True,
            expires_at=None,
            **place,
        )

    def discount(self, discount: Discount, expand: frozenset[str]) -> Json:
        """A discount; in the newest generation its coupon is an id unless it is expanded."""
        coupon = self._coupon(discount.coupon, frozenset())
        if self.old:
            place: Json = {"coupon": coupon}
        else:
            place = {
                "source": {"type": "coupon", "coupon": coupon if "source.coupon" in expand else discount.coupon.id}
            }
        return self._base(
            "discount",
            id=discount.id,
            customer=discount.customer,
            start=discount.start,
            end=discount.end,
            subscription=discount.subscription,
            subscription_item=discount.item,
            promotion_code=discount.promotion_code,
            checkout_session=None,
            invoice=None,
            invoice_item=None,
            **place,
        )

    def _discounts(self, discounts: list[Discount], expand: frozenset[str], path: str = "discounts") -> list[Any]:
        if path not in expand:
            return [each.id for each in discounts]
        inner = frozenset({"source.coupon"} if f"{path}.source.coupon" in expand else ())
        return [self.discount(each, inner) for each in discounts]

    def _customer(self, customer: Customer, expand: frozenset[str]) -> Json:
        if customer.deleted:
            return {"id": customer.id, "object": "customer", "deleted": True}
        inner = frozenset({"source.coupon"} if "discount.source.coupon" in expand else ())
        return self._base(
            "customer",
            id=customer.id,
            created=customer.created,
            name=customer.name,
            email=customer.email,
            currency=customer.currency,
            balance=customer.balance,
            metadata=customer.metadata,
            delinquent=False,
            address={
                "city": None,
                "country": customer.country,
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            discount=None if customer.discount is None else self.discount(customer.discount, inner),
        )

    def _item(self, item: Item, subscription: Subscription, expand: frozenset[str]) -> Json:
        period = (
            {}
            if self.old
            else {
                "current_period_start": subscription.period_start,
                "current_period_end": subscription.period_end,
            }
        )
        written = self._base(
            "subscription_item",
            id=item.id,
            created=item.created,
            price=self._price(item.price, frozenset()),
            plan=self.plan(item.price),
            quantity=item.quantity,
            subscription=subscription.id,
            metadata={},
            tax_rates=[],
            billing_thresholds=None,
            discounts=self._discounts(item.discounts, expand, "items.discounts"),
            **period,
        )
        if item.price.metered:
            del written["quantity"]
        return written

    def items(self, subscription: Subscription, expand: frozenset[str] = frozenset()) -> list[Json]:
        return [self._item(item, subscription, expand) for item in subscription.items]

    def _subscription(self, subscription: Subscription, expand: frozenset[str]) -> Json:
        items = self.items(subscription, expand)
        discounts = subscription.discounts
        fields: Json = (
            {
                "current_period_start": subscription.period_start,
                "current_period_end": subscription.period_end,
                "discount": self.discount(discounts[0], frozenset()) if len(discounts) == 1 else None,
                "metadata": {},
            }
            if self.old
            else {}
        )
        return self._base(
            "subscription",
            id=subscription.id,
            customer=subscription.customer.id,
            created=subscription.created,
            start_date=subscription.created,
            currency=subscription.currency,
            status=subscription.status,
            billing_cycle_anchor=subscription.anchor,
            cancel_at=self._cancel_at(subscription),
            cancel_at_period_end=subscription.cancel_at_period_end,
            canceled_at=subscription.canceled_at,
            ended_at=subscription.ended_at,
            trial_start=subscription.trial_start,
            trial_end=subscription.trial_end,
            cancellation_details={"comment": None, "feedback": None, "reason": subscription.reason},
            collection_method="charge_automatically",
            latest_invoice=subscription.latest_invoice,
            pending_update=None,
            pause_collection=None
            if subscription.pause is None
            else {"behavior": subscription.pause, "resumes_at": None},
            schedule=subscription.schedule.id if subscription.schedule else None,
            billing_cycle_anchor_config=None,
            next_pending_invoice_item_invoice=None,
            pending_invoice_item_interval=None,
            transfer_data=None,
            billing_thresholds=None,
            discounts=self._discounts(discounts, expand),
            default_tax_rates=self._tax_rates(subscription),
            items=self._list(items, f"/v1/subscription_items?subscription={subscription.id}"),
            **fields,
        )

    def _tax_rates(self, subscription: Subscription) -> list[Json]:
        customer = subscription.customer
        rate = self.account.inclusive_tax if customer.currency == "eur" else customer.tax
        return [] if rate is None else [self._tax_rate(rate, frozenset())]

    def _cancel_at(self, subscription: Subscription) -> int | None:
        if subscription.cancel_at_period_end and subscription.ended_at is None:
            return subscription.period_end
        return subscription.cancel_at

    def _list(self, data: list[Json], url: str) -> Json:
        """An embedded list shows its first ten."""
        return {"object": "list", "data": data[:_PAGE], "has_more": len(data) > _PAGE, "url": url}

    def _schedule(self, schedule: Schedule, _: frozenset[str]) -> Json:
        current = next((p for p in schedule.phases if p.start <= self.account.now < p.end), None)
        phases = [
            {
                **_first_phase(self.old),
                "start_date": phase.start,
                "end_date": phase.end,
                "currency": self.account.objects["subscription"][schedule.subscription].currency,
                "items": [
                    {
                        "price": price.id,
                        "plan": price.id if self.old else self.plan(price),
                        "quantity": quantity,
                        "discounts": [],
                        "metadata": {},
                        "tax_rates": [],
                        "billing_thresholds": None,
                    }
                    for price, quantity in phase.items
                ],
            }
            for phase in schedule.phases
        ]
        active = schedule.status == "active"
        return self._base(
            "subscription_schedule",
            id=schedule.id,
            created=schedule.created,
            customer=schedule.customer,
            subscription=schedule.subscription if active else None,
            status=schedule.status,
            end_behavior="release",
            canceled_at=None,
            completed_at=None,
            released_at=schedule.released_at,
            phases=phases,
            released_subscription=None if active else schedule.subscription,
            current_phase={"start_date": current.start, "end_date": current.end} if current and active else None,
        )

    def line(self, line: Line, invoice: Invoice, expand: frozenset[str] = frozenset()) -> Json:
        """A line; its subscription and price stand where the generation has them."""
        shown = self._discounts([discount for discount, _ in line.discounts], expand, "lines.discounts")
        fields = self._old_line(line) if self.old else self._newest_line(line)
        return self._base(
            "line_item",
            id=line.id,
            amount=line.amount,
            currency=line.currency,
            description=line.description,
            discount_amounts=[{"amount": amount, "discount": discount.id} for discount, amount in line.discounts],
            discounts=shown,
            discountable=not line.proration,
            period={"start": line.start, "end": line.end},
            quantity=line.quantity,
            invoice=invoice.id,
            metadata={},
            **fields,
        )

    def _old_line(self, line: Line) -> Json:
        return {
            "price": None if line.price is None else self._price(line.price, frozenset()),
            "plan": None if line.price is None else self.plan(line.price),
            "proration": line.proration,
            "proration_details": {"credited_items": None},
            "subscription": line.subscription,
            "subscription_item": line.item,
            "invoice_item": line.invoice_item,
            "type": "subscription" if line.regular else "invoiceitem",
            "tax_rates": [],
            "tax_amounts": [
                {
                    "amount": amount,
                    "inclusive": rate.inclusive,
                    "tax_rate": rate.id,
                    "taxability_reason": "standard_rated",
                    "taxable_amount": line.amount - line.discount,
                }
                for rate, amount in line.taxes
            ],
        }

    def _newest_line(self, line: Line) -> Json:
        if line.item is not None:
            parent: Json = {
                "type": "subscription_item_details",
                "invoice_item_details": None,
                "subscription_item_details": {
                    "invoice_item": line.invoice_item,
                    "proration": line.proration,
                    "subscription": line.subscription,
                    "proration_details": {"credited_items": None},
                    "subscription_item": line.item,
                },
            }
        else:
            parent = {
                "type": "invoice_item_details",
                "subscription_item_details": None,
                "invoice_item_details": {
                    "invoice_item": line.invoice_item,
                    "proration": line.proration,
                    "subscription": line.subscription,
                    "proration_details": {"credited_items": None},
                },
            }
        return {
            "parent": parent,
            "pricing": self._pricing(line.price, line.unit, line.proration),
            "quantity_decimal": None,
            "subscription": None,
            "subtotal": line.amount,
            "taxes": [
                {
                    "amount": amount,
                    "tax_behavior": "inclusive" if rate.inclusive else "exclusive",
                    "tax_rate_details": {"tax_rate": rate.id},
                    "taxability_reason": "standard_rated",
                    "taxable_amount": line.amount - line.discount,
                    "type": "tax_rate_details",
                }
                for rate, amount in line.taxes
            ],
        }

    def _pricing(self, price: Price | None, unit: Decimal | None, proration: bool) -> Json | None:
        if price is None:
            return None
        shown = price.unit if proration else unit
        return {
            "type": "price_details",
            "price_details": {"price": price.id, "product": price.product},
            "unit_amount_decimal": _decimal(shown),
        }

    def lines(self, invoice: Invoice, expand: frozenset[str] = frozenset()) -> list[Json]:
        return [self.line(line, invoice, expand) for line in invoice.lines]

    def _invoice(self, invoice: Invoice, expand: frozenset[str]) -> Json:
        totals: dict[str, int] = {}
        for line in invoice.lines:
            for discount, amount in line.discounts:
                totals[discount.id] = totals.get(discount.id, 0) + amount
        fields = self._old_invoice(invoice) if self.old else self._newest_invoice(invoice)
        paid = invoice.amount_paid
        return self._base(
            "invoice",
            id=invoice.id,
            number=invoice.number,
            customer=invoice.customer.id,
            created=invoice.created,
            currency=invoice.currency,
            status=invoice.status,
            billing_reason=invoice.reason,
            subtotal=invoice.subtotal,
            total=invoice.total,
            amount_due=invoice.amount_due,
            amount_paid=paid,
            due_date=None,
            amount_remaining=invoice.amount_due - paid,
            attempt_count=invoice.attempts,
            attempted=invoice.attempts > 0,
            next_payment_attempt=invoice.next_attempt,
            starting_balance=invoice.starting_balance,
            ending_balance=invoice.ending_balance,
            period_start=invoice.period_start,
            period_end=invoice.period_end,
            total_discount_amounts=[{"amount": amount, "discount": each} for each, amount in totals.items()],
            discounts=self._discounts(invoice.discounts, expand),
            from_invoice=None,
            shipping_cost=None,
            effective_at=None,
            last_finalization_error=None,
            subtotal_excluding_tax=None,
            total_excluding_tax=None,
            metadata={},
            customer_name=invoice.customer.name,
            customer_email=invoice.customer.email,
            status_transitions={
                "finalized_at": invoice.finalized_at,
                "paid_at": invoice.paid_at,
                "voided_at": invoice.voided_at,
                "marked_uncollectible_at": invoice.uncollectible_at,
            },
            lines=self._list(self.lines(invoice, expand), f"/v1/invoices/{invoice.id}/lines"),
            **fields,
        )

    def _old_invoice(self, invoice: Invoice) -> Json:
        return {
            "subscription": invoice.subscription,
            "charge": invoice.charge,
            "payment_intent": invoice.intent,
            "paid": invoice.status == "paid",
            "tax": invoice.tax or None,
            "discount": self.discount(invoice.discounts[0], frozenset()) if len(invoice.discounts) == 1 else None,
            "total_tax_amounts": [],
        }

    def _newest_invoice(self, invoice: Invoice) -> Json:
        parent = (
            None
            if invoice.subscription is None
            else {
                "type": "subscription_details",
                "quote_details": None,
                "subscription_details": {"metadata": {}, "subscription": invoice.subscription},
            }
        )
        return {"parent": parent, "subscription": None, "amount_overpaid": 0, "total_taxes": []}

    def _pending(self, pending: Pending, _: frozenset[str]) -> Json:
        if self.old:
            fields: Json = {
                "price": None if pending.price is None else self._price(pending.price, frozenset()),
                "plan": None if pending.price is None else self.plan(pending.price),
                "subscription": pending.subscription,
                "subscription_item": pending.item,
                "metadata": {},
            }
        else:
            details = {"subscription": pending.subscription, "subscription_item": pending.item}
            fields = {
                "parent": {"type": "subscription_details", "subscription_details": details}
                if pending.subscription
                else None,
                "pricing": self._pricing(pending.price, None, True),
                "net_amount": pending.amount,
                "quantity_decimal": str(pending.quantity),
                "metadata": {},
            }
        return self._base(
            "invoiceitem",
            id=pending.id,
            customer=pending.customer,
            date=pending.created,
            amount=pending.amount,
            currency=pending.currency,
            description=pending.description,
            discountable=not pending.proration,
            invoice=pending.invoice,
            period={"start": pending.start, "end": pending.end},
            proration=pending.proration,
            quantity=pending.quantity,
            discounts=[],
            tax_rates=[],
            **fields,
        )

    def _charge(self, charge: Charge, _: frozenset[str]) -> Json:
        failed = charge.status == "failed"
        fields = {"invoice": charge.invoice} if self.old else {}
        return self._base(
            "charge",
            id=charge.id,
            customer=charge.customer,
            created=charge.created,
            amount=charge.amount,
            amount_captured=0 if failed else charge.amount,
            amount_refunded=charge.refunded,
            currency=charge.currency,
            status=charge.status,
            paid=not failed,
            payment_intent=charge.intent,
            failure_code=charge.failure,
            failure_message="Your card was declined." if failed else None,
            disputed=charge.disputed,
            captured=not failed,
            refunded=charge.refunded == charge.amount,
            metadata={},
            description=None,
            **fields,
        )

    def _intent(self, intent: Intent, _: frozenset[str]) -> Json:
        fields = {"invoice": intent.invoice} if self.old else {}
        error = None if intent.error is None else {"code": intent.error, "type": "card_error"}
        return self._base(
            "payment_intent",
            id=intent.id,
            customer=intent.customer,
            created=intent.created,
            amount=intent.amount,
            amount_received=intent.amount if intent.status == "succeeded" else 0,
            currency=intent.currency,
            status=intent.status,
            latest_charge=intent.charge,
            last_payment_error=error,
            canceled_at=None,
            next_action=None,
            processing=None,
            metadata={},
            client_secret=None,
            **fields,
        )

    def _payment(self, payment: InvoicePayment, _: frozenset[str]) -> Json:
        return self._base(
            "invoice_payment",
            id=payment.id,
            invoice=payment.invoice,
            created=payment.created,
            currency=payment.currency,
            amount_paid=None if payment.paid_at is None else payment.amount,
            amount_requested=payment.amount,
            is_default=True,
            status="open" if payment.paid_at is None else "paid",
            payment={"type": "payment_intent", "payment_intent": payment.intent},
            status_transitions={"canceled_at": None, "paid_at": payment.paid_at},
        )

    def _refund(self, refund: Refund, _: frozenset[str]) -> Json:
        return self._base(
            "refund",
            id=refund.id,
            charge=refund.charge,
            payment_intent=refund.intent,
            created=refund.created,
            amount=refund.amount,
            currency=refund.currency,
            status="succeeded",
            reason=refund.reason,
            metadata={},
        )

    def _dispute(self, dispute: Dispute, _: frozenset[str]) -> Json:
        return self._base(
            "dispute",
            id=dispute.id,
            charge=dispute.charge,
            payment_intent=dispute.intent,
            created=dispute.created,
            amount=dispute.amount,
            currency=dispute.currency,
            status=dispute.status,
            reason="fraudulent",
            metadata={},
        )

    def _credit_note(self, note: CreditNote, _: frozenset[str]) -> Json:
        lines = [
            self._base(
                "credit_note_line_item",
                id=line_id,
                amount=amount,
                description="Taken back",
                discount_amount=0,
                discount_amounts=[],
                invoice_line_item=invoice_line,
                quantity=1,
                type="invoice_line_item",
                unit_amount=None,
                unit_amount_decimal=None,
                tax_rates=[],
            )
            for line_id, invoice_line, amount in note.lines
        ]
        fields: Json = (
            {"refund": note.refund}
            if self.old
            else {
                "refunds": [
                    {
                        "amount_refunded": note.total,
                        "refund": note.refund,
                        "payment_record_refund": None,
                        "type": "refund",
                    }
                ]
                if note.refund
                else [],
            }
        )
        return self._base(
            "credit_note",
            id=note.id,
            invoice=note.invoice,
            customer=note.customer,
            created=note.created,
            currency=note.currency,
            amount=note.total,
            subtotal=note.total,
            total=note.total,
            status="issued",
            type="post_payment",
            discount_amount=0,
            discount_amounts=[],
            voided_at=None,
            shipping_cost=None,
            effective_at=None,
            number=f"{note.id}-CN",
            memo=None,
            metadata={},
            reason=None,
            lines=self._list(lines, f"/v1/credit_notes/{note.id}/lines"),
            **fields,
        )

    def _event(self, event: Event, _: frozenset[str]) -> Json:
        return self._base(
            "event",
            id=event.id,
            created=event.created,
            type=event.type,
            api_version=API_VERSIONS[self.account.generation],
            data={"object": event.about},
            pending_webhooks=0,
            request={"id": None, "idempotency_key": None},
        )


def _first_phase(old: bool) -> Json:
    phase: Json = NEWEST["subscription_schedule"]["phases"][0]
    return {key: value for key, value in phase.items() if not old or key != "billing_thresholds"}
