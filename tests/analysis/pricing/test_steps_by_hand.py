"""The next step of each customer: its plan, its price, the tier and the limit, worked by hand.

Team at 20.00 and Business at 35.00 a seat have three sales each; Pro, at 90.00, has none within a year.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

import upswell
from tests.analysis.pricing.small import import_text, rows_of, short, workspace_of

ITEMS: Final = """
Acme,crm,Team,,2025-02-01,,5,20.00,,,,10,,,
Bolt,crm,Team,,2025-03-01,,2,20.00,,,,,,,
Cid,crm,Team,,2025-04-01,,1,20.00,,,,,,,
Dot,crm,Business,,2025-02-01,,3,35.00,,,,,,,
Eve,crm,Business,,2025-03-01,,4,35.00,,,,,,,
Fin,crm,Business,,2025-04-01,,1,35.00,,,,,,,
Gus,crm,Pro,,2023-04-01,,2,90.00,,,,,,,
Hal,chat,Chat,,2025-04-01,,,,12.00,,,,,,
"""
USAGE: Final = """customer_id,metric,day,quantity
Acme,calls,2025-12-01,900
Acme,calls,2025-12-31,20
Acme,calls,2026-01-02,5000
Acme,files,2025-12-05,30
Bolt,calls,2025-11-30,700
Dot,calls,2025-12-05,5000
"""
LIMITS: Final = "plan_id,metric,limit\nTeam,calls,1000\nTeam,files,40\nBusiness,calls,4000\nBusiness,files,100\n"


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    workspace = workspace_of(tmp_path_factory.mktemp("steps"), ITEMS, customers="")
    import_text(workspace, "usage", USAGE)
    import_text(workspace, "limits", LIMITS)
    workspace.build(as_of=upswell.open(workspace.folder).book().as_of)
    return {row["customer_id"]: row for row in rows_of(workspace, "steps")}


def test_the_price_of_the_step_at_list_and_against_what_is_paid(steps: dict[str, dict[str, Any]]) -> None:
    acme = steps["Acme"]
    assert (acme["plan_id"], acme["next_plan_id"]) == ("Team", "Business")
    # 5 x 35; less 5 x 20; less the 90.00 that is paid.
    assert short(acme, "mrr", "next_list_mrr", "step_list_mrr", "step_mrr") == ["90", "175", "75", "85"]


def test_use_is_that_of_the_last_complete_month_and_of_the_fullest_limit(steps: dict[str, dict[str, Any]]) -> None:
    acme = steps["Acme"]
    assert (acme["metric"], acme["used"], acme["limit"]) == ("calls", Decimal(920), Decimal(1000))
    assert (acme["share_used"], acme["next_limit"]) == (Decimal("0.92"), Decimal(4000))
    assert steps["Dot"]["share_used"] == Decimal("1.25"), "more than the limit is said as it is"
    assert list(steps)[:2] == ["Dot", "Acme"], "the fullest come first"


def test_no_use_in_the_month_is_not_0(steps: dict[str, dict[str, Any]]) -> None:
    bolt = steps["Bolt"]
    assert (bolt["used"], bolt["share_used"]) == (None, None)
    assert bolt["usage_reason"] == "no use in 2025-12 of what Team limits"
    assert steps["Gus"]["usage_reason"] == "no limit of Pro is imported"


def test_why_a_step_has_no_price(steps: dict[str, dict[str, Any]]) -> None:
    assert steps["Gus"]["reason"] == "Pro is the highest plan of crm"
    dot = steps["Dot"]
    assert (dot["next_plan_id"], dot["next_list_mrr"], dot["step_mrr"]) == ("Pro", None, None)
    assert dot["reason"] == "Pro per month in USD: not sold to anyone new in 365 days"
    assert steps["Hal"]["reason"] == "no price of a seat of Chat is known, so its place among the plans of chat is not"


def test_how_many_seats_reach_the_next_tier(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = """
One,crm,Team,v1,2025-02-01,,3,20.00,,,,,,,
Two,crm,Team,v1,2025-03-01,,30,15.00,,,,,,,
Tri,crm,Team,v1,2025-04-01,,12,20.00,,,,,,,
"""
    found = rows_of(workspace_of(tmp_path_factory.mktemp("tiers"), rows, customers=""), "steps")
    assert {row["customer_id"]: row["to_next_tier"] for row in found} == {"One": 27, "Tri": 18, "Two": None}
