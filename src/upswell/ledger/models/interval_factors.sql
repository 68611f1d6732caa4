-- One row is a billing interval and how many months' worth of MRR one amount of it is: numerator / denominator,
-- for an interval count of 1. A yearly amount is 1/12 a month, a weekly one 52/12 (or 4, as the policy says).
select 'month' as billing_interval, 1 as numerator, 1 as denominator
union all
select 'quarter' as billing_interval, 1 as numerator, 3 as denominator
union all
select 'year' as billing_interval, 1 as numerator, 12 as denominator
union all
select 'week' as billing_interval, policy.week_numerator as numerator, policy.week_denominator as denominator from policy
union all
select 'day' as billing_interval, policy.day_numerator as numerator, policy.day_denominator as denominator from policy
