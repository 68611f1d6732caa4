"""The scores of a day: each paying customer with its likelihood, what stands beside it, and its part of the forecast.

    rank 1  Acme  41 % (segment 19 %, all 15 %)  seats  412.00 if it expands  98.41 of the total  Seats in use: 98 % ...

Where no model beats the segment base rate, customers stand by the points of the rules, and the likelihood is their
segment's rate: nothing more is known of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any, Final, Literal

import pyarrow as pa

from upswell.analysis.propensity.allocate import allocate
from upswell.analysis.propensity.drivers import most_likely
from upswell.analysis.propensity.fitted import Fitted
from upswell.analysis.propensity.reasons import reasons_of
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.rules import points_of, words_of
from upswell.analysis.propensity.snapshots import Known
from upswell.analysis.propensity.total import Total
from upswell.money.currency import minor_units

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

RankedBy = Literal["model", "rules"]
LIMIT: Final = 50
_MONEY: Final = pa.decimal128(24, 6)


@dataclass(frozen=True)
class Scores:
    """The scores as of the start of `day`, of `customers` that pay; `unrated` more are left out for want of a rate.

    `table` has a row for each, best first: rank, customer_id, segment, likelihood (of expanding within 90 days),
    segment_rate, driver (the likeliest), driver_likelihood, amount (expected a month if it expands), allocated (its
    part of `total`; null where there is none), points (of the rules), reasons (a list; empty beyond the first `told`).
    Without a history to learn from likelihoods, rates, drivers and amounts are null. `fitted_on` is the day that the
    model was fitted as of, `fitted_book` its book.
    """

    policy: str
    book_id: str
    day: date
    currency: str
    ranked_by: RankedBy
    base_rate: float | None
    customers: int
    unrated: int
    fitted_on: date
    fitted_book: str
    total: Total
    table: pa.Table
    told: int
    backtest: Backtest

    @property
    def is_shared_out(self) -> bool:
        """Whether the total is: without a likelihood of anybody there is nothing to share it out by."""
        return bool(self.table.num_rows == 0 or self.table["allocated"].null_count < self.table.num_rows)


@dataclass(frozen=True)
class Fit:
    """A fitted model with its backtest, and of which book and day it is."""

    book_id: str
    policy_hash: str
    day: date
    fitted: Fitted | None
    backtest: Backtest

    @property
    def ranked_by(self) -> RankedBy:
        """The model, where it beats the segment base rate and nothing looks ahead; else the rules."""
        return "model" if self.backtest.beats_segment_base_rate and not self.backtest.leaks else "rules"


@dataclass(frozen=True)
class _Columns:
    """What is said of each row, in the order of what is known; nan where nothing is."""

    likelihood: Array
    segment_rate: Array
    amount: Array
    drivers: Array | None


def score(
    known: Known,
    fit: Fit,
    total: Total,
    *,
    policy: str,
    book_id: str,
    told: int = LIMIT,
    only: Collection[str] | None = None,
) -> Scores:
    """Score the customers of a day, and share the total out to all of them.

    The table has those in `only` (default: all), with reasons for the first `told` of them.
    """
    import numpy as np  # noqa: PLC0415 -- of the extra

    fitted, by_model = fit.fitted, fit.ranked_by == "model"
    said = _said(known, fitted, by_model=by_model)
    points = points_of(known.signals)
    value = np.maximum(np.nan_to_num(said.likelihood * said.amount), 0.0)
    order = np.lexsort((known.customer_keys, -value, -(value if by_model else points)))
    ids = np.array(known.signals["customer_id"].to_pylist(), dtype=object)
    chosen = np.ones(len(order), dtype=bool) if only is None else np.isin(ids[order], list(only))
    first = order[chosen][:told].tolist()
    if by_model and fitted is not None and fitted.model is not None:
        reasons: list[tuple[str, ...]] = reasons_of(fitted, fitted.model, known, first)
    else:
        reasons = [words_of(known.signals, place) for place in first]
    decimals = minor_units(fit.backtest.currency)
    whole = pa.table(
        {
            "rank": pa.array(range(1, len(order) + 1), pa.int64()),
            "customer_id": pa.array(ids[order].tolist(), pa.string()),
            "segment": pa.array(known.segments[order].tolist(), pa.string()),
            "likelihood": pa.array(said.likelihood[order], from_pandas=True),
            "segment_rate": pa.array(said.segment_rate[order], from_pandas=True),
            **_driver_columns(said.drivers, order),
            "amount": pa.array([_rounded(each, decimals) for each in said.amount[order].tolist()], _MONEY),
            "allocated": pa.array(_allocated(total, value[order].tolist(), decimals), _MONEY),
            "points": pa.array(points[order].astype(np.int64)),
        }
    )
    table = whole.filter(pa.array(chosen))
    told_why = [*(list(each) for each in reasons), *([] for _ in range(table.num_rows - len(first)))]
    return Scores(
        policy=policy,
        book_id=book_id,
        day=known.day,
        currency=fit.backtest.currency,
        ranked_by=fit.ranked_by,
        base_rate=None if fitted is None else fitted.segments.overall,
        customers=len(order),
        unrated=known.unrated,
        fitted_on=fit.day,
        fitted_book=fit.book_id,
        total=total,
        table=table.append_column("reasons", pa.array(told_why, pa.list_(pa.string()))),
        told=len(first),
        backtest=fit.backtest,
    )


def _said(known: Known, fitted: Fitted | None, *, by_model: bool) -> _Columns:
    import numpy as np  # noqa: PLC0415 -- of the extra

    if fitted is None:
        nothing = np.full(len(known), np.nan)
        return _Columns(nothing, nothing, nothing, None)
    told = fitted.told(known)
    segment = fitted.segments.of_rows(known.segments)
    return _Columns(told.likelihood if by_model else segment, segment, told.amount, told.drivers)


def _driver_columns(drivers: Array | None, order: Array) -> dict[str, pa.Array]:
    if drivers is None:
        return {
            "driver": pa.nulls(len(order), pa.string()),
            "driver_likelihood": pa.nulls(len(order), pa.float64()),
        }
    likely = drivers[order]
    return {"driver": pa.array(most_likely(likely), pa.string()), "driver_likelihood": pa.array(likely.max(axis=1))}


def _allocated(total: Total, weights: Sequence[float], decimals: int) -> Sequence[Decimal | None]:
    if total.value is None or not any(weights):
        return [None] * len(weights)
    return allocate(total.value, weights, decimals=decimals)


def _rounded(amount: float, decimals: int) -> Decimal | None:
    return None if isnan(amount) else Decimal(repr(amount)).quantize(Decimal(1).scaleb(-decimals))
