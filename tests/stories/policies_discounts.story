; discounts: which are subtracted. Recurring ones are those without an end.

# Lasting and passing, percent and amount
rules list: discounts = "none"
rules lasting: discounts = "recurring"
customer Lasts
  2026-01-01  start  Team, 10 seats at 10.00 a month, 20 % off
customer Passes
  2026-01-01  start  Team, at 100.00 a month, 20 % off until 2026-04-01
customer Amount
  2026-01-01  start  Team, at 100.00 a month, 15.00 off
customer Passing
  2026-01-01  start  Team, at 100.00 a month, 15.00 off until 2026-04-01
customer Both
  2026-01-01  start  Team, at 100.00 a month, 10 % off, 5.00 off
customer Year
  2026-01-01  start  Team, at 1200.00 a year, 120.00 off until 2027-01-01
customer Total
  2026-01-01  start  Team, 3 seats, flat mrr 60.00
movements
  2026-01-01  Lasts    new         80.00
  2026-01-01  Passes   new         80.00
  2026-04-01  Passes   expansion   20.00  discount
  2026-01-01  Amount   new         85.00
  2026-01-01  Passing  new         85.00
  2026-04-01  Passing  expansion   15.00  discount
  2026-01-01  Both     new         85.00
  2026-01-01  Year     new         90.00
  2027-01-01  Year     expansion   10.00  discount
  2026-01-01  Total    new         60.00
movements under list
  2026-01-01  Lasts    new  100.00
  2026-01-01  Passes   new  100.00
  2026-01-01  Amount   new  100.00
  2026-01-01  Passing  new  100.00
  2026-01-01  Both     new  100.00
  2026-01-01  Year     new  100.00
  2026-01-01  Total    new   60.00
movements under lasting
  2026-01-01  Lasts    new   80.00
  2026-01-01  Passes   new  100.00
  2026-01-01  Amount   new   85.00
  2026-01-01  Passing  new  100.00
  2026-01-01  Both     new   85.00
  2026-01-01  Year     new  100.00
  2026-01-01  Total    new   60.00

# A discount granted later, for a while and for good
rules list: discounts = "none"
rules lasting: discounts = "recurring"
customer While
  2026-01-01  start     Team, at 100.00 a month
  2026-03-01  discount  20 % until 2026-06-01
customer Good
  2026-01-01  start     Team, at 100.00 a month
  2026-03-01  discount  20 %
  2026-08-01  discount  ends
customer Prolonged
  2026-01-01  start     Team, at 100.00 a month, 20 % off until 2026-05-01
  2026-05-01  discount  20 %
movements
  2026-01-01  While      new         100.00
  2026-03-01  While      contraction -20.00  discount
  2026-06-01  While      expansion    20.00  discount
  2026-01-01  Good       new         100.00
  2026-03-01  Good       contraction -20.00  discount
  2026-08-01  Good       expansion    20.00  discount
  2026-01-01  Prolonged  new          80.00
movements under list
  2026-01-01  While      new  100.00
  2026-01-01  Good       new  100.00
  2026-01-01  Prolonged  new  100.00
movements under lasting
  2026-01-01  While      new         100.00
  2026-01-01  Good       new         100.00
  2026-03-01  Good       contraction -20.00  discount
  2026-08-01  Good       expansion    20.00  discount
  2026-01-01  Prolonged  new         100.00
  2026-05-01  Prolonged  contraction -20.00  discount

# Free for two months: new when it is paid, or from the first day at list price
rules list: discounts = "none"
rules lasting: discounts = "recurring"
customer Acme
  2026-01-01  start  Team, at 30.00 a month, 100 % off until 2026-03-01
movements
  2026-03-01  new  30.00
movements under list
  2026-01-01  new  30.00
movements under lasting
  2026-01-01  new  30.00

# More seats while a discount runs: the seats are worth more without it
rules list: discounts = "none"
rules lasting: discounts = "recurring"
customer Acme
  2026-01-01  start  Team, 10 seats at 10.00 a month, 20 % off until 2026-05-01
  2026-03-01  seats  15
movements
  2026-01-01  new        80.00
  2026-03-01  expansion  40.00  seats
  2026-05-01  expansion  30.00  discount
movements under list
  2026-01-01  new        100.00
  2026-03-01  expansion   50.00  seats
movements under lasting
  2026-01-01  new        100.00
  2026-03-01  expansion   50.00  seats
