-- One row is what the discounts on a regular line mean for its item until the next such line: a percent, where one percent
-- coupon is all there is, and else the amount that the line shows for it. `until` is when the discount ends by itself:
-- never (null), with the line's period, or, for a coupon of some months, at the first start of a period after its end.
-- `shared_percent` holds for the subscription's other items too; `until` of the earliest to end, where there are several.
with applied as (
    select
        line_id,
        item_id,
        subscription_id,
        starts_at,
        period_start,
        period_end,
        paid_until,
        price_id,
        metered,
        digits,
        inclusive_percent,
        unnest(discounts) as discounted
    from line_claims
    where regular
),

named as (
    select
        applied.*,
        applied.discounted.amount as amount,
        discounts.percent,
        discounts.item_id as of_item,
        case
            when applied.metered and discounts.duration is distinct from 'forever' then applied.paid_until
            when discounts.duration = 'forever' then null
            when discounts.duration = 'repeating' and discounts.ends_at > applied.period_end then
                case
                    when prices.billing_interval in ('day', 'week') then
                        applied.period_end + to_days(cast(
                            (date_diff('second', applied.period_end, discounts.ends_at) + 86400 * days - 1)
                            // (86400 * days) * days as integer
                        ))
                    when applied.period_end + to_months(cast(whole_months as integer)) >= discounts.ends_at
                        then applied.period_end + to_months(cast(whole_months as integer))
                    else applied.period_end + to_months(cast(whole_months + months as integer))
                end
            else applied.period_end
        end as until
    from applied
    left join discounts on discounts.discount_id = id_of(applied.discounted.discount)
    left join prices on prices.price_id = applied.price_id
    cross join lateral (
        select
            prices.interval_count * case prices.billing_interval when 'week' then 7 else 1 end as days,
            prices.interval_count * case prices.billing_interval when 'year' then 12 else 1 end as months
    )
    cross join lateral (
        select date_diff('month', applied.period_end, discounts.ends_at) // months * months as whole_months
    )
)

select
    line_id,
    any_value(item_id) as item_id,
    any_value(subscription_id) as subscription_id,
    any_value(starts_at) as starts_at,
    case when count(*) = 1 then any_value(percent) end as percent,
    case when count(*) > 1 or any_value(percent) is null
        then without_tax(major_of(sum(amount), any_value(digits)), any_value(inclusive_percent)) end as amount,
    min(until) as until,
    case when count(*) = 1 and any_value(of_item) is null and not any_value(metered) then any_value(percent) end as shared_percent
from named
group by line_id
