"""Who is likely to expand in the next 90 days, by which driver, and how far one may trust it."""
