-- What the models need to read Stripe's JSON: an id that may stand alone or inside its object, a moment, an amount in major units.

-- "cus_1" and {"id": "cus_1", ...} are both cus_1.
create or replace temp macro id_of(reference) as
    case json_type(reference) when 'OBJECT' then reference ->> '$.id' when 'VARCHAR' then reference ->> '$' end;

-- Unix seconds as a UTC timestamp.
create or replace temp macro moment_of(seconds) as make_timestamp(cast(seconds as bigint) * 1000000);

-- An amount of the currency's minor unit (cents, yen, fils) in major units.
create or replace temp macro major_of(minor, digits) as
    cast(
        cast(minor as decimal(24, 12)) * case digits when 0 then 1.000 when 2 then 0.010 when 3 then 0.001 end
        as decimal(24, 12)
    );

-- One of `pieces` equal parts of `total`, to 12 places, half to even; without a piece there is nothing to share.
create or replace temp macro share_of(total, pieces) as
    case when pieces > 0
        then cast(decimal_division(cast(total as decimal(38, 16)), cast(pieces as decimal(18, 4)), 12) as decimal(24, 12))
        else cast(0 as decimal(24, 12)) end;

-- An amount that includes a tax of `percent`, without it.
create or replace temp macro without_tax(amount, percent) as
    case when percent > 0 then share_of(cast(amount * 100 as decimal(38, 16)), 100 + percent) else amount end;

-- The end of a period that begins at `since`.
create or replace temp macro period_after(since, unit, length) as
    since + case unit
        when 'day' then to_days(cast(length as integer))
        when 'week' then to_days(cast(7 * length as integer))
        when 'month' then to_months(cast(length as integer))
        when 'year' then to_months(cast(12 * length as integer))
    end;
