-- The four functions that every engine supplies to the models. All money is rounded here, half to even: to 10^-6, once, and
-- what is spread over days to the minor unit of its currency.

create or replace temp macro divide_half_even(dividend, divisor) as
    decimal_division(cast(dividend as decimal(38, 16)), cast(divisor as decimal(18, 4)), 6);

-- MRR of a line: max(0, quantity x unit amount x (1 - percent / 100) - discount amount) x numerator / denominator.
create or replace temp macro monthly_value(quantity, unit_amount, percent, amount, numerator, denominator) as
    cast(
        decimal_division(
            cast(
                greatest(
                    cast(0 as decimal(38, 20)),
                    cast(quantity * unit_amount * (100 - percent) - amount * 100 as decimal(38, 20))
                ) * numerator as decimal(38, 20)
            ),
            cast(100 * denominator as decimal(18, 0)),
            6
        ) as decimal(24, 6)
    );

-- The same with a discount amount that has an interval of its own: 240 a year less 10 a month is worth 10 a month.
create or replace temp macro monthly_value_less(
    quantity, unit_amount, percent, numerator, denominator, amount, amount_numerator, amount_denominator
) as
    cast(
        decimal_division(
            greatest(
                cast(0 as decimal(38, 20)),
                cast(
                    cast(quantity * unit_amount * (100 - percent) as decimal(38, 20)) * numerator as decimal(38, 20)
                ) * amount_denominator
                - cast(amount * 100 * amount_numerator as decimal(38, 12)) * denominator
            ),
            cast(100 * denominator * amount_denominator as decimal(18, 0)),
            6
        ) as decimal(24, 6)
    );

-- amount x part / whole in the minor unit of a currency, which has 0, 2 or 3 digits; all of it, to the last digit, at the end.
create or replace temp macro share_half_even(amount, part, whole, digits) as
    cast(
        case
            when part = whole then amount
            when digits = 0 then decimal_division(
                cast(amount as decimal(30, 6)) * cast(part as decimal(8, 0)), cast(whole as decimal(18, 0)), 0
            )
            when digits = 3 then decimal_division(
                cast(amount as decimal(30, 6)) * cast(part as decimal(8, 0)), cast(whole as decimal(18, 0)), 3
            )
            else decimal_division(
                cast(amount as decimal(30, 6)) * cast(part as decimal(8, 0)), cast(whole as decimal(18, 0)), 2
            )
        end as decimal(38, 6)
    );
