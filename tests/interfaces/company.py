"""A small company whose figures can be worked out in the head: seats, a swap, an add-on, a discount's end, a return.

Acme   100.00 from January, 160.00 from March                        seats      +60.00
Bolt   200.00 from January, 350.00 from April, add-on 50.00 besides  plan      +150.00, add-on +50.00
Cedar   60.00 from February, 80.00 from May                          discount   +20.00
Dune    60.00 from January, nothing from March, 78.00 from May       churn and return
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import upswell
from tests.interfaces.command import done

HEADINGS: Final = (
    "customer_id,product_id,plan_id,starts_at,ends_at,quantity,unit_amount,discount_percent,discount_until,item_type"
)
ITEMS: Final = f"""{HEADINGS}
Acme,CRM,Team,2025-01-10,2025-03-15,5,20.00,,,plan
Acme,CRM,Team,2025-03-15,,8,20.00,,,plan
Bolt,CRM,Team,2025-01-20,2025-04-01,10,20.00,,,plan
Bolt,CRM,Business,2025-04-01,,10,35.00,,,plan
Bolt,Reports,Reports,2025-04-10,,1,50.00,,,addon
Cedar,CRM,Team,2025-02-01,,4,20.00,25,2025-05-01,plan
Dune,CRM,Team,2025-01-05,2025-03-05,3,20.00,,,plan
Dune,CRM,Team,2025-05-12,,4,19.50,,,plan
"""
CUSTOMERS: Final = """customer_id,name,country,sector
Acme,Acme Ltd,DE,retail
Bolt,Bolt AG,AT,transport
Cedar,Cedar Inc,US,retail
"""
AS_OF: Final = "2025-06-01"


def write_files(folder: Path) -> Path:
    """Write items.csv and customers.csv into `folder`, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    return folder


def imported(folder: Path) -> Path:
    """A workspace in `folder`, both files imported and nothing built; the files stand beside it."""
    files = write_files(folder.parent)
    upswell.init(folder)
    done("-w", folder, "import", files / "items.csv", "--as", "items")
    done("-w", folder, "import", files / "customers.csv", "--as", "customers")
    return folder
