"""A simulated company: seeded, deterministic, and written as the files that its systems would export.

    window = window_until("2025-12", months=48)
    company = Company(preset_named("contract"), customers=2000, window=window, seed=1)
    write_company(company, folder)        # folder/items.csv.gz, customers.csv.gz, invoice_lines.csv.gz ...

What drives its customers (fit, health, need, response to offers, fatigue) decides what happens and is written nowhere.
"""

from upswell.sources.simulator.company import Company
from upswell.sources.simulator.files import write_company
from upswell.sources.simulator.history import COLUMNS
from upswell.sources.simulator.preset import preset_named, preset_names
from upswell.sources.simulator.window import Window, window_until

__all__ = ["COLUMNS", "Company", "Window", "preset_named", "preset_names", "window_until", "write_company"]
