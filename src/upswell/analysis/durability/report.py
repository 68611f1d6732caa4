"""How durable expansion is: by driver, the share of its dollars still there after 30, 90, 180 and 365 days.

    durability(connection, DurabilityRequest(by="plan"), facts=facts, policy=policy)

Of the seats that were added, 1,200.00 in 40 expansions of 31 customers, 0.91 of the dollars are still there after 90
days (0.82 to 0.96 at 95 %) and 0.64 after a year. Curves are compared within one driver: a price rise lasts as long as
its customer, seats as long as its people, and a mix of both says how much there was of each.

A share is told where enough customers have expansions that are so old, and their money is not one customer's:
otherwise there is none, and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from upswell.analysis.durability.curves import LAST_AGE, Tallies
from upswell.analysis.durability.features import OF_LOTS, Chosen, label
from upswell.analysis.durability.intervals import DRAWS, Shares, shares_at
from upswell.analysis.durability.pieces import Pieces, pieces_of
from upswell.analysis.extra import analysis_extra
from upswell.errors import UsageError
from upswell.ledger.query import DRIVERS
from upswell.metrics.figures import ZERO
from upswell.metrics.labels import percent_text
from upswell.metrics.lots import MONEY_DIGITS, Lots, read_lots
from upswell.metrics.reading import Readable
from upswell.metrics.request import BookFacts
from upswell.metrics.suggest import unknown_name
from upswell.policy.model import Policy

DAYS: Final = (30, 90, 180, 365)
ALL_DRIVERS: Final = "all drivers"
CUSTOMERS_MIN: Final = 10
EQUAL_CUSTOMERS_MIN: Final = 5
_STEP: Final = 5
_DRAWS_MAX: Final = 10_000
_SHARE_DIGITS: Final = Decimal("0.000001")

_Group = tuple[str, str | None]


@dataclass(frozen=True)
class DurabilityRequest:
    """One question: of which driver (None: each), cut by what, of which customers, with how many draws."""

    by: str | None = None
    driver: str | None = None
    where: str | None = None
    draws: int = DRAWS


@dataclass(frozen=True)
class DurabilityRow:
    """What is left of the expansions of a driver (and of a `value` of what it is cut by) after `days`.

    `expansions`, `customers` and `expanded` are of all of them; `customers_seen` and `money_seen` of those that are at
    least so old, whatever became of them. `share`, `low` and `high` are None with a `reason` where there is no answer.
    """

    driver: str
    value: str | None
    days: int
    share: Decimal | None
    low: Decimal | None
    high: Decimal | None
    expansions: int
    customers: int
    expanded: Decimal
    customers_seen: int
    money_seen: Decimal
    reason: str | None


@dataclass(frozen=True)
class CurvePoint:
    """A point of a curve, with its interval; there is none where there would be no answer."""

    driver: str
    value: str | None
    days: int
    share: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Durability:
    """The answer: rows by driver, value and days; the curves behind them; how sure they are, in sentences."""

    by: str | None
    policy: str
    book_id: str
    currency: str
    rows: tuple[DurabilityRow, ...]
    points: tuple[CurvePoint, ...]
    how_sure: tuple[str, ...]


def durability(connection: Readable, request: DurabilityRequest, *, facts: BookFacts, policy: Policy) -> Durability:
    """The answer to `request` from one book under one policy; money is in the workspace's currency.

    Movements up to the last day that is over count. Raises `UsageError` for names and filters that are none, and where
    the extra `analysis` is not installed.
    """
    _require_possible(request)
    through = facts.as_of_day - timedelta(days=1)
    lots = read_lots(connection, through=through)
    named = None if request.by is None else label(connection, request.by)
    chosen = None
    if request.where is not None or (request.by is not None and named is None):
        by = request.by if named is None else None
        chosen = Chosen.of(connection, by=by, where=request.where, facts=facts, policy=policy)
        named = named or chosen.value
    found = _Found.of(lots)
    for number, lot in enumerate(lots.lots):
        if lot.kind != "expansion" or (chosen is not None and not chosen.has(lot)):
            continue
        if lot.money is None:
            found.without_rate.append(number)
        elif request.driver in (None, lot.driver):
            value = None if request.by is None or named is None else named(lot)
            found.groups.setdefault((lot.driver or "", value), []).append(number)
    if request.by is None and request.driver is None and len(found.groups) > 1:
        everything = [number for numbers in found.groups.values() for number in numbers]
        found.groups[ALL_DRIVERS, None] = sorted(everything)
    with analysis_extra():
        pieces = pieces_of(lots)
        answers = [_answer(found, pieces, group, request) for group in _ordered(found.groups)]
    rows = tuple(row for each, _ in answers for row in each)
    return Durability(
        by=request.by,
        policy=policy.name,
        book_id=facts.book_id,
        currency=facts.workspace_currency,
        rows=rows,
        points=tuple(point for _, points in answers for point in points),
        how_sure=_how_sure(found, rows, request),
    )


def _require_possible(request: DurabilityRequest) -> None:
    if request.driver is not None and request.driver not in DRIVERS:
        raise unknown_name("driver", request.driver, known=DRIVERS, code="unknown_driver")
    if request.by in ("driver", "kind"):
        raise UsageError(
            f"durability cannot be split by {request.by}",
            code="dimension_not_possible",
            where=f"--by {request.by}",
            expected=f"{', '.join(OF_LOTS)}, plan, product, or a column of the imported customers",
            found=request.by,
            remedy="every answer is split by driver already: leave out --by, or name one with --driver",
        )
    if not 1 < request.draws <= _DRAWS_MAX:
        raise UsageError(
            f"{request.draws} draws make no interval",
            code="draws_out_of_range",
            expected=f"2 to {_DRAWS_MAX} draws; {DRAWS} will do",
            found=str(request.draws),
            remedy="leave out --draws",
        )


@dataclass
class _Found:
    """The lots of a book, and the numbers of those asked about by driver and value."""

    lots: Lots
    groups: dict[_Group, list[int]] = field(default_factory=dict)
    without_rate: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, lots: Lots) -> _Found:
        return cls(lots)


def _ordered(groups: Mapping[_Group, Sequence[int]]) -> list[_Group]:
    """Drivers in the order of the ledger's words, the largest value first, all drivers last."""
    places = {driver: place for place, driver in enumerate((*DRIVERS, ALL_DRIVERS))}
    return sorted(
        groups,
        key=lambda group: (places.get(group[0], len(places)), -len(groups[group]), group[1] is None, group[1] or ""),
    )


