"""A small company with something to offer, and with names that would do harm where they are not escaped.

Team at 20.00 and Business at 35.00 a seat, 1,000 and 4,000 calls a month; as of 2026-01-10; nobody is held out. `Acme`
is at its limit, nothing presses on the other two of Team, and `B1` to `B3` have the highest plan.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import upswell

SCRIPT: Final = "<script>alert(1)</script>"
AS_OF: Final = datetime(2026, 1, 10, tzinfo=UTC)
FILES: Final = {
    "items": f"""customer_id,product_id,plan_id,starts_at,quantity,unit_amount
Acme,crm,Team,2025-01-31,5,20.00
{SCRIPT},crm,Team,2025-03-01,20,20.00
T3,crm,Team,2025-04-01,1,20.00
B1,crm,Business,2025-12-01,3,35.00
B2,crm,Business,2025-03-01,4,35.00
B3,crm,Business,2025-04-01,1,35.00
""",
    "customers": f"customer_id,name,owner\nAcme,=1+1,{SCRIPT}\n{SCRIPT},{SCRIPT},Boris\n",
    "usage": "customer_id,metric,day,quantity\nAcme,calls,2025-11-05,900\nAcme,calls,2025-12-05,1000\n",
    "limits": "plan_id,metric,limit\nTeam,calls,1000\nBusiness,calls,4000\n",
}


def opportunities_company(folder: Path) -> Path:
    """The workspace, built."""
    workspace = upswell.init(folder / "work")
    for table, text in FILES.items():
        path = folder / f"{table}.csv"
        path.write_text(text, "utf-8")
        assert workspace.import_file(path, table=table).held_back == 0
    with (folder / "work" / "upswell.toml").open("a", encoding="utf-8") as toml:
        toml.write("[growth]\nholdout = 0\nhandover_amount = 60\n")
    workspace.build(as_of=AS_OF)
    return workspace.folder
