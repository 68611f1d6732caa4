"""What has happened with a customer: expansions, payments, touches, what it said, and in which stage it is.

As of 2025-06-01 Acme expanded last on 2025-03-03 (90 days ago), one charge of 20 May is open, it was touched twice in
30 days, and answered an NPS survey with 9 in April. It renews on 2025-07-15: of the stages it is `renewing`.
"""

from __future__ import annotations

from typing import Final

from upswell.analysis.signals.known import OUTCOME_DAYS, Relation

NEW_DAYS: Final = 90
RENEWING_DAYS: Final = 60
RENEWING_TERM_MONTHS: Final = 3
FEEDBACK_DAYS: Final = 180
CHARGE_DAYS: Final = 180
FULL: Final = 0.8

_YEAR: Final = "date >= cast($day as date) - 365"
CHANGES: Final = Relation(
    "changes",
    f"""
    select people.customer_key, date_diff('day', moved.expanded_on, cast($day as date)) as days_since_expansion,
        date_diff('day', moved.contracted_on, cast($day as date)) as days_since_contraction,
        coalesce(moved.expansions, 0) as expansions_365d,
        case when moved.expansion_holes > 0 then null else coalesce(moved.expansion, 0) end as expansion_mrr_365d,
        case when moved.contraction_holes > 0 then null else coalesce(moved.contraction, 0) end
            as contraction_mrr_365d
    from people
    left join (
        select customer_key, max(date) filter (kind = 'expansion') as expanded_on,
            max(date) filter (kind = 'contraction') as contracted_on,
            count(distinct date) filter (kind = 'expansion' and {_YEAR}) as expansions,
            cast(sum(worth) filter (kind = 'expansion' and {_YEAR}) as decimal(38, 6)) as expansion,
            count(*) filter (kind = 'expansion' and {_YEAR} and worth is null) as expansion_holes,
            cast(sum(worth) filter (kind = 'contraction' and {_YEAR}) as decimal(38, 6)) as contraction,
            count(*) filter (kind = 'contraction' and {_YEAR} and worth is null) as contraction_holes
        from known_movements
        group by customer_key
    ) as moved on moved.customer_key = people.customer_key
    """,
)
# Whether the company imports payments or statuses of arrears at all: without either, nothing is known of failures.
PAYING: Final = Relation(
    "paying",
    f"""
    select holding.customer_key, holding.in_arrears,
        case when told.payments then coalesce(charges.failed, 0) end as failed_charges_180d,
        case when told.payments then coalesce(charges.still_open, 0) end as open_failed_charges,
        case
            when holding.in_arrears or charges.still_open > 0 then 'high'
            when charges.failed >= 2 then 'raised'
            when told.payments or told.arrears then 'low'
        end as involuntary_risk
    from holding
    cross join (
        select exists (select 1 from known_charges) or exists (
                select 1 from receipts where month < date_trunc('month', cast($day as date))) as payments,
            exists (select 1 from known_versions where status in ('past_due', 'unpaid')) as arrears
    ) as told
    left join (
        select customer_key, count(*) as failed, count(*) filter (recovered_on is null) as still_open
        from known_charges
        where failed_on >= cast($day as date) - {CHARGE_DAYS}
        group by customer_key
    ) as charges on charges.customer_key = holding.customer_key
    """,
)
TOUCHED: Final = Relation(
    "touched",
    f"""
    select people.customer_key, date_diff('day', made.last_on, cast($day as date)) as days_since_touch,
        case when told.any_touch then coalesce(made.in_30, 0) end as touches_30d,
        case when told.any_touch then coalesce(made.in_90, 0) end as touches_90d,
        case when told.any_touch then coalesce(made.accepted, 0) end as accepted_365d,
        case when told.any_touch then coalesce(made.declined, 0) end as declined_365d
    from people
    cross join (select exists (select 1 from known_touches) as any_touch) as told
    left join (
        select customer_key, max(touched_on) as last_on,
            count(*) filter (touched_on >= cast($day as date) - 30) as in_30,
            count(*) filter (touched_on >= cast($day as date) - 90) as in_90,
            count(*) filter (outcome = 'accepted' and touched_on >= cast($day as date) - 365 - {OUTCOME_DAYS})
                as accepted,
            count(*) filter (outcome = 'declined' and touched_on >= cast($day as date) - 365 - {OUTCOME_DAYS})
                as declined
        from known_touches
        group by customer_key
    ) as made on made.customer_key = people.customer_key
    """,
)
SAID: Final = Relation(
    "said",
    f"""
    select customer_key, cast(max_by(score, told) filter (kind = 'nps' and score is not null) as double) as last_nps,
        cast(max_by(score, told) filter (kind = 'csat' and score is not null) as double) as last_csat,
        max_by(open_to_more, told) filter (open_to_more is not null) as open_to_more,
        max_by(case kind when 'nps' then score <= 6 else score <= 2 end, told)
            filter (kind in ('nps', 'csat') and score is not null) as open_feedback
    from (
        select *, ("at", coalesce(respondent, '')) as told
        from known_feedback
        where answered_on >= cast($day as date) - {FEEDBACK_DAYS}
    )
    group by customer_key
    """,
)
STAGE: Final = Relation(
    "stages",
    f"""
    select holding.customer_key, date_diff('day', since.paid_since, cast($day as date)) as tenure_days,
        case
            when holding.cancel_requested then 'leaving'
            when holding.is_trial then 'trial'
            when not holding.is_paying then 'free'
            when date_diff('day', since.paid_since, cast($day as date)) <= {NEW_DAYS} then 'new'
            when renewal.term_months >= {RENEWING_TERM_MONTHS} and renewal.days_to_renewal <= {RENEWING_DAYS}
            then 'renewing'
            else 'established'
        end as stage,
        case
            when holding.is_paying or holding.is_trial then false
            else greatest(limit_use.limit_share, limit_use.limit_share_to_date) >= {FULL}
        end as free_outgrowing
    from holding
    inner join since on since.customer_key = holding.customer_key
    left join renewal on renewal.customer_key = holding.customer_key
    left join limit_use on limit_use.customer_key = holding.customer_key
    """,
)
RELATIONS: Final = (CHANGES, PAYING, TOUCHED, SAID, STAGE)
