; fx: how moving rates are shown. Movements keep their own currency under every value; the month's figures differ.

# A euro customer grows and leaves while the rate rises from 1.00 to 1.20
rules fixed: fx = "fixed_rate"
rules first: fx = "item_start"
rate 2026-01-01 EUR 1.00
rate 2026-02-01 EUR 1.10
rate 2026-03-01 EUR 1.20
customer Acme EUR
  2026-01-10  start   Team, 10 seats at 10.00 a month
  2026-02-15  seats   15
  2026-03-20  cancel
movements
  2026-01-10  new        100.00
  2026-02-15  expansion   50.00  seats
  2026-03-20  churn     -150.00
movements under fixed
  2026-01-10  new        100.00
  2026-02-15  expansion   50.00  seats
  2026-03-20  churn     -150.00
movements under first
  2026-01-10  new        100.00
  2026-02-15  expansion   50.00  seats
  2026-03-20  churn     -150.00
metrics 2026-01
  new_mrr      100.00
  fx_mrr         0
  closing_mrr  100.00
metrics 2026-02
  opening_mrr    100.00
  expansion_mrr   55.00
  fx_mrr          10.00
  closing_mrr    165.00
metrics 2026-03
  opening_mrr    165.00
  churned_mrr   -180.00
  fx_mrr          15.00
  closing_mrr      0
metrics 2026-01 under fixed
  new_mrr      120.00
  fx_mrr         0
  closing_mrr  120.00
metrics 2026-02 under fixed
  opening_mrr    120.00
  expansion_mrr   60.00
  fx_mrr           0
  closing_mrr    180.00
metrics 2026-03 under fixed
  opening_mrr    180.00
  churned_mrr   -180.00
  fx_mrr           0
  closing_mrr      0
metrics 2026-01 under first
  new_mrr      100.00
  fx_mrr         0
  closing_mrr  100.00
metrics 2026-02 under first
  opening_mrr    100.00
  expansion_mrr   50.00
  fx_mrr           0
  closing_mrr    150.00
metrics 2026-03 under first
  opening_mrr    150.00
  churned_mrr   -150.00
  fx_mrr           0
  closing_mrr      0

# One fixed rate is that of the book's day, not of the month asked about
as_of 2026-03-15
rules fixed: fx = "fixed_rate"
rate 2026-01-01 EUR 1.00
rate 2026-02-01 EUR 1.10
rate 2026-03-15 EUR 1.30
rate 2026-04-01 EUR 1.50
customer Acme EUR
  2026-01-10  start  Team, 10 seats at 10.00 a month
  2026-02-15  seats  15
metrics 2026-02
  opening_mrr    100.00
  expansion_mrr   55.00
  fx_mrr          10.00
  closing_mrr    165.00
metrics 2026-02 under fixed
  opening_mrr    130.00
  expansion_mrr   65.00
  fx_mrr           0
  closing_mrr    195.00

# What replaces an item carries its first day on; what is bought beside it has a day of its own
rules fixed: fx = "fixed_rate"
rules first: fx = "item_start"
rate 2026-01-01 EUR 1.00
rate 2026-02-01 EUR 1.10
rate 2026-03-01 EUR 1.20
rate 2026-04-01 EUR 1.30
customer Acme EUR
  2026-01-10  start   basic, at 100.00 a month, sub s1
  2026-02-15  end     basic
  2026-02-15  start   pro, at 130.00 a month, sub s2
  2026-03-10  add-on  SSO, at 20.00 a month, sub s9
  2026-04-05  end     pro
  2026-04-05  start   max, at 170.00 a month, sub s3
movements
  2026-01-10  new        100.00
  2026-02-15  expansion   30.00  plan  basic -> pro
  2026-03-10  expansion   20.00  addon
  2026-04-05  expansion   40.00  plan  pro -> max
metrics 2026-02
  expansion_mrr   33.00
  fx_mrr          10.00
  closing_mrr    143.00
metrics 2026-03
  expansion_mrr   24.00
  fx_mrr          13.00
  closing_mrr    180.00
metrics 2026-04
  expansion_mrr   52.00
  fx_mrr          15.00
  closing_mrr    247.00
metrics 2026-02 under first
  expansion_mrr   30.00
  fx_mrr           0
  closing_mrr    130.00
metrics 2026-03 under first
  expansion_mrr   24.00
  fx_mrr           0
  closing_mrr    154.00
