-- One row is a time in which the items of a subscription do not count as plainly active, and why. Where two overlap the
-- higher `standing` rules: who pays nothing because nobody collects is paused, whatever the trial says.
-- A charge that failed puts the subscription past due until the invoice is paid; when the retries are exhausted, unpaid, if
-- the subscription goes on. Invoices of a paused subscription are void, uncollectible without an attempt, or left as drafts.
with failed as (
    select
        invoices.invoice_id,
        invoices.subscription_id,
        invoices.status,
        invoices.next_attempt_at,
        min(payments.happened_at) as first_failed_at,
        max(payments.happened_at) as last_failed_at,
        coalesce(any_value(invoices.paid_at), any_value(invoices.voided_at), any_value(invoices.uncollectible_at)) as settled_at
    from payments
    inner join invoices on invoices.invoice_id = payments.invoice_id
    where payments.status = 'failed' and invoices.billing_reason <> 'subscription_create'
        and invoices.subscription_id is not null
    group by invoices.invoice_id, invoices.subscription_id, invoices.status, invoices.next_attempt_at
),

drafts as (
    select subscription_id, max(created_at) as last_draft_at
    from invoices
    where status = 'draft' and created_at < (select cast(stripe_settings.read_at as timestamp) from stripe_settings) - to_days(3)
    group by subscription_id
),

given_up as (
    select
        failed.subscription_id,
        min(failed.last_failed_at) as unpaid_from
    from failed
    inner join subscription_versions as versions
        on versions.subscription_id = failed.subscription_id and versions.latest
    left join drafts on drafts.subscription_id = failed.subscription_id
    where failed.status in ('open', 'uncollectible') and failed.next_attempt_at is null
        and (
            versions.status = 'unpaid'
            or (versions.ended_at > failed.last_failed_at and (
                drafts.last_draft_at > failed.last_failed_at
                -- What becomes of it then is a setting of the account, which any unpaid subscription shows.
                or exists (select 1 from subscription_versions where status = 'unpaid')
            ))
        )
    group by failed.subscription_id
),

-- Whether collection was paused, at each moment at which something tells: the start of a billed period, and each sighting.
cycles as (
    select
        lines.subscription_id,
        lines.starts_at,
        max(invoices.created_at) as issued_at,
        bool_and(case invoices.status
            when 'void' then true
            when 'uncollectible' then invoices.attempt_count = 0
            when 'draft' then true
            else false
        end) as paused
    from line_claims as lines
    inner join invoices on invoices.invoice_id = lines.invoice_id and invoices.billing_reason = 'subscription_cycle'
    where lines.regular and not lines.metered
        -- A young draft may only wait for its hour.
        and not (
            invoices.status = 'draft'
            and invoices.created_at >= (select cast(stripe_settings.read_at as timestamp) from stripe_settings) - to_days(3)
        )
    group by lines.subscription_id, lines.starts_at
),

sightings as (
    select
        versions.subscription_id,
        case
            when versions.seen_in in ('event', 'webhook')
                or versions.seen_at - readings.former_started_at <= interval 26 hours then versions.seen_at
            else coalesce(
                versions.current_period_end,
                (select max(current_period_end) from subscription_items as items
                    where items.subscription_id = versions.subscription_id and items.seen_no = versions.seen_no)
            )
        end as starts_at,
        versions.seen_at,
        versions.seen_no,
        versions.collection_paused as paused
    from subscription_versions as versions
    asof left join readings on versions.seen_at >= readings.started_at
    where versions.status not in ('incomplete', 'incomplete_expired')
),

pauses as (
    select subscription_id, starts_at, arg_max(paused, (standing, at_last, place)) as paused
    from (
        select subscription_id, starts_at, paused, 2 as standing, issued_at as at_last, 0 as place from cycles
        union all by name
        select subscription_id, starts_at, paused, 1 as standing, seen_at as at_last, seen_no as place from sightings
        where starts_at is not null
    )
    group by subscription_id, starts_at
),

trials as (
    select distinct subscription_id, trial_start, trial_end
    from subscription_versions
    where trial_start is not null
),

spans as (
    select
        subscription_id,
        'paused' as status,
        3 as standing,
        starts_at,
        ends_at
    from (
        select *, lead(starts_at) over (partition by subscription_id order by starts_at) as ends_at
        from pauses
    )
    where paused
    union all by name
    -- A trial that ended without a way to pay: the subscription waits.
    select subscription_id, 'paused' as status, 3 as standing, trial_end as starts_at, null as ends_at
    from subscription_versions
    where latest and status = 'paused' and trial_end is not null
    union all by name
    select subscription_id, 'unpaid' as status, 4 as standing, unpaid_from as starts_at, null as ends_at
    from given_up
    union all by name
    select subscription_id, 'trialing' as status, 2 as standing, trial_start as starts_at, max(trial_end) as ends_at
    from trials
    group by subscription_id, trial_start
    union all by name
    select subscription_id, 'past_due' as status, 1 as standing, first_failed_at as starts_at, settled_at as ends_at
    from failed
)

select * from spans where starts_at < coalesce(ends_at, timestamp '9999-01-01')
