"""How an account lives: time that makes things due, billing, failed payments, and the record of what it means.

What a story does to an account is in `account`; here is what follows from it by itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from tests.stripe_account.billing import apply_discounts, apply_tax, describe, prorated, settle_balance
from tests.stripe_account.moments import DAY, length_in_months, months_after
from tests.stripe_account.shapes import API_VERSIONS, Shapes
from tests.stripe_account.things import (
    Charge,
    Coupon,
    Customer,
    Discount,
    Event,
    Intent,
    Invoice,
    InvoicePayment,
    Item,
    Line,
    Pending,
    Price,
    Subscription,
    TaxRate,
)
from tests.stripe_account.truth import Truth, until_of

Thing = TypeVar("Thing", bound=Any)
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


class Clockwork:
    """The account's state, and what time does to it."""

    def __init__(self, now: int, *, dunning: str = "cancel", events_from: int = 0) -> None:
        self.now = now
        self.dunning = dunning
        self.events_from = events_from
        self.generation = "newest"
        self.objects: dict[str, dict[str, Any]] = {name: {} for name in _PREFIXES}
        self.events: list[Event] = []
        self.truth = Truth()
        self._writers = {name: Shapes(self, name) for name in API_VERSIONS}
        self.changed: Callable[[str, str], None] = lambda _kind, _id: None
        self._numbers = dict.fromkeys(_PREFIXES, 0)
        self._payments: dict[str, InvoicePayment] = {}
        self._failing: dict[str, set[str]] = {}
        self._due: dict[int, list[tuple[str, Any]]] = {}
        self._queue: list[int] = []
        rate = TaxRate(self._id("tax_rate"), now, Decimal(19), inclusive=True)
        self.inclusive_tax: TaxRate = self._add("tax_rate", rate, "tax_rate.created")

    # -- time ------------------------------------------------------------------------------------

    def advance(self, to: int) -> None:
        """Let everything due until `to` happen, in order."""
        while self._queue and self._queue[0] <= to:
            moment = heapq.heappop(self._queue)
            self.now = moment
            for kind, subject in self._due.pop(moment, []):
                self._happen(kind, subject)
        self.now = to

    def _happen(self, kind: str, subject: Any) -> None:
        if kind == "retry":
            if subject.status == "open":
                self._attempt(subject)
        elif kind == "expire":
            if subject.status == "incomplete":
                subject.status = "incomplete_expired"
                self._changed("subscription", subject, "customer.subscription.updated")
        elif subject.ended_at is None and subject.status not in ("incomplete", "incomplete_expired"):
            if kind == "cancel":
                if subject.cancel_at == self.now:
                    self._end(subject)
            elif subject.period_end == self.now:
                self._next_period(subject)

    def _plan(self, moment: int, kind: str, subject: Any) -> None:
        if moment not in self._due:
            self._due[moment] = []
            heapq.heappush(self._queue, moment)
        self._due[moment].append((kind, subject))

    def _next_period(self, subscription: Subscription) -> None:
        if subscription.cancel_at_period_end or subscription.cancel_at == self.now:
            self._end(subscription)
            return
        if subscription.status == "trialing":
            subscription.status = "active"
        self._next_phase(subscription)
        length = length_in_months(*subscription.interval)
        subscription.periods += 1
        subscription.period_start = subscription.period_end
        subscription.period_end = months_after(subscription.anchor, length * subscription.periods)
        self._bill_period(subscription, "subscription_cycle")
        if subscription.ended_at is None:
            self._changed("subscription", subscription, "customer.subscription.updated")
            self._plan(subscription.period_end, "period", subscription)

    def _next_phase(self, subscription: Subscription) -> None:
        schedule = subscription.schedule
        if schedule is None or schedule.status != "active":
            return
        coming = next((phase for phase in schedule.phases if phase.start == self.now), None)
        if coming is None:
            if all(phase.end <= self.now for phase in schedule.phases):
                schedule.status, schedule.released_at, subscription.schedule = "released", self.now, None
                self._changed("schedule", schedule, "subscription_schedule.released")
            return
        wanted = {price.id: (price, quantity) for price, quantity in coming.items}
        for item in list(subscription.items):
            if item.price.id in wanted:
                item.quantity = wanted.pop(item.price.id)[1]
            else:
                subscription.items.remove(item)
                item.removed_at = self.now
                self.truth.histories[item.id].gone_at = self.now
        for price, quantity in wanted.values():
            item = Item(self._id("item"), price, quantity, self.now)
            subscription.items.append(item)
            self.truth.begin(subscription, item)
        self._changed("schedule", schedule, "subscription_schedule.updated")

    def _end(self, subscription: Subscription) -> None:
        """The subscription ends now; usage and what waits are billed once more."""
        subscription.status, subscription.ended_at = "canceled", self.now
        if subscription.canceled_at is None:
            subscription.canceled_at = self.now
        lines = [
            self._usage_line(subscription, item) for item in subscription.items if item.price.metered and item.usage
        ]
        waiting = self._waiting(subscription) if self.now == subscription.period_end else []
        if (lines or waiting) and self.now == subscription.period_end and subscription.reason != "payment_failed":
            lines += [self._line_of(each) for each in waiting]
            self._invoice(
                subscription.customer, subscription, lines, "subscription_cycle", subscription.period_start, self.now
            )
        self._changed("subscription", subscription, "customer.subscription.deleted")

    # -- billing ---------------------------------------------------------------------------------

    def _bill_period(self, subscription: Subscription, reason: str, *, trial: bool = False) -> None:
        start, end = subscription.period_start, subscription.period_end
        lines: list[Line] = []
        for item in subscription.items:
            if item.price.metered:
                if reason == "subscription_cycle" and item.created < start:
                    lines.append(self._usage_line(subscription, item))
            else:
                total = Decimal(0) if trial else item.price.total(item.quantity, subscription.currency)
                lines.append(self._regular_line(subscription, item, int(total), start, end, trial=trial))
        lines += [self._line_of(each) for each in self._waiting(subscription)]
        invoice = self._invoice(subscription.customer, subscription, lines, reason, start, end)
        self._note_period(subscription, invoice, trial=trial)

    def _regular_line(
        self, subscription: Subscription, item: Item, amount: int, start: int, end: int, *, trial: bool = False
    ) -> Line:
        name = self.objects["product"][item.price.product].name
        text = f"Trial period for {name}" if trial else describe(item.price, item.quantity, name)
        unit = (
            Decimal(0) if trial else item.price.unit_in(subscription.currency) if item.price.unit is not None else None
        )
        return Line(
            self._id("line"),
            amount,
            subscription.currency,
            start,
            end,
            text,
            item.quantity,
            item.price,
            subscription=subscription.id,
            item=item.id,
            unit=unit,
            trial=trial,
        )

    def _usage_line(self, subscription: Subscription, item: Item) -> Line:
        total = item.price.total(item.usage, subscription.currency)
        name = self.objects["product"][item.price.product].name
        start = subscription.period_start if self.now == subscription.period_end else self._former_start(subscription)
        line = Line(
            self._id("line"),
            int(total),
            subscription.currency,
            start,
            self.now,
            f"{item.usage} x {name}",
            item.usage,
            item.price,
            subscription=subscription.id,
            item=item.id,
            unit=item.price.unit,
        )
        item.usage = 0
        return line

    def _former_start(self, subscription: Subscription) -> int:
        if subscription.periods == 1:
            return subscription.created
        return months_after(subscription.anchor, length_in_months(*subscription.interval) * (subscription.periods - 2))

    def _line_of(self, pending: Pending) -> Line:
        return Line(
            self._id("line"),
            pending.amount,
            pending.currency,
            pending.start,
            pending.end,
            pending.description,
            pending.quantity,
            pending.price,
            pending.proration,
            pending.subscription,
            pending.item,
            pending.id,
        )

    def _waiting(self, subscription: Subscription) -> list[Pending]:
        return [each for each in self._pending_of(subscription.id) if each.invoice is None]

    def _pending_of(self, subscription: str) -> list[Pending]:
        return self._by_subscription.get(subscription, [])

    @property
    def _by_subscription(self) -> dict[str, list[Pending]]:
        found: dict[str, list[Pending]] = self.objects.setdefault("pending_by_subscription", {})
        return found

    def _invoice(
        self,
        customer: Customer,
        subscription: Subscription | None,
        lines: list[Line],
        reason: str,
        start: int,
        end: int,
    ) -> Invoice:
        discounts = [] if subscription is None else self._in_force(subscription, lines)
        apply_discounts(lines, discounts)
        apply_tax(lines, customer, self.inclusive_tax)
        number = len(self.objects["invoice"]) + 1
        invoice = Invoice(
            self._id("invoice"),
            customer,
            self.now,
            customer.currency,
            reason,
            subscription.id if subscription else None,
            lines,
            f"UP-{number:06d}",
            start,
            end,
            discounts=list({d.id: d for d, _ in discounts}.values()),
        )
        for line in lines:
            if line.invoice_item is not None:
                self.objects["pending"][line.invoice_item].invoice = invoice.id
                self._changed("pending", self.objects["pending"][line.invoice_item], None)
        if subscription is not None:
            subscription.latest_invoice = invoice.id
            self._use_up(subscription, discounts)
        self._add("invoice", invoice, "invoice.created")
        self._settle(invoice, subscription)
        return invoice

    def _in_force(self, subscription: Subscription, lines: Sequence[Line]) -> list[tuple[Discount, str | None]]:
        """Item-level discounts, then the subscription's, and where it has none the customer's."""
        own = [(discount, item.id) for item in subscription.items for discount in item.discounts]
        general = subscription.discounts
        if not general and subscription.customer.discount is not None:
            general = [subscription.customer.discount]
        found = [*own, *((discount, None) for discount in general)]
        amounts = any(line.regular and line.amount > 0 for line in lines)
        return [pair for pair in found if (pair[0].end is None or self.now < pair[0].end) and amounts]

    def _use_up(self, subscription: Subscription, used: Sequence[tuple[Discount, str | None]]) -> None:
        once = {discount.id for discount, _ in used if discount.coupon.duration == "once"}
        subscription.discounts = [
            each for each in subscription.discounts if each.id not in once and not self._over(each)
        ]
        for item in subscription.items:
            item.discounts = [each for each in item.discounts if each.id not in once and not self._over(each)]
        general = subscription.customer.discount
        if general is not None and (general.id in once or self._over(general)):
            subscription.customer.discount = None
            self._changed("customer", subscription.customer, "customer.updated")

    def _over(self, discount: Discount) -> bool:
        return discount.end is not None and discount.end <= self.now

    def _settle(self, invoice: Invoice, subscription: Subscription | None) -> None:
        if subscription is not None and invoice.reason == "subscription_cycle" and subscription.ended_at is None:
            if subscription.pause == "keep_as_draft" or subscription.status == "unpaid":
                return
            if subscription.pause is not None:
                self._finalize(invoice, balance=False)
                if subscription.pause == "void":
                    self.void(invoice)
                else:
                    invoice.status, invoice.uncollectible_at = "uncollectible", self.now
                    self._changed("invoice", invoice, "invoice.marked_uncollectible")
                return
        self._finalize(invoice)
        if invoice.amount_due == 0:
            self._pay(invoice)
        else:
            self._attempt(invoice)

    def _finalize(self, invoice: Invoice, *, balance: bool = True) -> None:
        invoice.status, invoice.finalized_at = "open", self.now
        if balance:
            settle_balance(invoice, invoice.customer)
        else:
            invoice.amount_due = max(0, invoice.total)
        self._changed("invoice", invoice, "invoice.finalized")

    def _attempt(self, invoice: Invoice) -> None:
        """Charge the card; what fails is tried again three times, and then given up as the account says."""
        customer = invoice.customer
        invoice.attempts += 1
        intent = self.objects["intent"].get(invoice.intent or "")
        if intent is None:
            intent = Intent(self._id("intent"), customer.id, self.now, invoice.amount_due, invoice.currency, invoice.id)
            self._add("intent", intent, "payment_intent.created")
            invoice.intent = intent.id
            payment = InvoicePayment(
                self._id("payment"), invoice.id, intent.id, self.now, invoice.amount_due, invoice.currency
            )
            self._add("payment", payment, None)
            self._payments[invoice.id] = payment
        failed = self.now < customer.card_fails_until
        charge = Charge(
            self._id("charge"),
            customer.id,
            self.now,
            invoice.amount_due,
            invoice.currency,
            "failed" if failed else "succeeded",
            invoice.id,
            intent.id,
            "card_declined" if failed else None,
        )
        intent.charge, invoice.charge = charge.id, charge.id
        intent.status = "requires_payment_method" if failed else "succeeded"
        intent.error = charge.failure
        self._add("charge", charge, "charge.failed" if failed else "charge.succeeded")
        self._changed("intent", intent, "payment_intent.payment_failed" if failed else "payment_intent.succeeded")
        if failed:
            self._failed(invoice)
        else:
            payment = self._payments[invoice.id]
            payment.paid_at = self.now
            self._changed("payment", payment, "invoice_payment.paid")
            self._pay(invoice)

    def _pay(self, invoice: Invoice) -> None:
        invoice.status, invoice.paid_at, invoice.next_attempt = "paid", self.now, None
        invoice.amount_paid = invoice.amount_due
        subscription = self.objects["subscription"].get(invoice.subscription or "")
        self._failing.get(invoice.subscription or "", set()).discard(invoice.id)
        if subscription is not None and subscription.status == "past_due" and not self._failing.get(subscription.id):
            subscription.status = "active"
            self._note_status(subscription)
            self._changed("subscription", subscription, "customer.subscription.updated")
        self._changed("invoice", invoice, "invoice.paid")

    def _failed(self, invoice: Invoice) -> None:
        subscription = self.objects["subscription"].get(invoice.subscription or "")
        retry = invoice.attempts - 1
        self._changed("invoice", invoice, "invoice.payment_failed")
        if subscription is None or subscription.ended_at is not None:
            return
        if invoice.reason == "subscription_create":
            subscription.status = "incomplete"
            self._changed("subscription", subscription, "customer.subscription.updated")
            self._plan(self.now + 23 * 3600, "expire", subscription)
            return
        if retry < len(RETRIES):
            invoice.next_attempt = invoice.created + RETRIES[retry]
            self._plan(invoice.next_attempt, "retry", invoice)
            subscription.status = "past_due"
            self._failing.setdefault(subscription.id, set()).add(invoice.id)
            self._note_status(subscription)
            self._changed("subscription", subscription, "customer.subscription.updated")
            return
        invoice.next_attempt = None
        if self.dunning == "unpaid":
            subscription.status = "unpaid"
            self._note_status(subscription)
            self._changed("subscription", subscription, "customer.subscription.updated")
        else:
            subscription.reason = "payment_failed"
            self._end(subscription)

    def _prorate(
        self,
        subscription: Subscription,
        item: Item,
        old: tuple[Price, int] | None,
        new: tuple[Price, int] | None,
        behavior: str,
    ) -> None:
        start, end = subscription.period_start, subscription.period_end
        if item.price.metered or subscription.status == "trialing":
            return
        for sign, state in ((-1, old), (1, new)):
            if state is None:
                continue
            price, quantity = state
            amount = sign * prorated(price.total(quantity, subscription.currency), self.now, start, end)
            name = self.objects["product"][price.product].name
            text = f"{'Unused' if sign < 0 else 'Remaining'} time on {quantity} x {name}"
            pending = Pending(
                self._id("pending"),
                subscription.customer.id,
                self.now,
                amount,
                subscription.currency,
                self.now,
                end,
                text,
                quantity,
                price,
                True,
                subscription.id,
                item.id,
            )
            self._by_subscription.setdefault(subscription.id, []).append(pending)
            self._add("pending", pending, "invoiceitem.created")
        if behavior == "always_invoice":
            waiting = self._waiting(subscription)
            lines = [self._line_of(each) for each in waiting]
            self._invoice(subscription.customer, subscription, lines, "subscription_update", start, end)

    def _restart(self, subscription: Subscription, item: Item, old_price: Price, old_quantity: int) -> None:
        """Another interval: the rest of the old period goes back, and a new period begins now."""
        assert len(subscription.items) == 1
        new, item.price = item.price, old_price
        self._prorate(subscription, item, (old_price, old_quantity), None, "create_prorations")
        item.price = new
        length = length_in_months(new.interval, new.count)
        subscription.anchor, subscription.period_start, subscription.periods = self.now, self.now, 1
        subscription.period_end = months_after(self.now, length)
        self._note(subscription, item, told=True)
        self._bill_period(subscription, "subscription_update")
        self._plan(subscription.period_end, "period", subscription)

    # -- the truth -------------------------------------------------------------------------------

    def _status(self, subscription: Subscription) -> str:
        return subscription.status if subscription.status in ("trialing", "past_due", "unpaid") else "active"

    def _note(
        self, subscription: Subscription, item: Item, *, told: bool = False, silent: bool = False, **fields: Any
    ) -> None:
        self.truth.note(
            item,
            self.now,
            told=told,
            silent=silent,
            price=item.price,
            quantity=item.quantity,
            product=self.objects["product"][item.price.product],
            tax_percent=self.inclusive_tax.percent,
            **fields,
        )

    def _note_status(self, subscription: Subscription) -> None:
        for item in subscription.items:
            history = self.truth.histories[item.id]
            if history.entries:
                self.truth.note(item, self.now, status=self._status(subscription))

    def _note_period(self, subscription: Subscription, invoice: Invoice, *, trial: bool) -> None:
        length = length_in_months(*subscription.interval)
        shared: tuple[Decimal | None, int | None] = (None, None)
        for line in invoice.lines:
            if not line.regular:
                continue
            item = next(each for each in subscription.items if each.id == line.item)
            discount = self._read_off(line, subscription, length)
            fields: dict[str, Any] = {"discount": discount, "status": self._status(subscription)}
            if not trial:
                fields["trial_end"] = None
            if line.price is not None and line.price.metered:
                fields["quantity"] = line.quantity
                if discount[2] is not None:
                    fields["discount"] = (*discount[:2], subscription.period_end)
            else:
                fields["quantity"] = item.quantity
                general = len(line.discounts) == 1 and line.discounts[0][0].item is None
                if general and discount[0] is not None and (shared[0] is None or discount[0] > shared[0]):
                    shared = (discount[0], discount[2])
            if not trial:
                fields["paused"] = subscription.pause is not None
            history = self.truth.histories[item.id]
            history.paid_until = subscription.period_end
            self.truth.note(
                item,
                self.now,
                period=True,
                price=item.price,
                product=self.objects["product"][item.price.product],
                tax_percent=self.inclusive_tax.percent,
                **fields,
            )
        subscription.shared = shared

    def _read_off(
        self, line: Line, subscription: Subscription, months: int
    ) -> tuple[Decimal | None, Decimal | None, int | None]:
        """The line's discount as percent, amount and until when."""
        if not line.discounts:
            return (None, None, None)
        untils = [
            until_of(discount.coupon.duration, discount.end, subscription.period_end, subscription.anchor, months)
            for discount, _ in line.discounts
        ]
        known = [until for until in untils if until is not None]
        until = min(known) if known else None
        only = line.discounts[0][0].coupon.percent if len(line.discounts) == 1 else None
        if only is not None:
            return (only, None, until)
        # The amount as the line shows it, without the tax that is inside the line's price.
        inclusive = line.price is not None and line.price.inclusive
        net = Decimal(line.discount) * 100 / (100 + self.inclusive_tax.percent) if inclusive else Decimal(line.discount)
        return (None, net, until)

    # -- inside ----------------------------------------------------------------------------------

    def _discount(
        self, coupon: Coupon, customer: Customer, subscription: Subscription | None = None, item: Item | None = None
    ) -> Discount:
        end = months_after(self.now, coupon.months or 0) if coupon.duration == "repeating" else None
        discount = Discount(
            self._id("discount"),
            coupon,
            self.now,
            end,
            customer.id,
            subscription.id if subscription else None,
            item.id if item else None,
        )
        self.objects["discount"][discount.id] = discount
        return discount

    def _id(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{_PREFIXES[kind]}_{self._numbers[kind]:07d}"

    def _add(self, kind: str, thing: Thing, event: str | None) -> Thing:
        self.objects[kind][thing.id] = thing
        self._changed(kind, thing, event)
        return thing

    def _changed(self, kind: str, thing: Any, event: str | None) -> None:
        self.changed(kind, thing.id)
        if event is None or (kind == "payment" and self.generation == "old"):
            return
        if kind == "subscription":
            thing.event_times.append(self.now)
        if self.now >= self.events_from:
            payload = self._writers[self.generation].write(kind, thing)
            self.events.append(Event(self._id("event"), self.now, event, payload))

    def void(self, invoice: Invoice) -> None:
        invoice.status, invoice.voided_at, invoice.next_attempt = "void", self.now, None
        self._changed("invoice", invoice, "invoice.voided")
