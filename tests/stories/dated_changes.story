; Seats, add-ons, prices and plans changed on a date, after the scenarios of a peer's test suite
; (facts and figures only).

; source: a peer's scenario, a component added at once
# A support add-on in the middle of January
customer c
  2024-01-01  start   basic, at 29.00 a month, product platform
  2024-01-01  start   basic, 1 seat at 10.00 a month, product seat
  2024-01-16  renew
  2024-01-16  add-on  support, at 50.00 a month
movements from 2024-01-02
  2024-01-16  expansion  50.00  addon

; source: a peer's scenario, a component removed at once
# The platform fee is dropped, the seat stays
customer c
  2024-01-01  start  basic, at 29.00 a month, product platform
  2024-01-01  start  basic, 1 seat at 10.00 a month, product seat
  2024-01-16  end    platform
  2024-01-16  renew  on seat
movements from 2024-01-02
  2024-01-16  contraction  -29.00  cross_sell

; source: a peer's scenario, an add-on bought at once
# Premium support in the middle of January
customer c
  2024-01-01  start   basic, at 29.00 a month, product platform
  2024-01-01  start   basic, 1 seat at 10.00 a month, product seat
  2024-01-16  renew
  2024-01-16  add-on  premium_support, at 20.00 a month
movements from 2024-01-02
  2024-01-16  expansion  20.00  addon

; source: a peer's scenario, the quantity of an add-on changed
# One pack, then three
customer c
  2024-01-01  start   basic, at 29.00 a month, product platform
  2024-01-01  start   basic, 1 seat at 10.00 a month, product seat
  2024-01-10  renew
  2024-01-10  add-on  pack, 1 unit at 20.00 a month
  2024-01-16  renew   on platform
  2024-01-16  renew   on seat
  2024-01-16  units   3 on pack
movements from 2024-01-02
  2024-01-10  expansion  20.00  addon
  2024-01-16  expansion  40.00  seats

; source: a peer's scenario, a component's price overridden
# The platform fee rises from 29 to 99
customer c
  2024-01-01  start  basic, at 29.00 a month, product platform
  2024-01-01  start  basic, 1 seat at 10.00 a month, product seat
  2024-01-16  price  99.00 on platform
  2024-01-16  renew  on seat
movements from 2024-01-02
  2024-01-16  expansion  70.00  price

; source: a peer's scenario, a seat component removed
# The seat is dropped, the platform stays
customer c
  2024-01-01  start  basic, at 29.00 a month, product platform
  2024-01-01  start  basic, 1 seat at 10.00 a month, product seat
  2024-01-16  end    seat
  2024-01-16  renew  on platform
movements from 2024-01-02
  2024-01-16  contraction  -10.00  cross_sell

; source: a peer's scenario, seats added and then a plan change at the end of the period
# Ten seats in January, the larger plan from February
customer c
  2024-01-01  start  basic, at 29.00 a month, product platform
  2024-01-01  start  basic, 1 seat at 10.00 a month, product seat
  2024-01-02  renew  on platform
  2024-01-02  seats  10 on seat
  2024-02-01  plan   pro, at 99.00 a month on platform
  2024-02-01  plan   pro, 10 seats at 25.00 a month on seat
movements from 2024-01-02
  2024-01-02  expansion   90.00  seats
  2024-02-01  expansion  220.00  plan

; source: a peer's scenario, a plan changed at once with five seats
# Five seats keep their number on the larger plan
customer c
  2024-01-01  start  basic, at 29.00 a month, product platform
  2024-01-01  start  basic, 5 seats at 10.00 a month, product seat
  2024-01-16  plan   pro, at 99.00 a month on platform
  2024-01-16  plan   pro, 5 seats at 25.00 a month on seat
movements from 2024-01-02
  2024-01-16  expansion  145.00  plan

; source: a peer's scenario, cancelled after several periods
# Gone in the middle of the fourth month
customer c
  2024-05-01  start   basic, at 35.00 a month, product plan
  2024-08-15  cancel
movements from 2024-05-02
  2024-08-15  churn  -35.00

; source: a peer's scenario, cancelled as a period ends
# Gone on the first of a month
customer c
  2024-06-01  start   basic, at 35.00 a month, product plan
  2024-08-01  cancel
movements from 2024-06-02
  2024-08-01  churn  -35.00
