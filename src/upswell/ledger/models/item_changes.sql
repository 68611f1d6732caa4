-- One row is an item in a moment that changed its MRR, its offer, or whether it counts or holds: its span just before the
-- moment's first change and its span after the last one (null where none is in force). What begins and ends inside one moment is
-- not seen. A moment is a customer's local day, month (dated its last day), hour or instant, as the policy groups
-- changes, cut once more at the book's as_of. `moment_at` tells a customer's moments apart and orders them; where days
-- or months are grouped it is no time of day, but midnight, and one o'clock for what is scheduled.
with spans_with_neighbours as (
    select
        item_key, subscription_key, customer_key, span_id, offer_key, terms_key, discounted, quantity,
        starts_at, starts_on, ends_at, ends_on, mrr, counts, holds,
        lead(starts_at) over (partition by item_key order by starts_at) as next_starts_at,
        lead(starts_on) over (partition by item_key order by starts_at) as next_starts_on
    from item_versions
),

-- An event is a start, or an end that no start follows at once; with it stands when the item's next event comes.
item_events as (
    select
        item_key, subscription_key, customer_key, starts_at as happens_at, starts_on as happens_on,
        case when next_starts_at > ends_at or next_starts_at is null then ends_at else next_starts_at end as next_happens_at,
        case when next_starts_at > ends_at or next_starts_at is null then ends_on else next_starts_on end as next_happens_on,
        span_id, offer_key, terms_key, discounted, quantity, mrr, counts, holds
    from spans_with_neighbours
    union all
    select
        item_key, subscription_key, customer_key, ends_at as happens_at, ends_on as happens_on,
        next_starts_at as next_happens_at,
        next_starts_on as next_happens_on,
        null as span_id, null as offer_key, null as terms_key, false as discounted, null as quantity,
        0 as mrr, false as counts, false as holds
    from spans_with_neighbours
    where ends_at is not null and (next_starts_at is null or next_starts_at > ends_at)
),

dated_events as (
    select
        item_events.*,
        item_events.happens_at > clock.as_of as scheduled,
        case policy.grouping when 'month' then last_day(item_events.happens_on) else item_events.happens_on end as moment_on,
        case policy.grouping
            when 'none' then item_events.happens_at
            when '60min' then day_moments.begins_at
            when 'month' then case
                when item_events.happens_at > clock.as_of then cast(last_day(item_events.happens_on) as timestamp) + interval 1 hour
                else cast(last_day(item_events.happens_on) as timestamp)
            end
            else case
                when item_events.happens_at > clock.as_of then cast(item_events.happens_on as timestamp) + interval 1 hour
                else cast(item_events.happens_on as timestamp)
            end
        end as moment_at,
        coalesce(
            case policy.grouping
                when 'none' then item_events.next_happens_at > item_events.happens_at
                when '60min' then item_events.next_happens_on > item_events.happens_on
                    or item_events.next_happens_at >= day_moments.next_moment_at
                when 'month' then last_day(item_events.next_happens_on) > last_day(item_events.happens_on)
                else item_events.next_happens_on > item_events.happens_on
            end
            or (item_events.happens_at <= clock.as_of and item_events.next_happens_at > clock.as_of),
            item_events.next_happens_at is null
        ) as is_last_of_its_moment
    from item_events
    left join policy on true
    left join clock on true
    left join day_moments
        on item_events.customer_key = day_moments.customer_key
        and item_events.happens_on = day_moments.happens_on
        and (item_events.happens_at > clock.as_of) = day_moments.scheduled
        and item_events.happens_at >= day_moments.begins_at
        and (day_moments.next_moment_at is null or item_events.happens_at < day_moments.next_moment_at)
),

before_and_after as (
    select
        customer_key,
        subscription_key,
        item_key,
        moment_at,
        moment_on,
        scheduled,
        lag(span_id) over (partition by item_key order by happens_at) as before_span,
        span_id as after_span,
        lag(offer_key) over (partition by item_key order by happens_at) as before_offer_key,
        offer_key as after_offer_key,
        lag(terms_key) over (partition by item_key order by happens_at) as before_terms_key,
        terms_key as after_terms_key,
        coalesce(lag(discounted) over (partition by item_key order by happens_at), false) as before_discounted,
        discounted as after_discounted,
        lag(quantity) over (partition by item_key order by happens_at) as before_quantity,
        quantity as after_quantity,
        coalesce(lag(mrr) over (partition by item_key order by happens_at), 0) as before_mrr,
        mrr as after_mrr,
        coalesce(lag(counts) over (partition by item_key order by happens_at), false) as before_counts,
        counts as after_counts,
        coalesce(lag(holds) over (partition by item_key order by happens_at), false) as before_holds,
        holds as after_holds
    from dated_events
    where is_last_of_its_moment
)

-- A renewal on the same offer for the same amount is no change, whatever else its row says.
select *
from before_and_after
where before_mrr <> after_mrr
    or before_offer_key is distinct from after_offer_key
    or before_counts <> after_counts
    or before_holds <> after_holds
