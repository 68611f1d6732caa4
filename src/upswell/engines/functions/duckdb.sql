-- The three functions that every engine supplies to the models. All money is rounded here, once, half to even, to 10^-6.

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
