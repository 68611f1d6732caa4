"""From MRR to money: the closing MRR of a month, what was earned in it, what was billed, and what came.

    closing_mrr                      1,000.00
    part_months                        -40.00   of the month's average MRR: 960.00
    not_invoiced                      -100.00   customers with MRR of whom nothing recurring is earned
    invoiced_without_mrr                20.00   and the other way round
    length_of_months                     3.00   of the others: days earned less as much as in months of one length
    usage                                0.00   of the others: usage earned less its average MRR
    exchange_rates                       0.00
    other_timing                         2.00   what is left, see below
    = recurring_revenue                885.00
    one_time_lines, credits
    = total_revenue                    905.00
    earned_of_earlier_invoices ...              what is earned here and billed elsewhere, and the other way round; tax
    = invoiced                         950.00
    credit_notes, not_paid_in_month ...         what is billed here and paid elsewhere, and the other way round; refunds
    = actual_revenue                   870.00

Every line is computed from its own rows but `other_timing`, the one remainder: for customers that have both MRR and
recurring revenue, MRR is what items say and revenue what invoices say.
All lines are exact; an average is rounded once to 18 decimals. Those after `recurring_revenue` leave no remainder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from upswell.errors import UsageError
from upswell.metrics.figures import MONEY_DECIMALS, Figure, decimal_of, difference, total
from upswell.metrics.months import Month
from upswell.metrics.planner import run
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts, MetricRequest
from upswell.metrics.totals import no_rate
from upswell.policy.model import Policy

# The lines that lead from one figure to the next.
_TO_RECURRING: Final = (
    *("part_months", "not_invoiced", "invoiced_without_mrr", "length_of_months", "usage", "exchange_rates"),
    "other_timing",
)
_TO_TOTAL: Final = ("one_time_lines", "credits")
_TO_INVOICED: Final = (
    *("earned_of_earlier_invoices", "earned_of_later_invoices"),
    *("billed_for_earlier_months", "billed_for_later_months", "tax"),
)
_TO_ACTUAL: Final = (
    *("credit_notes", "not_paid_in_month", "exchange_rates_of_payments"),
    *("received_for_earlier_invoices", "received_for_later_invoices", "received_without_invoice", "refunds"),
)
STEPS: Final = (
    ("recurring_revenue", _TO_RECURRING),
    ("total_revenue", _TO_TOTAL),
    ("invoiced", _TO_INVOICED),
    ("actual_revenue", _TO_ACTUAL),
)
START: Final = "closing_mrr"
# By currency, of customers: MRR at the close, MRR x days in the month, and what is earned of recurring lines.
_CUSTOMERS: Final = """
with versions as (
    select item_keys.customer_id, item_versions.currency, item_versions.item_type = 'usage' as is_usage,
        case when ends_on is null or ends_on > $last_day then mrr else 0 end as closing,
        mrr * (
            date_diff('day', $first_day, least(coalesce(ends_on, $next_day), $next_day))
            - date_diff('day', $first_day, greatest(starts_on, $first_day))
        ) as mrr_days
    from item_versions
    inner join item_keys on item_keys.item_key = item_versions.item_key
    where mrr > 0 and starts_on <= $last_day and starts_at <= $as_of and (ends_on is null or ends_on > $first_day)
),
held as (
    select customer_id, currency, sum(closing) as closing, sum(mrr_days) as mrr_days,
        sum(case when is_usage then mrr_days else 0 end) as usage_days
    from versions
    group by all
),
earned as (
    select customer_id, currency, sum(amount) as native,
        sum(case when line_type = 'usage' then amount else 0 end) as usage_native,
        sum(case when line_type = 'usage' then 0 else amount - level_amount end) as uneven_native
    from recognised_revenue
    where month = $first_day and not scheduled and line_type in ('subscription', 'usage')
    group by all
)
select coalesce(held.currency, earned.currency) as currency, rates.rate,
    sum(coalesce(held.closing, 0)) as closing, sum(coalesce(held.mrr_days, 0)) as mrr_days,
    sum(case when earned.customer_id is null then held.mrr_days else 0 end) as not_invoiced_days,
    sum(case when held.customer_id is null then earned.native else 0 end) as without_mrr,
    sum(case when earned.customer_id is not null then coalesce(held.usage_days, 0) else 0 end) as usage_days,
    sum(case when held.customer_id is not null then coalesce(earned.usage_native, 0) else 0 end) as usage_native,
    sum(case when held.customer_id is not null then coalesce(earned.uneven_native, 0) else 0 end) as uneven_native,
    sum(coalesce(earned.native, 0)) as native
