"""Which churn was involuntary: the item was in arrears when it went.

Acme cancels 100.00; Bolt's card fails, its subscription of 50.00 is past_due for two weeks and then unpaid: of 150.00
churned, 50.00 were involuntary. Told from the status of the item's last version begun by the day of the churn;
a failed payment that the source shows in no status is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from upswell.metrics.figures import ZERO, Figure
from upswell.metrics.reading import Readable
from upswell.metrics.totals import Slice, rates_lacking
from upswell.metrics.view import View, fetch

_ARREARS: Final = "('past_due', 'unpaid', 'lapsed')"
# The item's last version begun by then: the one that ended, or the unpaid one that took its place.
_LOSSES: Final = f"""
with {{entries}},
endings as (
    select entries.before_span, entries.day, max_by(later.status, later.starts_at) in {_ARREARS} as in_arrears
    from (select distinct before_span, day from entries) as entries
    inner join booked_versions as former on former.span_id = entries.before_span
    inner join booked_versions as later on later.item_key = former.item_key
        and later.starts_on <= entries.day and later.starts_at <= $as_of
    group by all
)
select {{slice}} entries.month, sum(-entries.workspace_amount) as lost,
    coalesce(sum(case when endings.in_arrears then -entries.workspace_amount end), 0) as involuntary,
    min(case when entries.rate is null then entries.currency end) as lacking_currency
from entries
left join endings on endings.before_span = entries.before_span and endings.day = entries.day
where entries.month > $base_month
group by all
"""
_ANY_ARREARS: Final = f"select exists (from booked_versions where status in {_ARREARS})"


@dataclass(frozen=True)
class Losses:
    """MRR that churned in a month, and the part of it that was in arrears; both positive."""

    lost: Figure
    involuntary: Figure


_NOTHING: Final = Losses(Figure(ZERO), Figure(ZERO))


@dataclass(frozen=True)
class Arrears:
    """Losses by slice and month number; `known` is whether the source ever told of arrears."""

    known: bool = False
    losses: dict[tuple[Slice, int], Losses] | None = None

    def of(self, slice_: Slice, month: int) -> Losses:
        """The losses of one slice and month."""
        return (self.losses or {}).get((slice_, month), _NOTHING)


def arrears(connection: Readable, view: View) -> Arrears:
    """What churned in the months of the view and the ones it looks back to."""
    told = connection.execute(_ANY_ARREARS).fetchone()
    if told is None or not told[0]:
        return Arrears()
    entries = view.entries("movements", extra="entry.kind = 'churn' and entry.amount < 0", more=", entry.before_span")
    rows = fetch(connection, _LOSSES.format(entries=entries, slice=view.slice_columns), view.parameters())
    lacking = rates_lacking(connection, view) if any(row[-1] for row in rows) else {}
    width = len(view.dimensions)
    losses: dict[tuple[Slice, int], Losses] = {}
    for row in rows:
        month, lost, involuntary, currency = row[width:]
        if currency is None:
            losses[row[:width], month] = Losses(Figure(lost), Figure(involuntary))
        else:
            missing = Figure.missing(lacking[currency, month])
            losses[row[:width], month] = Losses(missing, missing)
    return Arrears(known=True, losses=losses)
