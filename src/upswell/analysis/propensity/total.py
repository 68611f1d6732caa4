"""The dollars that the list shares out: what the forecast expects of the next three months, of the chosen drivers.

The forecast's medians of Expansion MRR are 40,000.00, 41,000.00 and 39,000.00; over the last year 80 % of expansion was
by drivers that customers choose: 96,000.00. Scores are never summed to a total: each may be a little too high in the
same direction, and nothing would hold their sum to what the company has ever seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from upswell.analysis.forecast.answer import Forecast
from upswell.metrics.reading import Readable
from upswell.money.amount import display_amount

MONTHS = 3
_YEAR = timedelta(days=365)
_TARGET = "expansion_mrr"
_SHARES = """
select cast(sum(amount * rate) as decimal(38, 6)),
    cast(coalesce(sum(amount * rate) filter (where driver not in ('price', 'discount')), 0) as decimal(38, 6))
from booked_movements
where kind = 'expansion' and not scheduled and date >= $since and date < $day
"""


@dataclass(frozen=True)
class Total:
    """Expansion MRR of the next three months by the chosen drivers: the sum of the months' medians.

    `low` and `high` add the ends of the months' 80 % intervals, and so are wider than an interval of the sum would be.
    `forecast` is that of all drivers, `share` the part of the chosen ones over twelve months. All None with a `reason`
    where there is no forecast.
    """

    months: tuple[str, ...] = ()
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    forecast: Decimal | None = None
    share: Decimal | None = None
    reason: str | None = None


def chosen_share(connection: Readable, day: date) -> Decimal | None:
    """The part of the expansion of the twelve months before `day` that was by chosen drivers; None without any."""
    everything, chosen = connection.execute(_SHARES, {"since": day - _YEAR, "day": day}).fetchall()[0]
    if everything is None or everything <= 0:
        return None
    return min(Decimal(1), max(Decimal(0), Decimal(chosen) / Decimal(everything)))


def total_of(forecast: Forecast, share: Decimal | None) -> Total:
    """The total that a forecast of three months gives, or the reason why there is none."""
    rows = [row for row in forecast.rows if row.target == _TARGET][:MONTHS]
    if not rows:
        return Total(reason=f"there is no forecast: {forecast.reason}")
    if share is None:
        return Total(reason="nothing expanded in the last twelve months, so no driver has a part of the forecast")

    def part(values: list[Decimal]) -> Decimal:
        return display_amount(sum(values, Decimal(0)) * share, currency=forecast.currency)

    ends = [next(each for each in row.intervals if each.percent == 80) for row in rows]  # noqa: PLR2004
    return Total(
        months=tuple(row.month for row in rows),
        value=part([row.median for row in rows]),
        low=part([each.low for each in ends]),
        high=part([each.high for each in ends]),
        forecast=sum((row.median for row in rows), Decimal(0)),
        share=share.quantize(Decimal("0.0001")),
    )
