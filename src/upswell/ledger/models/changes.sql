-- One row is a change of one item's MRR in one moment, pairs made one: an item that counts before, after, or both.
-- before_span and after_span are null where nothing counted; the item keys differ only in a pair.
with paired_items as (
    select customer_key, moment_on, scheduled, ended_item_key as item_key from pairs
    union all
    select customer_key, moment_on, scheduled, started_item_key as item_key from pairs
),

unpaired_changes as (
    select
        item_changes.customer_key,
        item_changes.moment_on,
        item_changes.scheduled,
        item_changes.item_key as before_item_key,
        item_changes.item_key as after_item_key,
        case when item_changes.before_counts then item_changes.before_span end as before_span,
        case when item_changes.after_counts then item_changes.after_span end as after_span,
        item_changes.before_mrr,
        item_changes.after_mrr
    from item_changes
    left join paired_items
        on item_changes.customer_key = paired_items.customer_key
        and item_changes.moment_on = paired_items.moment_on
        and item_changes.scheduled = paired_items.scheduled
        and item_changes.item_key = paired_items.item_key
    where (item_changes.before_counts or item_changes.after_counts) and paired_items.item_key is null
),

paired_changes as (
    select
        pairs.customer_key,
        pairs.moment_on,
        pairs.scheduled,
        pairs.ended_item_key as before_item_key,
        pairs.started_item_key as after_item_key,
        ended.before_span,
        started.after_span,
        ended.before_mrr,
        started.after_mrr
    from pairs
    inner join item_changes as ended
        on pairs.customer_key = ended.customer_key
        and pairs.moment_on = ended.moment_on
        and pairs.scheduled = ended.scheduled
        and pairs.ended_item_key = ended.item_key
    inner join item_changes as started
        on pairs.customer_key = started.customer_key
        and pairs.moment_on = started.moment_on
        and pairs.scheduled = started.scheduled
        and pairs.started_item_key = started.item_key
),

all_changes as (
    select * from unpaired_changes
    union all
    select * from paired_changes
)

select all_changes.*, customer_moments.verdict
from all_changes
inner join customer_moments
    on all_changes.customer_key = customer_moments.customer_key
    and all_changes.moment_on = customer_moments.moment_on
    and all_changes.scheduled = customer_moments.scheduled
