"""What must hold of every price, discount and count: gap parts add up, shares lie between 0 and 1."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from upswell.analysis.pricing.holdings import Close, Holding, Offer
from upswell.analysis.pricing.lists import ListPrice, PriceList, Tier
from upswell.analysis.pricing.proportions import wilson
from upswell.analysis.pricing.realised import priced
from upswell.metrics.filter import Filter
from upswell.metrics.months import Month, MonthRange
from upswell.metrics.request import BookFacts
from upswell.metrics.view import View
from upswell.policy.model import Policy

DAY = date(2025, 12, 31)
MONTH = Month.of(DAY)
FACTS = BookFacts(as_of=None, as_of_day=DAY, workspace_currency="USD", book_id="test")  # type: ignore[arg-type]
CLOSE = Close(View((), Filter(), MonthRange(MONTH, MONTH), MONTH.number - 1, FACTS), MONTH, DAY, Policy(name="strict"))
amounts = st.decimals(0, 10_000, places=4)
days = st.dates(date(2020, 1, 1), DAY)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Holding, Tier]:
    offer = Offer("Team", "plan", "USD", draw(st.sampled_from(["day", "week", "month", "quarter", "year"])), 1)
    holding = Holding(
        segment=(),
        customer_key=1,
        customer_id="Acme",
        item_key=1,
        product_id="crm",
        offer=offer,
        price_id=None,
        quantity=draw(st.decimals(0, 1000, places=4)),
        unit_amount=draw(amounts),
        discount_percent=draw(st.decimals(0, 100, places=4)),
        discount_amount=draw(amounts),
        mrr=draw(st.decimals(0, 10_000, places=6)),
        rate=Decimal(1),
        priced_since=draw(days),
        discount_ends_on=None,
    )
    return holding, Tier(draw(amounts), Decimal(0), None, draw(st.none() | days))


@given(cases())
def test_the_parts_of_a_gap_add_up_to_the_last_digit(case: tuple[Holding, Tier]) -> None:
    holding, tier = case
    prices = PriceList({holding.offer: ListPrice(holding.offer, (tier,))})
    (found,) = priced([holding], prices, CLOSE)
    gap = found.gap
    assert gap is not None
    assert gap.listed - gap.discounts - gap.old_prices - gap.negotiated - gap.other == gap.realised == holding.mrr
    assert gap.discounts >= 0
    assert not (gap.old_prices and gap.negotiated), "a price is old or negotiated, never both"


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_is_that_of_scipy(case: tuple[int, int]) -> None:
    count, of = case
    low, high = wilson(count, of)
    assert 0 <= low <= Decimal(count) / of + Decimal("0.000001")
    assert Decimal(count) / of - Decimal("0.000001") <= high <= 1
    other = binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert abs(float(low) - other.low) < 1e-6
    assert abs(float(high) - other.high) < 1e-6
