; grouping: which changes of a customer are one moment.

# Three plans in an hour and a minute: the change exactly 60 minutes after the first is another moment
rules each: grouping = "none"
rules hour: grouping = "60min"
rules months: grouping = "month"
customer Acme
  2026-01-05T10:00:00  start  s, at 50.00 a month, product p
  2026-01-05T10:59:59  plan   m, at 90.00 a month
  2026-01-05T11:00:00  plan   l, at 120.00 a month
movements
  2026-01-05  new  120.00
movements under each
  2026-01-05  new        50.00
  2026-01-05  expansion  40.00  plan  s -> m
  2026-01-05  expansion  30.00  plan  m -> l
movements under hour
  2026-01-05  new        90.00
  2026-01-05  expansion  30.00  plan  m -> l
movements under months
  2026-01-31  new  120.00
metrics 2026-01
  expansion_mrr  0
metrics 2026-01 under each
  expansion_mrr  70.00
metrics 2026-01 under hour
  expansion_mrr  30.00

# The hour runs from the first change of a moment, not from the last
rules each: grouping = "none"
rules hour: grouping = "60min"
customer Acme
  2026-02-01        start  CRM, 10 seats at 10.00 a month
  2026-03-02T10:00  seats  12
  2026-03-02T10:50  seats  9
  2026-03-02T11:10  seats  15
  2026-03-02T11:50  seats  11
  2026-03-02T12:10  seats  12
movements from 2026-03-01
  2026-03-02  expansion  20.00  seats
movements from 2026-03-01 under each
  2026-03-02  expansion    90.00  seats
  2026-03-02  contraction -70.00  seats
movements from 2026-03-01 under hour
  2026-03-02  contraction -10.00  seats
  2026-03-02  expansion    30.00  seats

# No moment crosses midnight, however close the changes
timezone Europe/Berlin
rules each: grouping = "none"
rules hour: grouping = "60min"
rules months: grouping = "month"
customer Acme
  2026-02-01        start  CRM, 10 seats at 10.00 a month
  2026-03-02T23:30  seats  12
  2026-03-03T00:10  seats  9
movements from 2026-03-01
  2026-03-02  expansion    20.00  seats
  2026-03-03  contraction -30.00  seats
movements from 2026-03-01 under each
  2026-03-02  expansion    20.00  seats
  2026-03-03  contraction -30.00  seats
movements from 2026-03-01 under hour
  2026-03-02  expansion    20.00  seats
  2026-03-03  contraction -30.00  seats
movements from 2026-03-01 under months
  2026-03-31  contraction -10.00  seats

# The book's instant parts a moment: what is scheduled begins an hour of its own
as_of 2026-03-02T10:20
rules each: grouping = "none"
rules hour: grouping = "60min"
customer Acme
  2026-02-01        start  CRM, 10 seats at 10.00 a month
  2026-03-02T10:00  seats  12
  2026-03-02T10:20  seats  9
  2026-03-02T10:45  seats  15
  2026-03-02T11:40  seats  11
  2026-03-02T11:45  seats  10
movements from 2026-03-01
  2026-03-02  contraction -10.00  seats
  2026-03-02  expansion    10.00  seats  scheduled
movements from 2026-03-01 under each
  2026-03-02  expansion    20.00  seats
  2026-03-02  contraction -30.00  seats
  2026-03-02  expansion    60.00  seats  scheduled
  2026-03-02  contraction -50.00  seats  scheduled
movements from 2026-03-01 under hour
  2026-03-02  contraction -10.00  seats
  2026-03-02  expansion    20.00  seats  scheduled
  2026-03-02  contraction -10.00  seats  scheduled

# Gone in the morning and back within the hour, or a little later
rules each: grouping = "none"
rules hour: grouping = "60min"
customer Soon
  2026-01-01        start  basic, at 50.00 a month, sub s1
  2026-04-01T10:00  end    basic
  2026-04-01T10:40  start  pro, at 80.00 a month, sub s2
customer Later
  2026-01-01        start  basic, at 50.00 a month, sub s1
  2026-04-01T10:00  end    basic
  2026-04-01T11:00  start  pro, at 80.00 a month, sub s2
movements from 2026-02-01
  2026-04-01  Soon   expansion  30.00  plan
  2026-04-01  Later  expansion  30.00  plan
movements from 2026-02-01 under each
  2026-04-01  Soon   churn        -50.00
  2026-04-01  Soon   reactivation  80.00
  2026-04-01  Later  churn        -50.00
  2026-04-01  Later  reactivation  80.00
movements from 2026-02-01 under hour
  2026-04-01  Soon   expansion     30.00  plan
  2026-04-01  Later  churn        -50.00
  2026-04-01  Later  reactivation  80.00

# What comes and goes between two changes of a moment is not seen
rules each: grouping = "none"
rules hour: grouping = "60min"
customer Acme
  2026-02-01        start   CRM, at 100.00 a month
  2026-05-05T10:00  add-on  SSO, at 40.00 a month
  2026-05-05T10:40  end     SSO
movements
  2026-02-01  new  100.00
movements under hour
  2026-02-01  new  100.00
movements under each
  2026-02-01  new         100.00
  2026-05-05  expansion    40.00  addon
  2026-05-05  contraction -40.00  addon

# Two changes at one instant are one moment under every grouping
rules each: grouping = "none"
rules hour: grouping = "60min"
customer Acme
  2026-02-01        start   CRM, 10 seats at 10.00 a month
  2026-03-02T10:00  seats   15
  2026-03-02T10:00  add-on  SSO, at 40.00 a month
movements from 2026-03-01
  2026-03-02  expansion  50.00  seats
  2026-03-02  expansion  40.00  addon
movements from 2026-03-01 under each
  2026-03-02  expansion  50.00  seats
  2026-03-02  expansion  40.00  addon
movements from 2026-03-01 under hour
  2026-03-02  expansion  50.00  seats
  2026-03-02  expansion  40.00  addon

# What an hour nets: up and down within it, item by item or as one
rules hour: grouping = "60min"
rules netted: grouping = "60min", netting = "customer"
customer Acme
  2026-02-01        start  CRM, 10 seats at 10.00 a month, sub S1
  2026-02-01        start  Chat, 10 seats at 5.00 a month, sub S2
  2026-03-02T10:00  seats  14 on CRM
  2026-03-02T10:30  seats  5 on Chat
  2026-03-02T11:30  seats  4 on Chat
movements from 2026-03-01
  2026-03-02  expansion    40.00  seats
  2026-03-02  contraction -30.00  seats
movements from 2026-03-01 under hour
  2026-03-02  expansion    40.00  seats
  2026-03-02  contraction -30.00  seats
movements from 2026-03-01 under netted
  2026-03-02  expansion    15.00  seats
  2026-03-02  contraction  -5.00  seats
