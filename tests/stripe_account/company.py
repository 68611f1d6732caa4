"""A company that lives in an account: customers who sign up, grow, shrink, pause, fail to pay, leave and return.

`random_account(seed=1, customers=50, months=12)` has lived so long and stands at the end of it; `live_on(company,
until)` goes on day by day. The same seed gives the same company.

No item is changed twice before something tells of the first change, and nothing is changed while a subscription is on
trial, paused, past due or unpaid: what happens then would be told by no billing system alike.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.stripe_account.account import Account
from tests.stripe_account.moments import DAY, at, months_after
from tests.stripe_account.things import Coupon, Customer, Item, Price, Subscription, Tier

# Chances of a day, per running subscription.
_SEATS, _PLAN, _ADDON, _COUPON, _PAUSE, _CANCEL, _FAIL, _SECOND = (
    0.010,
    0.002,
    0.003,
    0.002,
    0.0012,
    0.0012,
    0.0015,
    0.0004,
)
_PRORATIONS = ("create_prorations", "create_prorations", "always_invoice", "none")


@dataclass
class Company:
    """The account and what its customers can buy."""

    account: Account
    chance: random.Random
    plans: dict[str, list[Price]] = field(default_factory=dict)
    yearly: dict[str, list[Price]] = field(default_factory=dict)
    addons: dict[str, list[Price]] = field(default_factory=dict)
    metered: dict[str, Price] = field(default_factory=dict)
    coupons: list[Coupon] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    quiet_until: dict[str, int] = field(default_factory=dict)
    paused: dict[str, int] = field(default_factory=dict)


def random_account(
    seed: int,
    *,
    customers: int,
    months: int,
    end: str = "2026-03-01",
    dunning: str = "cancel",
    generation: str = "newest",
) -> Company:
    """A company of that many customers in the end, after so many months."""
    until = at(end)
    start = months_after(until, -months)
    account = Account(start, dunning=dunning, events_from=until - 31 * DAY)
    account.generation = generation
    company = Company(account, random.Random(seed))
    _open_shop(company)
    arrivals = sorted(start + company.chance.randrange(until - start - DAY) for _ in range(customers))
    _live(company, until, arrivals)
    return company


def live_on(company: Company, until: int, *, arrivals: int = 0) -> None:
    """Go on until then, with some more customers."""
    now = company.account.now
    _live(company, until, sorted(now + 1 + company.chance.randrange(max(1, until - now - 1)) for _ in range(arrivals)))


def _open_shop(company: Company) -> None:
    account = company.account
    team, pro = (
        account.create_product("Team"),
        account.create_product("Pro", upswell_product="suite", upswell_plan="pro"),
    )
    basic = account.create_product("Basic", upswell_product="suite", upswell_plan="basic")
    vault = account.create_product("Vault", upswell_type="addon")
    support = account.create_product("Support", upswell_type="addon")
    calls = account.create_product("Calls")
    for currency, factor in (("usd", 1), ("eur", 1), ("jpy", 1)):
        inclusive = currency == "eur"
        company.plans[currency] = [
            account.create_price(team, 2000 * factor, currency, inclusive=inclusive),
            account.create_price(basic, 1500 * factor, currency, inclusive=inclusive),
            account.create_price(pro, 4900 * factor, currency, inclusive=inclusive),
            account.create_price(
                team,
                None,
                currency,
                tiers_mode="graduated",
                tiers=[Tier(5, _unit(1200), 1000), Tier(20, _unit(1000)), Tier(None, _unit(775))],
            ),
            account.create_price(
                pro,
                None,
                currency,
                tiers_mode="volume",
                tiers=[Tier(10, _unit(3000)), Tier(None, _unit(2350))],
            ),
            account.create_price(team, 5000, currency, pack=5),
        ]
        company.yearly[currency] = [
            account.create_price(team, 19_200, currency, interval="year", inclusive=inclusive),
            account.create_price(pro, 49_900, currency, interval="year", inclusive=inclusive),
        ]
        company.addons[currency] = [
            account.create_price(vault, 700, currency, inclusive=inclusive),
            account.create_price(support, 2_500, currency, inclusive=inclusive),
            account.create_price(vault, 0, currency),
        ]
        company.metered[currency] = account.create_price(calls, "1.25", currency, metered=True)
    company.coupons = [
        account.create_coupon("once", percent="50"),
        account.create_coupon("repeating", percent="25.5", months=3),
        account.create_coupon("forever", percent="10"),
        account.create_coupon("once", amount=500),
        account.create_coupon("repeating", amount=700, months=2),
        account.create_coupon("forever", amount=300),
        account.create_coupon("forever", percent="20", products=[team]),
    ]
    account.create_promotion(company.coupons[0], "HALF")


def _unit(cents: int) -> Decimal:
    return Decimal(cents)


def _live(company: Company, until: int, arrivals: list[int]) -> None:
    account, chance = company.account, company.chance
    waiting = iter(arrivals)
    arrival = next(waiting, None)
    while account.now < until:
        midnight = min(until, (account.now // DAY + 1) * DAY)
        while arrival is not None and arrival < midnight:
            account.advance(max(account.now, arrival))
            _sign_up(company)
            arrival = next(waiting, None)
        day = [each for each in company.subscriptions if each.ended_at is None]
        for moment in sorted(account.now + 1 + chance.randrange(max(1, midnight - account.now - 1)) for _ in day):
            if moment < midnight and day:
                account.advance(max(account.now, moment))
                _happen(company, day.pop(chance.randrange(len(day))))
        account.advance(midnight)
    company.subscriptions = [each for each in company.subscriptions if each.ended_at is None]


def _sign_up(company: Company) -> None:
    account, chance = company.account, company.chance
    currency = chance.choices(["usd", "eur", "jpy"], [6, 3, 1])[0]
    tax = None
    if currency == "usd" and chance.random() < 0.2:
        tax = next((rate for rate in account.objects["tax_rate"].values() if not rate.inclusive), None)
        tax = tax or account.create_tax_rate(_unit(8), inclusive=False)
    coupon = chance.choice(company.coupons) if chance.random() < 0.05 else None
    number = len(account.objects["customer"]) + 1
    customer = account.create_customer(
        f"Customer{number}",
        currency=currency,
        coupon=_for_currency(coupon, currency),
        tax=tax,
        segment=chance.choice(["smb", "mid", "enterprise"]),
    )
    _subscribe(company, customer)


def _for_currency(coupon: Coupon | None, currency: str) -> Coupon | None:
    return None if coupon is not None and coupon.currency not in (None, currency) else coupon


def _subscribe(company: Company, customer: Customer) -> None:
    account, chance = company.account, company.chance
    currency = customer.currency
    yearly = chance.random() < 0.2
    items = [(chance.choice((company.yearly if yearly else company.plans)[currency]), chance.randint(1, 30))]
    if not yearly:
        if chance.random() < 0.25:
            items.append((chance.choice(company.addons[currency][:2]), chance.randint(1, 5)))
        if chance.random() < 0.02:
            items += [(price, 1) for price in company.addons[currency] * 4][: 11 - len(items)]
        if chance.random() < 0.15:
            items.append((company.metered[currency], 1))
    coupons = [chance.choice(company.coupons)] if chance.random() < 0.2 else []
    if coupons and chance.random() < 0.15:
        coupons.append(company.coupons[2])
    chosen = [each for each in coupons if _for_currency(each, currency)]
    if chance.random() < 0.03:
        account.fail_card(customer, account.now + 2)
    subscription = account.subscribe(
        customer,
        items,
        trial_days=14 if chance.random() < 0.2 else 0,
        coupons=list({c.id: c for c in chosen}.values()),
    )
    if subscription.trial_end is not None and chance.random() < 0.4:
        account.advance(account.now + 3600)
        account.cancel(subscription)
    company.subscriptions.append(subscription)


def _happen(company: Company, subscription: Subscription) -> None:  # noqa: C901 -- a day has many turns
    account, chance = company.account, company.chance
    if subscription.ended_at is not None or subscription.status not in ("active", "trialing", "past_due", "unpaid"):
        return
    for item in subscription.items:
        if item.price.metered and subscription.status == "active":
            account.use(item, chance.randint(0, 400))
    if subscription.status == "unpaid":
        if chance.random() < 0.01:
            account.cancel(subscription, at_period_end=False)
        return
    if subscription.status != "active" or account.now < company.quiet_until.get(subscription.id, 0):
        return
    resume_at = company.paused.get(subscription.id)
    if resume_at is not None:
        if account.now >= resume_at:
            account.resume(subscription)
            del company.paused[subscription.id]
            company.quiet_until[subscription.id] = subscription.period_end + 1
        return
    if subscription.cancel_at_period_end or subscription.cancel_at is not None or subscription.schedule is not None:
        return
    roll, below = chance.random(), 0.0
    for share, act in (
        (_SEATS, _change_seats),
        (_PLAN, _change_plan),
        (_ADDON, _change_addons),
        (_COUPON, _change_coupons),
        (_PAUSE, _pause),
        (_CANCEL, _cancel),
        (_FAIL, _fail),
        (_SECOND, _second),
        (0.002, _money),
        (0.0006, _schedule),
        (0.0004, _return_of_somebody),
    ):
        below += share
        if roll < below:
            act(company, subscription)
            return


def _licensed(company: Company, subscription: Subscription) -> Item | None:
    found = [item for item in subscription.items if not item.price.metered]
    return company.chance.choice(found) if found else None


def _proration(company: Company, subscription: Subscription) -> str:
    """How a change is prorated. Events show ten items: of more, a silent change could be seen by nobody."""
    many = len(subscription.items) > 9
    return company.chance.choice(_PRORATIONS[:3] if many else _PRORATIONS)


def _quiet(company: Company, subscription: Subscription, proration: str) -> None:
    if proration == "none":
        company.quiet_until[subscription.id] = subscription.period_end + 1


def _change_seats(company: Company, subscription: Subscription) -> None:
    item = _licensed(company, subscription)
    if item is None:
        return
    proration = _proration(company, subscription)
    quantity = max(0, item.quantity + company.chance.choice([-3, -1, 1, 2, 5]))
    if quantity == item.quantity or (quantity == 0 and company.chance.random() < 0.8):
        return
    company.account.change(subscription, item, quantity=quantity, proration=proration)
    _quiet(company, subscription, proration)


def _change_plan(company: Company, subscription: Subscription) -> None:
    item = next((each for each in subscription.items if not each.price.metered), None)
    if item is None:
        return
    currency, chance = subscription.currency, company.chance
    monthly = item.price.interval == "month"
    if monthly and len(subscription.items) == 1 and chance.random() < 0.25:
        company.account.change(subscription, item, price=chance.choice(company.yearly[currency]))
        return
    price = chance.choice((company.plans if monthly else company.yearly)[currency])
    if price.id in {each.price.id for each in subscription.items}:
        return
    proration = _proration(company, subscription)
    company.account.change(subscription, item, price=price, proration=proration)
    _quiet(company, subscription, proration)


def _change_addons(company: Company, subscription: Subscription) -> None:
    held = [item for item in subscription.items if item.price in company.addons[subscription.currency]]
    proration = _proration(company, subscription)
    if held and company.chance.random() < 0.4:
        company.account.remove_item(subscription, held[0], proration=proration)
    elif subscription.items[0].price.interval == "month":
        free = [price for price in company.addons[subscription.currency] if price not in [i.price for i in held]]
        if not free:
            return
        company.account.add_item(
            subscription, company.chance.choice(free), company.chance.randint(1, 4), proration=proration
        )
    _quiet(company, subscription, proration)


def _change_coupons(company: Company, subscription: Subscription) -> None:
    coupon = _for_currency(company.chance.choice(company.coupons), subscription.currency)
    if subscription.discounts and company.chance.random() < 0.4:
        company.account.remove_coupon(subscription)
    elif coupon is not None:
        item = _licensed(company, subscription) if company.chance.random() < 0.3 else None
        company.account.apply_coupon(subscription, coupon, item)


def _pause(company: Company, subscription: Subscription) -> None:
    behavior = company.chance.choice(["void", "mark_uncollectible", "keep_as_draft"])
    company.account.pause(subscription, behavior)
    company.paused[subscription.id] = subscription.period_end + company.chance.randint(5, 60) * DAY


def _cancel(company: Company, subscription: Subscription) -> None:
    roll = company.chance.random()
    if roll < 0.6:
        company.account.cancel(subscription)
    elif roll < 0.9:
        company.account.cancel(subscription, at_period_end=False, prorate=company.chance.random() < 0.5)
    else:
        company.account.cancel(subscription, cancel_at=company.account.now + company.chance.randint(5, 80) * DAY)


def _fail(company: Company, subscription: Subscription) -> None:
    days = company.chance.choice([1, 5, 12, 40])
    company.account.fail_card(subscription.customer, subscription.period_end + days * DAY)


def _second(company: Company, subscription: Subscription) -> None:
    _subscribe(company, subscription.customer)


def _money(company: Company, subscription: Subscription) -> None:
    account, chance = company.account, company.chance
    customer = subscription.customer
    invoice = account.objects["invoice"].get(subscription.latest_invoice or "")
    match chance.randrange(5):
        case 0:
            account.invoice_item(customer, chance.randint(500, 9000), "Onboarding")
            account.invoice_now(customer)
        case 1:
            account.invoice_item(customer, -chance.randint(100, 400), "Goodwill", subscription=subscription)
        case 2 if invoice is not None and invoice.status == "paid" and invoice.charge and invoice.amount_due > 100:
            account.credit_note(invoice, chance.randint(1, 100), refund=chance.random() < 0.5)
        case 3 if invoice is not None and invoice.status == "paid" and invoice.charge and invoice.amount_due > 100:
            charge = account.objects["charge"][invoice.charge]
            if charge.refunded == 0 and not charge.disputed:
                account.refund(charge, chance.randint(1, charge.amount), "requested_by_customer")
        case 4 if invoice is not None and invoice.status == "paid" and invoice.charge:
            charge = account.objects["charge"][invoice.charge]
            if charge.refunded == 0 and not charge.disputed and chance.random() < 0.3:
                account.dispute(charge, chance.choice(["lost", "won", "needs_response"]))


def _schedule(company: Company, subscription: Subscription) -> None:
    if (
        subscription.items[0].price.interval == "month"
        and len(subscription.items) == 1
        and not subscription.items[0].price.metered
    ):
        price = company.chance.choice(company.plans[subscription.currency])
        company.account.schedule(subscription, [(price, company.chance.randint(1, 20))], periods=3)


def _return_of_somebody(company: Company, subscription: Subscription) -> None:
    gone = [
        each
        for each in company.account.objects["subscription"].values()
        if each.status == "canceled" and each.ended_at < company.account.now - 20 * DAY
    ]
    if gone:
        _subscribe(company, company.chance.choice(gone).customer)
