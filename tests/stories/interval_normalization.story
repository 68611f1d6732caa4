; How named systems turn a price into MRR, each with the factor it uses. The figures are theirs, to the digits they
; show (`~`). Where the factors are those of strict (a month 1/n, a quarter 1/(3n), a year 1/(12n), a week 52/(12n), a day
; 365/(12n)) the stories are strict's; 4 weeks and 30 days are switches. No switch stands for these, which are told as
; what they are:
; - Kill Bill gives 0 to what is paid once (369.95, 429.95, 999.95 and 2300.00 without a billing period: no item here,
;   since an item recurs), and also to prices by the day, the week, two weeks and thirty days, which is a slip of its own;
; - Lago counts 4.33 weeks: 433.00 where 52/12 gives 433.333333, the same to the unit it shows;
; - PostHog makes whole months of days before it divides, at least one: a price every 6 days counts as one a month.

; source: Flowglad (52/12 weeks, 365/12 days)
# Flowglad: prices by the month
customer c1
  2026-01-01  start  plan, at 100 a month
customer c2
  2026-01-01  start  plan, at 100 every 2 months
customer c3
  2026-01-01  start  plan, at 100 every 3 months
customer c4
  2026-01-01  start  plan, at 100 every 6 months
customer c5
  2026-01-01  start  plan, at 100 every 12 months
movements
  2026-01-01  c1   new         100
  2026-01-01  c2   new          50
  2026-01-01  c3   new  ~33.333333
  2026-01-01  c4   new  ~16.666667
  2026-01-01  c5   new   ~8.333333

; source: Flowglad (52/12 weeks, 365/12 days)
# Flowglad: prices by the year
customer c1
  2026-01-01  start  plan, at 1200 a year
customer c2
  2026-01-01  start  plan, at 2400 every 2 years
customer c3
  2026-01-01  start  plan, at 3600 every 3 years
customer c4
  2026-01-01  start  plan, at 600 a year
movements
  2026-01-01  c1   new         100
  2026-01-01  c2   new         100
  2026-01-01  c3   new         100
  2026-01-01  c4   new          50

; source: Flowglad (52/12 weeks, 365/12 days)
# Flowglad: prices by the week
customer c1
  2026-01-01  start  plan, at 100 a week
customer c2
  2026-01-01  start  plan, at 100 every 2 weeks
customer c3
  2026-01-01  start  plan, at 100 every 4 weeks
movements
  2026-01-01  c1   new     ~433.33
  2026-01-01  c2   new     ~216.67
  2026-01-01  c3   new     ~108.33

; source: Flowglad (52/12 weeks, 365/12 days)
# Flowglad: prices by the day
customer c1
  2026-01-01  start  plan, at 10 a day
customer c2
  2026-01-01  start  plan, at 10 every 7 days
customer c3
  2026-01-01  start  plan, at 10 every 30 days
customer c4
  2026-01-01  start  plan, at 10 every 365 days
movements
  2026-01-01  c1   new     ~304.17
  2026-01-01  c2   new      ~43.45
  2026-01-01  c3   new      ~10.14
  2026-01-01  c4   new       ~0.83

; source: Kill Bill (4 decimals)
# Kill Bill: prices by the month
customer c1
  2026-01-01  start  plan, at 2.9500 a month
customer c2
  2026-01-01  start  plan, at 3.9500 a month
customer c3
  2026-01-01  start  plan, at 6.9500 a month
customer c4
  2026-01-01  start  plan, at 7.0000 a month
customer c5
  2026-01-01  start  plan, at 7.9500 a month
customer c6
  2026-01-01  start  plan, at 9.0000 a month
customer c7
  2026-01-01  start  plan, at 9.9500 a month
customer c8
  2026-01-01  start  plan, at 11.9500 a month
customer c9
  2026-01-01  start  plan, at 12.4500 a month
customer c10
  2026-01-01  start  plan, at 12.9500 a month
customer c11
  2026-01-01  start  plan, at 14.9500 a month
customer c12
  2026-01-01  start  plan, at 15.0000 a month
customer c13
  2026-01-01  start  plan, at 16.9500 a month
customer c14
  2026-01-01  start  plan, at 19.0000 a month
customer c15
  2026-01-01  start  plan, at 19.9500 a month
customer c16
  2026-01-01  start  plan, at 24.9500 a month
customer c17
  2026-01-01  start  plan, at 29.0000 a month
customer c18
  2026-01-01  start  plan, at 29.9500 a month
customer c19
  2026-01-01  start  plan, at 31.0000 a month
customer c20
  2026-01-01  start  plan, at 34.9500 a month
customer c21
  2026-01-01  start  plan, at 39.0000 a month
