-- One row is what a line says of its item: from `starts_at` it was this price and this quantity, paid up to `paid_until`.
-- A regular line says so for its period, a prorated charge from the moment of a change. Usage is billed in arrears: what was
-- used until `period_end` counts from there on, for as long again. What goes back to the customer (credits, prorated or
-- not) says nothing of what is sold. `unit_amount` is in major units, before discounts and without tax.
with told as (
    select
        lines.*,
        prices.plan_id,
        prices.metered,
        prices.billing_interval,
        prices.interval_count,
        coalesce(nullif(lines.inclusive_percent, 0), included_taxes.inclusive_percent, 0) as tax_percent,
        totals.plain,
        totals.unit_amount as listed_unit_amount,
        totals.total as listed_total,
        currencies.digits,
        -- What the same invoice bills ahead says when the period ends in which usage counts.
        max(case when not lines.proration and not coalesce(prices.metered, false) then lines.period_end end)
            over (partition by lines.invoice_id) as billed_until,
        sum(case when lines.amount > 0 then 1 else 0 end) over same_moment as charges,
        sum(case when lines.amount < 0 then 1 else 0 end) over same_moment as credits,
        lines.period_end >= period_after(lines.period_start, prices.billing_interval, prices.interval_count) - to_days(1)
            as whole_period
    from lines
    left join prices on prices.price_id = lines.price_id
    left join price_totals as totals
        on totals.price_id = lines.price_id and totals.currency = lines.currency and totals.quantity = lines.quantity
    left join currency_digits as currencies on currencies.currency = lines.currency
    -- A change that waits for its invoice shows no tax yet.
    left join included_taxes
        on included_taxes.item_id = lines.item_id and included_taxes.price_id = lines.price_id
            and lines.invoice_id is null
    where lines.item_id is not null and lines.subscription_id is not null
    window same_moment as (partition by lines.item_id, lines.proration, lines.period_start)
),

claims as (
    select
        *,
        case
            when metered then period_end
            else period_start
        end as starts_at,
        -- A trial's line is free, whatever its price; so is a line of no quantity.
        not proration and amount = 0 and listed_total > 0 as free_of_charge
    from told
    where case
        when not proration then amount >= 0
        when metered then false
        when amount = 0 then coalesce(description, '') not ilike 'unused time%' and charges = 0
        else amount > 0
    end
)

select
    line_id,
    invoice_id,
    place,
    issued_at,
    customer_id,
    subscription_id,
    item_id,
    price_id,
    metered,
    not proration as regular,
    starts_at,
    case
        when not metered then period_end
        when billed_until > period_end then billed_until
        else period_after(period_end, billing_interval, interval_count)
    end as paid_until,
    period_start,
    period_end,
    coalesce(quantity, 1) as quantity,
    currency,
    tax_percent as inclusive_percent,
    discounts,
    digits,
    free_of_charge,
    without_tax(
        case
            -- What was charged for a whole period is what it cost; a unit amount only where it explains the charge.
            when not proration and (whole_period or metered) and not free_of_charge and unit_amount is not null
                and abs(coalesce(quantity, 1) * unit_amount - amount) < 1
                then major_of(unit_amount, digits)
            when not proration and (whole_period or metered) and not free_of_charge and quantity > 0
                then share_of(major_of(amount, digits), quantity)
            when plain then major_of(listed_unit_amount, digits)
            when quantity = 0 and listed_total is not null then coalesce(major_of(listed_unit_amount, digits), 0)
            when listed_total is not null then share_of(major_of(listed_total, digits), quantity)
            when not proration then share_of(major_of(amount, digits), coalesce(quantity, 1))
        end,
        tax_percent
    ) as unit_amount
from claims
