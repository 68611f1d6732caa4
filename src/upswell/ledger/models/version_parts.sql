-- One row is a part of an item version that is cut: where its trial ends, where its discount ends, where it lapses.
-- Parts are numbered from 0; a version that nothing cuts has no row here.
with cuts as (
    select source_row, trial_until as cut_at, trial_until_on as cut_on
    from timed_versions
    where trial_until > starts_at and (ends_at is null or trial_until < ends_at)
    union
    select source_row, discount_until as cut_at, discount_until_on as cut_on
    from timed_versions
    where discount_until > starts_at and (ends_at is null or discount_until < ends_at)
    union
    select lapses.source_row, lapses.lapses_at as cut_at, lapses.lapses_on as cut_on
    from lapses
    inner join timed_versions on lapses.source_row = timed_versions.source_row
    where lapses.lapses_at > timed_versions.starts_at
),

numbered_cuts as (
    select
        *,
        row_number() over (partition by source_row order by cut_at) as part,
        lead(cut_at) over (partition by source_row order by cut_at) as next_cut_at,
        lead(cut_on) over (partition by source_row order by cut_at) as next_cut_on
    from cuts
)

select
    timed_versions.source_row,
    0 as part,
    timed_versions.starts_at,
    timed_versions.starts_on,
    numbered_cuts.cut_at as ends_at,
    numbered_cuts.cut_on as ends_on
from numbered_cuts
inner join timed_versions on numbered_cuts.source_row = timed_versions.source_row
where numbered_cuts.part = 1
union all
select
    timed_versions.source_row,
    numbered_cuts.part,
    numbered_cuts.cut_at as starts_at,
    numbered_cuts.cut_on as starts_on,
    coalesce(numbered_cuts.next_cut_at, timed_versions.ends_at) as ends_at,
    coalesce(numbered_cuts.next_cut_on, timed_versions.ends_on) as ends_on
from numbered_cuts
inner join timed_versions on numbered_cuts.source_row = timed_versions.source_row
