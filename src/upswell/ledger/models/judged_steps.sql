-- One row is a change with the kind that its rows will carry: up `expansion`, down `contraction`; `transfer` where a
-- netted group comes to exactly 0 although items in it changed; null where the change's own total is 0 (only its plan or
-- product may move). A change of currency has a kind for the amount that leaves and one for the amount that comes;
-- they differ only when no rate is known.
with totals as (
    select
        change_steps.*,
        coalesce(before_totals.total, cast(change_steps.after_mrr - change_steps.before_mrr as decimal(38, 18))) as total_out,
        coalesce(after_totals.total, cast(change_steps.after_mrr - change_steps.before_mrr as decimal(38, 18))) as total_in
    from change_steps
    left join policy on true
    left join netted_totals as before_totals
        on change_steps.customer_key = before_totals.customer_key
        and change_steps.moment_on = before_totals.moment_on
        and change_steps.scheduled = before_totals.scheduled
        and case policy.netting when 'customer' then 0 else change_steps.after_item_key end = before_totals.netted_item_key
        and coalesce(change_steps.before_currency, change_steps.after_currency) = before_totals.currency
    left join netted_totals as after_totals
        on change_steps.customer_key = after_totals.customer_key
        and change_steps.moment_on = after_totals.moment_on
        and change_steps.scheduled = after_totals.scheduled
        and case policy.netting when 'customer' then 0 else change_steps.after_item_key end = after_totals.netted_item_key
        and coalesce(change_steps.after_currency, change_steps.before_currency) = after_totals.currency
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
        when shape = 'appeared' and after_item_type in ('usage', 'addon') then after_item_type
        when shape = 'gone' and before_item_type in ('usage', 'addon') then before_item_type
        when shape = 'appeared' and product_turns.held_before = false then 'cross_sell'
        when shape = 'gone' and product_turns.held_after = false then 'cross_sell'
        when shape in ('appeared', 'gone') then 'subscription'
        when after_item_type = 'usage' then 'usage'
        when plan_changed then 'plan'
        when term_changed then 'term'
        else 'price'
    end as second_driver,
    case
        when shape = 'currency' then 'currency_changed'
        when shape = 'appeared' then 'item_appeared'
        when shape = 'gone' then 'item_gone'
        when before_item_key <> after_item_key then 'item_replaced'
        else 'item_changed'
    end as rule
from totals
left join product_turns
    on totals.customer_key = product_turns.customer_key
    and totals.moment_on = product_turns.moment_on
    and totals.scheduled = product_turns.scheduled
    and totals.product_key = product_turns.product_key
