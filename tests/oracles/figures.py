"""Every figure of the catalogue from booked movements and item versions, by plain loops over one slice.

    slice_ = SliceOracle(rows, versions, world)
    slice_.figure("expansion_rate", "2023-06")      # a Fraction, an int, or None where there is no value

Months are texts, money is whole numbers of 10^-18, ratios are Fractions. It shares no code with the program: a balance
is a sum over rows up to a date, a cohort a dictionary of customers. Follows the words of each formula.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from tests.oracles.revenue import MoneyOracle, weight

Figure = Fraction | None
UNIT: Final = 10**18
ARREARS: Final = ("past_due", "unpaid", "lapsed")
KINDS: Final = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True, slots=True)
class Row:
    """A movement: amount in 10^-6, money in 10^-18 at its own rate."""

    day: date
    month: str
    customer: str
    kind: str
    amount: int
    money: int
    currency: str
    scheduled: bool
    ended_in_arrears: bool
    facts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Span:
    """An item version with MRR, in 10^-6; `yearly`: its term is a year or longer."""

    customer: str
    starts_at: datetime
    starts_on: date
    ends_at: datetime | None
    ends_on: date | None
    mrr: int
    currency: str
    yearly: bool
    facts: Mapping[str, str | None]
    status: str = "active"
    discount: Fraction = Fraction(0)  # share of the list price
    cancel_requested_on: date | None = None
    one_term: bool = False


@dataclass(frozen=True)
class World:
    """What does not depend on the slice."""

    as_of: datetime
    as_of_day: date
    cohort: str
    denominator: str
    own_rates: bool
    rate: Callable[[str, date], int]  # in 10^-12
    left: Mapping[str, Sequence[date]]  # days on which each customer left
    costs: Mapping[tuple[str, str], Fraction]
    created: Sequence[tuple[str, str, bool, Mapping[str, str | None]]]  # customer, month, activated in time, facts
    tells_of_arrears: bool
    all_money: MoneyOracle  # of every customer, whatever the slice
    first_line: str  # the first months that invoice lines and payments tell of
    first_payment: str


def close_of(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def before(month: str, count: int = 1) -> str:
    months = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def over(numerator: int | Fraction, denominator: int | Fraction) -> Figure:
    return Fraction(numerator) / Fraction(denominator) if denominator else None


class SliceOracle:
    """The figures of the rows, spans and created customers that one slice lets through."""

    def __init__(
        self,
        rows: Iterable[Row],
        spans: Iterable[Span],
        created: Iterable[tuple[str, bool]],
        world: World,
        money: MoneyOracle,
    ) -> None:
        self.all_rows = list(rows)
        self.rows = [row for row in self.all_rows if not row.scheduled]
        self.spans = list(spans)
        self.created = list(created)
        self.world = world
        self.money = money
        self._flows: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows:
            self._flows[row.kind, row.month] += row.money
        self._held: dict[str, dict[str, dict[str, int]]] = {}
        self._money: dict[str, dict[str, int]] = {}

    def figure(self, metric: str, month: str, *, company: SliceOracle) -> Figure:
        """The figure as a Fraction, money in units; None where there is none."""
        if date.fromisoformat(f"{month}-01") > self.world.as_of_day:
            return None
        if metric == "ltv":
            return self._ltv(month, company)
        money = getattr(self, f"money_{metric}", None)
        if money is not None:
            found = money(month)
            return None if found is None else Fraction(found, UNIT)
        return Fraction(found) if (found := getattr(self, f"ratio_{metric}")(month)) is not None else None

    # -- what the formulas are made of

    def flow(self, kind: str, month: str) -> int:
        return self._flows.get((kind, month), 0)

    def held(self, month: str) -> dict[str, dict[str, int]]:
        """Native balances of each customer at the close, by currency."""
        if month not in self._held:
            sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
            for row in self.rows:
                if row.month <= month:
                    sums[row.customer][row.currency] += row.amount
            self._held[month] = sums
        return self._held[month]

    def worth(self, month: str) -> dict[str, int]:
        """Money of each customer at the close."""
        if month not in self._money:
            close = min(close_of(month), self.world.as_of_day)
            worth: dict[str, int] = defaultdict(int)
            if self.world.own_rates:
                for row in self.rows:
                    if row.month <= month:
                        worth[row.customer] += row.money
            else:
                for customer, natives in self.held(month).items():
                    worth[customer] = sum(n * self.world.rate(c, close) for c, n in natives.items() if n)
            self._money[month] = worth
        return self._money[month]

    def closing(self, month: str) -> int:
        return sum(self.worth(month).values())

    def paying(self, month: str) -> set[str]:
        return {customer for customer, natives in self.held(month).items() if any(natives.values())}

    def with_kind(self, kind: str, month: str) -> set[str]:
        return {
            row.customer
            for row in self.rows
            if row.month == month and row.kind == kind and (kind != "churn" or row.amount < 0)
        }

    # -- money

    def money_opening_mrr(self, month: str) -> int:
        return self.closing(before(month))

    def money_closing_mrr(self, month: str) -> int:
        return self.closing(month)

    def money_arr(self, month: str) -> int:
        return 12 * self.closing(month)

    def money_new_mrr(self, month: str) -> int:
        return self.flow("new", month)

    def money_expansion_mrr(self, month: str) -> int:
        return self.flow("expansion", month)

    def money_contraction_mrr(self, month: str) -> int:
        return self.flow("contraction", month)

    def money_churned_mrr(self, month: str) -> int:
        return self.flow("churn", month)

    def money_reactivation_mrr(self, month: str) -> int:
        return self.flow("reactivation", month)

    def money_net_new_mrr(self, month: str) -> int:
        return sum(self.flow(kind, month) for kind in KINDS)

    def money_net_expansion_mrr(self, month: str) -> int:
        return self.flow("expansion", month) + self.flow("contraction", month)

    def money_fx_mrr(self, month: str) -> int:
        moved = self.money_transfer_in_mrr(month) + self.money_transfer_out_mrr(month)
        return self.closing(month) - self.closing(before(month)) - self.money_net_new_mrr(month) - moved

    def money_transfer_in_mrr(self, month: str) -> int:
        return sum(net for net in self._transfers(month) if net > 0)

    def money_transfer_out_mrr(self, month: str) -> int:
        return sum(net for net in self._transfers(month) if net < 0)

    def _transfers(self, month: str) -> Iterable[int]:
        nets: dict[tuple[str, date], int] = defaultdict(int)
        for row in self.rows:
            if row.kind == "transfer" and row.month == month:
                nets[row.customer, row.day] += row.money
        return nets.values()

    def money_cmrr(self, month: str) -> int | None:
        running = f"{self.world.as_of_day:%Y-%m}"
        if month not in (running, before(running)):
            return None
        if self.world.own_rates:
            return sum(row.money for row in self.all_rows)
        return sum(row.amount * self.world.rate(row.currency, self.world.as_of_day) for row in self.all_rows)

    def money_recurring_revenue(self, month: str) -> int | None:
        return None if month < self.world.first_line else self.money.earned(month, ("subscription", "usage"))

    def money_total_revenue(self, month: str) -> int | None:
        return None if month < self.world.first_line else self.money.earned(month)

    def money_actual_revenue(self, month: str) -> int | None:
        return None if month < self.world.first_payment else self.money.received(month)

    def money_dunning_recovered(self, month: str) -> int | None:
        return None if month < self.world.first_payment else self.money.received(month, recovered=True)

    def ratio_dunning_recovery_rate(self, month: str) -> Figure:
        failed, recovered = self.money.recovery(month)
        return over(recovered, failed)

    def ratio_quality_mrr(self, month: str) -> Figure:
        close = min(close_of(month), self.world.as_of_day)
        return sum((self._weighed(span, close) for span in self._in_force(close)), Fraction(0)) / UNIT

    def _weighed(self, span: Span, close: date) -> Fraction:
        asked = span.cancel_requested_on is not None and span.cancel_requested_on <= close
        failed = self.world.all_money.has_open_failure(span.customer, close)
        share = weight(
            at_risk=asked or failed or span.status in ARREARS, discount=span.discount, one_term=span.one_term
        )
        return span.mrr * self.world.rate(span.currency, close) * share

    def _in_force(self, close: date) -> list[Span]:
        as_of = self.world.as_of
        return [
            span
            for span in self.spans
            if span.starts_at <= as_of
            and span.starts_on <= close
            and (span.ends_at is None or span.ends_on is None or span.ends_on > close or span.ends_at > as_of)
        ]

    def ratio_cac_payback_months(self, month: str) -> Figure:
        return self._payback(month, "acquisition", "new")

    def ratio_expansion_payback_months(self, month: str) -> Figure:
        return self._payback(month, "expansion", "expansion")

    def _payback(self, month: str, cost: str, kind: str) -> Figure:
        spent, service = (self.world.costs.get((month, each)) for each in (cost, "service"))
        earned = Fraction(self.closing(month), UNIT)
        margin = 1 - service / earned if service is not None and earned else Fraction(1)
        if spent is None or margin <= 0:
            return None
        return over(spent, Fraction(self.flow(kind, month), UNIT) * margin)

    # -- quotients of money are money of 10^-12 and come as ratios

    def ratio_arpa(self, month: str) -> Figure:
        return over(Fraction(self.closing(month), UNIT), len(self.paying(month)))

    def ratio_acv(self, month: str) -> Figure:
        close = min(close_of(month), self.world.as_of_day)
        held = [span for span in self._in_force(close) if span.yearly]
        money = sum(span.mrr * self.world.rate(span.currency, close) for span in held)
        return over(Fraction(12 * money, UNIT), len({span.customer for span in held}))

    def _ltv(self, month: str, company: SliceOracle) -> Figure:
        six = [before(month, back) for back in range(6)]
        if not self.paying(before(six[-1])) or not self.paying(month):
            return None
        churned = sum(self._churners(each) for each in six)
        base = sum(self._churn_base(each) for each in six)
        if not churned:
            return None
        costed = [each for each in six if (each, "service") in self.world.costs]
        earned = Fraction(sum(company.closing(each) for each in costed), UNIT)
        margin = Fraction(1)
        if earned:
            margin = 1 - sum(self.world.costs[each, "service"] for each in costed) / earned
        arpa = Fraction(self.closing(month), UNIT) / len(self.paying(month))
        return arpa * margin / Fraction(churned, base)

    # -- counts and rates

    def ratio_customers(self, month: str) -> Figure:
        return Fraction(len(self.paying(month)))

    def ratio_new_customers(self, month: str) -> Figure:
        return Fraction(len(self.with_kind("new", month)))

    def ratio_expansion_customers(self, month: str) -> Figure:
        return Fraction(len(self.with_kind("expansion", month)))

    def ratio_contraction_customers(self, month: str) -> Figure:
        return Fraction(len(self.with_kind("contraction", month)))

    def ratio_churned_customers(self, month: str) -> Figure:
        return Fraction(len(self.with_kind("churn", month)))

    def ratio_reactivated_customers(self, month: str) -> Figure:
        return Fraction(len(self.with_kind("reactivation", month)))

    def ratio_expansion_rate(self, month: str) -> Figure:
        return over(self.flow("expansion", month), self.closing(before(month)))

    def ratio_expansion_rate_12m(self, month: str) -> Figure:
        expanded = sum(self.flow("expansion", before(month, back)) for back in range(12))
        return over(expanded, self.closing(before(month, 12)))

    def ratio_quick_ratio(self, month: str) -> Figure:
        won = sum(self.flow(kind, month) for kind in ("new", "expansion", "reactivation"))
        return over(won, -(self.flow("contraction", month) + self.flow("churn", month)))

    def ratio_gross_mrr_churn_rate(self, month: str) -> Figure:
        return over(-(self.flow("contraction", month) + self.flow("churn", month)), self.closing(before(month)))

    def ratio_net_mrr_churn_rate(self, month: str) -> Figure:
        lost = sum(self.flow(kind, month) for kind in ("contraction", "churn", "expansion", "reactivation"))
        return over(-lost, self.closing(before(month)))

    def ratio_mrr_growth_rate(self, month: str) -> Figure:
        opening = self.closing(before(month))
        return over(self.closing(month) - opening, opening)

    def ratio_expansion_share_of_new(self, month: str) -> Figure:
        return over(self.flow("expansion", month), self.flow("new", month))

    def ratio_expansion_growth_rate(self, month: str) -> Figure:
        former = self.flow("expansion", before(month))
        return over(self.flow("expansion", month) - former, former)

    def ratio_customer_churn_rate(self, month: str) -> Figure:
        return over(self._churners(month), self._churn_base(month))

    def _churners(self, month: str) -> int:
        gone = self.with_kind("churn", month)
        return len(gone if self.world.denominator == "opening_and_new" else gone & self.paying(before(month)))

    def _churn_base(self, month: str) -> int:
        more = len(self.with_kind("new", month)) if self.world.denominator == "opening_and_new" else 0
        return len(self.paying(before(month))) + more

    def ratio_involuntary_churn_share(self, month: str) -> Figure:
        if not self.world.tells_of_arrears:
            return None
        lost = [row for row in self.rows if row.month == month and row.kind == "churn" and row.amount < 0]
        return over(sum(row.money for row in lost if row.ended_in_arrears), sum(row.money for row in lost))

    def ratio_sales_efficiency(self, month: str) -> Figure:
        if int(month[5:]) % 3:
            return None
        costs = [
            [self.world.costs.get((before(month, back), kind)) for kind in ("acquisition", "expansion")]
            for back in (3, 4, 5)
        ]
        if any(all(cost is None for cost in given) for given in costs):
            return None
        spent = sum((cost for given in costs for cost in given if cost is not None), Fraction(0))
        won = sum(self.money_net_new_mrr(before(month, back)) for back in range(3))
        return over(Fraction(12 * won, UNIT), spent)

    def ratio_activation_rate(self, month: str) -> Figure:
        if close_of(month) + timedelta(days=31) > self.world.as_of_day:
            return None
        of_month = [activated for created, activated in self.created if created == month]
        return over(sum(of_month), len(of_month))

    def ratio_nrr_1m(self, month: str) -> Figure:
        return self._retention(month, 1, capped=False)

    def ratio_nrr_12m(self, month: str) -> Figure:
        return self._retention(month, 12, capped=False)

    def ratio_grr_1m(self, month: str) -> Figure:
        return self._retention(month, 1, capped=True)

    def ratio_grr_12m(self, month: str) -> Figure:
        return self._retention(month, 12, capped=True)

    def ratio_nrr_3m(self, month: str) -> Figure:
        return self._retention(month, 3, capped=False)

    def ratio_grr_3m(self, month: str) -> Figure:
        return self._retention(month, 3, capped=True)

    def ratio_nrr_trailing_12m(self, month: str) -> Figure:
        return self._trailing(month, capped=False)

    def ratio_grr_trailing_12m(self, month: str) -> Figure:
        return self._trailing(month, capped=True)

    def ratio_expansion_concentration(self, month: str) -> Figure:
        expanded: dict[str, int] = defaultdict(int)
        for row in self.rows:
            if row.kind == "expansion" and row.month == month:
                expanded[row.customer] += row.money
        return over(sum(sorted(expanded.values(), reverse=True)[:10]), sum(expanded.values()))

    def _trailing(self, month: str, *, capped: bool) -> Figure:
        product = Fraction(1)
        for back in range(12):
            rate = self._retention(before(month, back), 1, capped=capped)
            if rate is None:
                return None
            product *= rate
        return product

    def _retention(self, month: str, lag: int, *, capped: bool) -> Figure:
        start = before(month, lag)
        if self.world.cohort == "movements":
            kinds = ("contraction", "churn") if capped else ("contraction", "churn", "expansion")
            moved = sum(self.flow(kind, before(month, back)) for kind in kinds for back in range(lag))
            return over(self.closing(start) + moved, self.closing(start))
        then, now = self.worth(start), self.worth(month)
        kept = base = 0
        for customer in self.paying(start):
            current = now.get(customer, 0)
            if self.world.cohort == "reactivated_zero" and self._left(customer, start, month):
                current = 0
            base += then[customer]
            kept += min(current, then[customer]) if capped else current
        return over(kept, base)

    def _left(self, customer: str, start: str, month: str) -> bool:
        return any(close_of(start) < day <= close_of(month) for day in self.world.left.get(customer, ()))


def departures(rows: Sequence[Row], *, by_customer: bool) -> dict[str, list[date]]:
    """The days on which each customer left: those of its churn, if it then held nothing at all."""
    left: dict[str, list[date]] = defaultdict(list)
    held: dict[str, int] = defaultdict(int)
    days: dict[tuple[date, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.scheduled:
            days[row.day, row.customer].append(row)
    for (day, customer), moved in sorted(days.items()):
        held[customer] += sum(row.amount for row in moved)
        gone = any(row.kind == "churn" and row.amount < 0 for row in moved)
        if gone and (by_customer or held[customer] == 0):
            left[customer].append(day)
    return left


def described(row: Mapping[str, Any]) -> str:
    """A row of an answer, for the message of a failed comparison."""
    return ", ".join(f"{name} {value}" for name, value in row.items())
