-- One row is an object as it was seen last: the latest landed version of it.
select
    object_type,
    object_id,
    seen_at,
    parent_id,
    deleted,
    raw
from objects
where seen_no in (
    select arg_max(seen_no, (seen_at, seen_no)) from objects group by object_type, object_id
)
