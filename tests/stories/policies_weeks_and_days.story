; week and day: how many of them make a month.

# Prices by the week and by the day
rules weeks: week = "4"
rules days: day = "30"
rules both: week = "4", day = "30"
customer Week
  2026-01-01  start  p, at 30.00 a week
customer Fortnight
  2026-01-01  start  p, at 30.00 every 2 weeks
customer FourWeeks
  2026-01-01  start  p, at 30.00 every 4 weeks
customer Day
  2026-01-01  start  p, at 1.00 a day
customer ThreeDays
  2026-01-01  start  p, at 30.00 every 3 days
customer FiveDays
  2026-01-01  start  p, at 12.00 every 5 days
customer Year
  2026-01-01  start  p, at 120.00 a year
movements
  2026-01-01  Week       new  130.00
  2026-01-01  Fortnight  new   65.00
  2026-01-01  FourWeeks  new   32.50
  2026-01-01  Day        new   30.416667
  2026-01-01  ThreeDays  new  304.166667
  2026-01-01  FiveDays   new   73.00
  2026-01-01  Year       new   10.00
movements under weeks
  2026-01-01  Week       new  120.00
  2026-01-01  Fortnight  new   60.00
  2026-01-01  FourWeeks  new   30.00
  2026-01-01  Day        new   30.416667
  2026-01-01  ThreeDays  new  304.166667
  2026-01-01  FiveDays   new   73.00
  2026-01-01  Year       new   10.00
movements under days
  2026-01-01  Week       new  130.00
  2026-01-01  Fortnight  new   65.00
  2026-01-01  FourWeeks  new   32.50
  2026-01-01  Day        new   30.00
  2026-01-01  ThreeDays  new  300.00
  2026-01-01  FiveDays   new   72.00
  2026-01-01  Year       new   10.00
movements under both
  2026-01-01  Week       new  120.00
  2026-01-01  Fortnight  new   60.00
  2026-01-01  FourWeeks  new   30.00
  2026-01-01  Day        new   30.00
  2026-01-01  ThreeDays  new  300.00
  2026-01-01  FiveDays   new   72.00
  2026-01-01  Year       new   10.00

# From 30 a week to 130 a month: the same, or a little more
rules weeks: week = "4"
customer Acme
  2026-01-01  start  p, at 30.00 a week
  2026-03-01  price  130.00 a month
movements
  2026-01-01  new  130.00
movements under weeks
  2026-01-01  new        120.00
  2026-03-01  expansion   10.00  term