def _answer(
    found: _Found, pieces: Pieces, group: _Group, request: DurabilityRequest
) -> tuple[list[DurabilityRow], list[CurvePoint]]:
    import numpy as np  # noqa: PLC0415 -- of the extra

    numbers = found.groups[group]
    chosen = np.zeros(len(found.lots.lots), dtype=np.bool_)
    chosen[numbers] = True
    ages = np.array(sorted({*range(0, LAST_AGE + 1, _STEP), *DAYS}))
    own = pieces.of(chosen)
    shares = shares_at(Tallies.of(own), ages, draws=request.draws)
    driver, value = group
    lots = found.lots.lots
    expanded = sum([lots[number].money or 0 for number in numbers])
    rows, points = [], []
    for place, age in enumerate(ages.tolist()):
        reason = _reason(shares, place)
        told = None if reason is not None else [_share(each[place]) for each in (shares.share, shares.low, shares.high)]
        if told is not None:
            points.append(CurvePoint(driver, value, age, *told))
        if age in DAYS:
            share, low, high = told or (None, None, None)
            rows.append(
                DurabilityRow(
                    driver=driver,
                    value=value,
                    days=age,
                    share=share,
                    low=low,
                    high=high,
                    expansions=len(numbers),
                    customers=own.customers,
                    expanded=Decimal(expanded).scaleb(-MONEY_DIGITS),
                    customers_seen=int(shares.customers[place]),
                    money_seen=Decimal(f"{shares.money[place]:.2f}"),
                    reason=reason,
                )
            )
    return rows, points


def _reason(shares: Shares, place: int) -> str | None:
    days, customers = int(shares.ages[place]), int(shares.customers[place])
    if customers < CUSTOMERS_MIN:
        who = f"{customers or 'no'} customer{'' if customers == 1 else 's'}"
        return f"{who} with an expansion {days} days old, fewer than {CUSTOMERS_MIN}"
    equal = float(shares.equal_customers[place])
    if equal < EQUAL_CUSTOMERS_MIN:
        return f"the money of {customers} customers is that of {equal:.1f} equal ones: too few decide"
    return None


def _share(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(_SHARE_DIGITS)


def _percent(share: Decimal | None) -> str:
    return "n/a" if share is None else percent_text(share)


def _how_sure(found: _Found, rows: Sequence[DurabilityRow], request: DurabilityRequest) -> tuple[str, ...]:
    told = [row for row in rows if row.share is not None]
    young = {row.days for row in rows} - {row.days for row in told}
    said = []
    if not rows:
        said.append("No expansion was booked: there is nothing to follow.")
    if told:
        said.append(
            f"Of 100 such intervals about 95 hold the true share: customers, whole, were drawn {request.draws} times."
        )
        widest = max(told, key=lambda row: (row.high or ZERO) - (row.low or ZERO))
        said.append(
            f"The least certain one is {widest.driver} after {widest.days} days: "
            f"{_percent(widest.low)} to {_percent(widest.high)}, of {widest.customers_seen} customers."
        )
    if rows and len(told) < len(rows):
        said.append(f"{len(rows) - len(told)} of {len(rows)} shares cannot be told; each says why.")
    if young and told:
        said.append(f"Nothing can be told of {', '.join(str(days) for days in sorted(young))} days yet.")
    if found.without_rate:
        count = len(found.without_rate)
        what = "1 expansion has" if count == 1 else f"{count} expansions have"
        said.append(f"{what} no exchange rate and {'is' if count == 1 else 'are'} left out; import rates.")
    if told:
        said.append("What lasted so far was sold at the prices and to the customers of then: no promise for others.")
    return tuple(said)
