-- One row is what a quantity of a price costs for a whole period, in the currency's minor unit. 8 of a graduated price of
-- 10.00 up to 5 and 8.00 beyond are 50.00 + 24.00; of the volume price with the same tiers, 64.00; 8 in packs of 5 are 2 packs.
-- `plain`: the total is the quantity times one unit amount.
with asked as (
    select price_id, currency, quantity from lines where price_id is not null and quantity is not null
    union
    select items.price_id, coalesce(versions.currency, prices.currency) as currency, items.quantity
    from subscription_items as items
    left join subscription_versions as versions
        on versions.subscription_id = items.subscription_id and versions.latest
    left join prices on prices.price_id = items.price_id
    where items.quantity is not null
    union
    select price_id, currency, quantity from phase_items where quantity is not null
),

tiers as (
    select
        price_id,
        currency,
        number,
        cast(tier ->> '$.up_to' as decimal(18, 4)) as up_to,
        coalesce(cast(coalesce(tier ->> '$.unit_amount_decimal', tier ->> '$.unit_amount') as decimal(24, 12)), 0) as unit_amount,
        coalesce(cast(coalesce(tier ->> '$.flat_amount_decimal', tier ->> '$.flat_amount') as decimal(24, 12)), 0) as flat_amount
    from (
        select
            price_id,
            currency,
            unnest(json_extract(tiers, '$[*]')) as tier,
            generate_subscripts(json_extract(tiers, '$[*]'), 1) as number
        from price_amounts
        where json_type(tiers) = 'ARRAY'
    )
),

bounded as (
    select *, coalesce(lag(up_to) over (partition by price_id, currency order by number), 0) as above
    from tiers
),

tiered as (
    select
        asked.price_id,
        asked.currency,
        asked.quantity,
        case prices.tiers_mode
            when 'volume' then sum(
                case when asked.quantity > bounded.above or bounded.number = 1
                    then asked.quantity * bounded.unit_amount + bounded.flat_amount end
            ) filter (where asked.quantity <= coalesce(bounded.up_to, asked.quantity))
            else sum(
                case when asked.quantity > bounded.above or bounded.number = 1
                    then cast(least(asked.quantity, coalesce(bounded.up_to, asked.quantity)) - bounded.above as decimal(18, 4))
                        * bounded.unit_amount + bounded.flat_amount end
            )
        end as total
    from asked
    inner join prices on prices.price_id = asked.price_id
    inner join bounded on bounded.price_id = asked.price_id and bounded.currency = asked.currency
    group by asked.price_id, asked.currency, asked.quantity, prices.tiers_mode
)

select
    asked.price_id,
    asked.currency,
    asked.quantity,
    price_amounts.unit_amount,
    tiered.total is null and prices.pack_size is null as plain,
    cast(
        case
            when tiered.total is not null then tiered.total
            when prices.pack_size is null then asked.quantity * price_amounts.unit_amount
            when prices.pack_rounding = 'up' then ceil(asked.quantity / prices.pack_size) * price_amounts.unit_amount
            else floor(asked.quantity / prices.pack_size) * price_amounts.unit_amount
        end as decimal(38, 12)
    ) as total
from asked
inner join prices on prices.price_id = asked.price_id
left join price_amounts on price_amounts.price_id = asked.price_id and price_amounts.currency = asked.currency
left join tiered
    on tiered.price_id = asked.price_id and tiered.currency = asked.currency and tiered.quantity = asked.quantity
