"""A Stripe account that lives by a clock: operations a story can call, and `advance`, which lets time do its work.

    account = Account(at("2026-01-01"))
    team = account.create_price(account.create_product("Team"), 2000)
    acme = account.create_customer("Acme")
    account.advance(at("2026-01-10"))
    subscription = account.subscribe(acme, [(team, 5)])
    account.advance(at("2026-01-25"))
    account.change(subscription, subscription.items[0], quantity=8)

leaves an invoice of 100.00, two waiting invoice items (51.61 back, 82.58 to pay) and, in the truth, 5 seats until
the 25th and 8 from there on. Everything is deterministic; nothing reads a real clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tests.stripe_account.clockwork import Clockwork
from tests.stripe_account.moments import DAY, length_in_months, months_after
from tests.stripe_account.things import (
    Charge,
    Coupon,
    CreditNote,
    Customer,
    Dispute,
    Invoice,
    Item,
    Pending,
    Phase,
    Price,
    Product,
    Promotion,
    Refund,
    Schedule,
    Subscription,
    TaxRate,
    Tier,
)

RETRIES = (3 * DAY, 8 * DAY, 15 * DAY)
_PREFIXES = {
    "product": "prod",
    "price": "price",
    "customer": "cus",
    "subscription": "sub",
    "item": "si",
    "invoice": "in",
    "line": "il",
    "pending": "ii",
    "coupon": "coup",
    "discount": "di",
    "charge": "ch",
    "intent": "pi",
    "refund": "re",
    "dispute": "du",
    "credit_note": "cn",
    "credit_note_line": "cnli",
    "event": "evt",
    "tax_rate": "txr",
    "schedule": "sub_sched",
    "promotion": "promo",
    "payment": "inpay",
}


class Account(Clockwork):
    """The account. `objects` is type -> id -> thing, `events` what happened, `truth` what it means."""

    # -- catalogue -------------------------------------------------------------------------------

    def create_product(self, name: str, **metadata: str) -> Product:
        return self._add("product", Product(self._id("product"), name, self.now, metadata), "product.created")

    def create_price(
        self,
        product: Product,
        unit: int | str | None,
        currency: str = "usd",
        *,
        interval: str = "month",
        count: int = 1,
        metered: bool = False,
        tiers_mode: str | None = None,
        tiers: Sequence[Tier] = (),
        pack: int | None = None,
        options: dict[str, int] | None = None,
        inclusive: bool = False,
        **metadata: str,
    ) -> Price:
        price = Price(
            self._id("price"),
            product.id,
            self.now,
            currency,
            None if unit is None else Decimal(unit),
            interval,
            count,
            metered,
            tiers_mode,
            tuple(tiers),
            pack,
            {code: Decimal(value) for code, value in (options or {}).items()},
            inclusive,
            metadata,
        )
        return self._add("price", price, "price.created")

    def create_coupon(
        self,
        duration: str,
        *,
        percent: str | None = None,
        amount: int | None = None,
        currency: str = "usd",
        months: int | None = None,
        products: Sequence[Product] = (),
    ) -> Coupon:
        coupon = Coupon(
            self._id("coupon"),
            self.now,
            duration,
            None if percent is None else Decimal(percent),
            amount,
            currency if amount is not None else None,
            months,
            tuple(product.id for product in products),
        )
        return self._add("coupon", coupon, "coupon.created")

    def create_promotion(self, coupon: Coupon, code: str) -> Promotion:
        return self._add(
            "promotion", Promotion(self._id("promotion"), code, coupon, self.now), "promotion_code.created"
        )

    def create_tax_rate(self, percent: Decimal, *, inclusive: bool) -> TaxRate:
        return self._add("tax_rate", TaxRate(self._id("tax_rate"), self.now, percent, inclusive), "tax_rate.created")

    def create_customer(
        self,
        name: str,
        *,
        currency: str = "usd",
        country: str = "US",
        coupon: Coupon | None = None,
        tax: TaxRate | None = None,
        **metadata: str,
    ) -> Customer:
        customer = Customer(
            self._id("customer"), self.now, name, f"{name.lower()}@example.test", country, currency, metadata, tax=tax
        )
        if coupon is not None:
            customer.discount = self._discount(coupon, customer)
        return self._add("customer", customer, "customer.created")

    def delete_customer(self, customer: Customer) -> None:
        customer.deleted = True
        self._changed("customer", customer, "customer.deleted")

    # -- subscriptions ---------------------------------------------------------------------------

    def subscribe(
        self,
        customer: Customer,
        items: Sequence[tuple[Price, int]],
        *,
        trial_days: int = 0,
        coupons: Sequence[Coupon] = (),
        item_coupons: dict[int, Coupon] | None = None,
    ) -> Subscription:
        """Start a subscription now. Its first invoice is paid at once, or the subscription is incomplete."""
        first = items[0][0]
        months = length_in_months(first.interval, first.count)
        trial_end = self.now + trial_days * DAY if trial_days else None
        subscription = Subscription(
            self._id("subscription"),
            customer,
            self.now,
            customer.currency,
            [Item(self._id("item"), price, quantity, self.now) for price, quantity in items],
            anchor=trial_end or self.now,
            period_start=self.now,
            period_end=trial_end or months_after(self.now, months),
            periods=0 if trial_days else 1,
            status="trialing" if trial_days else "active",
            trial_start=self.now if trial_days else None,
            trial_end=trial_end,
        )
        subscription.discounts = [self._discount(coupon, customer, subscription) for coupon in coupons]
        for place, coupon in (item_coupons or {}).items():
            item = subscription.items[place]
            item.discounts = [self._discount(coupon, customer, subscription, item)]
        self.objects["subscription"][subscription.id] = subscription
        for item in subscription.items:
            self.truth.begin(subscription, item)
            if not item.price.metered:
                self._note(subscription, item, status=subscription.status, trial_end=trial_end)
        self._changed("subscription", subscription, "customer.subscription.created")
        self._bill_period(subscription, "subscription_create", trial=bool(trial_days))
        self._plan(subscription.period_end, "period", subscription)
        return subscription

    def change(
        self,
        subscription: Subscription,
        item: Item,
        *,
        quantity: int | None = None,
        price: Price | None = None,
        proration: str = "create_prorations",
    ) -> None:
        """Another quantity or price of an item, now. A price of another interval starts a new period."""
        old_price, old_quantity = item.price, item.quantity
        item.price, item.quantity = price or old_price, old_quantity if quantity is None else quantity
        if price is not None and (price.interval, price.count) != (old_price.interval, old_price.count):
            self._restart(subscription, item, old_price, old_quantity)
        elif proration == "none":
            self._note(subscription, item, silent=True)
        else:
            self._note(subscription, item, told=True)
            self._prorate(subscription, item, (old_price, old_quantity), (item.price, item.quantity), proration)
        self._changed("subscription", subscription, "customer.subscription.updated")

    def add_item(
        self, subscription: Subscription, price: Price, quantity: int = 1, *, proration: str = "create_prorations"
    ) -> Item:
        item = Item(self._id("item"), price, quantity, self.now)
        subscription.items.append(item)
        silently = proration == "none"
        self.truth.begin(subscription, item, silently=silently)
        if not price.metered:
            percent, until = subscription.shared
            discount = (percent, None, until) if percent is not None else (None, None, None)
            self._note(
                subscription,
                item,
                told=not silently,
                silent=silently,
                discount=discount,
                status=self._status(subscription),
                paused=subscription.pause is not None,
            )
            self.truth.histories[item.id].paid_until = subscription.period_end
            if not silently:
                self._prorate(subscription, item, None, (price, quantity), proration)
        self._changed("subscription", subscription, "customer.subscription.updated")
        return item

    def remove_item(self, subscription: Subscription, item: Item, *, proration: str = "create_prorations") -> None:
        subscription.items.remove(item)
        item.removed_at = self.now
        history = self.truth.histories[item.id]
        history.gone_at, history.gone_silently = self.now, proration == "none"
        if proration != "none":
            self._prorate(subscription, item, (item.price, item.quantity), None, proration)
        self._changed("subscription", subscription, "customer.subscription.updated")

    def apply_coupon(self, subscription: Subscription, coupon: Coupon, item: Item | None = None) -> None:
        """From the next regular line on."""
        holder = subscription if item is None else item
        holder.discounts = [self._discount(coupon, subscription.customer, subscription, item)]
        self._changed("subscription", subscription, "customer.subscription.updated")

    def remove_coupon(self, subscription: Subscription) -> None:
        subscription.discounts = []
        self._changed("subscription", subscription, "customer.subscription.updated")

    def pause(self, subscription: Subscription, behavior: str = "void") -> None:
        subscription.pause = behavior
        for item in subscription.items:
            self.truth.note(item, self.now, silent=True, paused=True)
        self._changed("subscription", subscription, "customer.subscription.updated")

    def resume(self, subscription: Subscription) -> None:
        subscription.pause = None
        for item in subscription.items:
            self.truth.note(item, self.now, silent=True, paused=False)
        self._changed("subscription", subscription, "customer.subscription.updated")

    def cancel(
        self,
        subscription: Subscription,
        *,
        at_period_end: bool = True,
        cancel_at: int | None = None,
        prorate: bool = False,
    ) -> None:
        """Cancel now, at the end of the period, or at a moment to come."""
        subscription.canceled_at = self.now
        subscription.reason = "cancellation_requested"
        if cancel_at is not None:
            subscription.cancel_at = cancel_at
            self._plan(cancel_at, "cancel", subscription)
        elif at_period_end:
            subscription.cancel_at_period_end = True
        else:
            if prorate:
                for item in subscription.items:
                    self._prorate(subscription, item, (item.price, item.quantity), None, "create_prorations")
            self._end(subscription)
            return
        self._changed("subscription", subscription, "customer.subscription.updated")

    def keep(self, subscription: Subscription) -> None:
        """Withdraw a cancellation."""
        subscription.cancel_at_period_end, subscription.canceled_at, subscription.reason = False, None, None
        self._changed("subscription", subscription, "customer.subscription.updated")

    def schedule(self, subscription: Subscription, items: Sequence[tuple[Price, int]], periods: int = 12) -> Schedule:
        """Other items from the end of the current period on."""
        length = length_in_months(*subscription.interval)
        end = months_after(subscription.anchor, length * (subscription.periods + periods))
        schedule = Schedule(
            self._id("schedule"),
            self.now,
            subscription.customer.id,
            subscription.id,
            [
                Phase(
                    subscription.period_start,
                    subscription.period_end,
                    [(i.price, i.quantity) for i in subscription.items],
                ),
                Phase(subscription.period_end, end, list(items)),
            ],
        )
        subscription.schedule = schedule
        self._add("schedule", schedule, "subscription_schedule.created")
        self._changed("subscription", subscription, "customer.subscription.updated")
        return schedule

    def use(self, item: Item, quantity: int) -> None:
        """Report usage of a metered item."""
        item.usage += quantity

    # -- money -----------------------------------------------------------------------------------

    def invoice_item(
        self,
        customer: Customer,
        amount: int,
        description: str,
        *,
        subscription: Subscription | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Pending:
        """A one-off amount for the next invoice."""
        pending = Pending(
            self._id("pending"),
            customer.id,
            self.now,
            amount,
            customer.currency,
            start or self.now,
            end or start or self.now,
            description,
            subscription=subscription.id if subscription else None,
        )
        if subscription is not None:
            self._by_subscription.setdefault(subscription.id, []).append(pending)
        return self._add("pending", pending, "invoiceitem.created")

    def invoice_now(self, customer: Customer) -> Invoice:
        """A manual invoice of what waits for the customer outside subscriptions."""
        waiting = [
            each
            for each in self.objects["pending"].values()
            if each.customer == customer.id and each.invoice is None and each.subscription is None
        ]
        return self._invoice(customer, None, [self._line_of(each) for each in waiting], "manual", self.now, self.now)

    def fail_card(self, customer: Customer, until: int) -> None:
        """Charges fail until then."""
        customer.card_fails_until = until

    def refund(self, charge: Charge, amount: int | None = None, reason: str | None = None) -> Refund:
        value = charge.amount - charge.refunded if amount is None else amount
        charge.refunded += value
        refund = Refund(self._id("refund"), charge.id, charge.intent, self.now, value, charge.currency, reason)
        self._add("refund", refund, "refund.created")
        self._changed("charge", charge, "charge.refunded")
        return refund

    def dispute(self, charge: Charge, status: str = "lost") -> Dispute:
        charge.disputed = True
        dispute = Dispute(
            self._id("dispute"), charge.id, charge.intent, self.now, charge.amount, charge.currency, status
        )
        return self._add("dispute", dispute, "charge.dispute.created")

    def credit_note(self, invoice: Invoice, amount: int, *, refund: bool = False) -> CreditNote:
        """Take back a part of the invoice's first charge, as credit or as money."""
        line = max(invoice.lines, key=lambda each: each.amount)
        given = self.refund(self.objects["charge"][invoice.charge], amount) if refund and invoice.charge else None
        if given is None:
            invoice.customer.balance -= amount
        note = CreditNote(
            self._id("credit_note"),
            invoice.id,
            invoice.customer.id,
            self.now,
            invoice.currency,
            ((self._id("credit_note_line"), line.id, amount),),
            None if given is None else given.id,
        )
        return self._add("credit_note", note, "credit_note.created")
