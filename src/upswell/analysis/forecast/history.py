"""What one origin knows: the cells of every month up to it, and nothing of the months after.

    history = read_history(connection, facts=facts, policy=policy)      # up to the last complete month
    history.at(Month.parse("2025-06"))                                  # as it was known at the end of June 2025

A backtest asks for origins of the past. `at` keeps the rows of months up to the origin and forgets what the customers
of the origin did next, so that the answer is the history of a book whose files were cut there. Who had asked for its
end by then counts as known to leave; a change that a file of today dates later does not, since nothing says when it
was entered.

Amounts are floats in the workspace's currency, each movement at the rate of its day, a balance at its month's end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from upswell.analysis.extra import analysis_extra
from upswell.analysis.forecast.reading import cells_query
from upswell.analysis.forecast.table import Rows
from upswell.analysis.members import customers_filter
from upswell.errors import UsageError
from upswell.metrics.filter import Filter
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.view import first_month
from upswell.policy.model import Policy

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

KINDS: Final = ("new", "expansion", "contraction", "churned", "reactivation")
_PLACES: Final = ("month", "term", "returned", "age", "size", "lead")
_OUTCOMES: Final = (
    *("left_", "left_mrr", "left_squares", "churned", "expanded", "expansion", "expansion_squares"),
    *("contracted", "contraction", "contraction_squares", "back", "new_parts", "lost_parts", "new"),
)
_AMOUNTS: Final = ("customers", "mrr", "mrr_squares", "mrr_largest", *_OUTCOMES)
_CUSTOMERS: Final = " left join customers as customer on customer.customer_key = entry.customer_key"
_WITH_TEXTS: Final = (
    "(select told.*, item_keys.customer_id from booked_movements as told inner join item_keys using (item_key))"
)


@dataclass(frozen=True)
class History:
    """The months `first` to `last` (numbers, see `Month`), as cells.

    `states` are paying customers at each close with what they did in the month after, `lapsed` former customers by
    months since they left (`age`), `entrants` who began to pay in a month, at its close. `flows` are the movements of
    each month by kind, losses positive; `kept` is what customers of twelve months before still paid.
    """

    first: int
    last: int
    states: Rows
    lapsed: Rows
    entrants: Rows
    flows: Mapping[str, Array]
    kept: Array

    @property
    def months(self) -> int:
        """How many months it has."""
        return self.last - self.first + 1

    @cached_property
    def closing(self) -> Array:
        """MRR at the close of each month."""
        return self._summed("mrr")

    @cached_property
    def customers(self) -> Array:
        """Paying customers at the close of each month."""
        return self._summed("customers")

    @property
    def largest_share(self) -> float:
        """The share of MRR at the last close that the largest customer pays."""
        today = self.states["month"] == self.last
        largest = max(self.states["mrr_largest"][today], default=0.0)
        return float(largest / self.closing[-1]) if self.closing[-1] > 0 else 0.0

    def series(self, target: str) -> Array:
        """A target by month: closing_mrr, customers, nrr_12m (nan where it has no base), or expansion_mrr ..."""
        import numpy as np  # noqa: PLC0415 -- part of an extra

        match target:
            case "closing_mrr":
                return self.closing
            case "customers":
                return self.customers
            case "nrr_12m":
                base = np.concatenate([np.full(min(12, self.months), np.nan), self.closing[:-12]])
                kept: Array = np.divide(self.kept, base, out=np.full(self.months, np.nan), where=base > 0)
                return kept
            case _:
                return self.flows[target.removesuffix("_mrr")]

    def at(self, origin: Month) -> History:
        """What was known at the end of `origin`, a month of this history."""
        if origin.number == self.last:
            return self
        if not self.first <= origin.number < self.last:
            raise UsageError(
                f"{origin} is not in the history",
                code="origin_out_of_range",
                expected=f"a month from {Month(self.first)} to {Month(self.last)}",
                found=str(origin),
                remedy="choose an origin that the book covers",
            )
        length = origin.number - self.first + 1
        return History(
            self.first,
            origin.number,
            _known(self.states, origin.number),
            _known(self.lapsed, origin.number),
            self.entrants.where(self.entrants["month"] <= origin.number),
            {kind: flow[:length] for kind, flow in self.flows.items()},
            self.kept[:length],
        )

    def _summed(self, column: str) -> Array:
        import numpy as np  # noqa: PLC0415 -- part of an extra

        return np.bincount(self.states["month"] - self.first, self.states[column], self.months)


def read_history(connection: Readable, *, facts: BookFacts, policy: Policy, where: str | None = None) -> History:
    """The history of a book up to its last complete month, of the customers that `where` names.

    Raises `UsageError` for a filter that is none, a book without a complete month, and money whose rate is not known.
    """
    with analysis_extra():
        import numpy as np  # noqa: PLC0415 -- part of an extra

    last = Month.of(facts.as_of_day).plus(-1)
    began = first_month(connection)
    if began is None or Month.of(began) > last:
        raise _nobody(where)
    wanted = customers_filter(connection, where)
    sql = cells_query(source=_source(wanted), condition=wanted.sql, own_rates=policy.fx != "separate")
    answer = connection.execute(sql, _parameters(wanted, facts, base=Month.of(began).number, last=last))
    parts = _parts(answer.fetchall(), [column[0] for column in answer.description])
    if parts["lacking"]:
        raise _no_rate(Month(min(row["month"] for row in parts["lacking"])))
    if not parts["total"]:
        raise _nobody(where)
    first = min(row["month"] for row in parts["total"])
    months = last.number - first + 1

    def by_month(part: str, column: str) -> Array:
        values = np.zeros(months)
        for row in parts[part]:
            values[row["month"] - first] = row[column] or 0.0
        return values

    return History(
        first,
        last.number,
        _rows(parts["state"]),
        _rows(parts["lapsed"]),
        _rows(parts["entrant"]),
        {kind: by_month("total", "mrr" if kind == "new" else kind) for kind in KINDS},
        by_month("kept", "mrr"),
    )


def _source(wanted: Filter) -> str:
    texts = any(not column.is_attribute for column in wanted.columns)
    attributes = any(column.is_attribute for column in wanted.columns)
    return f"{_WITH_TEXTS if texts else 'booked_movements'} as entry{_CUSTOMERS if attributes else ''}"


def _parameters(wanted: Filter, facts: BookFacts, *, base: int, last: Month) -> dict[str, object]:
    return {
        "base_month": base,
        "last_month": last.number,
        "last_day": last.last_day,
        "as_of_day": facts.as_of_day,
        "one_rate": False,
        **wanted.parameters,
    }


def _parts(found: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    parts: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("state", "lapsed", "entrant", "total", "kept", "lacking")
    }
    for each in found:
        row = dict(zip(names, each, strict=True))
        parts[row["part"]].append(row)
    return parts


def _rows(found: Sequence[Mapping[str, Any]]) -> Rows:
    """The rows in the order of their places, so that equal histories are equal row for row."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    ordered = sorted(found, key=lambda row: [int(row[name]) for name in _PLACES])
    places = {name: np.array([int(row[name]) for row in ordered], dtype=np.int64) for name in _PLACES}
    amounts = {name: np.array([float(row[name] or 0) for row in ordered]) for name in _AMOUNTS}
    return Rows({**places, **amounts})


def _known(rows: Rows, origin: int) -> Rows:
    """The rows of months up to the origin, of whose customers nobody knows yet what they do next."""
    import numpy as np  # noqa: PLC0415 -- part of an extra

    kept = rows.where(rows["month"] <= origin)
    open_ = kept["month"] == origin
    forgotten = {name: np.where(open_, 0.0, kept[name]) for name in _OUTCOMES}
    return Rows({**kept.columns, **forgotten})


def _nobody(where: str | None) -> UsageError:
    return UsageError(
        "nobody paid in a complete month, so there is nothing to go on from",
        code="forecast_without_history",
        where="the current book" if where is None else f"--where {where}",
        expected="customers that pay in at least one month that is over",
        found="no movement in a complete month",
        remedy="import more history and build, or widen the filter",
    )


def _no_rate(month: Month) -> UsageError:
    return UsageError(
        f"money of {month} has no rate to the workspace's currency",
        code="forecast_without_rate",
        where=f"month {month}",
        expected="a rate for every currency and day with a movement, and for every month's end",
        found="movements or balances without one",
        remedy="import the missing rates (upswell rates lists the days) and build",
    )
