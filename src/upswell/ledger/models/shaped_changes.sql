-- One row is a change of one item of a unit that pays before and after, with its shape: `appeared`, `gone`, `currency`
-- (another one), `usage`, `equal` (only its plan moved) or `steps` (its MRR went up or down and is split into drivers).
-- netting_key tells apart the groups of simultaneous changes that are judged by their total: items, subscriptions, or all;
-- rate_on is the day at whose rate its amounts are then worth.
select
    changes.*,
    before_offers.plan_key as before_plan_key,
    before_offers.currency as before_currency,
    after_offers.plan_key as after_plan_key,
    after_offers.currency as after_currency,
    before_offers.item_type as before_item_type,
    coalesce(after_offers.item_type, before_offers.item_type) as item_type,
    coalesce(after_offers.product_key, before_offers.product_key) as product_key,
    coalesce(before_offers.plan_key <> after_offers.plan_key, false) as plan_changed,
    case
        when changes.before_span is null then 'appeared'
        when changes.after_span is null then 'gone'
        when before_offers.currency <> after_offers.currency then 'currency'
        when changes.before_mrr = changes.after_mrr then 'equal'
        when after_offers.item_type = 'usage' then 'usage'
        else 'steps'
    end as shape,
    case policy.netting
        when 'customer' then 0
        when 'subscription' then changes.subscription_key
        else coalesce(changes.after_item_key, changes.before_item_key)
    end as netting_key,
    case policy.fx
        when 'fixed_rate' then clock.as_of_day
        when 'item_start' then first_days.first_on
        else changes.moment_on
    end as rate_on
from changes
left join policy on true
left join clock on true
left join first_days on coalesce(changes.after_item_key, changes.before_item_key) = first_days.item_key
left join offer_keys as before_offers on changes.before_offer_key = before_offers.offer_key
left join offer_keys as after_offers on changes.after_offer_key = after_offers.offer_key
where changes.verdict = 'change'
