-- One row is a change with the kind that its rows will carry: up `expansion`, down `contraction`; `transfer` where a
-- netted group comes to exactly 0 although items in it changed; null where the change's own total is 0 (only its plan or
-- product may move). A change of currency has a kind for the amount that leaves and one for the amount that comes;
-- they differ only when no rate is known. `driver` is that of a whole item: why it appeared or went, or usage.
with totals as (
    select
        shaped_changes.*,
        coalesce(before_totals.total, cast(shaped_changes.after_mrr - shaped_changes.before_mrr as decimal(38, 18))) as total_out,
        coalesce(after_totals.total, cast(shaped_changes.after_mrr - shaped_changes.before_mrr as decimal(38, 18))) as total_in
    from shaped_changes
    left join netted_totals as before_totals
        on shaped_changes.customer_key = before_totals.customer_key
        and shaped_changes.moment_at = before_totals.moment_at
        and shaped_changes.netting_key = before_totals.netting_key
        and coalesce(shaped_changes.before_currency, shaped_changes.after_currency) = before_totals.currency
    left join netted_totals as after_totals
        on shaped_changes.customer_key = after_totals.customer_key
        and shaped_changes.moment_at = after_totals.moment_at
        and shaped_changes.netting_key = after_totals.netting_key
        and coalesce(shaped_changes.after_currency, shaped_changes.before_currency) = after_totals.currency
)

select
    totals.*,
    case
        when shape <> 'currency' and before_mrr = after_mrr then null
        when total_out > 0 then 'expansion'
        when total_out < 0 then 'contraction'
        else 'transfer'
    end as kind_out,
    case
        when shape <> 'currency' and before_mrr = after_mrr then null
        when total_in > 0 then 'expansion'
        when total_in < 0 then 'contraction'
        else 'transfer'
    end as kind_in,
    case
        when item_type = 'usage' then 'usage'
        when shape in ('appeared', 'gone') and item_type = 'addon' then 'addon'
        when shape = 'appeared' and product_turns.held_before = false then 'cross_sell'
        when shape = 'gone' and product_turns.held_after = false then 'cross_sell'
        when shape in ('appeared', 'gone') then 'subscription'
    end as driver
from totals
left join product_turns
    on totals.customer_key = product_turns.customer_key
    and totals.moment_at = product_turns.moment_at
    and totals.product_key = product_turns.product_key
