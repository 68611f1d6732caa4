; trialing, paused, unpaid, past_due: which count; past_due_churn_days: how long late payment counts.

# Four statuses the other way
rules counted: trialing = "counts", paused = "counts", unpaid = "counts"
rules late: past_due = "zero"
customer Tries
  2026-01-01  start     Team, at 40.00 a month, trial until 2026-01-15
customer Pauses
  2026-01-01  start     Team, at 50.00 a month
  2026-03-01  pause
  2026-05-01  resume
customer Unpaid
  2026-01-01  start     Team, at 60.00 a month
  2026-03-01  unpaid
  2026-05-01  pays
customer Late
  2026-01-01  start     Team, at 70.00 a month
  2026-03-01  past due
  2026-03-20  pays
movements
  2026-01-15  Tries   new           40.00
  2026-01-01  Pauses  new           50.00
  2026-03-01  Pauses  churn        -50.00
  2026-05-01  Pauses  reactivation  50.00
  2026-01-01  Unpaid  new           60.00
  2026-03-01  Unpaid  churn        -60.00
  2026-05-01  Unpaid  reactivation  60.00
  2026-01-01  Late    new           70.00
movements under counted
  2026-01-01  Tries   new  40.00
  2026-01-01  Pauses  new  50.00
  2026-01-01  Unpaid  new  60.00
  2026-01-01  Late    new  70.00
movements under late
  2026-01-15  Tries   new           40.00
  2026-01-01  Pauses  new           50.00
  2026-03-01  Pauses  churn        -50.00
  2026-05-01  Pauses  reactivation  50.00
  2026-01-01  Unpaid  new           60.00
  2026-03-01  Unpaid  churn        -60.00
  2026-05-01  Unpaid  reactivation  60.00
  2026-01-01  Late    new           70.00
  2026-03-01  Late    churn        -70.00
  2026-03-20  Late    reactivation  70.00

# Thirty days late is gone: from 1 February that is 3 March
rules thirty: past_due_churn_days = 30
customer Never
  2026-01-01  start     Team, at 10.00 a month
  2026-02-01  past due
customer After
  2026-01-01  start     Team, at 20.00 a month
  2026-02-01  past due
  2026-03-20  pays
customer Before
  2026-01-01  start     Team, at 30.00 a month
  2026-02-01  past due
  2026-03-02  pays
customer Midnight
  2026-01-01  start     Team, at 40.00 a month
  2026-02-01  past due
  2026-03-03  pays
customer Given
  2026-01-01  start     Team, at 50.00 a month
  2026-02-01  past due
  2026-02-20  unpaid
movements from 2026-02-01
  2026-02-20  Given  churn -50.00
movements from 2026-02-01 under thirty
  2026-03-03  Never  churn        -10.00
  2026-03-03  After  churn        -20.00
  2026-03-20  After  reactivation  20.00
  2026-02-20  Given  churn        -50.00

# A run of late payment goes on over a change of seats, and begins anew after a payment
rules thirty: past_due_churn_days = 30
customer Seats
  2026-01-01  start     Team, 5 seats at 10.00 a month
  2026-02-01  past due
  2026-02-20  seats     6
customer Pays
  2026-01-01  start     Team, at 20.00 a month
  2026-02-01  past due
  2026-02-15  pays
  2026-02-16  past due
customer Discount
  2026-01-01  start     Team, at 100.00 a month, 10 % off until 2026-02-10
  2026-02-01  past due
movements from 2026-02-01
  2026-02-20  Seats     expansion  10.00  seats
  2026-02-10  Discount  expansion  10.00  discount
movements from 2026-02-01 under thirty
  2026-02-20  Seats     expansion   10.00  seats
  2026-03-03  Seats     churn      -60.00
  2026-03-18  Pays      churn      -20.00
  2026-02-10  Discount  expansion   10.00  discount
  2026-03-03  Discount  churn     -100.00

# A version that begins after the run has lapsed counts nothing either, until the payment comes
rules thirty: past_due_churn_days = 30
customer Acme
  2026-01-01  start     Team, 5 seats at 10.00 a month
  2026-02-01  past due
  2026-03-10  seats     8
  2026-04-01  pays
movements from 2026-02-01
  2026-03-10  expansion  30.00  seats
movements from 2026-02-01 under thirty
  2026-03-03  churn        -50.00
  2026-04-01  reactivation  80.00

# It lapses at local midnight, in Berlin across both changes of the clocks
timezone Europe/Berlin
rules spring: past_due_churn_days = 30, grouping = "none"
rules autumn: past_due_churn_days = 20
customer Spring
  2026-01-01        start     Team, 5 seats at 10.00 a month
  2026-03-05T15:00  past due
  2026-03-20        seats     6
  2026-04-04T00:30  pays
customer Autumn
  2026-01-01        start     Team, 4 seats at 10.00 a month
  2026-10-10T09:00  past due
  2026-10-20        seats     5
movements from 2026-02-01
  2026-03-20  Spring  expansion  10.00  seats
  2026-10-20  Autumn  expansion  10.00  seats
movements from 2026-02-01 under spring
  2026-03-20  Spring  expansion     10.00  seats
  2026-04-04  Spring  churn        -60.00
  2026-04-04  Spring  reactivation  60.00
  2026-10-20  Autumn  expansion     10.00  seats
  2026-11-09  Autumn  churn        -50.00
movements from 2026-02-01 under autumn
  2026-03-20  Spring  expansion     10.00  seats
  2026-03-25  Spring  churn        -60.00
  2026-04-04  Spring  reactivation  60.00
  2026-10-20  Autumn  expansion     10.00  seats
  2026-10-30  Autumn  churn        -50.00

# What has lapsed holds its product no more: the next of it is cross-sell
rules thirty: past_due_churn_days = 30
customer Acme
  2026-01-01  start     Chat, at 10.00 a month, sub S0
  2026-01-01  start     CRM, at 100.00 a month, sub S1
  2026-02-01  past due  on S1
  2026-03-10  start     CRM, at 80.00 a month, sub S2
  2026-04-01  end       S1
movements from 2026-02-01
  2026-03-10  expansion    80.00  subscription
  2026-04-01  contraction -100.00  subscription
movements from 2026-02-01 under thirty
  2026-03-03  contraction -100.00  cross_sell
  2026-03-10  expansion     80.00  cross_sell

# A run of late payment is of an item: another item that is paid counts on
rules one: past_due_churn_days = 1
customer Acme
  2026-01-01  start     CRM, at 100.00 a month, sub S1
  2026-01-01  start     Chat, at 10.00 a month, sub S2
  2026-02-01  past due  on S2
movements from 2026-02-01
movements from 2026-02-01 under one
  2026-02-02  contraction -10.00  cross_sell
