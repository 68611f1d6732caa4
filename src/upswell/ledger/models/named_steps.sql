-- One row is a change with its steps, the item and plan that its rows sit on, its currencies, and the rule that books it.
select
    change_steps.customer_key,
    change_steps.moment_at,
    change_steps.moment_on,
    change_steps.scheduled,
    change_steps.before_item_key,
    change_steps.after_item_key,
    case change_steps.shape when 'gone' then change_steps.before_item_key else change_steps.after_item_key end as item_key,
    change_steps.before_span,
    change_steps.after_span,
    change_steps.before_mrr,
    change_steps.quantity_mrr,
    change_steps.price_mrr,
    change_steps.after_mrr,
    change_steps.plan_changed,
    change_steps.shape,
    change_steps.kind_out,
    change_steps.kind_in,
    change_steps.driver,
    before_offers.plan_key as before_plan_key,
    after_offers.plan_key as after_plan_key,
    coalesce(after_offers.plan_key, before_offers.plan_key) as plan_key,
    case when change_steps.plan_changed then before_offers.plan_key end as from_plan_key,
    before_offers.currency as before_currency,
    coalesce(after_offers.currency, before_offers.currency) as currency,
    case
        when change_steps.shape = 'currency' then 'currency_changed'
        when change_steps.shape = 'appeared' then 'item_appeared'
        when change_steps.shape = 'gone' then 'item_gone'
        when change_steps.before_item_key <> change_steps.after_item_key then 'item_replaced'
        else 'item_changed'
    end as rule
from change_steps
left join offer_keys as before_offers on change_steps.before_offer_key = before_offers.offer_key
left join offer_keys as after_offers on change_steps.after_offer_key = after_offers.offer_key