from held
full outer join earned on earned.customer_id = held.customer_id and earned.currency = held.currency
left join rate_spans as rates on rates.currency = coalesce(held.currency, earned.currency)
    and rates.starts_on <= $last_day and (rates.ends_on is null or rates.ends_on > $last_day)
group by coalesce(held.currency, earned.currency), rates.rate
order by 1
"""
# What is earned in the month or billed in it, by type and by where the other of the two lies.
_EARNED: Final = """
select
    case
        when line_type = 'one_time' then 'one_time_lines' when line_type = 'credit' then 'credits' else 'recurring'
    end as part,
    case when month = billed_month then 'same' when month < billed_month then 'later' else 'earlier' end as billed,
    month = $first_day as is_earned,
    sum(workspace_amount) as money,
    min(case when lacks_rate_on is not null then struct_pack(day := lacks_rate_on, currency := currency) end) as lacking
from recognised_revenue
where (month = $first_day and not scheduled) or billed_month = $first_day
group by all
"""
_BILLED: Final = """
select credit_note, sum(workspace_tax) as tax, sum(workspace_amount + workspace_tax) as gross,
    min(case when lacks_rate_on is not null then struct_pack(day := lacks_rate_on, currency := currency) end) as lacking
from billings
where month = $first_day
group by all
"""
_RECEIVED: Final = """
select purpose, sum(workspace_amount) as money, sum(at_invoice_rate) as at_invoice_rate,
    min(case when lacks_rate_on is not null then struct_pack(day := lacks_rate_on, currency := currency) end) as lacking
