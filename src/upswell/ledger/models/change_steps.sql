-- One row is a judged change with its MRR taken from old to new in steps: before_mrr (V0), quantity_mrr (V1: the new
-- quantity), price_mrr (V2: also the new unit amount and interval, the old discount kept as what it is worth a month) and
-- after_mrr (V3). 5 seats at 20.00 to 8 at 25.00 less 10 %: 100, 160, 200, 180. A step whose cause did not change is equal
-- to the former one to the last digit. A row given as a whole `mrr` has no discount to keep. What is not split has no steps.
-- A line is below 10^12 by contract, but 10^12 units at the former 10^11 each is a line nobody sold: a step too large for
-- the decimals is left out, and its part of the change goes to the next driver.
with terms as (
    select
        judged_changes.*,
        old.unit_amount as old_unit_amount,
        old.given_mrr as old_given_mrr,
        case when judged_changes.before_discounted then old.discount_percent else 0 end as old_percent,
        case when judged_changes.before_discounted then old.discount_amount else 0 end as old_amount,
        old_factors.numerator as old_numerator,
        old_factors.denominator * old.interval_count as old_denominator,
        new.unit_amount as new_unit_amount,
        new.given_mrr as new_given_mrr,
        new_factors.numerator as new_numerator,
        new_factors.denominator * new.interval_count as new_denominator,
        old_factors.numerator * new_factors.denominator * new.interval_count
            <> new_factors.numerator * old_factors.denominator * old.interval_count as term_changed,
        old.price_id = new.price_id as same_price
    from judged_changes
    left join terms_keys as old on judged_changes.before_terms_key = old.terms_key
    left join terms_keys as new on judged_changes.after_terms_key = new.terms_key
    left join interval_factors as old_factors on old.billing_interval = old_factors.billing_interval
    left join interval_factors as new_factors on new.billing_interval = new_factors.billing_interval
),

quantity_steps as (
    select
        *,
        case
            when shape <> 'steps' then null
            when before_quantity = after_quantity then before_mrr
            when old_given_mrr is null
                and cast(ceil(after_quantity) as decimal(15, 0)) * cast(ceil(old_unit_amount) as decimal(13, 0)) < 1000000000000
                then monthly_value(after_quantity, old_unit_amount, old_percent, old_amount, old_numerator, old_denominator)
            when old_given_mrr is not null and before_quantity > 0
                and cast(ceil(before_mrr) as decimal(18, 0)) * cast(ceil(after_quantity) as decimal(15, 0))
                    < least(before_quantity, 1000000) * 1000000000000000
                then divide_half_even(old_given_mrr * after_quantity, before_quantity)
            else before_mrr
        end as quantity_mrr
    from terms
),

price_steps as (
    select
        *,
        case
            when shape <> 'steps' then null
            when new_given_mrr is not null then after_mrr
            -- What was usage may have been booked as a mean, which its price does not explain.
            when old_unit_amount = new_unit_amount and not term_changed and before_item_type <> 'usage' then quantity_mrr
            when term_changed and old_amount > 0
                and cast(ceil(after_quantity) as decimal(15, 0)) * cast(ceil(new_unit_amount) as decimal(13, 0)) * new_numerator
                    < 1000000000000000 // old_denominator
                and cast(ceil(old_amount) as decimal(13, 0)) * old_numerator < 1000000000000000 // new_denominator
                then monthly_value_less(
                    after_quantity, new_unit_amount, old_percent, new_numerator, new_denominator,
                    old_amount, old_numerator, old_denominator
                )
            when term_changed and old_amount > 0 then after_mrr
            else monthly_value(after_quantity, new_unit_amount, old_percent, old_amount, new_numerator, new_denominator)
        end as price_mrr
    from quantity_steps
)

select
    customer_key,
    moment_at,
    moment_on,
    scheduled,
    before_item_key,
    after_item_key,
    before_span,
    after_span,
    before_offer_key,
    after_offer_key,
    plan_changed,
    before_mrr,
    quantity_mrr,
    price_mrr,
    after_mrr,
    kind_out,
    kind_in,
    case
        when driver is not null then driver
        when plan_changed then 'plan'
        when term_changed then 'term'
        else 'price'
    end as driver,
    case
        when shape <> 'steps' then shape
        when same_price and not plan_changed and not term_changed and before_quantity <> after_quantity
            and (old_unit_amount is distinct from new_unit_amount or old_given_mrr is not null)
            then 'tiered'
        when plan_changed and sign(quantity_mrr - before_mrr) * sign(price_mrr - quantity_mrr) < 0 then 'plan_swap'
        else shape
    end as shape
from price_steps