customer c22
  2026-01-01  start  plan, at 39.9500 a month
customer c23
  2026-01-01  start  plan, at 49.0000 a month
customer c24
  2026-01-01  start  plan, at 49.9500 a month
customer c25
  2026-01-01  start  plan, at 59.9500 a month
customer c26
  2026-01-01  start  plan, at 79.0000 a month
customer c27
  2026-01-01  start  plan, at 99.0000 a month
customer c28
  2026-01-01  start  plan, at 139.0000 a month
customer c29
  2026-01-01  start  plan, at 209.0000 a month
customer c30
  2026-01-01  start  plan, at 229.0000 a month
customer c31
  2026-01-01  start  plan, at 274.5000 a month
customer c32
  2026-01-01  start  plan, at 549.0000 a month
movements
  2026-01-01  c1   new      2.9500
  2026-01-01  c2   new      3.9500
  2026-01-01  c3   new      6.9500
  2026-01-01  c4   new      7.0000
  2026-01-01  c5   new      7.9500
  2026-01-01  c6   new      9.0000
  2026-01-01  c7   new      9.9500
  2026-01-01  c8   new     11.9500
  2026-01-01  c9   new     12.4500
  2026-01-01  c10  new     12.9500
  2026-01-01  c11  new     14.9500
  2026-01-01  c12  new     15.0000
  2026-01-01  c13  new     16.9500
  2026-01-01  c14  new     19.0000
  2026-01-01  c15  new     19.9500
  2026-01-01  c16  new     24.9500
  2026-01-01  c17  new     29.0000
  2026-01-01  c18  new     29.9500
  2026-01-01  c19  new     31.0000
  2026-01-01  c20  new     34.9500
  2026-01-01  c21  new     39.0000
  2026-01-01  c22  new     39.9500
  2026-01-01  c23  new     49.0000
  2026-01-01  c24  new     49.9500
  2026-01-01  c25  new     59.9500
  2026-01-01  c26  new     79.0000
  2026-01-01  c27  new     99.0000
  2026-01-01  c28  new    139.0000
  2026-01-01  c29  new    209.0000
  2026-01-01  c30  new    229.0000
  2026-01-01  c31  new    274.5000
  2026-01-01  c32  new    549.0000

; source: Kill Bill (4 decimals)
# Kill Bill: prices by the year
customer c1
  2026-01-01  start  plan, at 18.2900 a year
customer c2
  2026-01-01  start  plan, at 19.9500 a year
customer c3
  2026-01-01  start  plan, at 29.9500 a year
customer c4
  2026-01-01  start  plan, at 49.0000 a year
customer c5
  2026-01-01  start  plan, at 59.0000 a year
customer c6
  2026-01-01  start  plan, at 149.9500 a year
customer c7
  2026-01-01  start  plan, at 159.9500 a year
customer c8
  2026-01-01  start  plan, at 169.9500 a year
customer c9
  2026-01-01  start  plan, at 183.2900 a year
customer c10
  2026-01-01  start  plan, at 199.9500 a year
customer c11
  2026-01-01  start  plan, at 219.9500 a year
customer c12
  2026-01-01  start  plan, at 239.9000 a year
customer c13
  2026-01-01  start  plan, at 249.9500 a year
customer c14
  2026-01-01  start  plan, at 319.0000 a year
customer c15
  2026-01-01  start  plan, at 349.9500 a year
customer c16
  2026-01-01  start  plan, at 399.0000 a year
customer c17
  2026-01-01  start  plan, at 399.9500 a year
customer c18
  2026-01-01  start  plan, at 458.2900 a year
customer c19
  2026-01-01  start  plan, at 499.9500 a year
customer c20
  2026-01-01  start  plan, at 549.9500 a year
customer c21
  2026-01-01  start  plan, at 599.9000 a year
customer c22
  2026-01-01  start  plan, at 599.9500 a year
customer c23
  2026-01-01  start  plan, at 624.9500 a year
customer c24
  2026-01-01  start  plan, at 799.0000 a year
customer c25
  2026-01-01  start  plan, at 999.0000 a year
customer c26
  2026-01-01  start  plan, at 2299.0000 a year
customer c27
  2026-01-01  start  plan, at 5499.0000 a year
