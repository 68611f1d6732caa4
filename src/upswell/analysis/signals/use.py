"""How a customer uses what it holds: seats that are used, the fullest limit and when it is crossed, breadth, direction.

Team allows 40,000 calls a month. Acme made 30,000 in April and 33,000 in May; as of 2025-06-11 the calls of June are
told through the 7th, and there were 9,800 of them: at 1,400 a day it passes 40,000 on 29 June (40,000 / 1,400 = 28.6).
Without a week of June the trend would tell: 33,000 and 3,000 more each month pass 40,000 in August (42,000), on its
30th day (40,000 / 42,000 x 31 = 29.5).
"""

from __future__ import annotations

from typing import Final

from upswell.analysis.signals.known import Relation

PACE_DAYS: Final = 7
TREND_MONTHS: Final = 6
TREND_LEAST: Final = 3
AHEAD_DAYS: Final = 180
SEAT_DAYS: Final = 31
INTENSITY_DAYS: Final = 90

_MONTH: Final = "cast(date_trunc('month', cast($day as date)) as date)"
_MONTH_DAYS: Final = f"date_diff('day', {_MONTH}, cast({_MONTH} + interval 1 month as date))"

SEAT_USE: Final = Relation(
    "seat_use",
    f"""
    select active.customer_key, cast(active.people as double) as people_active,
        cast(active.people as double) / nullif(seating.seats, 0) as seats_used_share
    from (
        select customer_key, max(quantity) as people
        from known_use
        where day >= cast($day as date) - {SEAT_DAYS} and metric = (
            select min_by(metric, list_position($seat_metrics, metric)) from known_use
            where day >= cast($day as date) - {SEAT_DAYS} and list_contains($seat_metrics, metric)
        )
        group by customer_key
    ) as active
    left join seating on seating.customer_key = active.customer_key
    """,
)
# Which of the running month's days are told, by metric: use is often sent once a week.
TOLD: Final = Relation(
    "told_days",
    f"""
    select metric, date_diff('day', {_MONTH}, max(day)) + 1 as days from known_use where day >= {_MONTH} group by metric
    """,
)
TO_DATE: Final = Relation(
    "to_date",
    f"""
    select customer_key, metric, sum(quantity) as quantity from known_use where day >= {_MONTH} group by all
    """,
)
FULLEST: Final = Relation(
    "fullest",
    f"""
    select *
    from (
        select main.customer_key, limits.metric, limits.allowed,
            cast(last_months.quantity as double) as last_month,
            case when told_days.days is not null then cast(coalesce(to_date.quantity, 0) as double) end as so_far,
            told_days.days as told_days,
            row_number() over (
                partition by main.customer_key
                order by greatest(coalesce(last_months.quantity, -1), coalesce(to_date.quantity, -1)) / limits.allowed
                    desc, limits.metric
            ) as fullness
        from main_items as main
        inner join known_limits as limits on limits.plan_id = main.plan_id
        left join known_months as last_months on last_months.customer_key = main.customer_key
            and last_months.metric = limits.metric and last_months.month = {_MONTH} - interval 1 month
        left join to_date on to_date.customer_key = main.customer_key and to_date.metric = limits.metric
        left join told_days on told_days.metric = limits.metric
    )
    where fullness = 1
    """,
)
# The metric that tells of a customer's use: its fullest limited one, or what it uses most of.
MAIN_METRIC: Final = Relation(
    "main_metrics",
    """
    select people.customer_key, coalesce(fullest.metric, most.metric) as metric, since.since
    from people
    inner join since on since.customer_key = people.customer_key
    left join fullest on fullest.customer_key = people.customer_key
        and coalesce(fullest.last_month, fullest.so_far) is not null
    left join (
        select customer_key, max_by(metric, (quantity, metric)) as metric
        from (
            select customer_key, metric, sum(quantity) as quantity from known_use
            where day >= cast($day as date) - 120 and not list_contains($seat_metrics, metric)
                and not starts_with(metric, 'blocked_')
            group by all
        )
        where quantity > 0
        group by customer_key
    ) as most on most.customer_key = people.customer_key
    where coalesce(fullest.metric, most.metric) is not null
    """,
)
# Complete months in which it was a customer from the first day, 0 where it used nothing; `back` 1 is the last.
MONTHS: Final = Relation(
    "use_months",
    f"""
    select main_metrics.customer_key, backs.back, cast(coalesce(used.quantity, 0) as double) as quantity
    from main_metrics
    cross join (select unnest(range(1, {TREND_MONTHS} + 1)) as back) as backs
    inner join (select metric, min(month) as first_month from known_months group by metric) as told
        on told.metric = main_metrics.metric
    left join known_months as used on used.customer_key = main_metrics.customer_key
        and used.metric = main_metrics.metric and used.month = {_MONTH} - to_months(cast(backs.back as integer))
    where {_MONTH} - to_months(cast(backs.back as integer)) >= greatest(main_metrics.since, told.first_month)
    """,
)
TREND: Final = Relation(
    "trends",
    """
    select customer_key, count(*) as months, regr_slope(quantity, -back) as step,
        regr_intercept(quantity, -back) as level,
        max(quantity) filter (back = 1) as last_1, max(quantity) filter (back = 2) as last_2,
        max(quantity) filter (back = 3) as last_3
    from use_months
    group by customer_key
    """,
)
_BLOCKED: Final = """
    select used.customer_key, sum(used.quantity) as quantity
    from known_use as used
    inner join fullest on fullest.customer_key = used.customer_key and used.metric = 'blocked_' || fullest.metric
    where used.day >= cast($day as date) - 30
    group by used.customer_key
"""
LIMIT: Final = Relation(
    "limit_use",
    f"""
    select fullest.customer_key, fullest.metric as limit_metric, fullest.allowed as "limit",
        fullest.last_month as limit_use, fullest.last_month / fullest.allowed as limit_share,
        fullest.so_far / fullest.allowed as limit_share_to_date,
        case when fullest.told_days >= {PACE_DAYS}
            then fullest.so_far / fullest.told_days * {_MONTH_DAYS} / fullest.allowed end as limit_pace,
        case when trends.months >= {TREND_LEAST} then trends.step / fullest.allowed end as limit_trend,
        greatest(fullest.last_month, fullest.so_far) >= fullest.allowed as limit_over,
        case when exists (select 1 from known_use where metric = 'blocked_' || fullest.metric)
            then cast(coalesce(blocked.quantity, 0) as double) end as blocked_30d,
        fullest.so_far, fullest.told_days, trends.months, trends.step, trends.level
    from fullest
    left join trends on trends.customer_key = fullest.customer_key
    left join ({_BLOCKED}) as blocked on blocked.customer_key = fullest.customer_key
    """,
)
# The level of the trend is its value of the running month. `ahead`: so many months on its use reaches the limit; the
# running month is asked only where it has no pace of its own.
TREND_CROSSING: Final = Relation(
    "trend_crossings",
    f"""
    select *, cast({_MONTH} + to_months(cast(ahead as integer)) as date) as trend_month
    from (
        select *,
            case when limit_trend > 0 and ("limit" - level) / step < 12
                then greatest(case when limit_pace is null then 0 else 1 end, ceil(("limit" - level) / step))
            end as ahead
        from limit_use
    )
    """,
)
DATED_CROSSING: Final = Relation(
    "dated_crossings",
    f"""
    select *,
        case
            when limit_over then null
            when limit_pace >= 1
            then greatest(cast($day as date), {_MONTH} + cast(ceil("limit" / (so_far / told_days)) as integer) - 1)
            when step > 0 and trend_on <= cast($day as date) + {AHEAD_DAYS} then greatest(cast($day as date), trend_on)
        end as limit_crossing_on
    from (
        select *,
            trend_month - 1 + cast(ceil("limit" / (level + step * ahead)
                * date_diff('day', trend_month, cast(trend_month + interval 1 month as date))) as integer) as trend_on
        from trend_crossings
    )
    """,
)
CROSSING: Final = Relation(
    "crossings",
    f"""
    select *, date_diff('day', cast($day as date), limit_crossing_on) as days_to_crossing,
        limit_crossing_on_reason as days_to_crossing_reason
    from (
        select customer_key, limit_crossing_on,
            case
                when limit_crossing_on is not null then null
                when limit_over then 'its use is at the limit or over it already'
                when limit_share is null and limit_share_to_date is null then 'no use of the metric is known'
                when limit_pace is null and limit_trend is null
                then 'too little of its use is known for a pace or a trend'
                when coalesce(step, 0) <= 0 then 'its use does not grow'
                else 'at its trend not within {AHEAD_DAYS} days'
            end as limit_crossing_on_reason
        from dated_crossings
    )
    """,
)
BREADTH: Final = Relation(
    "breadth",
    """
    select people.customer_key, case when told.any_use then coalesce(used.metrics, 0) end as metrics_used_30d
    from people
    cross join (
        select count(*) > 0 as any_use from known_use
        where day >= cast($day as date) - 30 and not starts_with(metric, 'blocked_')
    ) as told
    left join (
        select customer_key, count(distinct metric) as metrics from known_use
        where day >= cast($day as date) - 30 and quantity > 0 and not starts_with(metric, 'blocked_')
        group by customer_key
    ) as used on used.customer_key = people.customer_key
    """,
)
DIRECTION: Final = Relation(
    "direction",
    """
    select main_metrics.customer_key, main_metrics.metric as main_metric,
        case when trends.last_3 is not null
            then trends.last_1 > trends.last_2 and trends.last_2 > trends.last_3 end as rising_two_months,
        case when main_metrics.since <= cast($day as date) - 120
            then cast(windows.recent as double) / 30 / nullif(cast(windows.before as double) / 90, 0)
        end as use_30d_vs_90d
    from main_metrics
    left join trends on trends.customer_key = main_metrics.customer_key
    left join (
        select used.customer_key,
            coalesce(sum(used.quantity) filter (used.day >= cast($day as date) - 30), 0) as recent,
            coalesce(sum(used.quantity) filter (used.day < cast($day as date) - 30), 0) as before
        from known_use as used
        inner join main_metrics on main_metrics.customer_key = used.customer_key and main_metrics.metric = used.metric
        where used.day >= cast($day as date) - 120
        group by used.customer_key
    ) as windows on windows.customer_key = main_metrics.customer_key
    """,
)
# What the seats are used for: more of it for each seat than customers alike means that seats are shared, or lacking.
INTENSITY: Final = Relation(
    "intensity",
    f"""
    select used.customer_key,
        cast(sum(used.quantity) as double) / {INTENSITY_DAYS} * 30 / nullif(any_value(seating.seats), 0) as use_per_seat
    from known_use as used
    inner join main_metrics on main_metrics.customer_key = used.customer_key
        and used.metric in (main_metrics.metric, 'blocked_' || main_metrics.metric)
    inner join seating on seating.customer_key = used.customer_key
    where used.day >= cast($day as date) - {INTENSITY_DAYS}
        and main_metrics.since <= cast($day as date) - {INTENSITY_DAYS}
    group by used.customer_key
    """,
)
RELATIONS: Final = (
    SEAT_USE, TOLD, TO_DATE, FULLEST, MAIN_METRIC, MONTHS, TREND, LIMIT, TREND_CROSSING, DATED_CROSSING, CROSSING,
    BREADTH, DIRECTION, INTENSITY,
)  # fmt: skip
