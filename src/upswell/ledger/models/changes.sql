-- One row is a change of one item's MRR or offer in one moment, pairs made one: an item that counts before, after, or both.
-- before_span and after_span are null where nothing counted; the item keys differ only in a pair. `verdict` is what the
-- moment was for its unit (unit_turns). What changes neither amount nor offer (a renewal) has no row.
with paired_items as (
    select moment_at, ended_item_key as item_key from pairs
    union all
    select moment_at, started_item_key as item_key from pairs
),

unpaired_changes as (
    select
        item_changes.customer_key,
        item_changes.subscription_key,
        item_changes.moment_at,
        item_changes.moment_on,
        item_changes.scheduled,
        item_changes.item_key as before_item_key,
        item_changes.item_key as after_item_key,
        case when item_changes.before_counts and paired_items.item_key is null then item_changes.before_span end as before_span,
        case when item_changes.after_counts and paired_items.item_key is null then item_changes.after_span end as after_span,
        case when item_changes.before_counts then item_changes.before_offer_key end as before_offer_key,
        case when item_changes.after_counts then item_changes.after_offer_key end as after_offer_key,
        item_changes.before_terms_key,
        item_changes.after_terms_key,
        item_changes.before_discounted,
        item_changes.after_discounted,
        item_changes.before_quantity,
        item_changes.after_quantity,
        item_changes.before_mrr,
        item_changes.after_mrr
    from item_changes
    left join paired_items
        on item_changes.moment_at = paired_items.moment_at
        and item_changes.item_key = paired_items.item_key
),

paired_changes as (
    select
        pairs.customer_key,
        started.subscription_key,
        pairs.moment_at,
        started.moment_on,
        started.scheduled,
        pairs.ended_item_key as before_item_key,
        pairs.started_item_key as after_item_key,
        ended.before_span,
        started.after_span,
        ended.before_offer_key,
        started.after_offer_key,
        ended.before_terms_key,
        started.after_terms_key,
        ended.before_discounted,
        started.after_discounted,
        ended.before_quantity,
        started.after_quantity,
        ended.before_mrr,
        started.after_mrr
    from pairs
    inner join item_changes as ended
        on pairs.moment_at = ended.moment_at
        and pairs.ended_item_key = ended.item_key
    inner join item_changes as started
        on pairs.moment_at = started.moment_at
        and pairs.started_item_key = started.item_key
    where ended.before_mrr <> started.after_mrr or ended.before_offer_key <> started.after_offer_key
),

all_changes as (
    select * from unpaired_changes
    union all
    select * from paired_changes
)

select
    all_changes.*,
    coalesce(unit_turns.verdict, 'change') as verdict,
    coalesce(unit_turns.is_return, false) as is_return
from all_changes
left join policy on true
left join unit_turns
    on all_changes.customer_key = unit_turns.customer_key
    and case policy.level when 'subscription' then all_changes.subscription_key else 0 end = unit_turns.unit_key
    and all_changes.moment_at = unit_turns.moment_at
-- What counts neither before nor after, and what a pair speaks for, is left out after the join: before it, a planner would
-- take the changes for few and build its table on them instead of on the turns.
where case
    when unit_turns.verdict = 'dropped' then false
    else all_changes.before_span is not null or all_changes.after_span is not null
end
