"""What people say they would pay: the price surveys of a book, each by the method that its questions are of.

    survey 2026  Team   van Westendorp   PMC 17.50   17.00 to 18.40   of 84 respondents, 6 set aside
    survey 2026  Team   Gabor-Granger    best price 22.00   20.00 to 25.00   of 60 respondents

Who answered several times counts with its latest answer to each question. Answers after the close are not looked at.
Fewer than 30 respondents whose answers hold together give no point: the curves of so few cross anywhere. What people
say is not what they do: a survey tells how prices are seen, and which are worth a trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from upswell.analysis.pricing import gabor_granger, van_westendorp
from upswell.analysis.pricing.holdings import Close
from upswell.analysis.pricing.proportions import wilson
from upswell.analysis.pricing.tables import COUNT, PRICE, RATE, TEXT, rate, table_of
from upswell.analysis.pricing.van_westendorp import CURVES, Answer
from upswell.metrics.reading import Readable
from upswell.metrics.view import fetch

LEAST: Final = 30
VAN_WESTENDORP: Final = "van Westendorp"
GABOR_GRANGER: Final = "Gabor-Granger"
BEST: Final = "best price"
WOULD_BUY: Final = "would_buy"
_SURVEY_COLUMNS: Final[Mapping[str, pa.DataType]] = {"survey": TEXT, "plan_id": TEXT, "method": TEXT}
COLUMNS: Final[Mapping[str, pa.DataType]] = {
    **_SURVEY_COLUMNS,
    "point": TEXT,
    "price": PRICE,
    "price_low": PRICE,
    "price_high": PRICE,
    "currency": TEXT,
    "respondents": COUNT,
    "inconsistent": COUNT,
    "incomplete": COUNT,
    "note": TEXT,
    "reason": TEXT,
}
CURVE_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    **_SURVEY_COLUMNS,
    "curve": TEXT,
    "price": PRICE,
    "currency": TEXT,
    "respondents": COUNT,
    "of_respondents": COUNT,
    "share": RATE,
    "share_low": RATE,
    "share_high": RATE,
    "revenue": PRICE,
}
_CENT: Final = Decimal("0.01")
_ANSWERS: Final = """
select entry.survey, entry.plan_id, entry.currency, entry.respondent, entry.too_cheap, entry.cheap, entry.expensive,
    entry.too_expensive, entry.price, entry.would_buy
