-- One row is a price in one currency: its own, or one of its currency options. Amounts are in the minor unit.
select price_id, currency, unit_amount, tiers
from prices
union all by name
select
    price_id,
    upper(option) as currency,
    cast(
        coalesce(
            json_extract_string(currency_options, '$.' || option || '.unit_amount_decimal'),
            json_extract_string(currency_options, '$.' || option || '.unit_amount')
        ) as decimal(24, 12)
    ) as unit_amount,
    json_extract(currency_options, '$.' || option || '.tiers') as tiers
from (select price_id, currency, currency_options, unnest(json_keys(currency_options)) as option from prices)
where upper(option) <> currency
