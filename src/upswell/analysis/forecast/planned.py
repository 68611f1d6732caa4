"""Which share of MRR each plan has at a month's end, by the term it is sold for: what a price rise of it would move.

Of the customers with a monthly term the plan Team has 300.00 of 400.00 MRR, of those with a yearly one 50.00 of 200.00:
its shares are 0.75, 0 (nobody pays by the quarter) and 0.25.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from upswell.analysis.forecast.classes import TERMS
from upswell.metrics.months import Month
from upswell.metrics.reading import Readable

_HELD: Final = """
select plan_id, case when months >= 7 then 12 when months >= 2 then 3 else 1 end as term, sum(mrr) as mrr
from (
    select plan_id,
        interval_count * case billing_interval when 'year' then 12 when 'quarter' then 3 else 1 end as months,
        cast(mrr as double) * cast(coalesce(rate_spans.rate, 1) as double) as mrr
    from item_versions as versions
    left join rate_spans on rate_spans.currency = versions.currency and rate_spans.starts_on <= $last_day
        and (rate_spans.ends_on is null or rate_spans.ends_on > $last_day)
    where versions.counts and versions.mrr > 0 and versions.starts_on <= $last_day
        and (versions.ends_on is null or versions.ends_on > $last_day)
)
group by all
"""


def plan_shares(connection: Readable, month: Month) -> dict[str, tuple[float, ...]]:
    """Each plan's share of the MRR of terms of 1, 3 and 12 months, at the close of `month`."""
    held: dict[str, dict[int, float]] = defaultdict(dict)
    whole: dict[int, float] = defaultdict(float)
    for plan, term, mrr in connection.execute(_HELD, {"last_day": month.last_day}).fetchall():
        held[plan][term] = mrr
        whole[term] += mrr
    return {
        plan: tuple(by_term.get(term, 0.0) / whole[term] if whole[term] else 0.0 for term in TERMS)
        for plan, by_term in held.items()
    }
