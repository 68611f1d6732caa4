-- One row is an item of a phase of a subscription schedule that is still to come. An item keeps its id where the
-- subscription bills its price today; another has none yet and is named for its phase.
with read as (
    select
        object_id as schedule_id,
        from_json(raw, '{
            "subscription": "JSON", "status": "VARCHAR", "customer": "JSON", "end_behavior": "VARCHAR",
            "current_phase": {"start_date": "BIGINT", "end_date": "BIGINT"},
            "phases": [{
                "start_date": "BIGINT", "end_date": "BIGINT", "currency": "VARCHAR",
                "items": [{"price": "JSON", "plan": "JSON", "quantity": "VARCHAR"}]
            }]
        }') as schedule
    from latest_objects
    where object_type = 'subscription_schedule' and not deleted
),

phases as (
    select
        schedule_id,
        id_of(schedule.subscription) as subscription_id,
        schedule.current_phase.start_date as current_start,
        unnest(schedule.phases) as phase
    from read
    where schedule.status = 'active'
)

select
    phases.schedule_id,
    phases.subscription_id,
    moment_of(phase.start_date) as starts_at,
    moment_of(phase.end_date) as ends_at,
    upper(coalesce(phase.currency, versions.currency)) as currency,
    coalesce(id_of(item.price), id_of(item.plan)) as price_id,
    cast(coalesce(item.quantity, '1') as decimal(18, 4)) as quantity,
    min(items.item_id) as item_id
from (select *, unnest(phase."items") as item from phases where phase.start_date > current_start) as phases
inner join subscription_versions as versions
    on versions.subscription_id = phases.subscription_id and versions.latest and versions.ended_at is null
left join subscription_items as items
    on items.subscription_id = phases.subscription_id and items.seen_no = versions.seen_no
        and items.price_id = coalesce(id_of(item.price), id_of(item.plan))
group by all
