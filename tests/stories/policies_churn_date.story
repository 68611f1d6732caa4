; churn_date: at the end of the paid period, or at the request to cancel.

# Asked on the 2nd to leave on the 15th
rules asked: churn_date = "cancel_request"
customer Acme
  2026-01-01  start   p, at 100.00 a month
  2026-03-02  notice  2026-03-15
movements
  2026-01-01  new    100.00
  2026-03-15  churn -100.00
movements under asked
  2026-01-01  new    100.00
  2026-03-02  churn -100.00

# A request withdrawn: the next version adjoins, and nothing happened; a day's gap, and it stands
rules asked: churn_date = "cancel_request"
customer Stays
  item plan=p from=2026-01-01 to=2026-04-01 unit=100.00 cancel_requested_at=2026-03-10
  item plan=p from=2026-04-01 unit=100.00
customer Gap
  item plan=p from=2026-01-01 to=2026-04-01 unit=50.00 cancel_requested_at=2026-03-10
  item plan=p from=2026-04-02 unit=50.00
movements from 2026-02-01
  2026-04-01  Gap  churn        -50.00
  2026-04-02  Gap  reactivation  50.00
movements from 2026-02-01 under asked
  2026-03-10  Gap  churn        -50.00
  2026-04-02  Gap  reactivation  50.00

# A request withdrawn and made again: only the last version ends at its request
rules asked: churn_date = "cancel_request"
customer Acme
  item plan=p from=2026-01-01 to=2026-04-01 unit=100.00 cancel_requested_at=2026-03-10
  item plan=p from=2026-04-01 to=2026-07-01 unit=120.00 cancel_requested_at=2026-06-05
movements
  2026-01-01  new        100.00
  2026-04-01  expansion   20.00  price
  2026-07-01  churn     -120.00
movements under asked
  2026-01-01  new        100.00
  2026-04-01  expansion   20.00  price
  2026-06-05  churn     -120.00

# Another item that begins at the end does not withdraw the request: what was a swap is churn and a return
rules asked: churn_date = "cancel_request"
customer Acme
  item sub=s1 plan=basic from=2026-01-01 to=2026-04-01 unit=50.00 cancel_requested_at=2026-03-10
  item sub=s2 plan=pro from=2026-04-01 unit=80.00
movements from 2026-02-01
  2026-04-01  expansion  30.00  plan  basic -> pro
movements from 2026-02-01 under asked
  2026-03-10  churn        -50.00
  2026-04-01  reactivation  80.00

# A request before the start, or at it: nothing is left of the item
rules asked: churn_date = "cancel_request"
customer Before
  item plan=CRM from=2026-01-01 unit=100.00
  item plan=Chat from=2026-03-01 to=2026-04-01 unit=40.00 cancel_requested_at=2026-02-20
customer AtStart
  item plan=Chat from=2026-03-01 to=2026-04-01 unit=30.00 cancel_requested_at=2026-03-01
movements from 2026-02-01
  2026-03-01  Before   expansion    40.00  cross_sell
  2026-04-01  Before   contraction -40.00  cross_sell
  2026-03-01  AtStart  new          30.00
  2026-04-01  AtStart  churn       -30.00
movements from 2026-02-01 under asked

# A request without an end, at the end, and after it
rules asked: churn_date = "cancel_request"
customer Runs
  item plan=p from=2026-01-01 unit=10.00 cancel_requested_at=2026-03-10
customer AtEnd
  item plan=p from=2026-01-01 to=2026-04-01 unit=20.00 cancel_requested_at=2026-04-01
customer AfterEnd
  item plan=p from=2026-01-01 to=2026-04-01 unit=30.00 cancel_requested_at=2026-04-20
movements from 2026-02-01
  2026-04-01  AtEnd     churn -20.00
  2026-04-01  AfterEnd  churn -30.00
movements from 2026-02-01 under asked
  2026-03-10  Runs      churn -10.00
  2026-04-01  AtEnd     churn -20.00
  2026-04-01  AfterEnd  churn -30.00

# Asked to leave during the trial: never a customer
rules asked: churn_date = "cancel_request"
customer Acme
  item plan=p from=2026-01-01 to=2026-02-15 unit=40.00 trial_until=2026-02-01 cancel_requested_at=2026-01-20
customer Base
  item plan=p from=2026-01-01 unit=10.00
movements
  2026-01-01  Base  new    10.00
  2026-02-01  Acme  new    40.00
  2026-02-15  Acme  churn -40.00
movements under asked
  2026-01-01  Base  new    10.00

# A discount that would have run out after the request no longer does
rules asked: churn_date = "cancel_request"
customer Acme
  item plan=p from=2026-01-01 to=2026-05-01 unit=100.00 discount_percent=20 discount_until=2026-04-01 cancel_requested_at=2026-03-10
movements
  2026-01-01  new         80.00
  2026-04-01  expansion   20.00  discount
  2026-05-01  churn     -100.00
movements under asked
  2026-01-01  new    80.00
  2026-03-10  churn -80.00
