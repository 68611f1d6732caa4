-- One row is an imported item row whose end is in sight: the customer asked for it, or the item was sold for one term alone.
-- One term: the item has no other row, ends, nobody asked for its end, and it lasts no longer than one billing term.
with rows_of_items as (
    select
        source_row,
        cancel_requested_on,
        ends_on is not null
        and cancel_requested_at is null
        and count(*) over (partition by customer_id, subscription_id, item_id) = 1
        and date_diff('day', starts_on, ends_on) <= interval_count * case interval
            when 'day' then 1 when 'week' then 7 when 'month' then 31 when 'quarter' then 92 else 366
        end as one_term
    from current_items
)

select source_row, cancel_requested_on, one_term
from rows_of_items
where cancel_requested_on is not null or one_term
