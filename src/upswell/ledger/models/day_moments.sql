-- One row is a moment of a customer under a policy that takes together what happens within 60 minutes: it begins with the
-- first change after the former moment and takes in all that follow in less than 60 minutes, on the same local day and on
-- the same side of the book's as_of. Changes at 10:00, 10:40, 11:00 and 11:30 are two moments, from 10:00 and from 11:00.
with recursive instants as (
    select item_versions.customer_key, item_versions.starts_at as happens_at, item_versions.starts_on as happens_on
    from item_versions
    left join policy on true
    where policy.grouping = '60min'
    union
    select item_versions.customer_key, item_versions.ends_at as happens_at, item_versions.ends_on as happens_on
    from item_versions
    left join policy on true
    where policy.grouping = '60min' and item_versions.ends_at is not null
),

instants_with_next as (
    select
        instants.customer_key,
        instants.happens_on,
        instants.happens_at > clock.as_of as scheduled,
        instants.happens_at,
        min(instants.happens_at) over (
            partition by instants.customer_key, instants.happens_on, instants.happens_at > clock.as_of
        ) as first_at,
        min(instants.happens_at) over (
            partition by instants.customer_key, instants.happens_on, instants.happens_at > clock.as_of
            order by instants.happens_at
            range between interval 60 minute following and unbounded following
        ) as next_moment_at
    from instants
    left join clock on true
),

moments as (
    select customer_key, happens_on, scheduled, happens_at as begins_at, next_moment_at
    from instants_with_next
    where happens_at = first_at
    union all
    select
        instants_with_next.customer_key,
        instants_with_next.happens_on,
        instants_with_next.scheduled,
        instants_with_next.happens_at as begins_at,
        instants_with_next.next_moment_at
    from moments
    inner join instants_with_next
        on moments.customer_key = instants_with_next.customer_key
        and moments.happens_on = instants_with_next.happens_on
        and moments.scheduled = instants_with_next.scheduled
        and moments.next_moment_at = instants_with_next.happens_at
)

select customer_key, happens_on, scheduled, begins_at, next_moment_at
from moments
