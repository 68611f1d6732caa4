; Rows that cannot be right are held back; the good ones of the same file go on.

# Two versions of one item overlap: the one that starts later is held back
customer Acme
  item plan=Team from=2024-01-10 to=2024-03-15 unit=100.00
  item plan=Team from=2024-03-01 unit=150.00
held back
  overlap
movements
  2024-01-10  new    100.00
  2024-03-15  churn -100.00

# A start date corrected in a second file that is not the whole truth
export first
customer Acme
  2024-01-10  start  Team, at 100.00 a month
export corrected
customer Acme
  2024-02-10  start  Team, at 100.00 a month
import first
import corrected
held back
  overlap
movements
  2024-01-10  new  100.00

# An end before its start
customer Acme
  item plan=Team from=2024-01-10 to=2024-01-09 unit=100.00
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
held back
  end_before_start
movements
  2024-01-10  Bolt  new  50.00

# A currency that does not exist
customer Acme
  item plan=Team from=2024-01-10 unit=100.00 currency=EUX
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
held back
  unknown_currency
movements
  2024-01-10  Bolt  new  50.00

# Negative money, a percent over 100, a comma for a point
customer Acme
  item plan=Team from=2024-01-10 unit=-100.00
customer Bolt
  item plan=Team from=2024-01-10 unit=100.00 discount_percent=120
customer Cord
  item plan=Team from=2024-01-10 unit=19,99
customer Dune
  2024-01-10  start  Team, at 50.00 a month
held back
  negative_value
  percent_over_100
  bad_decimal
movements
  2024-01-10  Dune  new  50.00

# A total with a discount beside it, and a row with two prices
customer Acme
  item plan=Team from=2024-01-10 mrr=100.00 discount_percent=20
customer Bolt
  item plan=Team from=2024-01-10 mrr=100.00 unit=100.00
customer Cord
  2024-01-10  start  Team, flat mrr 50.00
held back
  discount_beside_mrr
  two_prices
movements
  2024-01-10  Cord  new  50.00

# Half an hour at a thousand times the money is a slip of the keyboard
customer Acme
  2024-01-10        start   Team, at 100.00 a month
  2024-03-15T10:00  end     Team
  item plan=Team from=2024-03-15T10:00 to=2024-03-15T10:30 unit=100000.00
  item plan=Team from=2024-03-15T10:30 unit=110.00
held back
  impossible_amount
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   10.00  price

# A quantity with five decimals
customer Acme
  item plan=Team from=2024-01-10 quantity=1.00001 unit=100.00
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
held back
  too_many_decimals
movements
  2024-01-10  Bolt  new  50.00