from {rows}
where entry.at <= $as_of and entry.answered_on <= $day and {filter}
order by entry.survey, entry.plan_id, entry.currency, entry.at, entry.respondent, entry.price
"""


@dataclass
class Survey:
    """The answers about one offer in one currency, by respondent; None stands for a price that was not given."""

    name: str
    plan: str | None
    currency: str
    meters: dict[str, tuple[Decimal | None, ...]] = field(default_factory=dict)
    asked: dict[str, dict[Decimal, bool]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def complete(self) -> list[Answer]:
        """The four prices of every respondent that gave them all."""
        return [
            (float(one), float(two), float(three), float(four))
            for one, two, three, four in self.meters.values()
            if one is not None and two is not None and three is not None and four is not None
        ]

    @property
    def consistent(self) -> list[Answer]:
        """Those whose four prices do not fall."""
        return [answer for answer in self.complete if van_westendorp.is_consistent(answer)]

    @property
    def buyers(self) -> list[dict[Decimal, bool]]:
        """What each respondent would buy at, of those who would not buy dearer and leave cheaper."""
        return [answers for answers in self.asked.values() if gabor_granger.is_consistent(answers)]


def surveys(connection: Readable, close: Close) -> list[Survey]:
    """Every price survey with answers up to the close, in order of its name, plan and currency."""
    view = close.view
    sql = _ANSWERS.format(rows=view.cut("price_answers", key="customer_id"), filter=view.filter.sql)
    found: dict[tuple[str, str | None, str], Survey] = {}
    for name, plan, currency, respondent, *prices, price, buys in fetch(connection, sql, close.parameters()):
        survey = found.setdefault((name, plan, currency), Survey(name, plan, currency))
        if price is None:
            survey.meters[respondent] = tuple(prices)
        else:
            survey.asked[respondent][price] = buys
    return list(found.values())


def willingness_table(found: Sequence[Survey]) -> pa.Table:
    """A row for each point of each survey, in its currency, to the cent, with its 95 % interval.

    `respondents` are those counted; `inconsistent` were set aside, `incomplete` lacked one of four prices. Without 30
    that can be counted there is no price and a `reason`; `note` tells what to know of a price before it is used.
    """
    rows: list[dict[str, Any]] = []
    for survey in found:
        if survey.meters:
            rows += _meter_rows(survey)
        if survey.asked:
            rows.append(_best_row(survey))
    return table_of(rows, COLUMNS)


def curve_table(found: Sequence[Survey]) -> pa.Table:
    """A row for each curve and price that was answered: how many call it so, or would buy; with Wilson's interval.

    `revenue` is price x share, what each one asked brings; of `would_buy` alone.
    """
    rows: list[dict[str, Any]] = []
    for survey in found:
        answers = survey.consistent
        prices = sorted({price for answer in answers for price in answer})
        for curve in CURVES:
            for price in prices:
                count = van_westendorp.counts_at(answers, curve, price)
                rows.append(_curve_row(survey, VAN_WESTENDORP, curve, _cents(price), count, len(answers)))
        for each in gabor_granger.demand(survey.buyers) if survey.buyers else ():
            if each.known:
                row = _curve_row(survey, GABOR_GRANGER, WOULD_BUY, each.price, each.buyers, each.known)
                rows.append({**row, "revenue": _cents(each.revenue)})
    return table_of(rows, CURVE_COLUMNS)


def _meter_rows(survey: Survey) -> list[dict[str, Any]]:
    complete, answers = survey.complete, survey.consistent
    told = {
        **_named(survey, VAN_WESTENDORP),
        "respondents": len(answers),
        "inconsistent": len(complete) - len(answers),
        "incomplete": len(survey.meters) - len(complete),
        "reason": _too_few(len(answers)),
    }
    if told["reason"] is not None:
        return [{**told, "point": name} for name in van_westendorp.POINTS]
    return [
        {
            **told,
            "point": name,
            "price": _cents(point.price),
            "price_low": _cents(point.low),
            "price_high": _cents(point.high),
        }
        for name, point in van_westendorp.points(answers).items()
    ]


def _best_row(survey: Survey) -> dict[str, Any]:
    buyers = survey.buyers
    row = {
        **_named(survey, GABOR_GRANGER),
        "point": BEST,
        "respondents": len(buyers),
        "inconsistent": len(survey.asked) - len(buyers),
        "incomplete": 0,
        "reason": _too_few(len(buyers)) or _one_price(buyers),
    }
    if row["reason"] is not None:
        return row
    best = gabor_granger.best_price(buyers)
    if best.known < LEAST:
        return {**row, "reason": f"at {best.price:f} the answer of {best.known} is known; a price needs {LEAST}"}
    note = "no price was asked beyond it: the best may lie further out" if best.is_edge else None
    return {**row, "price": best.price, "price_low": best.low, "price_high": best.high, "note": note}


def _one_price(buyers: Sequence[Mapping[Decimal, bool]]) -> str | None:
    prices = {price for answers in buyers for price in answers}
    return "only one price was asked" if len(prices) == 1 else None


def _too_few(count: int) -> str | None:
    return None if count >= LEAST else f"{count} respondents whose answers hold together; a point needs {LEAST}"


def _named(survey: Survey, method: str) -> dict[str, Any]:
    return {"survey": survey.name, "plan_id": survey.plan, "method": method, "currency": survey.currency}


def _curve_row(survey: Survey, method: str, curve: str, price: Decimal, count: int, of: int) -> dict[str, Any]:
    low, high = wilson(count, of)
    return {
        **_named(survey, method),
        "curve": curve,
        "price": price,
        "respondents": count,
        "of_respondents": of,
        "share": rate(count, of),
        "share_low": low,
        "share_high": high,
    }


def _cents(price: float) -> Decimal:
    return Decimal(repr(price)).quantize(_CENT)
