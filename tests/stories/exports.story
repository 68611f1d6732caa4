; The same company exported again and again: the ledger is that of the rows that stand.

# The same export twice changes nothing
export January
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
import January
import January
movements
  2024-01-10  new  100.00

# A monthly export closes the row that ran and opens the next
export January
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
export March
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
  2024-03-15  seats  8
import January
movements
  2024-01-10  new  100.00
import March
movements
  2024-01-10  new        100.00
  2024-03-15  expansion   60.00  seats

# A corrected row replaces the one with its key
export first
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
export corrected
customer Acme
  2024-01-10  start  Team, 5 seats at 18.00 a month
import first
import corrected
movements
  2024-01-10  new  90.00

# Undoing the correction brings the first figure back
export first
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
export corrected
customer Acme
  2024-01-10  start  Team, 5 seats at 18.00 a month
import first
import corrected
undo corrected
movements
  2024-01-10  new  100.00

# Rows that a later file lacks stay, unless it is the whole truth
export everyone
customer Acme
  2024-01-10  start  Team, at 100.00 a month
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
export AcmeOnly
customer Acme
  2024-01-10  start  Team, at 100.00 a month
import everyone
import AcmeOnly
movements
  2024-01-10  Acme  new  100.00
  2024-01-10  Bolt  new   50.00
import AcmeOnly replace
movements
  2024-01-10  Acme  new  100.00

# Undoing a replacement brings the withdrawn rows back
export everyone
customer Acme
  2024-01-10  start  Team, at 100.00 a month
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
export AcmeOnly
customer Acme
  2024-01-10  start  Team, at 120.00 a month
import everyone
import AcmeOnly replace
undo AcmeOnly
movements
  2024-01-10  Acme  new  100.00
  2024-01-10  Bolt  new   50.00

# A file is the whole truth of its own source only
export billing
customer Acme
  2024-01-10  start  Team, at 100.00 a month
export partner
customer Bolt
  2024-01-10  start  Team, at 50.00 a month
export billingAgain
customer Acme
  2024-01-10  start  Team, at 130.00 a month
import billing from stripe
import partner from reseller
import billingAgain from stripe replace
movements
  2024-01-10  Acme  new  130.00
  2024-01-10  Bolt  new   50.00

# A corrected start date needs a file that is the whole truth
export first
customer Acme
  2024-01-10  start  Team, at 100.00 a month
export corrected
customer Acme
  2024-02-10  start  Team, at 100.00 a month
import first
import corrected replace
movements
  2024-02-10  new  100.00

# Four monthly exports of a growing company, then the last one undone
export January
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
export February
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-02-12  seats   7
customer Bolt
  2024-02-20  start   Team, 2 seats at 20.00 a month
export March
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-02-12  seats   7
  2024-03-03  plan    Pro, at 30.00 a month
customer Bolt
  2024-02-20  start   Team, 2 seats at 20.00 a month
export April
customer Acme
  2024-01-10  start   Team, 5 seats at 20.00 a month
  2024-02-12  seats   7
  2024-03-03  plan    Pro, at 30.00 a month
customer Bolt
  2024-02-20  start   Team, 2 seats at 20.00 a month
  2024-04-20  cancel
import January
import February
import March
import April
movements
  2024-01-10  Acme  new        100.00
  2024-02-12  Acme  expansion   40.00  seats
  2024-02-20  Bolt  new         40.00
  2024-03-03  Acme  expansion   70.00  plan
  2024-04-20  Bolt  churn      -40.00
undo April
movements
  2024-01-10  Acme  new        100.00
  2024-02-12  Acme  expansion   40.00  seats
  2024-02-20  Bolt  new         40.00
  2024-03-03  Acme  expansion   70.00  plan
undo March
movements
  2024-01-10  Acme  new        100.00
  2024-02-12  Acme  expansion   40.00  seats
  2024-02-20  Bolt  new         40.00

# An import in the middle is undone
export January
customer Acme
  2024-01-10  start  Team, 5 seats at 20.00 a month
export wrong
customer Acme
  2024-01-10  start  Team, 50 seats at 20.00 a month
customer Ghost
  2024-01-10  start  Team, 1 seat at 20.00 a month
export March
customer Bolt
  2024-03-10  start  Team, 2 seats at 20.00 a month
import January
import wrong
import March
undo wrong
movements
  2024-01-10  Acme  new  100.00
  2024-03-10  Bolt  new   40.00
