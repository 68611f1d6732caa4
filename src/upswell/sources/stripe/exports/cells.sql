-- What a cell of an exported table means. A macro gives null for a cell that is not what it should be.

-- A cell of nothing: empty, spaces, or what databases write for null.
create or replace temp macro export_cell(cell) as nullif(nullif(trim(cell, E' \t\r\n'), ''), '\N');

-- An object's id may be written as the object itself.
create or replace temp macro export_id(cell) as
    case when starts_with(cell, '{') and json_valid(cell) then json_extract_string(cell, '$.id') else cell end;

-- Seconds since 1970: as such, or a date and time in UTC unless it says another offset.
create or replace temp macro export_time(cell) as
    case
        when regexp_full_match(cell, '-?[0-9]{1,11}(\.0*)?') then cast(regexp_extract(cell, '^-?[0-9]+') as bigint)
        when regexp_full_match(cell, '[0-9]+(\.[0-9]*)?') then null
        else epoch_us(try_cast(regexp_replace(cell, ' \+0000$', '+00') as timestamptz)) // 1000000
    end;

-- The time of a copying tool, which may count in milliseconds.
create or replace temp macro export_copied_at(cell) as
    case when regexp_full_match(cell, '[0-9]{12,14}(\.0*)?') then cast(regexp_extract(cell, '^[0-9]+') as bigint) // 1000
        else export_time(cell) end;

-- A whole number, also where a tool has put .0 behind it.
create or replace temp macro export_whole(cell) as
    case when regexp_full_match(cell, '[-+]?[0-9]{1,18}(\.0*)?') then cast(regexp_extract(cell, '^[-+]?[0-9]+') as bigint) end;

create or replace temp macro export_bound(cell) as
    case when lower(cell) in ('inf', 'infinity') then null else export_whole(cell) end;

-- A decimal number, as the text that it is, without zeros that say nothing.
create or replace temp macro export_decimal(cell) as
    case
        when regexp_full_match(cell, '-?[0-9]+') then cell
        when regexp_full_match(cell, '-?[0-9]+\.[0-9]+') then regexp_replace(cell, '\.?0+$', '')
    end;

create or replace temp macro export_boolean(cell) as
    case
        when lower(cell) in ('true', 't', 'yes', '1') then true
        when lower(cell) in ('false', 'f', 'no', '0') then false
    end;

create or replace temp macro export_json(cell) as try_cast(nullif(cell, 'null') as json);

create or replace temp macro export_object(cell) as
    case when starts_with(cell, '{') and json_valid(cell) then cast(cell as json) end;

-- Ids in JSON (whole objects stay whole), or with commas between.
create or replace temp macro export_ids(cell) as
    case when starts_with(cell, '[') then try_cast(cell as json)
        else to_json(list_filter([trim(each) for each in string_split(cell, ',')], lambda each: each <> '')) end;

create or replace temp macro export_tax_behavior(cell) as
    case export_boolean(cell) when true then 'inclusive' when false then 'exclusive' end;

-- An amount in major units in those of Stripe, of which `units` are one: 29.00 dollars are 2900, 3000 yen are 3000.
create or replace temp macro export_minor(cell, units) as
    case when regexp_full_match(cell, '-?[0-9]{1,15}(\.[0-9]{1,3}0*)?')
        and cast(cell as decimal(24, 6)) * units % 1 = 0
        then cast(cast(cell as decimal(24, 6)) * units as bigint) end;
