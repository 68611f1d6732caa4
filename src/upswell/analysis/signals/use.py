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
_LAST_MONTH: Final = f"cast({_MONTH} - interval 1 month as date)"
_MONTH_DAYS: Final = f"date_diff('day', {_MONTH}, cast({_MONTH} + interval 1 month as date))"


def _month_back(back: int) -> str:
    return f"sum(quantity) filter (month = cast({_MONTH} - interval {back} month as date)) as month_{back}"


# One pass over the days and one over the months, by customer and metric: what is asked of them later is small.
SUMS: Final = Relation(
    "use_sums",
    f"""
    select customer_key, metric,
        sum(quantity) filter (day >= {_MONTH}) as so_far,
        max(day) filter (day >= {_MONTH}) as told_on,
        max(quantity) filter (day >= cast($day as date) - {SEAT_DAYS}) as most,
        sum(quantity) filter (day >= cast($day as date) - 30) as recent,
        sum(quantity) filter (day >= cast($day as date) - {INTENSITY_DAYS}) as of_90_days,
        sum(quantity) filter (day >= cast($day as date) - 120 and day < cast($day as date) - 30) as before
    from known_use
    group by customer_key, metric
    """,
)
MONTH_SUMS: Final = Relation(
    "month_sums",
    f"""
    select customer_key, metric, min(month) as first_month, max(month) as last_month,
        {", ".join(_month_back(back) for back in range(1, TREND_MONTHS + 1))}
    from known_months
    group by customer_key, metric
    """,
)
# Which of the running month's days are told, by metric: use is often sent once a week.
TOLD: Final = Relation(
    "told_days",
    f"""
    select metric, date_diff('day', {_MONTH}, max(told_on)) + 1 as days from use_sums where told_on is not null
    group by metric
    """,
)
SEAT_USE: Final = Relation(
    "seat_use",
    """
    select active.customer_key, cast(active.most as double) as people_active,
        cast(active.most as double) / nullif(seating.seats, 0) as seats_used_share
    from use_sums as active
    left join seating on seating.customer_key = active.customer_key
    where active.most is not null and active.metric = (
        select min_by(metric, list_position($seat_metrics, metric)) from use_sums
        where most is not null and list_contains($seat_metrics, metric)
    )
    """,
)
FULLEST: Final = Relation(
    "fullest",
    f"""
    select *
    from (
        select main.customer_key, limits.metric, limits.allowed,
            -- Who was a customer all month, and used nothing of what others did, used 0.
            cast(coalesce(months.month_1, case when told_months.metric is not null and since.since <= {_LAST_MONTH}
                then 0 end) as double) as last_month,
            case when told_days.days is not null then cast(coalesce(days.so_far, 0) as double) end as so_far,
            told_days.days as told_days,
            row_number() over (
                partition by main.customer_key
                order by greatest(coalesce(months.month_1, -1), coalesce(days.so_far, -1)) / limits.allowed desc,
                    limits.metric
            ) as fullness
        from main_items as main
        inner join known_limits as limits on limits.plan_id = main.plan_id
        inner join since on since.customer_key = main.customer_key
        left join (select distinct metric from month_sums where month_1 is not null) as told_months
            on told_months.metric = limits.metric
        left join month_sums as months on months.customer_key = main.customer_key and months.metric = limits.metric
        left join use_sums as days on days.customer_key = main.customer_key and days.metric = limits.metric
        left join told_days on told_days.metric = limits.metric
    )
    where fullness = 1
    """,
)
# The metric that tells of a customer's use: its fullest limited one, or where it uses nothing of that, what it uses
# most.
MAIN_METRIC: Final = Relation(
    "main_metrics",
    """
    select customer_key, metric, since
    from (
        select people.customer_key, since.since, coalesce(
                case when greatest(fullest.last_month, fullest.so_far) > 0 then fullest.metric end, most.metric,
                case when coalesce(fullest.last_month, fullest.so_far) is not null then fullest.metric end) as metric
        from people
        inner join since on since.customer_key = people.customer_key
        left join fullest on fullest.customer_key = people.customer_key
        left join (
            select customer_key, max_by(metric, (coalesce(recent, 0) + coalesce(before, 0), metric)) as metric
            from use_sums
            where coalesce(recent, 0) + coalesce(before, 0) > 0 and not list_contains($seat_metrics, metric)
                and not starts_with(metric, 'blocked_')
            group by customer_key
        ) as most on most.customer_key = people.customer_key
    )
    where metric is not null
    """,
)
# Complete months in which it was a customer from the first day and use of the metric was told of anybody, 0 where it
# used nothing; `back` 1 is the last.
MONTHS: Final = Relation(
    "use_months",
    f"""
    select customer_key, metric, back, cast(coalesce(quantity, 0) as double) as quantity
    from (
        select main.customer_key, main.metric, greatest(main.since, told.first_month) as from_day, told.last_month,
            unnest(range(1, {TREND_MONTHS + 1})) as back,
            unnest([{", ".join(f"used.month_{back}" for back in range(1, TREND_MONTHS + 1))}]) as quantity
        from (
            select customer_key, metric, since from main_metrics
            union
            select fullest.customer_key, fullest.metric, since.since
            from fullest inner join since on since.customer_key = fullest.customer_key
        ) as main
        inner join (
            select metric, min(first_month) as first_month, max(last_month) as last_month
            from month_sums
            group by metric
        ) as told on told.metric = main.metric
        left join month_sums as used on used.customer_key = main.customer_key and used.metric = main.metric
    )
    where {_MONTH} - to_months(cast(back as integer)) between from_day and last_month
    """,
    is_kept=False,
)
TREND: Final = Relation(
    "trends",
    """
    select customer_key, metric, count(*) as months, regr_slope(quantity, -back) as step,
        regr_intercept(quantity, -back) as level,
        max(quantity) filter (back = 1) as last_1, max(quantity) filter (back = 2) as last_2,
        max(quantity) filter (back = 3) as last_3
    from use_months
    group by customer_key, metric
    """,
)
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
        case when fullest.metric in (select substr(metric, 9) from use_sums where starts_with(metric, 'blocked_'))
            then cast(coalesce(blocked.recent, 0) as double) end as blocked_30d,
        fullest.so_far, fullest.told_days, trends.months, trends.step, trends.level
    from fullest
    left join trends on trends.customer_key = fullest.customer_key and trends.metric = fullest.metric
    left join use_sums as blocked on blocked.customer_key = fullest.customer_key
        and blocked.metric = 'blocked_' || fullest.metric
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
                then greatest(
                    case when limit_pace is null then 0 else 1 end,
                    -- Where the line reaches it at the very end of a month, a hair of a double is no month more.
                    ceil(round(("limit" - level) / step, 9)))
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
        select count(*) > 0 as any_use from use_sums where recent is not null and not starts_with(metric, 'blocked_')
    ) as told
    left join (
        select customer_key, count(*) as metrics from use_sums
        where recent > 0 and not starts_with(metric, 'blocked_')
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
        case when main_metrics.since <= cast($day as date) - 120 and told.metric is not null
            then cast(coalesce(used.recent, 0) as double) / 30 / nullif(cast(used.before as double) / 90, 0)
        end as use_30d_vs_90d
    from main_metrics
    left join trends on trends.customer_key = main_metrics.customer_key and trends.metric = main_metrics.metric
    left join (select distinct metric from use_sums where recent is not null) as told
        on told.metric = main_metrics.metric
    left join use_sums as used on used.customer_key = main_metrics.customer_key and used.metric = main_metrics.metric
    """,
)
# What the seats are used for: more of it for each seat than customers alike means that seats are shared, or lacking.
INTENSITY: Final = Relation(
    "intensity",
    f"""
    select used.customer_key, cast(sum(used.of_90_days) as double) / {INTENSITY_DAYS} * 30
        / nullif(any_value(seating.seats), 0) as use_per_seat
    from use_sums as used
    inner join main_metrics on main_metrics.customer_key = used.customer_key
        and used.metric in (main_metrics.metric, 'blocked_' || main_metrics.metric)
    inner join seating on seating.customer_key = used.customer_key
    where main_metrics.since <= cast($day as date) - {INTENSITY_DAYS}
    group by used.customer_key
    """,
)
RELATIONS: Final = (
    SUMS, MONTH_SUMS, TOLD, SEAT_USE, FULLEST, MAIN_METRIC, MONTHS, TREND, LIMIT, TREND_CROSSING, DATED_CROSSING,
    CROSSING, BREADTH, DIRECTION, INTENSITY,
)  # fmt: skip
