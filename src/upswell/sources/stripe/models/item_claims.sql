-- One row is what rules an item from `starts_at` until the next row: of the claims for one moment the best founded, and
-- among lines the one issued last. An item that was on its subscription before anything was billed began when it was created.
with claims as (
    select
        item_id, subscription_id, customer_id, starts_at, paid_until, price_id, quantity, unit_amount, currency, metered,
        inclusive_percent, case when regular then 'line' else 'proration' end as evidence, line_id,
        5 as standing, issued_at as at_last, place
    from line_claims
    union all by name
    select
        seen.item_id, seen.subscription_id, seen.customer_id, seen.starts_at, seen.paid_until, seen.price_id,
        seen.quantity,
        without_tax(
            case when totals.plain then major_of(totals.unit_amount, currencies.digits)
                when seen.quantity = 0 and totals.total is not null then coalesce(major_of(totals.unit_amount, currencies.digits), 0)
                else share_of(major_of(totals.total, currencies.digits), seen.quantity) end,
            taxed.inclusive_percent
        ) as unit_amount,
        seen.currency, false as metered, taxed.inclusive_percent, seen.evidence, null as line_id,
        case seen.evidence when 'event' then 4 when 'observed' then 3 else 1 end as standing,
        seen.seen_at as at_last, seen.seen_no as place
    from seen_claims as seen
    left join price_totals as totals
        on totals.price_id = seen.price_id and totals.currency = seen.currency and totals.quantity = seen.quantity
    left join currency_digits as currencies on currencies.currency = seen.currency
    left join included_taxes as taxed on taxed.item_id = seen.item_id and taxed.price_id = seen.price_id
),

-- A guess about the next period is out of date as soon as something tells of a change after the sighting it rests on.
fresh as (
    select *
    from claims
    where evidence <> 'inferred' or not exists (
        select 1 from claims as later
        where later.item_id = claims.item_id and later.evidence <> 'inferred'
            and later.starts_at > claims.at_last and later.starts_at < claims.starts_at
    )
),

ruling as (
    select *
    from fresh
    qualify row_number() over (partition by item_id, starts_at order by standing desc, at_last desc, place desc) = 1
),

created as (
    select item_id, min(created_at) as created_at from subscription_items group by item_id
)

select
    item_id, subscription_id, customer_id, starts_at, paid_until, price_id, quantity, unit_amount, currency, metered,
    evidence, line_id
from ruling
union all by name
select
    first.item_id, first.subscription_id, first.customer_id, created.created_at as starts_at,
    first.starts_at as paid_until,
    first.price_id, first.quantity, first.unit_amount, first.currency, first.metered, 'created' as evidence, null as line_id
from (select * from ruling qualify row_number() over (partition by item_id order by starts_at) = 1) as first
inner join created on created.item_id = first.item_id and created.created_at < first.starts_at
where not first.metered
