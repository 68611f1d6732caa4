-- One row is a row of the contract's `customers`, deleted ones as they were last; the columns of `metadata` are added where
-- the table is written.
with known as (
    select object_id as customer_id, arg_max(raw, (seen_at, seen_no)) as raw
    from objects
    where object_type = 'customer' and raw ->> '$.created' is not null
    group by object_id
)

select
    customer_id,
    coalesce(raw ->> '$.name', raw ->> '$.email', raw ->> '$.description') as name,
    raw ->> '$.address.country' as country,
    strftime(moment_of(raw ->> '$.created'), '%Y-%m-%dT%H:%M:%SZ') as created_at,
    raw ->> '$.email' as email,
    raw -> '$.metadata' as metadata
from known
order by customer_id
