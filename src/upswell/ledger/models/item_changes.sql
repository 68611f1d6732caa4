-- One row is an item in a moment in which something about it changed: its span just before the moment's first
-- change and its span after the last one (null where none is in force). What begins and ends inside one moment is
-- not seen. A moment is a customer's local day (or month, dated its last day), cut once more at the book's as_of.
with spans_with_neighbours as (
    select
        *,
        lead(starts_at) over (partition by item_key order by starts_at) as next_starts_at
    from item_versions
),

item_events as (
    select
        item_key, customer_key, starts_at as happens_at, starts_on as happens_on,
        span_id, product_key, mrr, counts, holds
    from spans_with_neighbours
    union all
    select
        item_key, customer_key, ends_at as happens_at, ends_on as happens_on,
        null as span_id, null as product_key, 0 as mrr, false as counts, false as holds
    from spans_with_neighbours
    where ends_at is not null and (next_starts_at is null or next_starts_at > ends_at)
),

dated_events as (
    select
        item_events.*,
        case policy.grouping when 'month' then last_day(item_events.happens_on) else item_events.happens_on end
            as moment_on,
        item_events.happens_at > clock.as_of as scheduled
    from item_events
    left join policy on true
    left join clock on true
),

events_with_next_moment as (
    select
        *,
        lead(moment_on) over (partition by item_key order by happens_at) as next_moment_on,
        lead(scheduled) over (partition by item_key order by happens_at) as next_scheduled
    from dated_events
),

last_events_of_a_moment as (
    select *
    from events_with_next_moment
    where next_moment_on is null or next_moment_on <> moment_on or next_scheduled <> scheduled
),

before_and_after as (
    select
        customer_key,
        moment_on,
        scheduled,
        item_key,
        lag(span_id) over (partition by item_key order by happens_at) as before_span,
        span_id as after_span,
        lag(product_key) over (partition by item_key order by happens_at) as before_product_key,
        product_key as after_product_key,
        coalesce(lag(mrr) over (partition by item_key order by happens_at), 0) as before_mrr,
        mrr as after_mrr,
        coalesce(lag(counts) over (partition by item_key order by happens_at), false) as before_counts,
        counts as after_counts,
        coalesce(lag(holds) over (partition by item_key order by happens_at), false) as before_holds,
        holds as after_holds
    from last_events_of_a_moment
)

select *
from before_and_after
where before_span is distinct from after_span
