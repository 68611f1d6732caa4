-- One row is a change of a customer that pays before and after, with its MRR taken from old to new in steps:
-- before_mrr (V0), quantity_mrr (V1: the new quantity), price_mrr (V2: also the new unit amount and interval, the old
-- discount kept as what it is worth a month) and after_mrr (V3). 5 seats at 20.00 to 8 at 25.00 less 10 %: 100, 160, 200, 180. A step whose cause did
-- not change is equal to the former one to the last digit. A row given as a whole `mrr` has no discount to keep.
-- A line is below 10^12 by contract, but 10^12 units at the former 10^11 each is a line nobody sold: a step too large for
-- the decimals is left out, and its part of the change goes to the next driver.
with changed_spans as (
    select
        changes.*,
        coalesce(new.product_key, old.product_key) as product_key,
        old.product_id as before_product_id,
        old.plan_id as before_plan_id,
        old.currency as before_currency,
        old.item_type as before_item_type,
        old.source_row as before_source,
        new.product_id as after_product_id,
        new.plan_id as after_plan_id,
        new.currency as after_currency,
        new.item_type as after_item_type,
        new.source_row as after_source,
        old.quantity as old_quantity,
        old.unit_amount as old_unit_amount,
        old.given_mrr as old_given_mrr,
        old.discount_percent as old_percent,
        old.discount_amount as old_amount,
        old.numerator as old_numerator,
        old.denominator as old_denominator,
        new.quantity as new_quantity,
        new.unit_amount as new_unit_amount,
        new.given_mrr as new_given_mrr,
        new.numerator as new_numerator,
        new.denominator as new_denominator,
        old.product_key <> new.product_key or old.plan_id <> new.plan_id as plan_changed,
        old.currency <> new.currency as currency_changed,
        old.numerator * new.denominator <> new.numerator * old.denominator as term_changed,
        old.price_id = new.price_id as same_price
    from changes
    left join item_versions as old on changes.before_span = old.span_id
    left join item_versions as new on changes.after_span = new.span_id
    where changes.verdict = 'change'
),

quantity_steps as (
    select
        *,
        case
            when before_span is null or after_span is null or currency_changed then null
            when old_quantity = new_quantity then before_mrr
            when old_given_mrr is null
                and cast(ceil(new_quantity) as decimal(15, 0)) * cast(ceil(old_unit_amount) as decimal(13, 0)) < 1000000000000
                then monthly_value(new_quantity, old_unit_amount, old_percent, old_amount, old_numerator, old_denominator)
            when old_given_mrr is not null and old_quantity > 0
                and cast(ceil(before_mrr) as decimal(18, 0)) * cast(ceil(new_quantity) as decimal(15, 0))
                    < least(old_quantity, 1000000) * 1000000000000000
                then divide_half_even(old_given_mrr * new_quantity, old_quantity)
            else before_mrr
        end as quantity_mrr
    from changed_spans
),

price_steps as (
    select
        *,
        case
            when before_span is null or after_span is null or currency_changed then null
            when new_given_mrr is not null then after_mrr
            when old_unit_amount = new_unit_amount and not term_changed then quantity_mrr
            when term_changed and old_amount > 0
                and cast(ceil(new_quantity) as decimal(15, 0)) * cast(ceil(new_unit_amount) as decimal(13, 0)) * new_numerator
                    < 1000000000000000 // old_denominator
                and cast(ceil(old_amount) as decimal(13, 0)) * old_numerator < 1000000000000000 // new_denominator
                then monthly_value_less(
                    new_quantity, new_unit_amount, old_percent, new_numerator, new_denominator,
                    old_amount, old_numerator, old_denominator
                )
            when term_changed and old_amount > 0 then after_mrr
            else monthly_value(new_quantity, new_unit_amount, old_percent, old_amount, new_numerator, new_denominator)
        end as price_mrr
    from quantity_steps
)

select
    customer_key,
    moment_on,
    scheduled,
    before_item_key,
    after_item_key,
    before_span,
    after_span,
    before_mrr,
    quantity_mrr,
    price_mrr,
    after_mrr,
    product_key,
    before_product_id,
    before_plan_id,
    before_currency,
    before_item_type,
    before_source,
    after_product_id,
    after_plan_id,
    after_currency,
    after_item_type,
    after_source,
    coalesce(plan_changed, false) as plan_changed,
    coalesce(currency_changed, false) as currency_changed,
    coalesce(term_changed, false) as term_changed,
    case
        when before_span is null then 'appeared'
        when after_span is null then 'gone'
        when currency_changed then 'currency'
        when after_item_type = 'usage' then 'usage'
        when same_price and not plan_changed and not term_changed and old_quantity <> new_quantity
            and (old_unit_amount is distinct from new_unit_amount or old_given_mrr is not null)
            then 'tiered'
        when plan_changed and sign(quantity_mrr - before_mrr) * sign(price_mrr - quantity_mrr) < 0 then 'plan_swap'
        else 'steps'
    end as shape
from price_steps
where before_span is null
    or after_span is null
    or before_mrr <> after_mrr
    or plan_changed
    or currency_changed