metrics 2026-04 under first
  expansion_mrr   40.00
  fx_mrr           0
  closing_mrr    194.00
metrics 2026-04 under fixed
  expansion_mrr   52.00
  fx_mrr           0
  closing_mrr    247.00

# The first day is the item's, a trial or an earlier stay included
rules first: fx = "item_start"
rate 2026-01-01 EUR 1.00
rate 2026-02-01 EUR 1.10
rate 2026-03-01 EUR 1.20
customer Tries EUR
  2026-01-10  start   Team, at 100.00 a month, trial until 2026-02-15
customer Returns EUR
  2026-01-10  start   Team, at 50.00 a month
  2026-02-15  cancel
  2026-03-10  start   Team, at 60.00 a month
metrics 2026-02
  new_mrr      110.00
  churned_mrr  -55.00
metrics 2026-03
  reactivation_mrr   72.00
  closing_mrr       192.00
metrics 2026-02 under first
  new_mrr      100.00
  churned_mrr  -50.00
  closing_mrr  100.00
metrics 2026-03 under first
  reactivation_mrr   60.00
  closing_mrr       160.00

# No rate on the item's first day: no value, and a reason
rules fixed: fx = "fixed_rate"
rules first: fx = "item_start"
rate 2026-02-01 EUR 1.10
customer Acme EUR
  2026-01-10  start  Team, at 100.00 a month
customer Base
  2026-01-10  start  Team, at 7.00 a month
metrics 2026-02
  closing_mrr  117.00
metrics 2026-02 under fixed
  closing_mrr  117.00
metrics 2026-02 under first
  closing_mrr  none

# A netted change in two currencies is judged by the rates of the view
rules day: netting = "customer"
rules first: netting = "customer", fx = "item_start"
rules fixed: netting = "customer", fx = "fixed_rate"
rate 2026-01-01 EUR 1.00
rate 2026-03-01 EUR 1.20
rate 2026-04-01 EUR 1.10
customer Acme
  2026-01-10  start  e, 10 seats at 10.00 a month, sub e, in EUR
  2026-01-10  start  u, at 100.00 a month, sub u
  2026-03-10  seats  5 on e
  2026-03-10  price  156.00 on u
movements from 2026-02-01
  2026-03-10  contraction -50.00 EUR  seats
  2026-03-10  expansion    56.00      price
movements from 2026-02-01 under day
  2026-03-10  contraction -50.00 EUR  seats
  2026-03-10  contraction  56.00      price
movements from 2026-02-01 under first
  2026-03-10  expansion   -50.00 EUR  seats
  2026-03-10  expansion    56.00      price
movements from 2026-02-01 under fixed
  2026-03-10  expansion   -50.00 EUR  seats
  2026-03-10  expansion    56.00      price
metrics 2026-03 under day
  contraction_mrr  -4.00
metrics 2026-03 under first
  expansion_mrr  6.00
metrics 2026-03 under fixed
  expansion_mrr  1.00

# Pairs are found at the day's rate under every view: 100 euros at 1.20 are more than 105 dollars
rules first: fx = "item_start"
rate 2026-01-01 EUR 1.00
rate 2026-03-01 EUR 1.20
customer Acme
  2026-01-10  start  e, at 100.00 a month, sub s, in EUR
  2026-01-10  start  u, at 105.00 a month, sub s
  2026-03-10  end    e
  2026-03-10  end    u
  2026-03-10  start  big, at 200.00 a month, sub s
  2026-03-10  start  small, at 50.00 a month, sub s
movements from 2026-02-01
  2026-03-10  expansion   -100.00 EUR  plan  e -> big
  2026-03-10  expansion    200.00      plan  e -> big
  2026-03-10  contraction  -55.00      plan  u -> small
movements from 2026-02-01 under first
  2026-03-10  expansion   -100.00 EUR  plan  e -> big
  2026-03-10  expansion    200.00      plan  e -> big
  2026-03-10  contraction  -55.00      plan  u -> small

# The workspace's own currency has no view: the three are the same
rules fixed: fx = "fixed_rate"
rules first: fx = "item_start"
customer Acme
  2026-01-10  start  Team, 10 seats at 10.00 a month
  2026-02-15  seats  15
metrics 2026-02
  expansion_mrr   50.00
  closing_mrr    150.00
metrics 2026-02 under fixed
  expansion_mrr   50.00
  closing_mrr    150.00
metrics 2026-02 under first
  expansion_mrr   50.00
  closing_mrr    150.00
