"""`upswell forget`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.interfaces.command import done, upswell_command


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    heading = "customer_id,plan_id,quantity,unit_amount,starts_at\n"
    rows = "acme,team,10,20.00,2026-01-05\nbolt,team,3,20.00,2026-02-10\n"
    (tmp_path / "items.csv").write_text(heading + rows, "utf-8")
    (tmp_path / "customers.csv").write_text("customer_id,name,segment\nacme,Acme Ltd,smb\nbolt,Bolt,smb\n", "utf-8")
    folder = tmp_path / "shop"
    done("init", folder)
    for table in ("items", "customers"):
        done("-w", folder, "import", tmp_path / f"{table}.csv", "--as", table)
    done("-w", folder, "build", "--as-of", "2026-04-01")
    return folder


def test_a_dry_run_lists_what_would_be_replaced(shop: Path) -> None:
    shown = done("-w", shop, "forget", "acme", "--dry-run")
    assert "would be replaced: Acme Ltd, acme" in shown.err
    assert "nothing is changed: this was a dry run" in shown.err
    rows = json.loads(done("-w", shop, "forget", "acme", "--dry-run", "--format", "json").out)["replaced"]
    assert {(row["file"], row["column"]) for row in rows} >= {
        ("imports/i-000001.rows.parquet", "customer_id"),
        ("imports/i-000002.rows.parquet", "name"),
    }


def test_the_customer_is_gone_and_the_figures_stay(shop: Path) -> None:
    asked = ("-w", shop, "metrics", "closing_mrr", "customers", "--by", "segment", "--format", "json")
    before = done(*asked).out
    said = done("-w", shop, "forget", "acme", "--author", "kim").err
    token = re.search(r"forgotten-[0-9a-f]{12}", said)
    assert token is not None
    assert "backups, exports and the files imported from still hold the name" in said
    assert done(*asked).out == before
    everything = [done("-w", shop, *words).out for words in (("movements",), ("audit",), ("imports",), ("quarantine",))]
    assert not any("acme" in text.lower() for text in everything)
    assert token[0] in everything[0]
    assert f"kim     forget  {token[0]}" in everything[1]


def test_nobody_is_refused_with_a_remedy(shop: Path) -> None:
    answer = upswell_command("-w", shop, "forget", "acne")
    assert (answer.code, "did you mean acme?" in answer.err) == (2, True)