movements
  2026-01-01  c1   new     ~1.5242
  2026-01-01  c2   new      1.6625
  2026-01-01  c3   new     ~2.4958
  2026-01-01  c4   new     ~4.0833
  2026-01-01  c5   new     ~4.9167
  2026-01-01  c6   new    ~12.4958
  2026-01-01  c7   new    ~13.3292
  2026-01-01  c8   new     14.1625
  2026-01-01  c9   new    ~15.2742
  2026-01-01  c10  new     16.6625
  2026-01-01  c11  new    ~18.3292
  2026-01-01  c12  new    ~19.9917
  2026-01-01  c13  new    ~20.8292
  2026-01-01  c14  new    ~26.5833
  2026-01-01  c15  new     29.1625
  2026-01-01  c16  new     33.2500
  2026-01-01  c17  new    ~33.3292
  2026-01-01  c18  new    ~38.1908
  2026-01-01  c19  new     41.6625
  2026-01-01  c20  new    ~45.8292
  2026-01-01  c21  new    ~49.9917
  2026-01-01  c22  new    ~49.9958
  2026-01-01  c23  new    ~52.0792
  2026-01-01  c24  new    ~66.5833
  2026-01-01  c25  new     83.2500
  2026-01-01  c26  new   ~191.5833
  2026-01-01  c27  new    458.2500

; source: Polar (rounded to cents, here given in cents)
# Polar: prices by the year
customer c1
  2026-01-01  start  plan, at 100000 a year
movements
  2026-01-01  c1   new       ~8333

; source: Ghost (rounded down to whole units)
# Ghost: prices by the year
customer c1
  2026-01-01  start  plan, at 100 a year
movements
  2026-01-01  c1   new          ~8

; source: the Stripe package for dbt (52/12 weeks)
# The Stripe package for dbt: prices by the week
customer c1
  2026-01-01  start  plan, at 100 a week
customer c2
  2026-01-01  start  plan, at 100 every 2 weeks
movements
  2026-01-01  c1   new  ~433.333333
  2026-01-01  c2   new  ~216.666667

; source: Polar (4 weeks, 30 days)
# Polar: prices by the week and by the day
rules polar: week = "4", day = "30"
customer c1
  2026-01-01  start  plan, at 100 a week
customer c2
  2026-01-01  start  plan, at 100 a day
movements under polar
  2026-01-01  c1   new         400
  2026-01-01  c2   new        3000
movements under strict
  2026-01-01  c1   new     ~433.33
  2026-01-01  c2   new    ~3041.67

; source: Ghost (4 weeks)
# Ghost: prices by the week
rules ghost: week = "4"
customer c1
  2026-01-01  start  plan, at 100 a week
movements under ghost
  2026-01-01  c1   new         400
movements under strict
  2026-01-01  c1   new     ~433.33

; source: Lago (4.33 weeks, in whole units)
# Lago: prices by the week
customer c1
  2026-01-01  start  plan, at 100 a week
movements
  2026-01-01  c1   new        ~433

; source: PostHog (whole months: days / 30.44 rounded, at least 1); p is its reading, d the days themselves
# PostHog: prices by a number of days, as whole months and as days
customer p6
  2026-01-01  start  plan, at 120 every 1 months
customer p30
  2026-01-01  start  plan, at 120 every 1 months
customer p31
  2026-01-01  start  plan, at 120 every 1 months
customer p32
  2026-01-01  start  plan, at 120 every 1 months
customer p45
  2026-01-01  start  plan, at 120 every 1 months
customer p50
  2026-01-01  start  plan, at 120 every 2 months
customer p60
  2026-01-01  start  plan, at 120 every 2 months
customer p74
  2026-01-01  start  plan, at 120 every 2 months
customer p365
  2026-01-01  start  plan, at 120 every 12 months
customer d6
  2026-01-01  start  plan, at 120 every 6 days
customer d30
  2026-01-01  start  plan, at 120 every 30 days
customer d31
  2026-01-01  start  plan, at 120 every 31 days
customer d32
  2026-01-01  start  plan, at 120 every 32 days
customer d45
  2026-01-01  start  plan, at 120 every 45 days
customer d50
  2026-01-01  start  plan, at 120 every 50 days
customer d60
  2026-01-01  start  plan, at 120 every 60 days
customer d74
  2026-01-01  start  plan, at 120 every 74 days
customer d365
  2026-01-01  start  plan, at 120 every 365 days
movements
  2026-01-01  p6    new         120
  2026-01-01  p30   new         120
  2026-01-01  p31   new         120
  2026-01-01  p32   new         120
  2026-01-01  p45   new         120
  2026-01-01  p50   new          60
  2026-01-01  p60   new          60
  2026-01-01  p74   new          60
  2026-01-01  p365  new          10
  2026-01-01  d6    new  608.333333
  2026-01-01  d30   new  121.666667
  2026-01-01  d31   new  117.741935
  2026-01-01  d32   new    114.0625
  2026-01-01  d45   new   81.111111
  2026-01-01  d50   new          73
  2026-01-01  d60   new   60.833333
  2026-01-01  d74   new   49.324324
  2026-01-01  d365  new          10