from receipts
where month = $first_day
group by all
"""
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class RevenueLine:
    """A line of the bridge: what it adds, in the workspace's currency, or why that is not known.

    A `is_total` line is a figure that the lines before it lead to.
    """

    name: str
    amount: Decimal | None
    reason: str | None = None
    is_total: bool = False


@dataclass(frozen=True)
class RevenueBridge:
    """The lines of one month under one policy; each total is the sum of the lines above it that are none."""

    month: str
    policy: str
    book_id: str
    currency: str
    lines: tuple[RevenueLine, ...]

    def line(self, name: str) -> RevenueLine:
        """The line called `name`; `KeyError` if there is none."""
        for line in self.lines:
            if line.name == name:
                return line
        raise KeyError(name)


def revenue_bridge(connection: Readable, month: Month, *, facts: BookFacts, policy: Policy) -> RevenueBridge:
    """The bridge of a month that is over. Raises `UsageError` for one that is not."""
    if not month.complete(facts.as_of_day):
        raise UsageError(
            f"{month} is not over in this book",
            code="month_not_over",
            where=f"book {facts.book_id}, as of {facts.as_of_day}",
            expected=f"a month up to {Month.of(facts.as_of_day).plus(-1)}",
            found=str(month),
            remedy="ask for a month that is over, or build the book anew",
        )
    figures = _figures(connection, month, facts, policy)
    bound = {
        "first_day": month.first_day,
        "last_day": month.last_day,
        "next_day": month.plus(1).first_day,
        "as_of": facts.as_of.astimezone(UTC).replace(tzinfo=None),
    }
    parts = {
        **_mrr_parts(_rows(connection, _CUSTOMERS, bound), month, figures),
        **_earned_parts(_rows(connection, _EARNED, bound)),
        **_money_parts(_rows(connection, _BILLED, bound), _rows(connection, _RECEIVED, bound)),
    }
    figures["invoiced"] = total(figures["total_revenue"], *(parts[name] for name in _TO_INVOICED))
    lines = tuple(_lines(figures, parts))
    return RevenueBridge(str(month), policy.name, facts.book_id, facts.workspace_currency, lines)


def _figures(connection: Readable, month: Month, facts: BookFacts, policy: Policy) -> dict[str, Figure]:
    names = (START, "recurring_revenue", "total_revenue", "actual_revenue")
    request = MetricRequest(names=names, month_from=str(month), month_to=str(month))
    rows = run(connection, request, facts=facts, policy=policy).to_pylist()
    return {row["metric"]: Figure(row["value"], row["reason"]) for row in rows}


def _lines(figures: Mapping[str, Figure], parts: Mapping[str, Figure]) -> Iterator[RevenueLine]:
    """Every line in order; a step with an end that is not known has no amounts."""
    start = figures[START]
    yield RevenueLine(START, start.value, start.reason, is_total=True)
    for name, step in STEPS:
        end = figures[name]
        unknown = next((each.reason for each in (start, end, *(parts[line] for line in step)) if each.reason), None)
        for line in step:
            yield RevenueLine(line, None, unknown) if unknown else RevenueLine(line, parts[line].value)
        yield RevenueLine(name, end.value, end.reason, is_total=True)
        start = end


def _mrr_parts(rows: Sequence[_Row], month: Month, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """The lines from MRR to what is earned of recurring lines."""
    lacking = next((row["currency"] for row in rows if row["rate"] is None), None)
    if lacking is not None:
        return dict.fromkeys(_TO_RECURRING, Figure.missing(no_rate(lacking, month.last_day)))

    def worth(column: str, share: Fraction = Fraction(1)) -> Figure:
        exact = sum((Fraction(row[column]) * Fraction(row["rate"]) for row in rows), Fraction(0)) * share
        return Figure(decimal_of(exact, decimals=MONEY_DECIMALS))

    of_month = Fraction(1, month.days)
    recurring, closing = figures["recurring_revenue"], figures[START]
    parts = {
        "part_months": difference(worth("mrr_days", of_month), worth("closing")),
        "not_invoiced": worth("not_invoiced_days", of_month).negated(),
        "invoiced_without_mrr": worth("without_mrr"),
        "length_of_months": worth("uneven_native"),
        "usage": difference(worth("usage_native"), worth("usage_days", of_month)),
        "exchange_rates": total(difference(recurring, worth("native")), difference(worth("closing"), closing)),
    }
    return {**parts, "other_timing": difference(recurring, closing, *parts.values())}


def _earned_parts(rows: Sequence[_Row]) -> dict[str, Figure]:
    """One-time lines and credits of the month, and what is earned in it or billed in it, but not both."""

    def of(**wanted: object) -> Figure:
        return _sum(row for row in rows if all(row[name] == value for name, value in wanted.items()))

    return {
        "one_time_lines": of(part="one_time_lines", is_earned=True),
        "credits": of(part="credits", is_earned=True),
        "earned_of_earlier_invoices": of(billed="earlier", is_earned=True).negated(),
        "earned_of_later_invoices": of(billed="later", is_earned=True).negated(),
        "billed_for_earlier_months": of(billed="later", is_earned=False),
        "billed_for_later_months": of(billed="earlier", is_earned=False),
    }


def _money_parts(billed: Sequence[_Row], received: Sequence[_Row]) -> dict[str, Figure]:
    """Tax, and the lines from what was invoiced to what came."""

    def came(purpose: str, column: str = "money") -> Figure:
        return _sum((row for row in received if row["purpose"] == purpose), column)

    notes, invoices = ([row for row in billed if row["credit_note"] is kind] for kind in (True, False))
    at_invoice_rate = came("same_month", "at_invoice_rate")
    return {
        "tax": _sum(billed, "tax"),
        "credit_notes": _sum(notes, "gross").negated(),
        "not_paid_in_month": difference(at_invoice_rate, _sum(invoices, "gross")),
        "exchange_rates_of_payments": difference(came("same_month"), at_invoice_rate),
        "received_for_earlier_invoices": came("earlier_invoice"),
        "received_for_later_invoices": came("later_invoice"),
        "received_without_invoice": came("no_invoice"),
        "refunds": came("refund"),
    }


def _sum(rows: Iterable[_Row], column: str = "money") -> Figure:
    figures = []
    for row in rows:
        lacking, money = row["lacking"], row[column]
        if lacking is not None:
            figures.append(Figure.missing(no_rate(lacking["currency"], lacking["day"])))
        else:
            figures.append(Figure.missing("the rate of an invoice is not known") if money is None else Figure(money))
    return total(*figures)


def _rows(connection: Readable, sql: str, bound: Mapping[str, object]) -> list[_Row]:
    named = {name: value for name, value in bound.items() if f"${name}" in sql}
    answer = connection.execute(sql, named)
    columns = [column[0] for column in answer.description]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
