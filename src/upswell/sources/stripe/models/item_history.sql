-- One row is a time over which an item does not change in anything that counts: price, quantity, discount, status. What
-- rules an item holds until the next claim, and no longer than it was paid for: a gap of more
-- than four days is a gap (months differ by three).
with claims as (
    select * from item_claims
    window item as (partition by item_id order by starts_at)
    -- A guess that says what is so anyway turns nothing.
    qualify evidence <> 'inferred' or not coalesce(
        lag(price_id) over item = price_id
            and lag(quantity) over item = quantity
            and lag(unit_amount) over item is not distinct from unit_amount,
        false
    )
),

claimed as (
    select
        *,
        lead(starts_at) over (partition by item_id order by starts_at) as next_at,
        max(coalesce(paid_until, timestamp '9999-01-01')) over (
            partition by item_id order by starts_at rows between unbounded preceding and current row
        ) as covered_until
    from claims
),

ruled as (
    select
        claimed.*,
        ends.evidence as end_evidence,
        least(
            case when next_at > covered_until + to_days(4) then covered_until else next_at end,
            ends.ends_at
        ) as ends_at
    from claimed
    inner join item_ends as ends on ends.item_id = claimed.item_id
    where claimed.starts_at < coalesce(ends.ends_at, timestamp '9999-01-01')
),

spans as (
    select * from ruled where starts_at < coalesce(ends_at, timestamp '9999-01-01')
),

discount_starts as (
    select item_id, subscription_id, starts_at, line_id from line_claims where regular
),

turns as (
    select spans.item_id, spans.starts_at as span_at, spans.starts_at as turns_at from spans
    union
    select spans.item_id, spans.starts_at as span_at, turn.turns_at
    from spans
    inner join (
        select subscription_id, starts_at as turns_at from status_spans
        union
        select subscription_id, ends_at from status_spans where ends_at is not null
        union
        select subscription_id, starts_at from discount_starts
    ) as turn
        on turn.subscription_id = spans.subscription_id
            and turn.turns_at > spans.starts_at and turn.turns_at < coalesce(spans.ends_at, timestamp '9999-01-01')
),

pieces as (
    select
        spans.* exclude (starts_at, ends_at),
        turns.turns_at as starts_at,
        coalesce(
            lead(turns.turns_at) over (partition by turns.item_id, turns.span_at order by turns.turns_at),
            spans.ends_at
        ) as ends_at
    from turns
    inner join spans on spans.item_id = turns.item_id and spans.starts_at = turns.span_at
),

-- The item's own last regular line says its discount; an item added in the middle of a period shares what the others have.
own as (
    select pieces.item_id, pieces.starts_at, line.line_id as own_line
    from pieces
    asof inner join (
        select item_id, starts_at, max_by(line_id, (issued_at, place)) as line_id
        from line_claims where regular group by item_id, starts_at
    ) as line on line.item_id = pieces.item_id and pieces.starts_at >= line.starts_at
),

shared as (
    select pieces.item_id, pieces.starts_at, line.shared_percent, line.until
    from pieces
    asof inner join (
        select
            lines.subscription_id,
            lines.starts_at,
            max(line_discounts.shared_percent) as shared_percent,
            min(line_discounts.until) as until
        from line_claims as lines
        left join line_discounts on line_discounts.line_id = lines.line_id
        where lines.regular and not lines.metered
        group by lines.subscription_id, lines.starts_at
    ) as line on line.subscription_id = pieces.subscription_id and pieces.starts_at >= line.starts_at
    where not pieces.metered
),

discounted as (
    select
        pieces.*,
        case when own.own_line is null then shared.shared_percent else line_discounts.percent end as discount_percent,
        line_discounts.amount as discount_amount,
        case
            when own.own_line is not null then line_discounts.until
            when shared.shared_percent is not null then shared.until
        end as discount_until
    from pieces
    left join own on own.item_id = pieces.item_id and own.starts_at = pieces.starts_at
    left join line_discounts on line_discounts.line_id = own.own_line
    left join shared on shared.item_id = pieces.item_id and shared.starts_at = pieces.starts_at
),

judged as (
    select
        discounted.* exclude (discount_percent, discount_amount, discount_until),
        case when coalesce(discount_until > starts_at, true) then discount_percent end as discount_percent,
        case when coalesce(discount_until > starts_at, true) then discount_amount end as discount_amount,
        case when discount_until > starts_at then discount_until end as discount_until,
        coalesce(
            (
                select arg_max(status_spans.status, status_spans.standing) from status_spans
                where status_spans.subscription_id = discounted.subscription_id
                    and status_spans.starts_at <= discounted.starts_at
                    and coalesce(status_spans.ends_at > discounted.starts_at, true)
            ),
            'active'
        ) as status
    from discounted
),

compared as (
    select
        *,
        coalesce(
            lag(ends_at) over item = starts_at
                and lag(price_id) over item = price_id
                and lag(quantity) over item = quantity
                and lag(unit_amount) over item is not distinct from unit_amount
                and lag(currency) over item = currency
                and lag(discount_percent) over item is not distinct from discount_percent
                and lag(discount_amount) over item is not distinct from discount_amount
                and lag(discount_until) over item is not distinct from discount_until
                and lag(status) over item = status,
            false
        ) as goes_on
    from judged
    window item as (partition by item_id order by starts_at)
),

numbered as (
    select *, sum(case when goes_on then 0 else 1 end) over (partition by item_id order by starts_at) as number
    from compared
)

select
    item_id,
    any_value(subscription_id) as subscription_id,
    any_value(customer_id) as customer_id,
    min(starts_at) as starts_at,
    case when count(ends_at) = count(*) then max(ends_at) end as ends_at,
    any_value(price_id) as price_id,
    any_value(quantity) as quantity,
    any_value(unit_amount) as unit_amount,
    any_value(currency) as currency,
    any_value(discount_percent) as discount_percent,
    any_value(discount_amount) as discount_amount,
    any_value(discount_until) as discount_until,
    any_value(status) as status,
    arg_min(evidence, starts_at) as evidence,
    arg_min(line_id, starts_at) as line_id,
    arg_max(end_evidence, starts_at) as end_evidence
from numbered
group by item_id, number
