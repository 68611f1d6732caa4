"""What counts as an expansion, and how much of it: in the head."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.analysis.signals.small import workspace_of
from upswell.analysis.propensity.target import Expanded, read_expanded

# As of June Acme has gone from 100 EUR of Team to 150 USD of Business, at 1.10 dollars an euro; Bolt has three more
# seats, and Cold fewer seats, each dearer.
ITEMS = """Acme,crm,Team,2025-01-01,2025-07-10,1,100.00,EUR,,,,,,,
Acme,crm,Business,2025-07-10,,1,150.00,USD,,,,,,,
Bolt,crm,Team,2025-01-01,2025-07-10,5,20.00,USD,,,,,,,
Bolt,crm,Team,2025-07-10,,8,20.00,USD,,,,,,,
Cold,crm,Team,2025-01-01,2025-07-10,5,20.00,USD,,,,,,,
Cold,crm,Team,2025-07-10,,4,30.00,USD,,,,,,,"""


def test_an_expansion_is_what_its_rows_come_to(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, ITEMS, rates="date,currency,rate\n2025-01-01,EUR,1.10")
    with workspace._asking(None) as (connection, _, _):
        names = dict(connection.execute("select customer_key, customer_id from item_keys").fetchall())
        found = {names[key]: each for key, each in read_expanded(connection, date(2025, 6, 1)).items()}
    assert set(found) == {"Acme", "Bolt"}, "by a higher price alone nobody chose more"
    assert found["Bolt"] == Expanded("seats", 60.0)
    assert found["Acme"].driver == "plan"
    assert found["Acme"].dollars == pytest.approx(40.0)
