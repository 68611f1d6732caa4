; Seats: the quantity of an item goes up and down.

# Seats added in March, one given back in May
customer Acme USD
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-15  seats  8
  2024-05-02  seats  7
movements
  2024-01-10  new          100.00
  2024-03-15  expansion     60.00  seats
  2024-05-02  contraction  -20.00  seats
metrics 2024-03
  opening_mrr          100.00
  expansion_mrr         60.00
  expansion_mrr         60.00  driver seats
  expansion_customers    1
  closing_mrr          160.00
  nrr_1m                 1.60
  grr_1m                 1
metrics 2024-05
  contraction_mrr      -20.00
  contraction_customers  1
  net_expansion_mrr    -20.00
  nrr_1m                 0.875
  grr_1m                 0.875

# Seats bought in the middle of a yearly term
customer Acme
  2024-02-20  start  Team, 5 seats at 240.00 a year
  2024-07-01  seats  8
movements
  2024-02-20  new        100.00
  2024-07-01  expansion   60.00  seats

# Licences are metered to four decimals
customer Acme
  2024-01-01  start  Compute, 2.5 units at 19.99 a month
  2024-02-01  units  2.7525
movements
  2024-01-01  new        49.975
  2024-02-01  expansion   5.047475  seats

# Several edits on one day count once
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-15T09:00  seats  8
  2024-03-15T11:30  seats  12
  2024-03-15T16:00  seats  6
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   20.00  seats

# Seats added by mistake and taken back the same afternoon leave no trace
customer Acme
  2024-01-10        start  Team, 5 seats at 20.00 a month
  2024-03-15T13:00  seats  50
  2024-03-15T13:20  seats  5
movements
  2024-01-10  new  100.00
metrics 2024-03
  expansion_mrr        0
  contraction_mrr      0
  expansion_customers  0

# The last second of a day and midnight are two days
customer Acme
  2024-01-10           start  Team, 5 seats at 20.00 a month
  2024-03-15T23:59:59  seats  8
  2024-03-16           seats  5
movements
  2024-01-10  new          100.00
  2024-03-15  expansion     60.00  seats
  2024-03-16  contraction  -60.00  seats

# The first day's own edits belong to the first payment
customer Acme
  2024-01-10T09:00  start  Team, 5 seats at 20.00 a month
  2024-01-10T17:00  seats  8
movements
  2024-01-10  new  160.00

# Giving back all seats is churn although the subscription lives on
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-01  seats  0
  2024-04-01  seats  3
movements
  2024-01-10  new           100.00
  2024-03-01  churn        -100.00
  2024-04-01  reactivation   60.00
metrics 2024-03
  customers          0
  churned_customers  1
metrics 2024-04
  opening_mrr            0
  reactivated_customers  1
  nrr_1m                 none

# All seats of one product given back, another product kept
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-01-10  start  Chat, at 30.00 a month
  2024-03-01  seats  0 on Team
  2024-04-01  seats  2 on Team
movements
  2024-01-10  new          130.00
  2024-03-01  contraction -100.00  seats  on Team
  2024-04-01  expansion     40.00  seats  on Team

# More seats at a lower price: the item's total decides, both causes are named
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-03-01  change  8 seats at 10.00 a month
movements
  2024-01-10  new          100.00
  2024-03-01  contraction   60.00  seats
  2024-03-01  contraction  -80.00  price
metrics 2024-03
  expansion_mrr      0
  contraction_mrr  -20.00

# Fewer seats at a much higher price
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-03-01  change  4 seats at 40.00 a month
movements
  2024-01-10  new        100.00
  2024-03-01  expansion  -20.00  seats
  2024-03-01  expansion   80.00  price

# Seats and price that cancel out book nothing
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-03-01  change  10 seats at 10.00 a month
movements
  2024-01-10  new  100.00

# A volume price falls as seats are added: all of it is seats
customer Acme
  2024-01-10  start   Team, 10 seats at 5.00 a month, price id volume-2024
  2024-03-01  change  50 seats at 4.00 a month
  2024-05-01  change  8 seats at 5.00 a month
movements
  2024-01-10  new          50.00
  2024-03-01  expansion   150.00  seats
  2024-05-01  contraction -160.00  seats

# The same figures under a new price list are seats and price
customer Acme
  2024-01-10  start   Team, 10 seats at 5.00 a month, price id list-2023
  2024-03-01  change  50 seats at 4.00 a month, price id list-2024
movements
  2024-01-10  new         50.00
  2024-03-01  expansion  200.00  seats
  2024-03-01  expansion  -50.00  price

# A volume price in a spreadsheet of totals
customer Acme
  2024-01-10  start   Team, 10 seats, flat mrr 50.00, price id volume
  2024-03-01  change  50 seats, flat mrr 200.00
movements
  2024-01-10  new         50.00
  2024-03-01  expansion  150.00  seats

# Rows of totals with seats: seats at the old total's rate, the rest is price
customer Acme
  2024-01-10  start   Team, 5 seats, flat mrr 50.00
  2024-03-01  change  8 seats, flat mrr 80.00
  2024-04-01  mrr     100.00
  2024-05-01  change  10 seats, flat mrr 90.00
movements
  2024-01-10  new          50.00
  2024-03-01  expansion    30.00  seats
  2024-04-01  expansion    20.00  price
  2024-05-01  contraction  25.00  seats
  2024-05-01  contraction -35.00  price

# A total that does not divide by the seats is split to the sixth decimal
customer Acme
  2024-01-10  start   Team, 3 seats, flat mrr 100.00
  2024-03-01  change  4 seats, flat mrr 140.00
movements
  2024-01-10  new        100.00
  2024-03-01  expansion   33.333333  seats
  2024-03-01  expansion    6.666667  price

# Moving from totals to seats and prices changes nothing by itself
customer Acme
  2024-01-10  start   Team, 5 seats, flat mrr 100.00
  2024-03-01  change  5 seats at 20.00 a month
  2024-04-01  seats   6
movements
  2024-01-10  new        100.00
  2024-04-01  expansion   20.00  seats

# One product up and another down on the same day: both are booked
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-01-10  start  Chat, 10 seats at 3.00 a month
  2024-03-01  seats  6 on Team
  2024-03-01  seats  4 on Chat
movements
  2024-01-10  new          130.00
  2024-03-01  expansion     20.00  seats
  2024-03-01  contraction  -18.00  seats
metrics 2024-03
  expansion_mrr          20.00
  contraction_mrr       -18.00
  net_expansion_mrr       2.00
  expansion_customers     1
  contraction_customers   1
